/* The parameters of the model: each row checks a value and says where in its struct it goes. */
#include "holstein.h"

/* The section holstein. A value that is a word (auto, free, bath) leaves the choice to the program;
 * `.when` ties a key to the solver that reads it: elsewhere it is an error, so that no key is
 * ignored without a word. */
const weft_param ho_table[] = {
    {WEFT_BIND_REAL(ho_params, hopping), .standard = "1", .unit = "energy",
     .help = "t, amplitude between nearest neighbours"},
    {WEFT_BIND_REAL(ho_params, next_hopping), .standard = "0", .unit = "energy",
     .help = "t', amplitude between second neighbours (chain) or across plaquettes"},
    {WEFT_BIND_REALS(ho_params, coupling), .range = "[0, inf)", .unit = "energy/length",
     .help = "g; one number, or time, value, time, value, ... joined by straight lines"},
    {WEFT_BIND_REAL(ho_params, stiffness), .standard = "1", .range = "(0, inf)",
     .unit = "energy/length^2", .help = "K, of each oscillator"},
    {WEFT_BIND_REAL(ho_params, elastic), .standard = "0", .unit = "energy/length^2",
     .help = "kappa, between nearest neighbours; positive favours staggered Q"},
    {WEFT_BIND_REAL(ho_params, mass), .standard = "1", .range = "(0, inf)", .unit = "mass",
     .help = "m, of each oscillator"},
    {WEFT_BIND_REALS(ho_params, temperature), .range = "[0, inf)", .unit = "energy",
     .help = "T, of the bath; one number, or time, value, time, value, ..."},
    {WEFT_BIND_REALS(ho_params, electron_temperature), .standard = "bath", .range = "[0, inf)",
     .words = "bath", .unit = "energy", .help = "of the electrons, likewise; bath: as temperature"},
    {WEFT_BIND_REAL(ho_params, damping), .standard = "0", .range = "[0, inf)", .unit = "1/time",
     .help = "gamma, rate at which momenta are damped; 0: no bath"},
    {WEFT_BIND_REAL(ho_params, chemical_potential), .standard = "0", .unit = "energy",
     .help = "mu; 0 is half filling where t' = 0"},
    {WEFT_BIND_REAL(ho_params, filling), .standard = "free", .range = "[0, 1]", .words = "free",
     .help = "electrons per site, kept by mu; free: chemical_potential is kept"},
    {WEFT_BIND_CHOICE(ho_params, dynamics), .standard = "adiabatic",
     .words = HO_DYNAMICS(WEFT_ENUM_WORD),
     .help = "electrons in equilibrium at every moment, or moved by the Schroedinger equation"},
    {WEFT_BIND_CHOICE(ho_params, force), .standard = "auto", .words = HO_FORCES(WEFT_ENUM_WORD),
     .help =
         "how the density is found: the cheapest windows that keep the tolerance, small windows "
         "with poles, windows with polynomials, whole lattice, diagonalisation, a window with "
         "trained numbers (weft train)"},
    {WEFT_BIND_REAL(ho_params, force_tolerance), .standard = "auto", .range = "[1e-13, 0.1]",
     .words = "auto",
     .help =
         "root mean square error of the density per site, and error of the electrons' energy per "
         "site in units of hopping; auto: 1e-4, and 1e-12 for chebyshev_full; learned: of the "
         "density alone, auto: ten times the error that the file states",
     .when = "force=auto|rational|chebyshev|chebyshev_full|learned"},
    {WEFT_BIND_BOOL(ho_params, force_repair), .standard = "false",
     .help = "rational windows may leave the sites at which two of them differ by more than the "
             "tolerance to larger Chebyshev windows, where that is the cheapest",
     .when = "force=auto|rational"},
    {WEFT_BIND_REAL(ho_params, radius), .standard = "auto", .range = "[1, 1000]", .words = "auto",
     .unit = "length", .help = "of the windows; auto: from the tolerance, measured again and again",
     .when = "force=rational|chebyshev"},
    {WEFT_BIND_INT(ho_params, order), .standard = "auto", .range = "[4, 65536]", .words = "auto",
     .help = "of the Chebyshev expansion; auto: from the tolerance", .when = "force=chebyshev"},
    {WEFT_BIND_STRING(ho_params, force_file),
     .help = "HDF5 file of weft train: trained numbers, and what they were trained on",
     .when = "force=learned"},
    {WEFT_BIND_STRING(ho_params, field), .standard = "",
     .help =
         "file with a dataset 'field' of the grid's shape, added to the electrons' site energies"},
    {0},
};

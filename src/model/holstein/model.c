/* Holstein lattice dynamics: classical phonons driven by electrons. */
#include "holstein.h"

static const weft_param params[] = {
    {"hopping", WEFT_REAL, "1", NULL, NULL, "energy", "t, amplitude between nearest neighbours",
     NULL},
    {"next_hopping", WEFT_REAL, "0", NULL, NULL, "energy",
     "t', amplitude between second neighbours (chain) or across plaquettes", NULL},
    {"coupling", WEFT_REAL_LIST, NULL, "[0, inf)", NULL, "energy/length",
     "g; one number, or time, value, time, value, ... joined by straight lines", NULL},
    {"stiffness", WEFT_REAL, "1", "(0, inf)", NULL, "energy/length^2", "K, of each oscillator",
     NULL},
    {"elastic", WEFT_REAL, "0", NULL, NULL, "energy/length^2",
     "kappa, between nearest neighbours; positive favours staggered Q", NULL},
    {"mass", WEFT_REAL, "1", "(0, inf)", NULL, "mass", "m, of each oscillator", NULL},
    {"temperature", WEFT_REAL_LIST, NULL, "[0, inf)", NULL, "energy",
     "T, of the bath; one number, or time, value, time, value, ...", NULL},
    {"electron_temperature", WEFT_REAL_LIST, "bath", "[0, inf)", "bath", "energy",
     "of the electrons, likewise; bath: as temperature", NULL},
    {"damping", WEFT_REAL, "0", "[0, inf)", NULL, "1/time",
     "gamma, rate at which momenta are damped; 0: no bath", NULL},
    {"chemical_potential", WEFT_REAL, "0", NULL, NULL, "energy",
     "mu; 0 is half filling where t' = 0", NULL},
    {"filling", WEFT_REAL, "free", "[0, 1]", "free", "",
     "electrons per site, kept by mu; free: chemical_potential is kept", NULL},
    {"dynamics", WEFT_CHOICE, "adiabatic", NULL, "adiabatic|ehrenfest", "",
     "electrons in equilibrium at every moment, or moved by the Schroedinger equation", NULL},
    {"force", WEFT_CHOICE, "chebyshev", NULL, "dense|chebyshev|chebyshev_full", "",
     "how the density is found: diagonalisation, windows, whole lattice", NULL},
    {"force_tolerance", WEFT_REAL, "auto", "[1e-13, 0.1]", "auto", "",
     "root mean square error of the density per site; auto: 1e-4 for chebyshev, 1e-12 for "
     "chebyshev_full",
     "force=chebyshev|chebyshev_full"},
    {"radius", WEFT_REAL, "auto", "[1, 1000]", "auto", "length",
     "of the windows; auto: from the tolerance, measured again and again", "force=chebyshev"},
    {"order", WEFT_INT, "auto", "[4, 65536]", "auto", "",
     "of the Chebyshev expansion; auto: from the tolerance", "force=chebyshev"},
    {"field", WEFT_STRING, "", NULL, NULL, "",
     "file with a dataset 'field' of the grid's shape, added to the electrons' site energies",
     NULL},
    {0}};

static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *out)
{
    static const weft_field_spec fields[] = {
        {"Q", "length", "displacement", WEFT_EVOLVED, WEFT_F64, 1, 1},
        {"P", "momentum", "momentum", WEFT_MOMENTUM, WEFT_F64, 1, 0},
        {"density", "", "electron density", WEFT_DERIVED, WEFT_F64, 1, 0},
        {"order", "", "(-1)^(x+y+z) (n - 1/2)", WEFT_DERIVED, WEFT_F64, 1, 1},
        {"field", "energy", "external site energy", WEFT_STATIC, WEFT_F64, 1, 0}};
    ho_parameters p;
    (void)length;
    WEFT_TRY(ho_parameters_read(all, dim, n, &p));
    out->layout = WEFT_BLOCKS;
    out->fft = true;
    out->families = WEFT_HAS_SPLIT | (p.gamma > 0 ? WEFT_HAS_BATH : 0);
    out->n_fields = p.field ? 5 : 4;
    for (int i = 0; i < out->n_fields; i++)
        out->field[i] = fields[i];
    return WEFT_OK;
}

const weft_model weft_model_holstein = {
    .name = "holstein",
    .summary = "classical phonons driven by electrons (adiabatic or Ehrenfest)",
    .reference = "T. Holstein, Ann. Phys. 8 (1959) 325; dynamics as in arXiv:2601.04104",
    .params = params,
    .lattice = true,
    .stepper = "verlet_ou, verlet",
    .observe = "energy, temperature_kinetic, order_parameter, domain_length, wall_density",
    .fields = "Q, order",
    .invariant = "energy",
    .observables = ho_observables,
    .initials = ho_initials,
    .families = {.drift = ho_drift, .kick = ho_kick, .bath = ho_bath},
    .plan = plan,
    .setup = ho_setup,
    .destroy = ho_destroy,
    .begin = ho_begin,
    .rates = ho_rates,
    .derive = ho_derive,
    .guard = ho_guard,
    .save = ho_save,
    .load = ho_load,
    .describe = ho_describe,
};

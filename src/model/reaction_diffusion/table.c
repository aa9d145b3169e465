/* The parameters of the model: each row checks a value and says where in its struct it goes. */
#include "reaction_diffusion.h"

/* The section reaction_diffusion. `.when` ties a key to the noise that reads it: elsewhere it is an
 * error. */
const weft_param rd_table[] = {
    {WEFT_BIND_STRINGS(rd_params, species), .help = "names of the species, at most 8"},
    {WEFT_BIND_TREE(rd_params, reactions), .standard = "",
     .help =
         "list of {reaction: \"A + B -> 2 A\", rate: 1.0, name: predation}; propensity rate*A*B"},
    {WEFT_BIND_TREE(rd_params, rates), .standard = "",
     .help =
         "{A: \"A - A^3 - B\", ...}: what a formula of the species adds to a rate; the fields may "
         "then be negative"},
    {WEFT_BIND_TREE(rd_params, parameters), .standard = "",
     .help = "{name: number} for the formulas of rates"},
    {WEFT_BIND_TREE(rd_params, diffusion), .standard = "", .unit = "length^2/time",
     .help = "diffusion constant, for all species or {A: 1.0, ...}; others do not move"},
    {WEFT_BIND_REAL(rd_params, capacity), .standard = "", .range = "(0, inf)", .unit = "1/volume",
     .help =
         "total density of a full site; reactions that need room slow down by 1 - total/capacity"},
    {WEFT_BIND_CHOICES(rd_params, boundary), .standard = "periodic",
     .words = RD_BOUNDARIES(WEFT_ENUM_WORD), .help = "of each axis, slowest first, or one for all"},
    {WEFT_BIND_CHOICE(rd_params, noise), .standard = "none", .words = RD_NOISES(WEFT_ENUM_WORD),
     .help = "chemical_langevin: Ito, of reactions and hops, densities of particles; dp: sigma "
             "sqrt(rho) xi, Ito, sampled exactly"},
    {WEFT_BIND_REAL(rd_params, particles), .standard = "1", .range = "(0, inf)",
     .help = "particles in one unit of density times volume; noise falls as 1/sqrt(particles)",
     .when = "noise=chemical_langevin"},
    {WEFT_BIND_REAL(rd_params, sigma), .standard = "", .range = "(0, inf)", .unit = "1/sqrt(time)",
     .help = "strength of the noise sigma sqrt(rho) xi", .when = "noise=dp"},
    {WEFT_BIND_REAL(rd_params, front_level), .standard = "0.5", .range = "(0, inf)",
     .unit = "1/volume", .help = "density that defines front_position"},
    {0},
};

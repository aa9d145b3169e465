/* The parameters of the model: each row checks a value and says where in its struct it goes. */
#include "kg.h"

/* The section klein_gordon. `.when` ties a key to the choice that reads it: elsewhere it is an
 * error, so that no key is ignored without a word. */
const weft_param kg_table[] = {
    {WEFT_BIND_CHOICE(kg_params, potential), .words = KG_KINDS(WEFT_ENUM_WORD),
     .help = "linear: mass^2 phi^2/2; phi4: lambda/4 (phi^2 - v^2)^2; sine_gordon: 1 - cos phi; "
             "double_sine_gordon: 1 - cos phi + eta (1 - cos(phi/2)); phi6: lambda/2 phi^2 (phi^2 "
             "- v^2)^2; polynomial: sum of coefficients; formula: V of phi as text"},
    {WEFT_BIND_REAL(kg_params, mass), .standard = "1", .range = "[0, inf)", .unit = "1/length",
     .help = "of the linear potential", .when = "potential=linear"},
    {WEFT_BIND_REAL(kg_params, lambda), .standard = "1", .range = "(0, inf)", .help = "coupling",
     .when = "potential=phi4|phi6"},
    {WEFT_BIND_REAL(kg_params, vacuum), .standard = "1", .range = "(0, inf)", .unit = "field",
     .help = "vacuum value v", .when = "potential=phi4|phi6"},
    {WEFT_BIND_REAL(kg_params, eta), .standard = "1", .range = "(-4, inf)",
     .help = "weight of the half angle", .when = "potential=double_sine_gordon"},
    {WEFT_BIND_REALS(kg_params, coefficients),
     .help = "[c0, c1, c2, ...] of V = sum c_n phi^n; complex fields: of |phi|, even powers only",
     .when = "potential=polynomial"},
    {WEFT_BIND_TREE(kg_params, formula),
     .help =
         "V as a formula of phi, x, y, z and t, \"(phi^2 - 1)^2/4 + b*x*phi\", differentiated by "
         "weft",
     .when = "potential=formula"},
    {WEFT_BIND_TREE(kg_params, parameters), .standard = "",
     .help =
         "{name: number} for the formulas of potential and damping; a number may be [t0, v0, t1, "
         "v1, ...], piecewise linear in time"},
    {WEFT_BIND_INT(kg_params, components), .standard = "1", .range = "[1, 2]",
     .help = "1: real field; 2: complex field with a potential of |phi|^2"},
    {WEFT_BIND_CHOICE(kg_params, laplacian), .standard = "spectral",
     .words = KG_LAPLACIANS(WEFT_ENUM_WORD),
     .help = "spectral, or central differences of order 2 to 8"},
    {WEFT_BIND_CHOICE(kg_params, dealias), .standard = "none", .words = KG_DEALIAS(WEFT_ENUM_WORD),
     .help = "part of the wavenumbers along each axis that is kept; 1/2 is exact for cubic forces",
     .when = "laplacian=spectral"},
    {WEFT_BIND_CHOICES(kg_params, boundary), .standard = "periodic",
     .words = KG_BOUNDARIES(WEFT_ENUM_WORD),
     .help =
         "of each axis, slowest first, or one for all; absorbing: neumann behind a damping layer"},
    {WEFT_BIND_INT(kg_params, winding), .standard = "0",
     .help = "phi(x + L) = phi(x) + 2 pi winding along the last axis, which is periodic otherwise",
     .when = "potential=sine_gordon|double_sine_gordon"},
    {WEFT_BIND_TREE(kg_params, damping), .standard = "0", .unit = "1/time",
     .help = "gamma, a number of at least 0, or a formula of t: \"3/(1 + t)\""},
    {WEFT_BIND_REALS(kg_params, temperature), .standard = "0", .range = "[0, inf)",
     .unit = "energy",
     .help = "T of the bath, which needs damping; one number, or time, value, time, value, ...; 0: "
             "no noise"},
    {WEFT_BIND_REAL(kg_params, sponge_width), .standard = "10", .range = "(0, inf)",
     .unit = "length", .help = "of the damping layer at both ends of absorbing axes",
     .when = "boundary=absorbing"},
    {WEFT_BIND_REAL(kg_params, sponge_strength), .standard = "1", .range = "(0, inf)",
     .unit = "1/time", .help = "damping at the ends; it falls with the square of the depth",
     .when = "boundary=absorbing"},
    {WEFT_BIND_REALS(kg_params, histogram_range), .standard = "[-2, 2]", .unit = "field",
     .help = "lower and upper end of the observable histogram"},
    {0},
};

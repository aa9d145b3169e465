/* Quenched disorder: one number a site, shared by the models that have it. */
#ifndef WEFT_PHYSICS_DISORDER_H
#define WEFT_PHYSICS_DISORDER_H

#include "weft/model.h"

/* Rows of a parameter table. */
/* clang-format off */
#define WEFT_DISORDER_PARAMS(unit_) \
    {.name = "disorder_type", .type = WEFT_CHOICE, .standard = "none", \
     .words = "none|gaussian|uniform|lorentzian", .help = "law of the quenched disorder"}, \
    {.name = "disorder", .type = WEFT_REAL, .standard = "0", .range = "[0, inf)", .unit = unit_, \
     .help = "strength s: standard deviation (gaussian), half width (uniform, lorentzian)", \
     .when = "disorder_type=gaussian|uniform|lorentzian"}, \
    {.name = "disorder_draw", .type = WEFT_CHOICE, .standard = "random", \
     .words = "random|quantiles", \
     .help = "independent draws, or the quantiles (i + 1/2)/N of the law in the order of the sites", \
     .when = "disorder_type=gaussian|uniform|lorentzian"}, \
    {.name = "subtract_mean", .type = WEFT_BOOL, .standard = "true", \
     .help = "take the mean of the disorder off", \
     .when = "disorder_type=gaussian|uniform|lorentzian"}
/* clang-format on */

/* The disorder of sim's replica as its model's section says, times factor, into a static field.
 * Collective. */
void disorder_values(weft_sim *sim, weft_field *field, double factor);

/* Its strength s; 0 where there is none. Local. */
double disorder_strength(const weft_section *own);

#endif

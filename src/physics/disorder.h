/* Quenched disorder: one number a site, shared by the models that have it. */
#ifndef WEFT_PHYSICS_DISORDER_H
#define WEFT_PHYSICS_DISORDER_H

#include "weft/model.h"

/* Rows of a parameter table. */
#define WEFT_DISORDER_PARAMS(unit)                                                                 \
    {"disorder_type",                                                                              \
     WEFT_CHOICE,                                                                                  \
     "none",                                                                                       \
     NULL,                                                                                         \
     "none|gaussian|uniform|lorentzian",                                                           \
     "",                                                                                           \
     "law of the quenched disorder",                                                               \
     NULL},                                                                                        \
        {"disorder",                                                                               \
         WEFT_REAL,                                                                                \
         "0",                                                                                      \
         "[0, inf)",                                                                               \
         NULL,                                                                                     \
         unit,                                                                                     \
         "strength s: standard deviation (gaussian), half width (uniform, lorentzian)",            \
         "disorder_type=gaussian|uniform|lorentzian"},                                             \
        {"disorder_draw",                                                                          \
         WEFT_CHOICE,                                                                              \
         "random",                                                                                 \
         NULL,                                                                                     \
         "random|quantiles",                                                                       \
         "",                                                                                       \
         "independent draws, or the quantiles (i + 1/2)/N of the law in the order of the sites",   \
         "disorder_type=gaussian|uniform|lorentzian"},                                             \
    {                                                                                              \
        "subtract_mean", WEFT_BOOL, "true", NULL, NULL, "", "take the mean of the disorder off",   \
            "disorder_type=gaussian|uniform|lorentzian"                                            \
    }

/* The disorder of sim's replica as its model's section says, times factor, into a static field.
 * Collective. */
void disorder_values(weft_sim *sim, weft_field *field, double factor);

/* Its strength s; 0 where there is none. Local. */
double disorder_strength(const weft_section *own);

#endif

/* Quenched disorder: one number a site, shared by the models that have it. */
#ifndef WEFT_PHYSICS_DISORDER_H
#define WEFT_PHYSICS_DISORDER_H

#include "weft/model.h"

#define DISORDER_LAWS(X)                                                                           \
    X(DISORDER_NONE, "none")                                                                       \
    X(DISORDER_GAUSSIAN, "gaussian")                                                               \
    X(DISORDER_UNIFORM, "uniform")                                                                 \
    X(DISORDER_LORENTZIAN, "lorentzian")
typedef enum disorder_law { DISORDER_LAWS(WEFT_ENUM_NAME) } disorder_law;

#define DISORDER_DRAWS(X) X(DISORDER_RANDOM, "random") X(DISORDER_QUANTILES, "quantiles")
typedef enum disorder_draw { DISORDER_DRAWS(WEFT_ENUM_NAME) } disorder_draw;

/* The keys of the disorder in an input. type: the law; draw: random or quantiles;
 * subtract_mean: take the mean over sites off. */
typedef struct disorder_params {
    disorder_law type;
    double strength; /* standard deviation or half width */
    disorder_draw draw;
    bool subtract_mean;
} disorder_params;

/* Rows of a parameter table that is bound to a struct T with the member m, a disorder_params. */
/* clang-format off */
#define DISORDER_PARAMS(T, m, unit_) \
    {WEFT_BIND("disorder_type", WEFT_CHOICE, T, m.type, unsigned : 1), .standard = "none", \
     .words = DISORDER_LAWS(WEFT_ENUM_WORD), .help = "law of the quenched disorder"}, \
    {WEFT_BIND("disorder", WEFT_REAL, T, m.strength, double : 1), .standard = "0", \
     .range = "[0, inf)", .unit = unit_, \
     .help = "strength s: standard deviation (gaussian), half width (uniform, lorentzian)", \
     .when = "disorder_type=gaussian|uniform|lorentzian"}, \
    {WEFT_BIND("disorder_draw", WEFT_CHOICE, T, m.draw, unsigned : 1), .standard = "random", \
     .words = DISORDER_DRAWS(WEFT_ENUM_WORD), \
     .help = "independent draws, or the quantiles (i + 1/2)/N of the law in the order of the sites", \
     .when = "disorder_type=gaussian|uniform|lorentzian"}, \
    {WEFT_BIND("subtract_mean", WEFT_BOOL, T, m.subtract_mean, bool : 1), .standard = "true", \
     .help = "take the mean of the disorder off", \
     .when = "disorder_type=gaussian|uniform|lorentzian"}
/* clang-format on */

/* The disorder of sim's replica, times factor, into component 0 of a static field of
 * doubles (owned sites only). Without disorder nothing is written. Collective. */
void disorder_values(weft_sim *sim, const disorder_params *disorder, weft_field *field,
                     double factor);

/* Its strength s; 0 where there is none. Local. */
double disorder_strength(const disorder_params *disorder);

#endif

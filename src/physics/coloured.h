/* Additive noise with memory, shared by the models that have it: the keys, the field of its modes,
 * the process of a replica. Private to src. */
#ifndef WEFT_PHYSICS_COLOURED_H
#define WEFT_PHYSICS_COLOURED_H

#include "weft/coloured.h"
#include "weft/model.h"

/* in the order of weft_colour */
#define COLOURED_TYPES(X)                                                                          \
    X(COLOURED_WHITE, "white") X(COLOURED_OU, "ou") X(COLOURED_FRACTIONAL, "fractional")
typedef enum coloured_type { COLOURED_TYPES(WEFT_ENUM_NAME) } coloured_type;

#define COLOURED_STARTS(X) X(COLOURED_STATIONARY, "stationary") X(COLOURED_ZERO, "zero")
typedef enum coloured_start { COLOURED_STARTS(WEFT_ENUM_NAME) } coloured_start;

/* The keys of noise in an input beside its strength. */
typedef struct coloured_params {
    coloured_type type;
    double tau, hurst;
    int64_t modes; /* WEFT_NO_INT: as many as are needed */
    coloured_start start;
    double horizon; /* nan: the end of the run */
} coloured_params;

/* Rows of a parameter table that is bound to a struct T with the member m, a coloured_params. */
/* clang-format off */
#define COLOURED_PARAMS(T, m) \
    {WEFT_BIND("noise_type", WEFT_CHOICE, T, m.type, unsigned : 1), .standard = "white", \
     .words = COLOURED_TYPES(WEFT_ENUM_WORD), \
     .help = "ou: noise of a correlation time; fractional: of a Hurst index (docs/guide.md)"}, \
    {WEFT_BIND("correlation_time", WEFT_REAL, T, m.tau, double : 1), .range = "(0, inf)", \
     .unit = "time", .help = "tau of <xi xi'> = (D/tau) exp(-|t - t'|/tau)", \
     .when = "noise_type=ou"}, \
    {WEFT_BIND("hurst", WEFT_REAL, T, m.hurst, double : 1), .range = "(0, 1)", \
     .help = "H of a free site's W^2 = 2 D t^(2H): below 1/2 a step is followed by one back, at " \
             "1/2 noise is white, towards 1 it is frozen", \
     .when = "noise_type=fractional"}, \
    {WEFT_BIND("modes", WEFT_INT, T, m.modes, int64_t : 1), .standard = "auto", \
     .range = "[1, 32]", .words = "auto", \
     .help = "Ornstein-Uhlenbeck modes a site whose sum is the noise; auto: as many as keep the " \
             "error of the variance below 0.3 %; more than 1 % is refused", \
     .when = "noise_type=fractional"}, \
    {WEFT_BIND("noise_start", WEFT_CHOICE, T, m.start, unsigned : 1), .standard = "stationary", \
     .words = COLOURED_STARTS(WEFT_ENUM_WORD), \
     .help = "the noise has been there for ever, or begins at the start with no past", \
     .when = "noise_type=ou|fractional"}, \
    {WEFT_BIND("noise_horizon", WEFT_REAL, T, m.horizon, double : 1), .standard = "auto", \
     .range = "(0, inf)", .words = "auto", .unit = "time", \
     .help = "longest time over which fractional noise is right, and 1e-5 of it the shortest; " \
             "auto: time.end, which a resume cannot change then", \
     .when = "noise_type=fractional"}
/* clang-format on */

/* Check the keys of section own, and add the field of the modes for so many components with noise.
 * noisy: is there any noise? Errors: WEFT_INPUT. Local. */
weft_status coloured_plan(const weft_section *own, const coloured_params *p, bool noisy,
                          int components, weft_plan *plan);

/* Make the process of a replica and draw its start; nothing for white noise. Called by the model's
 * setup, before an initial state or checkpoint is read. sources: the noises of noise_km, 0: those
 * of noise_amplitude are counted. Errors: WEFT_INPUT. Local. */
weft_status coloured_setup(weft_sim *sim, const coloured_params *p, int sources);
/* Free it; nothing where there is none. Local. */
void coloured_free(weft_sim *sim);

/* The strength of the white noise that noise of strength D is at long times: 0 of fractional noise,
 * which is white at none. Local. */
double coloured_white(const coloured_params *p, double noise);

/* A line about the noise for the start of a run. Local. */
void coloured_describe(const weft_sim *sim);

#endif

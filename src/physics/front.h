/* Statistics of a front: a height or an unwrapped phase over the grid, one number a site.
 * Shared by models that have a front_data in their own struct: front_init lets sim->front
 * point to it, which is how the functions here find it. */
#ifndef WEFT_PHYSICS_FRONT_H
#define WEFT_PHYSICS_FRONT_H

#include "weft/model.h"

/* What a front needs between records. It belongs to the model, which calls front_init and
 * front_free. */
typedef struct front_data {
    int field; /* which field of sim->state is the front */
    /* Computes that field from the others, for front_follow; NULL: it is evolved. Collective. */
    void (*follow)(weft_sim *sim);
    int64_t followed; /* step at which follow() last updated the field; -1: never */
    double slope;     /* mean slope along x a grid point, taken off before all statistics */
    /* The front less its slope on the local sites, no ghosts; NULL while slope is 0. */
    double *values;
    double *power; /* spectrum and numbers of modes of the step power_at; -1: none */
    int64_t power_at;
    double *buffer;       /* an FFT buffer of sim->fft; NULL without transforms */
    double *scratch;      /* see front_scratch */
    int64_t scratch_size; /* doubles */
    int64_t known;        /* step for which moments hold; -1: none */
    double moments[4];    /* mean; central moments of order 2, 3, 4 */
    /* Of the previous record: time (negative: there was none), mean and velocity. */
    double marked_at, marked_mean;
    double velocity;
} front_data;

/* Begin and end. The front must be zero before; field: which one of sim->state. Local. */
void front_init(front_data *front, weft_sim *sim, int field);
void front_free(front_data *front, weft_sim *sim);

/* Room for at least n doubles for an observable at work; kept, so that later records
 * allocate nothing. It belongs to the front. Local. */
double *front_scratch(front_data *front, int64_t n);

/* Bring a front that is derived from other fields up to date. Collective. */
void front_follow(weft_sim *sim);

/* The front less its slope, at the present step. The view is valid until the field changes.
 * Collective. */
weft_view front_view(weft_sim *sim);

/* Write to, and read from, an open checkpoint what a resumed run needs of the front.
 * Errors: WEFT_IO. Collective. */
weft_status front_store(weft_sim *sim, struct weft_file *file);
weft_status front_restore(weft_sim *sim, struct weft_file *file);

/* ---- observables (rows below), by the kinds of functions that a row has ---- */
typedef weft_status observable_compute(weft_sim *sim, double argument, double *out);
typedef weft_status observable_shape(weft_sim *sim, double argument, weft_axis *axes);
typedef weft_status observable_check(weft_sim *sim, double argument);

observable_compute front_mean, front_width2, front_moment3, front_moment4;
observable_compute front_velocity, front_centre, front_pdf;
observable_compute front_spectrum, front_octaves;
observable_compute front_correlation, front_covariance;
observable_shape front_pdf_shape, front_spectrum_shape, front_octaves_shape;
observable_shape front_correlation_shape;
observable_check front_spectrum_check, front_correlation_check;

/* Observables that need sim->fft, for weft_wants. */
#define WEFT_FRONT_SPECTRA "structure_factor|structure_factor_log"

/* A row of a table of observables without argument. */
#define WEFT_OBSERVABLE(name_, symbol_, unit_, text_, shape_, check_, compute_)                    \
    {                                                                                              \
        .name = name_, .symbol = symbol_, .unit = unit_, .long_name = text_, .shape = shape_,      \
        .check = check_, .compute = compute_                                                       \
    }

/* clang-format off */
#define WEFT_FRONT_OBSERVABLES(unit) \
    WEFT_OBSERVABLE("mean", "\\langle h \\rangle", unit, "mean of the front", \
                    NULL, NULL, front_mean), \
    WEFT_OBSERVABLE("width2", "W^2", unit "^2", "W^2: mean over sites of (front - its mean)^2", \
                    NULL, NULL, front_width2), \
    WEFT_OBSERVABLE("moment3", "\\mu_3", unit "^3", "mean over sites of (front - its mean)^3", \
                    NULL, NULL, front_moment3), \
    WEFT_OBSERVABLE("moment4", "\\mu_4", unit "^4", "mean over sites of (front - its mean)^4", \
                    NULL, NULL, front_moment4), \
    WEFT_OBSERVABLE("velocity", "v", unit "/time", "velocity of the mean since the previous record", \
                    NULL, NULL, front_velocity), \
    WEFT_OBSERVABLE("centre", "h(0)", unit, "front at the centre of the box (tip of a wedge)", \
                    NULL, NULL, front_centre), \
    WEFT_OBSERVABLE("height_pdf", "P(\\chi)", "", "probability density of (front - mean)/sqrt(width2)", \
                    front_pdf_shape, NULL, front_pdf), \
    WEFT_OBSERVABLE("structure_factor", "S(k)", unit "^2", "S(k) = cell |sum_j front_j exp(-ikj)|^2 / sites, in shells of k", \
                    front_spectrum_shape, front_spectrum_check, front_spectrum), \
    WEFT_OBSERVABLE("structure_factor_log", "S(k)", unit "^2", "S(k) averaged over quarters of octaves of k", \
                    front_octaves_shape, front_spectrum_check, front_octaves), \
    WEFT_OBSERVABLE("correlation", "G(r)", unit "^2", "height difference: mean of (front(x+r) - front(x))^2 along x", \
                    front_correlation_shape, front_correlation_check, front_correlation), \
    WEFT_OBSERVABLE("covariance", "C(r)", unit "^2", "mean of (front(x+r) - mean)(front(x) - mean) along x", \
                    front_correlation_shape, front_correlation_check, front_covariance)
/* clang-format on */

/* skewness and excess kurtosis, of moments that are averaged over the ensemble first; ends with
 * name NULL. */
extern const weft_derived front_derived[];
/* Growth exponents, saturation, exponent and amplitude of the spectrum (front_reduce.c). */
extern const weft_reduction front_reductions[];

/* ---- front_class.c ---- */
/* What is evidence for them, for weft_model.evidence. */
extern const char *const front_evidence[];
/* Constants of h_t = nu lap h + (lambda/2)(grad h)^2 + noise of strength D + quenched noise of
 * strength s, for weft_model.constants. Local. */
extern const weft_constant front_constants[];
void front_constants_of(double nu, double lambda, double noise, double disorder, double *out);
/* The time at which a front on a line crosses over from linear to KPZ growth; infinite without
 * nonlinearity or noise. nu > 0. Local. */
double front_crossover(double nu, double lambda, double noise);
/* The classes of heights and of phases, which may slip; NULL in three dimensions. Local. */
const weft_class *front_classes(const weft_params *params, int dim);
const weft_class *front_phase_classes(const weft_params *params, int dim);

/* Say the KPZ coupling of h_t = nu lap h + (lambda/2) (grad h)^2 + noise of strength D on a line,
 * if all three are there. Local. */
void front_describe(const weft_sim *sim, double nu, double lambda, double noise);

/* ---- initial states: values on the local sites, no ghosts; out is owned by the caller ---- */

/* Write -slope * distance from the centre of the box, with the slope of the key in
 * front_wedge_params. Local. */
void front_wedge(const weft_sim *sim, double *out);
/* Write slope * global number of the site along x. Local. */
void front_slope(const weft_grid *grid, double slope, double *out);
/* The keys of a wedge and of a twisted start. */
typedef struct front_tip {
    double slope;
} front_tip;
typedef struct front_twisted {
    int64_t winding;
} front_twisted;
extern const weft_param front_wedge_params[], front_twisted_params[];
/* Write independent values, uniform in [low, low + width). Local. */
void front_random(const weft_sim *sim, double low, double width, double *out);
/* One axis: independent Gaussian steps of the given variance between neighbours; on a ring under
 * the condition that they sum to zero. Local. */
void front_brownian(const weft_sim *sim, double variance, bool ring, double *out);
/* From steps between neighbours (a line of n values, the same on all ranks; overwritten) to the
 * local part of their running sum; ring: the mean of the steps is taken off. Local. */
void front_from_steps(const weft_grid *grid, double *steps, bool ring, double *out);

#endif

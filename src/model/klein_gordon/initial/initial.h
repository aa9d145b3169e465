/* Initial states of Klein-Gordon fields, private to this folder. */
#ifndef WEFT_MODEL_KLEIN_GORDON_INITIAL_INITIAL_H
#define WEFT_MODEL_KLEIN_GORDON_INITIAL_INITIAL_H

#include "../kg.h"

/* ---- fill.c ---- */

/* Values of phi and pi of the components at x (z, y, x). */
typedef void kg_profile(const void *context, const double *x, double *phi, double *pi);

/* Set the fields from a function of the coordinates. Collective. */
weft_status kg_fill(weft_sim *sim, kg_profile *f, const void *context);

/* Grid values of all components, to be handed over to the fields. */
typedef struct kg_arrays {
    double *phi[KG_COMPONENTS], *pi[KG_COMPONENTS];
} kg_arrays;
kg_arrays kg_arrays_create(const weft_sim *sim);
/* Into the fields, and free. Collective. */
weft_status kg_assign(weft_sim *sim, kg_arrays *a);

/* A distance along an axis from a centre to its nearest image: a periodic or antiperiodic axis has
 * one in each box. *boxes: how many boxes away from the centre itself; NULL: not asked for. Local.
 */
double kg_nearest(const weft_grid *grid, int axis, double distance, double *boxes);
/* On an axis that does not go round, a centre must lie in the box; where phi changes its sign over
 * an axis, or is 0 at its ends, there is no background. Along x. WEFT_INPUT. Local. */
weft_status kg_check_center(weft_sim *sim, double center);
weft_status kg_check_centers(weft_sim *sim, const double *center);
weft_status kg_check_background(weft_sim *sim, double background);
/* A warning, once a run, if more than a thousandth of a localised state is left where the box ends.
 * left: that part; of: of what ("height"); cure: what helps. Local. */
void kg_warn_of_ends(const weft_sim *sim, const char *key, double left, const char *of,
                     const char *cure);

/* ---- keys of the section initial; each type has some of them ---- */

typedef struct kg_blob_start {
    double amplitude, width, background, rotation, radius;
    weft_reals center;
    weft_ints k;
} kg_blob_start;

typedef struct kg_kink_start {
    double velocity, center, frequency;
    int64_t kinks;
} kg_kink_start;

typedef struct kg_pair_start {
    weft_reals velocity;
    double separation, center;
} kg_pair_start;

/* initial/kinks.c */
extern const weft_param kg_kink_params[], kg_pair_params[], kg_breather_params[],
    kg_lattice_params[];
weft_status kg_set_kink(weft_sim *sim);
weft_status kg_set_antikink(weft_sim *sim);
weft_status kg_set_pair(weft_sim *sim);
weft_status kg_set_reversed_pair(weft_sim *sim);
weft_status kg_set_breather(weft_sim *sim);
weft_status kg_set_lattice(weft_sim *sim);
/* Are kinks of the potential known? Local. */
weft_status kg_check_potential(const weft_params *params);
/* The check of weft_initial: do they fit potential, box and boundary along x? Local. */
typedef weft_status kg_check(const weft_params *params, int dim, const int64_t *n,
                             const double *length, weft_plan *plan);
kg_check kg_check_kink, kg_check_antikink, kg_check_pair, kg_check_lattice, kg_check_breather;

/* initial/random.c */
extern const weft_param kg_random_params[];
weft_status kg_set_random(weft_sim *sim);

#endif

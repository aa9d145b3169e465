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

/* Rows of parameter tables. */
/* clang-format off */
#define BACKGROUND \
    {.name = "background", .type = WEFT_REAL, .standard = "0", .unit = "field", \
     .help = "added to phi everywhere"}
#define CENTER \
    {.name = "center", .type = WEFT_REAL_LIST, .standard = "0", .unit = "length", \
     .help = "where, one number an axis"}
#define POSITION \
    {.name = "center", .type = WEFT_REAL, .standard = "0", .unit = "length", \
     .help = "where on the x axis"}
#define VELOCITY(standard_) \
    {.name = "velocity", .type = WEFT_REAL, .standard = standard_, .range = "(-1, 1)", \
     .unit = "1", .help = "in units of the speed of waves"}
/* clang-format on */

/* initial/kinks.c */
extern const weft_param kg_kink_params[], kg_pair_params[], kg_breather_params[],
    kg_lattice_params[];
weft_status kg_set_kink(weft_sim *sim);
weft_status kg_set_antikink(weft_sim *sim);
weft_status kg_set_pair(weft_sim *sim);
weft_status kg_set_breather(weft_sim *sim);
weft_status kg_set_lattice(weft_sim *sim);
/* Do kinks of this type fit potential, box and boundary along x? Local. */
weft_status kg_check_kinks(const weft_params *params, const kg_potential *v, const char *type,
                           double length, weft_boundary boundary);

/* initial/random.c */
extern const weft_param kg_random_params[];
weft_status kg_set_random(weft_sim *sim);

#endif

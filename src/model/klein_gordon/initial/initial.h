/* Initial states of Klein-Gordon fields, private to the files src/model/kg_initial*.c. */
#ifndef WEFT_MODEL_KLEIN_GORDON_INITIAL_INITIAL_H
#define WEFT_MODEL_KLEIN_GORDON_INITIAL_INITIAL_H

#include "../kg.h"

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
#define BACKGROUND                                                                                 \
    {                                                                                              \
        "background", WEFT_REAL, "0", NULL, NULL, "field", "added to phi everywhere", NULL         \
    }
#define CENTER                                                                                     \
    {                                                                                              \
        "center", WEFT_REAL_LIST, "0", NULL, NULL, "length", "where, one number an axis", NULL     \
    }
#define POSITION                                                                                   \
    {                                                                                              \
        "center", WEFT_REAL, "0", NULL, NULL, "length", "where on the x axis", NULL                \
    }
#define VELOCITY(standard)                                                                         \
    {                                                                                              \
        "velocity", WEFT_REAL, standard, "(-1, 1)", NULL, "1", "in units of the speed of waves",   \
            NULL                                                                                   \
    }

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

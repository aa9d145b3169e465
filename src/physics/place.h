/* Formulas of the place: values at the sites, and the initial state "formula" of models. */
#ifndef WEFT_PHYSICS_PLACE_H
#define WEFT_PHYSICS_PLACE_H

#include "formula.h"
#include "weft/model.h"

/* The coordinate along an axis (0 z, 1 y, 2 x) at the owned sites, x fastest. Local. */
void place_coordinates(const weft_grid *grid, int axis, double *out);
/* The numbers of a word such as `normal` at the owned sites. Local. */
void place_draw(const weft_sim *sim, const formula_draw *draw, double *out);

/* Values of place variable number index at the owned sites. */
typedef void place_values(weft_sim *sim, const void *context, int index, double *out);
/* Values of a node of places and uniform variables (uniform: their values) at the owned sites.
 * Collective where `values` is. */
void place_fill(weft_sim *sim, const weft_graph *graph, int node, const double *uniform,
                place_values *values, const void *context, double *out);
/* WEFT_INPUT at the node, with value and place, where a site is not finite; the same on all ranks.
 * Collective. */
weft_status place_check_finite(weft_sim *sim, const weft_node *node, const double *values);

/* ---- the initial state "formula" ---- */

enum { PLACE_KEYS = 2 * WEFT_MAX_FIELDS, PLACE_NAME = 64 };

/* What a key of the section initial stands for: a number at each site, or, if is_complex, a complex
 * one. field, component: of the state, for those that mean fields. */
typedef struct place_key {
    char name[PLACE_NAME];
    int field, component;
    bool is_complex;
} place_key;

typedef struct place_keys {
    int n;
    uint32_t streams; /* of random numbers that the model takes itself, before those of words */
    place_key key[PLACE_KEYS];
} place_keys;

/* Read all formulas of the section; *rough becomes true if there are random words in them.
 * WEFT_INPUT. Local. */
weft_status place_check_keys(const weft_params *params, int dim, const place_keys *keys,
                             bool *rough);
/* Given the values of a key's formula at the owned sites; part: 0, or 1 for the imaginary one. */
typedef void place_take(weft_sim *sim, void *context, const place_key *key, int part,
                        const double *values);
/* Hand the values of all formulas of the section over, one after the other. Collective. */
weft_status place_set_keys(weft_sim *sim, const place_keys *keys, place_take *take, void *context);

/* The state of a model whose fields are real numbers, as in weft_initial. Each evolved field of
 * real numbers, momenta too, may have a formula of x, y, z, t, constants of the key `parameters` of
 * the model's section, and normal, uniform, lorentzian; a field of two components re and im has one
 * formula, which may be complex; other components have their own names as keys. Fields without a
 * formula are zero. */
weft_status place_check_start(const weft_params *params, int dim, const int64_t *n,
                              const double *length, weft_plan *plan);
weft_status place_set_start(weft_sim *sim);

/* The row of a model's table of initial states. */
/* clang-format off */
#define PLACE_INITIAL \
    {.name = "formula", \
     .help = "a formula of x, y, z and random numbers for each field, as in {type: formula, u: " \
             "0.1*normal}; fields without one are zero", \
     .params = weft_any_keys, \
     .check = place_check_start, \
     .set = place_set_start}
/* clang-format on */

/* The section initial has a ball about the middle site. Refuse a radius that covers every site;
 * warn of one that reaches half a periodic side, where the ball is cut and meets its image.
 * in_sites: the radius is in sites, not in lengths; ball, box: what the messages call the two.
 * Local. */
weft_status place_check_ball(const weft_sim *sim, double radius, bool in_sites, const char *ball,
                             const char *box);

#endif

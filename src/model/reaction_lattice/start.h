/* Initial states of reaction lattices, private to this folder. */
#ifndef WEFT_MODEL_REACTION_LATTICE_START_H
#define WEFT_MODEL_REACTION_LATTICE_START_H

#include "lattice.h"

/* A row of the lattice that a setter fills: n[s*length + i] particles of species s + 1 at the i-th
 * site, zeroed before the call. (z, y, x) is the global place of its first site, first its number
 * among the owned sites; u has room for one number a site. */
typedef struct rl_start_row {
    const weft_sim *sim;
    int64_t z, y, x, first, length;
    int32_t *n;
    double *u; /* length numbers for the setter */
} rl_start_row;

/* Fills r->n, which is zeroed before, for one row. */
typedef void rl_row_setter(void *context, const rl_start_row *r);
/* Calls the setter for every local row, and puts the numbers into the field. Local. */
void rl_each_row(weft_sim *sim, rl_row_setter *set, void *context);
/* Uniform numbers for the sites of a row into r->u; which: the number of the draw at a site.
 * Local. */
void rl_uniform_row(const rl_start_row *r, uint64_t which);
/* A Poisson number of a mean of at most 500 from a uniform number. Local. */
int32_t rl_poisson(double mean, double u);

/* The state "formula": start_formula.c. */
weft_status rl_check_formula(const weft_params *params, int dim, const int64_t *n,
                             const double *length, weft_plan *plan);
weft_status rl_set_formula(weft_sim *sim);

#endif

/* A tile of centres, from potentials to functions of H. The kernels give moments <i|T_m|i>
 * of Chebyshev polynomials; a function of H is their sum with its coefficients.
 *
 * Invariants. A tile has one bound a and one order, so that all its lanes do the same
 * operations; the sums over moments run in rising order in double precision, whatever the
 * precision of the recursion, so that a lane's result depends on its window and on the
 * tile's bound alone. */
#include "internal.h"
#include "weft/memory.h"

/* The old array, or a longer one with some to spare; its contents are lost. */
static double *room(double *have, int64_t *size, int64_t wanted)
{
    if (*size >= wanted)
        return have;
    weft_free(have);
    *size = wanted + wanted / 4;
    return weft_alloc((size_t)*size, sizeof(double));
}

void el_engine_free(el_engine *engine)
{
    weft_free(engine->work);
    weft_free(engine->moments);
    *engine = (el_engine){0};
}

/* The moments of both kernels come out as [step][lane], for one part of the tile. */
static void contract_f32(const float *restrict moments, const double *restrict c, int64_t steps,
                         double *restrict out)
{
    double sum[EL_SINGLE] = {0};
    for (int64_t m = 0; m < steps; m++)
        for (int s = 0; s < EL_SINGLE; s++)
            sum[s] += c[m] * (double)moments[m * EL_SINGLE + s];
    for (int s = 0; s < EL_SINGLE; s++)
        out[s] = sum[s];
}

/* The same in double precision. */
static void contract_f64(const double *restrict moments, const double *restrict c, int64_t steps,
                         double *restrict out)
{
    double sum[EL_DOUBLE] = {0};
    for (int64_t m = 0; m < steps; m++)
        for (int s = 0; s < EL_DOUBLE; s++)
            sum[s] += c[m] * moments[m * EL_DOUBLE + s];
    for (int s = 0; s < EL_DOUBLE; s++)
        out[s] = sum[s];
}

/* Functions of H at the centres of one tile. The coefficients are those of the bin of the
 * bound. A tile is done in parts as wide as a register: vectors wider than that are taken apart and
 * spilled by compilers, at a third of the speed. Even moments are only computed where an even
 * function is wanted. */
int64_t el_engine_run(el_engine *g, el_table *table, double t, double t2, double mu, double bound,
                      const double *const *centre, const int64_t stride[3], int count,
                      const el_function *list, double *out)
{
    el_bin *bin = el_table_bin(table, bound);
    const int64_t steps = bin->steps;
    el_problem problem = {t, t2, mu, bin->a, steps, g->shift};
    const double *c[EL_FUNCTIONS];
    bool any = false;
    for (int j = 0; j < count; j++) {
        c[j] = el_table_get(table, bin, list[j]);
        any |= el_even(list[j]);
    }
    g->work = room(g->work, &g->work_size, 3 * g->shape->size * EL_DOUBLE);
    g->moments = room(g->moments, &g->moments_size, 2 * steps * EL_TILE);
    if (g->single) {
        float *odd = (float *)g->moments, *ev = odd + steps * EL_SINGLE;
        for (int part = 0; part < EL_TILE; part += EL_SINGLE) {
            el_moments_f32(g->shape, centre + part, stride, &problem, (float *)g->work, odd,
                           any ? ev : NULL);
            for (int j = 0; j < count; j++)
                contract_f32(el_even(list[j]) ? ev : odd, c[j], steps, out + j * EL_TILE + part);
        }
        return 2 * steps;
    }
    double *odd = g->moments, *ev = odd + steps * EL_DOUBLE;
    for (int part = 0; part < EL_TILE; part += EL_DOUBLE) {
        el_moments_f64(g->shape, centre + part, stride, &problem, g->work, odd, any ? ev : NULL);
        for (int j = 0; j < count; j++)
            contract_f64(el_even(list[j]) ? ev : odd, c[j], steps, out + j * EL_TILE + part);
    }
    return 2 * steps;
}

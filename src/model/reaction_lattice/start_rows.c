/* What initial states of reaction lattices share: rows of numbers of particles into the field, and
 * the random numbers of a row.
 *
 * Invariants. A row is a part of one line of the lattice, and its random numbers are addressed by
 * the line, the place on it and the number of the draw: where the ranks cut the lattice does not
 * matter. Where a site holds one particle, the field has the number of its species, else the
 * numbers of all species: bytes where the capacity is limited, doubles where it is not. */
#include "start.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <string.h>

/* From numbers of particles to the elements of the field. */
static void store(const rl_lattice *l, const rl_start_row *r, int64_t at)
{
    const int species = l->cfg.net.n_species;
    if (!l->cfg.counts) {
        uint8_t *state = weft_field_bytes(l->field, 0) + at;
        memset(state, 0, (size_t)r->length);
        for (int s = 0; s < species; s++)
            for (int64_t i = 0; i < r->length; i++)
                if (r->n[s * r->length + i] > 0)
                    state[i] = (uint8_t)(s + 1);
        return;
    }
    for (int s = 0; s < species; s++)
        for (int64_t i = 0; i < r->length; i++) {
            /* Bytes where the capacity is limited, doubles where it is not. */
            int32_t n = r->n[s * r->length + i];
            if (l->field->spec.element == WEFT_U8)
                weft_field_bytes(l->field, s)[at + i] = (uint8_t)n;
            else
                weft_field_data(l->field, s)[at + i] = n;
        }
}

void rl_each_row(weft_sim *sim, rl_row_setter *set, void *context)
{
    const rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    const weft_extent *e = &l->field->extent;
    const size_t cells = (size_t)(g->local[2] * l->cfg.net.n_species);
    rl_start_row r = {.sim = sim, .x = g->start[2], .length = g->local[2]};
    r.n = weft_alloc(cells, sizeof *r.n);
    r.u = weft_alloc((size_t)g->local[2], sizeof *r.u);
    WEFT_FOR_ROWS(g, z, y) {
        r.z = g->start[0] + z;
        r.y = g->start[1] + y;
        r.first = weft_owned_row(g, z, y);
        memset(r.n, 0, cells * sizeof *r.n);
        set(context, &r);
        store(l, &r, weft_extent_row(e, z, y));
    }
    weft_free(r.n);
    weft_free(r.u);
}

void rl_uniform_row(const rl_start_row *r, uint64_t which)
{
    const weft_grid *g = r->sim->grid;
    weft_noise_uniform(&r->sim->noise, WEFT_STREAM_INITIAL, which, r->z * g->n[1] + r->y, g->n[2],
                       r->x, r->length, r->u);
}

/* By inversion: the number whose cumulative probability first exceeds u. For means up to 500. */
int32_t rl_poisson(double mean, double u)
{
    double p = weft_exp(-mean), sum = p;
    int32_t k = 0;
    while (u >= sum && k < 10000) {
        p *= mean / ++k;
        sum += p;
    }
    return k;
}

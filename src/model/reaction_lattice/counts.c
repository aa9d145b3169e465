/* Counting: the particles of rows, of the whole lattice, and events. Sums are of whole numbers, so
 * they are the same in any order and on any number of ranks. */
#include "lattice.h"
#include <string.h>

/* Counts of 0 or 1 from states; s 0: any species. */
static void add_states(const uint8_t *row, int s, int64_t n, int32_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = s ? row[i] == s : row[i] != 0;
}

/* The field may hold states, bytes or doubles; rows are always numbers of particles. A component of
 * another species is passed over. */
void rl_row_of(const weft_sim *sim, weft_field *field, int s, int64_t z, int64_t y,
               int32_t *restrict out)
{
    const rl_lattice *l = sim->data;
    const weft_extent *e = &field->extent;
    const int64_t at = weft_extent_row(e, z, y), n = sim->grid->local[2];
    if (!l->cfg.counts) {
        add_states(weft_field_bytes(field, 0) + at, s, n, out);
        return;
    }
    memset(out, 0, (size_t)n * sizeof *out);
    for (int c = 0; c < field->spec.components; c++) {
        if (s && c != s - 1)
            continue;
        if (field->spec.element == WEFT_U8) {
            const uint8_t *row = weft_field_bytes(field, c) + at;
            for (int64_t i = 0; i < n; i++)
                out[i] += row[i];
        } else {
            const double *row = weft_field_data(field, c) + at;
            for (int64_t i = 0; i < n; i++)
                out[i] += (int32_t)row[i];
        }
    }
}

/* The row is overwritten by the next call. */
const int32_t *rl_row(const weft_sim *sim, int s, int64_t z, int64_t y)
{
    const rl_lattice *l = sim->data;
    rl_row_of(sim, l->field, s, z, y, l->row);
    return l->row;
}

/* [0] is the number of empty sites. Collective. */
void rl_count(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    const weft_grid *g = sim->grid;
    int64_t count[RL_STATES] = {0};
    WEFT_FOR_ROWS(g, z, y) {
        /* Empty sites first, from the particles of all species. */
        const int32_t *all = rl_row(sim, 0, z, y);
        int64_t occupied = 0;
        for (int64_t i = 0; i < g->local[2]; i++)
            occupied += all[i] > 0;
        count[0] += g->local[2] - occupied;
        for (int s = 1; s <= l->cfg.net.n_species; s++) {
            const int32_t *row = rl_row(sim, s, z, y);
            int64_t sum = 0;
            for (int64_t i = 0; i < g->local[2]; i++)
                sum += row[i];
            count[s] += sum;
        }
    }
    weft_counts_sum(g->comm, count, RL_STATES);
    memcpy(l->count, count, sizeof l->count);
}

/* Where events are kept by place, the places are summed up, too. Collective. */
void rl_sum_events(const weft_sim *sim, int64_t *total)
{
    const rl_lattice *l = sim->data;
    memcpy(total, l->event, sizeof l->event);
    for (int64_t x = 0; l->layer && x < sim->grid->local[2]; x++)
        for (int e = 0; e < RL_MAX_EVENTS; e++)
            total[e] += l->layer[x * RL_MAX_EVENTS + e];
    weft_counts_sum(sim->grid->comm, total, RL_MAX_EVENTS);
}

/* Maps of rates: the share of the largest rate at each site of the region that this rank replays,
 * its halo included, so that a mark is thinned alike on every rank that replays it.
 *
 * Invariants. A share is in [0, 1]; values of a file are checked, those of patterns are so by their
 * making. A pattern is computed from the global site; a file's map has its halo filled by an
 * exchange. All functions that read files are collective, and an error on one rank ends all. */
#include "exact.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <string.h>

/* Share of the largest rate at a global site, x = (z, y, x): the squares of a checkerboard, or the
 * halves along x, take turns between 1 and the factor. */
static float pattern(const rl_space *s, const weft_grid *g, const int64_t *x)
{
    int64_t parity = 0;
    if (s->kind == RL_HALVES)
        parity = 2 * x[2] >= g->n[2];
    else
        for (int a = 0; a < 3; a++)
            parity += x[a] / s->width;
    double most = s->factor > 1 ? s->factor : 1;
    return (float)((parity & 1 ? s->factor : 1) / most);
}

/* The pattern over the array of the region: halo sites are images of sites across the ends. */
static void fill_pattern(const rl_space *s, const weft_grid *g, const rl_replay *x, float *map)
{
    const weft_extent *e = &x->region.extent;
    int64_t size[3], at[3];
    for (int a = 0; a < 3; a++)
        size[a] = g->local[a] + (g->n[a] > 1 ? 2 * e->ghost : 0);
    int64_t edge[3];
    for (int a = 0; a < 3; a++)
        edge[a] = g->n[a] > 1 ? e->ghost : 0;
    for (int64_t z = 0; z < size[0]; z++)
        for (int64_t y = 0; y < size[1]; y++)
            for (int64_t c = 0; c < size[2]; c++) {
                /* From a place in the array to the global site, around the ends. */
                const int64_t local[3] = {z, y, c};
                for (int a = 0; a < 3; a++) {
                    int64_t global = g->start[a] + local[a] - edge[a];
                    at[a] = (global % g->n[a] + g->n[a]) % g->n[a];
                }
                map[z * e->stride[0] + y * e->stride[1] + c] = pattern(s, g, at);
            }
}

/* The map from a file, with the halo filled and all values checked on all ranks. Collective. */
static weft_status read_file(const rl_space *s, const reaction_rule *r, const weft_grid *g,
                             const rl_replay *x, double *values)
{
    weft_file *file;
    weft_box box = weft_grid_box(g, x->ghost);
    memcpy(box.stride, x->region.extent.stride, sizeof box.stride);
    const char *reason = weft_unreadable(g->comm, s->path);
    if (reason) /* a wrong input */
        return weft_node_fail(weft_node_find(r->node, "space"), 0, "%s cannot be read: %s", s->path,
                              reason);
    WEFT_TRY(weft_file_open(g->comm, s->path, WEFT_READ, &file));
    weft_status status = weft_file_read_block(file, s->dataset, -1, -1, g, &box, WEFT_F64, values);
    weft_status closed = weft_file_close(file);
    WEFT_TRY(status != WEFT_OK ? status : closed);
    if (x->cut) {
        weft_halo *halo;
        WEFT_TRY(weft_halo_create(g, x->ghost, x->ghost, sizeof(double), 1, NULL, &halo));
        weft_halo_exchange(halo, values);
        weft_halo_free(halo);
    }
    int64_t wrong = 0;
    for (int64_t i = 0; i < x->region.cells; i++)
        wrong += !(values[i] >= 0 && values[i] <= 1);
    weft_counts_sum(g->comm, &wrong, 1);
    if (wrong)
        return weft_node_fail(r->node, 0,
                              "%s in %s has values outside [0, 1]; give the largest rate as "
                              "rate, and its share at each site in the file",
                              s->dataset, s->path);
    return WEFT_OK;
}

/* Floats: a share needs no more, and maps are as large as the lattice. */
weft_status rl_maps_make(weft_sim *sim, rl_replay *x)
{
    for (int i = 0; i < x->cfg->net.n_reactions; i++) {
        const reaction_rule *r = &x->cfg->net.reaction[i];
        rl_space spec = {0};
        if (!x->cfg->modulation[i].space)
            continue;
        WEFT_TRY(rl_space_read(weft_node_find(r->node, "space"), &spec));
        x->space[i] = weft_alloc((size_t)x->region.cells, sizeof(float));
        if (spec.kind != RL_FROM_FILE) {
            fill_pattern(&spec, sim->grid, x, x->space[i]);
            continue;
        }
        double *values = weft_alloc((size_t)x->region.cells, sizeof *values);
        weft_status status = read_file(&spec, r, sim->grid, x, values);
        for (int64_t c = 0; status == WEFT_OK && c < x->region.cells; c++)
            x->space[i][c] = (float)values[c];
        weft_free(values);
        WEFT_TRY(status);
    }
    return WEFT_OK;
}

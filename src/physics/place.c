/* Values of formulas of the place at the sites of a grid.
 *
 * A formula of the place is made of numbers, the coordinates x, y, z, numbers that are the same at
 * all sites (the time, constants that change in time) and random words (normal, uniform,
 * lorentzian). It has one value at each site and does not change in time.
 *
 * Invariants. Each occurrence of a random word is a stream of its own, and so a function of the
 * seed, the replica and the global site alone: the same on any number of ranks, and unchanged by a
 * draw that is added behind it in the text. Two words are independent of each other: normal -
 * normal is not zero. Values that are not finite are an error that names the place, on all ranks.
 * Everything here happens before the time loop and may allocate. */
#include "place.h"
#include "weft/memory.h"
#include <math.h>

/* ---- place variables: their values at the owned sites ---- */

void place_coordinates(const weft_grid *g, int axis, double *out)
{
    int64_t at[3];
    for (at[0] = 0; at[0] < g->local[0]; at[0]++)
        for (at[1] = 0; at[1] < g->local[1]; at[1]++)
            for (at[2] = 0; at[2] < g->local[2]; at[2]++)
                *out++ = weft_grid_coordinate(g, axis, g->start[axis] + at[axis]);
}

void place_draw(const weft_sim *sim, const formula_draw *draw, double *out)
{
    static const weft_law laws[] = {WEFT_LAW_NORMAL, WEFT_LAW_UNIFORM, WEFT_LAW_LORENTZIAN};
    weft_noise_fill(&sim->noise, draw->stream, 0, laws[draw->law], sim->grid, 0, out);
}

/* ---- inputs, a program, all sites at once ---- */

/* Inputs of a formula: nodes of variables, and their numbers; room for all nodes of a graph. */
typedef struct place_list {
    int n;
    weft_program_input *input;
    int *index;
} place_list;

/* Each variable once, however often it occurs; seen: the nodes that were done. Without it a formula
 * in which every line uses the line before twice would take 2^lines steps. */
static void find_places(const weft_graph *graph, int node, bool *seen, place_list *out)
{
    const weft_graph_node *x = weft_graph_at(graph, node);
    if (seen[node])
        return;
    seen[node] = true;
    if (x->op == WEFT_OP_VARIABLE) {
        out->input[out->n] = (weft_program_input){node, x->variable == WEFT_VAR_UNIFORM};
        out->index[out->n++] = x->index;
    } else if (x->op != WEFT_OP_NUMBER) {
        const int operand[3] = {x->a, x->b, x->c};
        for (int i = 0; i < 3; i++)
            if (operand[i])
                find_places(graph, operand[i], seen, out);
    }
}

/* The inputs are made, a program runs over all sites at once, the inputs are freed. */
void place_fill(weft_sim *sim, const weft_graph *graph, int node, const double *uniform,
                place_values *values, const void *context, double *out)
{
    const size_t nodes = (size_t)weft_graph_size(graph);
    const int64_t sites = weft_grid_local_sites(sim->grid);
    bool *seen = weft_alloc(nodes, sizeof *seen);
    place_list list = {.input = weft_alloc(nodes, sizeof *list.input),
                       .index = weft_alloc(nodes, sizeof *list.index)};
    find_places(graph, node, seen, &list);
    double **own = weft_alloc((size_t)list.n + 1, sizeof *own);
    const double **from = weft_alloc((size_t)list.n + 1, sizeof *from);
    for (int i = 0; i < list.n; i++) {
        from[i] = uniform ? &uniform[list.index[i]] : NULL;
        if (list.input[i].uniform)
            continue;
        from[i] = own[i] = weft_alloc((size_t)sites, sizeof **own);
        values(sim, context, list.index[i], own[i]);
    }
    weft_program *program = weft_program_create(graph, 1, &node, list.n, list.input);
    weft_program_run(program, sites, from, &out);
    weft_program_free(program);
    for (int i = 0; i < list.n; i++)
        weft_free(own[i]);
    weft_free(own);
    weft_free(from);
    weft_free(seen);
    weft_free(list.input);
    weft_free(list.index);
}

/* Found by each rank among its own sites, and made common. */
weft_status place_check_finite(weft_sim *sim, const weft_node *node, const double *values)
{
    const weft_grid *g = sim->grid;
    weft_status status = WEFT_OK;
    for (int64_t i = 0; i < weft_grid_local_sites(g) && status == WEFT_OK; i++) {
        if (isfinite(values[i]))
            continue;
        /* Local place of the number of a site, x fastest. */
        const int64_t at[3] = {i / (g->local[1] * g->local[2]), i / g->local[2] % g->local[1],
                               i % g->local[2]};
        char place[128];
        weft_grid_place(g, g->start, at, place, sizeof place);
        status = weft_node_fail(node, 0, "the formula is %g at %s",
                                isnan(values[i]) ? NAN : values[i], place);
    }
    return weft_agree(g->comm, status);
}

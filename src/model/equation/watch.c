/* Denominators in a run: none that makes the equations infinite may pass zero between two steps.
 *
 * Their values are computed at the start and after every step, and a site where one has changed its
 * sign ends the run. Equations without such denominators (quotients.c finds them) pay nothing.
 *
 * Invariants: the state is not changed, and nothing of this is stored: a resumed run has the signs
 * of the state that it goes on from, as the unbroken one has. All ranks end together. A value that
 * is zero or no number decides nothing, and the last sign is kept. */
#include "lattice.h"
#include "weft/memory.h"

/* Where the values are: with fields in k space the sources of a pipeline, on a lattice arrays like
 * those of the fields. side: the last sign at each site, one denominator after the other. */
struct eq_watch {
    int n, node[EQ_WATCHED], source[EQ_WATCHED];
    eq_pipeline *pipeline;
    eq_kernel kernel;
    double *values[EQ_WATCHED];
    weft_box box;
    int64_t sites;
    signed char *side;
};

/* Before the static fields of a lattice are filled, of which the kernel may need more. */
weft_status eq_watch_setup(weft_sim *sim)
{
    eq_data *d = sim->data;
    int node[EQ_WATCHED];
    const int n = eq_find_poles(&d->s, node);
    if (n == 0)
        return WEFT_OK;
    eq_watch *w = d->watch = weft_alloc(1, sizeof *w);
    w->n = n;
    w->box = d->lattice ? weft_grid_box(sim->grid, d->lattice->extent.ghost) : sim->fft->real;
    w->sites = w->box.local[0] * w->box.local[1] * w->box.local[2];
    w->side = weft_alloc((size_t)(n * w->sites), sizeof *w->side);
    if (!d->lattice)
        w->pipeline = eq_pipeline_create(&d->s, sim->fft, 1.0);
    for (int i = 0; i < n; i++) {
        w->node[i] = node[i];
        if (d->lattice)
            w->values[i] = weft_alloc((size_t)d->lattice->extent.size, sizeof(double));
        else
            w->source[i] = eq_pipeline_add_values(w->pipeline, node[i]);
    }
    if (d->lattice)
        eq_kernel_make(d->lattice, n, node, &w->kernel);
    else if (!eq_pipeline_finish(w->pipeline, d->place))
        return weft_param_fail(sim->own, "equations", "the equations have too many terms");
    return WEFT_OK;
}

/* There may be none. */
void eq_watch_free(weft_sim *sim)
{
    eq_data *d = sim->data;
    eq_watch *w = d->watch;
    if (!w)
        return;
    eq_pipeline_free(w->pipeline);
    eq_kernel_free(&w->kernel);
    for (int i = 0; i < w->n; i++)
        weft_free(w->values[i]);
    weft_free(w->side);
    weft_free(w);
}

/* The values of all denominators at the present state. */
static void evaluate(weft_sim *sim, eq_watch *w)
{
    eq_data *d = sim->data;
    double *u[EQ_COMPONENTS];
    if (d->lattice) {
        eq_lattice_arrays(sim->state, true, u);
        eq_lattice_means(d->lattice, sim->time, u);
        eq_kernel_run(d->lattice, &w->kernel, u, w->values);
    } else {
        eq_coefficients(sim, sim->state, u);
        eq_pipeline_run(w->pipeline, sim->time, u, NULL);
    }
}

/* Brings the signs of denominator i up to date. Returns the first site, counted over the owned
 * ones, where it has another one than before; -1: none. */
static int64_t turn(const weft_sim *sim, eq_watch *w, int i)
{
    const eq_data *d = sim->data;
    const double *values = d->lattice ? w->values[i] : w->pipeline->source[w->source[i]].values;
    signed char *side = w->side + i * w->sites;
    int64_t site = 0, first = -1;
    WEFT_FOR_ROWS(&w->box, z, y) {
        const double *row = values + w->box.origin + z * w->box.stride[0] + y * w->box.stride[1];
        for (int64_t x = 0; x < w->box.local[2]; x++, site++) {
            const signed char now = (signed char)((row[x] > 0.0) - (row[x] < 0.0));
            if (first < 0 && now * side[site] < 0)
                first = site;
            side[site] = now ? now : side[site];
        }
    }
    return first;
}

/* The message, with the place of an owned site. */
static weft_status report(const weft_sim *sim, const eq_watch *w, int i, int64_t site)
{
    const eq_data *d = sim->data;
    const int64_t *local = w->box.local;
    const int64_t at[3] = {site / (local[1] * local[2]), site / local[2] % local[1],
                           site % local[2]};
    char text[300], place[160];
    weft_graph_print(d->s.graph, w->node[i], eq_variable_name, (void *)&d->s, text, sizeof text);
    weft_grid_place(sim->grid, w->box.start, at, place, sizeof place);
    return weft_fail(
        WEFT_FAILED,
        "at time %.10g (step %lld) the denominator %s has passed zero at %s: there the "
        "equations have no value, and what follows means nothing; end the run "
        "earlier, or write the equations so that it stays away from zero",
        sim->time, (long long)sim->step, text, place);
}

/* At a start there is nothing to compare with: all signs are those of the state. */
void eq_watch_begin(weft_sim *sim)
{
    eq_watch *w = ((eq_data *)sim->data)->watch;
    if (!w)
        return;
    evaluate(sim, w);
    for (int64_t i = 0; i < w->n * w->sites; i++)
        w->side[i] = 0;
    for (int i = 0; i < w->n; i++)
        turn(sim, w, i);
}

/* After every step. */
weft_status eq_guard(weft_sim *sim)
{
    eq_watch *w = ((eq_data *)sim->data)->watch;
    weft_status status = WEFT_OK;
    if (!w)
        return WEFT_OK;
    evaluate(sim, w);
    for (int i = 0; i < w->n; i++) {
        const int64_t site = turn(sim, w, i);
        if (site >= 0 && status == WEFT_OK)
            status = report(sim, w, i, site);
    }
    return weft_agree(sim->grid->comm, status);
}

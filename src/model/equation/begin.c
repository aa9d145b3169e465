/* The first look at the right-hand sides. Where coefficients depend on the place, the sites at
 * which they are least and greatest must not make the equations ill posed. A value that is not
 * finite at the start is an error that names the expression and the place.
 *
 * Without it a division by zero in a formula would show many steps later as a field that is not
 * finite, with nothing to tell why. Fields in k space are looked at source by source, so that the
 * message can name the very expression; on a lattice a rate is one program, and the message names
 * the rate of the component.
 *
 * Invariants. A rank that finds nothing gets the status of one that does (weft_agree), so that all
 * end together. The state is not changed. What is allocated here is freed again: this is before the
 * time loop. Collective. */
#include "lattice.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The first of the owned sites with a value that is not finite, as "x = 1, y = 2"; false: none.
 * values: of the first owned site; strides of its layout. */
static bool bad_site(const weft_grid *g, const int64_t local[3], const int64_t start[3],
                     const int64_t stride[3], const double *values, char *place, size_t size)
{
    for (int64_t z = 0; z < local[0]; z++)
        for (int64_t y = 0; y < local[1]; y++)
            for (int64_t x = 0; x < local[2]; x++) {
                const int64_t at[3] = {z, y, x};
                const double value = values[z * stride[0] + y * stride[1] + x];
                if (isfinite(value))
                    continue;
                const int used = snprintf(place, size, "%g at ", isnan(value) ? NAN : value);
                weft_grid_place(g, start, at, place + used, size - (size_t)used);
                return true;
            }
    return false;
}

/* The message: expression and place. */
static weft_status report(const eq_system *s, int node, const char *place)
{
    char text[300];
    weft_graph_print(s->graph, node, eq_variable_name, (void *)s, text, sizeof text);
    return eq_fail_at(s, node, s->field[0].node, "at the start the expression %s is %s", text,
                      place);
}

/* Sources of one stage once more, which the transforms have overwritten. */
static weft_status look_at_stage(eq_data *d, const eq_pipeline *p, const eq_stage *stage)
{
    const weft_box *box = &p->fft->real;
    double *to[EQ_ITEMS];
    char place[160];
    for (int i = 0; i < stage->n; i++)
        to[i] = p->source[stage->source[i]].values + p->first;
    if (stage->n)
        weft_program_run(stage->program, p->length, p->pointer, to);
    for (int i = 0; i < stage->n; i++)
        if (bad_site(p->fft->grid, box->local, box->start, box->stride, to[i], place, sizeof place))
            return report(&d->s, p->source[stage->source[i]].node, place);
    return WEFT_OK;
}

/* Evaluates the pipeline once, without outputs; the sources of all levels are then looked at. */
static weft_status begin_spectral(weft_sim *sim, eq_data *d)
{
    double *u[EQ_COMPONENTS];
    eq_coefficients(sim, sim->state, u);
    eq_pipeline_run(d->rate, sim->time, u, NULL);
    weft_status status = WEFT_OK;
    for (int level = 0; level <= d->rate->levels && status == WEFT_OK; level++)
        status = look_at_stage(d, d->rate, &d->rate->stage[level]);
    return weft_agree(sim->grid->comm, status);
}

/* All rates are computed into arrays of their own, which are freed again: this is before the time
 * loop. */
static weft_status begin_lattice(weft_sim *sim, eq_data *d)
{
    eq_lattice *l = d->lattice;
    double *u[EQ_COMPONENTS], *out[EQ_COMPONENTS];
    char place[160];
    weft_status status = WEFT_OK;
    eq_lattice_arrays(sim->state, true, u);
    eq_lattice_means(l, sim->time, u);
    for (int i = 0; i < d->s.n; i++)
        out[i] = weft_alloc((size_t)l->extent.size, sizeof(double));
    eq_kernel_run(l, &l->rate, u, out);
    for (int i = 0; i < d->s.n; i++) {
        if (status == WEFT_OK &&
            bad_site(sim->grid, sim->grid->local, sim->grid->start, l->extent.stride,
                     out[i] + l->extent.origin, place, sizeof place))
            status = report(&d->s, d->s.rate[i], place);
        weft_free(out[i]);
    }
    return weft_agree(sim->grid->comm, status);
}

/* Notes the least and the greatest values of components that no formula has set (initial.c has
 * noted those of formulas, which have no rounding errors). What may be the rounding error of a
 * transform counts as zero, since a coefficient that vanishes must not change its sign. Collective.
 */
static void note_ranges(weft_sim *sim)
{
    eq_data *d = sim->data;
    int n = 0;
    const char *type = weft_get_text(weft_params_section(sim->params, "initial"), "type");
    if (sim->step == 0 && strcmp(type, "formula") == 0)
        return;
    for (int f = 0; f < sim->state->n; f++) {
        weft_field *field = &sim->state->field[f];
        if (field->spec.role != WEFT_EVOLVED && field->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < field->spec.components; c++, n++) {
            const weft_view view = weft_field_view(sim->state, field, c, NULL);
            double end[2] = {weft_view_min(sim->grid->comm, &view),
                             weft_view_max(sim->grid->comm, &view)};
            const double error = 1e-12 * fmax(fabs(end[0]), fabs(end[1]));
            for (int i = 0; i < 2; i++)
                d->start[i][n] = fabs(end[i]) <= error ? 0.0 : end[i];
        }
    }
}

/* Coefficients of places and of the state that make the equations ill posed. Fields that change
 * later are not looked at again. */
static weft_status check_growth(weft_sim *sim)
{
    eq_data *d = sim->data;
    WEFT_TRY(eq_check_growth_at(&d->s, sim->time, sim->end, &d->sites_seen));
    if (d->shape.degree == 0)
        return WEFT_OK;
    note_ranges(sim);
    if (sim->step > 0)
        return WEFT_OK;
    return eq_check_growth_start(&d->s, sim->time, d->start[0], d->start[1], &d->sites_seen);
}

/* Values of observables are made anew after a start. */
weft_status eq_begin(weft_sim *sim)
{
    eq_data *d = sim->data;
    d->fresh = false;
    eq_find_sites(sim, &d->sites_seen);
    if (!d->lattice)
        WEFT_TRY(check_growth(sim));
    WEFT_TRY(d->lattice ? begin_lattice(sim, d) : begin_spectral(sim, d));
    eq_watch_begin(sim);
    return WEFT_OK;
}

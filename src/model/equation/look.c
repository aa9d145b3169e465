/* Values of the formulas of observables on the grid. They are made once for all, when the first of
 * them is asked for after the state may have changed (`fresh`): a record with ten formulas costs
 * one evaluation.
 *
 * Fields in k space use a pipeline of their own (d->look), without dealiasing; fields on a lattice
 * two kernels, one for formulas with a value at each site and one for numbers (means and what is
 * made of them). Named expressions that snapshots show are formulas, too, and are copied into
 * derived fields.
 *
 * Invariants. eq_derive, which the time loop calls before every record and snapshot, clears
 * `fresh`; nothing else may rely on old values. A formula is what it says on the points of the
 * grid. Collective: every rank asks for the same formulas in the same order. The state is not
 * changed. */
#include "lattice.h"
#include "physics/shells.h"
#include "weft/memory.h"
#include <string.h>

/* Shared scratch of spectra and histograms, as large as the largest of them. */
static void look_buffers(weft_sim *sim)
{
    eq_data *d = sim->data;
    int64_t most = 1;
    bool spectra = false;
    for (int i = 0; i < d->n_formulas; i++) {
        const eq_formula *f = &d->formula[i];
        spectra = spectra || f->reduction == EQ_SPECTRUM;
        most = f->reduction == EQ_HISTOGRAM && f->bins > most ? f->bins : most;
    }
    if (spectra && shells_data(sim->grid) + 1 > most)
        most = shells_data(sim->grid) + 1;
    d->count = weft_alloc((size_t)most, sizeof *d->count);
    d->power = weft_alloc((size_t)most, sizeof *d->power);
    if (spectra)
        d->buffer = weft_fft_buffer(sim->fft);
}

static int shown_nodes(weft_sim *sim, int *nodes);

/* All formulas become values of one pipeline, so that they share transforms. */
void eq_look_setup(weft_sim *sim)
{
    eq_data *d = sim->data;
    look_buffers(sim);
    d->look = eq_pipeline_create(&d->s, sim->fft, 1.0);
    for (int i = 0; i < d->n_formulas; i++) {
        const eq_formula *f = &d->formula[i];
        if (f->reduction == EQ_VALUE) {
            d->seen[i][0] = eq_pipeline_add_uniform(d->look, f->of[0].re);
            continue;
        }
        d->seen[i][0] = eq_pipeline_add_values(d->look, f->of[0].re);
        int second = f->reduction == EQ_SPECTRUM ? f->of[0].im : f->of[1].re;
        d->seen[i][1] = second ? eq_pipeline_add_values(d->look, second) : 0;
    }
    int nodes[2 * EQ_SHOWN];
    const int n = shown_nodes(sim, nodes);
    for (int i = 0; i < n; i++)
        d->shown[i] = eq_pipeline_add_values(d->look, nodes[i]);
}

/* Of both kinds of fields: what is missing is NULL. */
void eq_look_free(weft_sim *sim)
{
    eq_data *d = sim->data;
    eq_pipeline_free(d->look);
    weft_free(d->count);
    weft_free(d->power);
    if (d->buffer)
        weft_fft_buffer_free(sim->fft, d->buffer);
}

/* Brings the values of all formulas up to date, unless they are. In k space from the coefficients
 * (of fields that live on the grid, by transforms); on a lattice by two kernels. */
static void look(weft_sim *sim)
{
    eq_data *d = sim->data;
    double *u[EQ_COMPONENTS];
    if (d->fresh)
        return;
    if (d->lattice) {
        eq_lattice *l = d->lattice;
        double *number[EQ_FORMULAS];
        eq_lattice_arrays(sim->state, true, u);
        eq_lattice_means(l, sim->time, u);
        eq_kernel_run(l, &l->look, u, l->values);
        /* Numbers have one value each; the kernel writes it where a site 0 would be. */
        for (int i = 0; i < l->numbers.n; i++)
            number[i] = &l->number[i] - l->extent.origin;
        eq_kernel_run_one(l, &l->numbers, number);
        d->fresh = true;
        return;
    }
    eq_coefficients(sim, sim->state, u);
    eq_pipeline_run(d->look, sim->time, u, NULL);
    d->fresh = true;
}

/* Values of the first or second formula of an observable, wherever they lie. */
weft_view eq_view(weft_sim *sim, int formula, int which)
{
    eq_data *d = sim->data;
    const int seen = d->seen[formula][which];
    look(sim);
    /* Lattice values lie like fields, those of a pipeline as its transform has the points. */
    weft_box box = d->lattice ? weft_grid_box(sim->grid, d->lattice->extent.ghost) : sim->fft->real;
    weft_view view = {.data = d->lattice ? d->lattice->values[seen] : d->look->source[seen].values,
                      .origin = box.origin};
    memcpy(view.local, box.local, sizeof view.local);
    memcpy(view.stride, box.stride, sizeof view.stride);
    return view;
}

/* The same as an FFT buffer, for spectra. */
void eq_load_values(weft_sim *sim, int formula, int which, double *buffer)
{
    eq_data *d = sim->data;
    const int seen = d->seen[formula][which];
    const eq_pipeline *p = d->look;
    look(sim);
    if (d->lattice)
        weft_fft_load(sim->fft, d->lattice->values[seen], d->lattice->extent.ghost, buffer);
    else
        memcpy(buffer, p->source[seen].values, (size_t)(p->first + p->length) * sizeof *buffer);
}

/* The value of a formula that is the same at all sites. */
double eq_uniform_value(weft_sim *sim, int formula)
{
    eq_data *d = sim->data;
    const int seen = d->seen[formula][0];
    look(sim);
    return d->lattice ? d->lattice->number[seen] : d->look->uniform_value[seen];
}

/* The same as eq_look_setup for fields on a lattice: one kernel for values, one for numbers. */
weft_status eq_look_lattice(weft_sim *sim)
{
    eq_data *d = sim->data;
    eq_lattice *l = d->lattice;
    int nodes[EQ_FORMULAS * 2 + EQ_SHOWN * 2], numbers[EQ_FORMULAS], n = 0, n_numbers = 0;
    look_buffers(sim);
    for (int i = 0; i < d->n_formulas; i++) {
        const eq_formula *f = &d->formula[i];
        if (f->reduction == EQ_VALUE) {
            d->seen[i][0] = n_numbers;
            numbers[n_numbers++] = f->of[0].re;
            continue;
        }
        int second = f->reduction == EQ_SPECTRUM ? f->of[0].im : f->of[1].re;
        d->seen[i][0] = n;
        nodes[n++] = f->of[0].re;
        if (second) {
            d->seen[i][1] = n;
            nodes[n++] = second;
        }
    }
    const int n_shown = shown_nodes(sim, nodes + n);
    for (int i = 0; i < n_shown; i++)
        d->shown[i] = n++;
    for (int i = 0; i < n; i++)
        l->values[i] = weft_alloc((size_t)l->extent.size, sizeof(double));
    eq_kernel_make(l, n, nodes, &l->look);
    eq_kernel_make(l, n_numbers, numbers, &l->numbers);
    return WEFT_OK;
}

/* ---- named expressions in snapshots ---- */

/* Nodes of the shown expressions, in the order of the derived fields of the state; remembers which
 * field and which part each belongs to. Returns how many. */
static int shown_nodes(weft_sim *sim, int *nodes)
{
    eq_data *d = sim->data;
    d->n_shown = 0;
    for (int f = 0; f < sim->state->n; f++) {
        const weft_field_spec *spec = &sim->state->field[f].spec;
        for (int i = 0; i < d->s.n_names && spec->role == WEFT_DERIVED; i++) {
            const eq_name *name = &d->s.name[i];
            for (int c = 0; strcmp(name->name, spec->name) == 0 && c < spec->components; c++) {
                d->shown_field[d->n_shown] = f;
                d->shown_part[d->n_shown] = c;
                nodes[d->n_shown++] = c ? name->value.im : name->value.re;
            }
        }
    }
    return d->n_shown;
}

/* Copies component i of the shown expressions into its derived field. */
static void show(weft_sim *sim, int i)
{
    eq_data *d = sim->data;
    weft_field *field = &sim->state->field[d->shown_field[i]];
    double *to = weft_field_data(field, d->shown_part[i]);
    if (!d->lattice) {
        weft_fft_store(sim->fft, d->look->source[d->shown[i]].values, 1.0, to, field->spec.ghost);
        return;
    }
    const weft_extent *e = &d->lattice->extent, *own = &field->extent;
    const int64_t *n = sim->grid->local;
    for (int64_t z = 0; z < n[0]; z++)
        for (int64_t y = 0; y < n[1]; y++)
            memcpy(to + weft_extent_row(own, z, y),
                   d->lattice->values[d->shown[i]] + weft_extent_row(e, z, y),
                   (size_t)n[2] * sizeof *to);
}

/* The state may have changed: values are made anew when they are next asked for, shown fields at
 * once. */
weft_status eq_derive(weft_sim *sim)
{
    eq_data *d = sim->data;
    d->fresh = false;
    if (d->n_shown)
        look(sim);
    for (int i = 0; i < d->n_shown; i++)
        show(sim, i);
    return WEFT_OK;
}

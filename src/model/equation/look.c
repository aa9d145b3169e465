/* Values of the formulas of observables on the grid. They are made once for all, when the first of
 * them is asked for after the state may have changed. */
#include "data.h"
#include "physics/shells.h"
#include "weft/memory.h"
#include <string.h>

void eq_look_setup(weft_sim *sim)
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
}

void eq_look_free(weft_sim *sim)
{
    eq_data *d = sim->data;
    eq_pipeline_free(d->look);
    weft_free(d->count);
    weft_free(d->power);
    if (d->buffer)
        weft_fft_buffer_free(sim->fft, d->buffer);
}

weft_status eq_forget(weft_sim *sim)
{
    ((eq_data *)sim->data)->fresh = false;
    return WEFT_OK;
}

/* The components in k space; of those that live on the grid, transforms. */
static void look(weft_sim *sim)
{
    eq_data *d = sim->data;
    double *u[EQ_COMPONENTS];
    if (d->fresh)
        return;
    eq_coefficients(sim, sim->state, u);
    eq_pipeline_run(d->look, sim->time, u, false);
    d->fresh = true;
}

weft_view eq_view(weft_sim *sim, int formula, int which)
{
    eq_data *d = sim->data;
    const weft_box *box = &sim->fft->real;
    look(sim);
    weft_view view = {.data = d->look->source[d->seen[formula][which]].values,
                      .origin = box->origin};
    memcpy(view.local, box->local, sizeof view.local);
    memcpy(view.stride, box->stride, sizeof view.stride);
    return view;
}

void eq_load_values(weft_sim *sim, int formula, int which, double *buffer)
{
    eq_data *d = sim->data;
    const eq_pipeline *p = d->look;
    look(sim);
    memcpy(buffer, p->source[d->seen[formula][which]].values,
           (size_t)(p->first + p->length) * sizeof *buffer);
}

double eq_uniform_value(weft_sim *sim, int formula)
{
    eq_data *d = sim->data;
    look(sim);
    return d->look->uniform_value[d->seen[formula][0]];
}

/* Families of fields in k space: the linear part and the noise as factors of each mode, the rest by
 * the pipeline. Nothing of the linear part is in the pipeline, so that u_t = L u + N holds exactly
 * for what the two parts give.
 *
 *     d/dt u_i(k) = sum_j L_ij(k) u_j(k) + N_i(k) + sum_s B_is(k) xi_s(k)
 *
 * L and B are symbols that the splitter has taken out of the right-hand sides; N is what is left.
 * Steppers that want the fields on the grid (rk4, euler_ito) get the whole right-hand side through
 * k space and back: for them the pipeline has the linear terms, too.
 *
 * Invariants. What depends on the place or on the time is part of N, since L and B must be
 * constant. All buffers are made here, none in the time loop. Collective. */
#include "lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { STRETCH = 256 };

/* ---- set up ---- */

/* Place variables that occur anywhere in the graph. */
static bool place_used(const eq_system *s, int index)
{
    for (int i = 1; i < weft_graph_size(s->graph); i++) {
        const weft_graph_node *x = weft_graph_at(s->graph, i);
        if (x->op == WEFT_OP_VARIABLE && x->variable == WEFT_VAR_PLACE && x->index == index)
            return true;
    }
    return false;
}

/* Place variables that occur, as values in FFT buffers: pipelines compute fixed fields from them.
 */
static void make_places(weft_sim *sim)
{
    eq_data *d = sim->data;
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    d->place = weft_alloc(EQ_PLACE_DRAW, sizeof(double *));
    for (int i = 0; i < EQ_PLACE_DRAW; i++)
        if (place_used(&d->s, i)) {
            d->place[i] = weft_fft_buffer(sim->fft);
            eq_place_values(sim, i, values);
            weft_fft_load(sim->fft, values, 0, d->place[i]);
        }
    weft_free(values);
}

/* The matrices L (n x n) and B (n x noises) of all modes, computed a stretch of modes at a time
 * when a stepper asks for them. */
static void make_factors(eq_data *d)
{
    const eq_system *s = &d->s;
    const int n = s->n, m = s->n_noises, most = n * (n > m ? n : m);
    weft_symbol *symbol = weft_alloc((size_t)most, sizeof *symbol);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            symbol[i * n + j] = eq_linear(s, i, j);
    d->linear = eq_factors_create(s, n * n, symbol);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < m; k++)
            symbol[i * m + k] = eq_noise(s, i, k);
    if (m)
        d->noise = eq_factors_create(s, n * m, symbol);
    d->table = weft_alloc((size_t)(2 * most), sizeof(double *));
    for (int i = 0; i < 2 * most; i++)
        d->table[i] = weft_alloc(STRETCH, sizeof(double));
    weft_free(symbol);
}

/* Buffers for fields that live on the grid: their coefficients, the outputs, values at sites. */
static void make_grid_buffers(weft_sim *sim)
{
    eq_data *d = sim->data;
    d->coefficients = weft_alloc((size_t)d->s.n, sizeof(double *));
    d->out = weft_alloc((size_t)d->s.n, sizeof(double *));
    for (int i = 0; i < d->s.n; i++) {
        d->coefficients[i] = weft_fft_buffer(sim->fft);
        d->out[i] = weft_fft_buffer(sim->fft);
    }
    d->sites = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
}

/* The pipeline of the noise, for fields on the grid, with its linear terms. */
static bool make_increment(weft_sim *sim)
{
    eq_data *d = sim->data;
    d->increment = eq_pipeline_create(&d->s, sim->fft, d->shape.keep);
    for (int i = 0; i < d->s.n; i++)
        eq_pipeline_add_sum(d->increment, eq_noise_part(&d->s, i), i, true);
    return eq_pipeline_finish(d->increment, d->place);
}

/* False: the equations have more terms than a pipeline holds. Collective. */
bool eq_spectral_setup(weft_sim *sim)
{
    eq_data *d = sim->data;
    /* A stepper that wants fields on the grid needs the linear terms in the rates, too. */
    const bool grid = sim->state->field[0].space == WEFT_X;
    make_places(sim);
    make_factors(d);
    if (grid)
        make_grid_buffers(sim);
    d->rate = eq_pipeline_create(&d->s, sim->fft, d->shape.keep);
    for (int i = 0; i < d->s.n; i++)
        eq_pipeline_add_sum(d->rate, d->s.rate[i], i, grid);
    if (!eq_pipeline_finish(d->rate, d->place))
        return false;
    /* The same equations once more, as forces for splittings. */
    if (d->shape.families & WEFT_HAS_LINEAR_K2) {
        eq_second_setup(sim);
        if (!eq_pipeline_finish(d->force, d->place))
            return false;
    }
    if (grid && d->s.noisy && !make_increment(sim))
        return false;
    eq_look_setup(sim);
    return eq_pipeline_finish(d->look, d->place);
}

/* Every part may be missing. */
void eq_spectral_free(weft_sim *sim)
{
    eq_data *d = sim->data;
    const int n = d->s.n, m = d->s.n_noises;
    eq_pipeline_free(d->rate);
    eq_pipeline_free(d->force);
    eq_pipeline_free(d->increment);
    eq_factors_free(d->linear);
    for (int i = 0; d->coefficients && i < n; i++) {
        weft_fft_buffer_free(sim->fft, d->coefficients[i]);
        weft_fft_buffer_free(sim->fft, d->out[i]);
    }
    weft_free(d->coefficients);
    weft_free(d->out);
    weft_free(d->sites);
    eq_factors_free(d->noise);
    for (int i = 0; d->table && i < 2 * n * (n > m ? n : m); i++)
        weft_free(d->table[i]);
    weft_free(d->table);
    for (int i = 0; d->place && i < EQ_PLACE_DRAW; i++)
        if (d->place[i])
            weft_fft_buffer_free(sim->fft, d->place[i]);
    weft_free(d->place);
}

/* ---- coupled fields ---- */

/* What eq_classify found, as a promise to the stepper. */
void eq_linear_form(weft_sim *sim, weft_linear_form *form)
{
    const eq_data *d = sim->data;
    bool timed = false;
    for (int i = 0; i < d->s.n; i++)
        timed = timed || weft_graph_at(d->s.graph, d->s.rate[i])->depends & 1u << WEFT_VAR_UNIFORM;
    *form = (weft_linear_form){.n = d->s.n,
                               .timed = timed,
                               .diagonal = d->shape.diagonal,
                               .real = d->shape.real,
                               .isotropic = d->shape.isotropic,
                               .sources = d->s.n_noises};
}

/* Factors of count entries a mode, interleaved as the families want them: entries of a mode
 * together, each as (even, odd) = (real, imaginary) part. */
static void factors(weft_sim *sim, eq_factors *f, int entries, double scale, int64_t first,
                    int64_t count, double _Complex *out)
{
    eq_data *d = sim->data;
    for (int64_t at = 0; at < count; at += STRETCH) {
        int64_t n = count - at < STRETCH ? count - at : STRETCH;
        eq_factors_values(f, sim->fft, first + at, n, d->table);
        for (int64_t i = 0; i < n; i++)
            for (int e = 0; e < entries; e++) {
                /* A complex number is two doubles. */
                double *to = (double *)&out[(at + i) * entries + e];
                to[0] = scale * d->table[2 * e][i];
                to[1] = scale * d->table[2 * e + 1][i];
            }
    }
}

/* L of the modes: entry i*n + j. */
void eq_linear_km(weft_sim *sim, int64_t first, int64_t count, double _Complex *L)
{
    eq_data *d = sim->data;
    factors(sim, d->linear, d->s.n * d->s.n, 1.0, first, count, L);
}

/* B of the modes. White noise of unit strength has the variance 1/cell at a point of the grid. */
void eq_noise_km(weft_sim *sim, int64_t first, int64_t count, double _Complex *B)
{
    eq_data *d = sim->data;
    if (d->noise)
        factors(sim, d->noise, d->s.n * d->s.n_noises, 1.0 / sqrt(weft_grid_cell(sim->grid)), first,
                count, B);
}

/* In place: the stepper's buffers are used on the way. */
weft_status eq_nonlinear_km(weft_sim *sim, double t, double *const *u)
{
    eq_data *d = sim->data;
    eq_pipeline_run(d->rate, t, u, u);
    return WEFT_OK;
}

/* Transforms of one evaluation. Splittings have pipelines of their own, for forces. Steppers of
 * fields on the grid go to k space and back for each field: for the rates, and once more for noise
 * whose amplitude depends on fields, which an Ito step adds. The pipeline of the rates exists in
 * every case, also where it is used for the look at the start alone. */
int eq_transforms(const weft_sim *sim, int needs)
{
    const eq_data *d = sim->data;
    if (d->lattice)
        return 0;
    if (needs & WEFT_HAS_LINEAR_K2)
        return eq_pipeline_transforms(d->force);
    const int rate = eq_pipeline_transforms(d->rate);
    if (!d->coefficients)
        return rate;
    return rate + 2 * d->s.n +
           (d->increment ? eq_pipeline_transforms(d->increment) + 2 * d->s.n : 0);
}

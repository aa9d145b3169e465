/* Families of fields that live on the grid: right-hand sides, noise increments, kicks and drifts.
 */
#include "lattice.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

/* ---- splittings ---- */

/* The variable of the momentum of a coordinate, or -1. */
static int momentum_of(const eq_system *s, int component)
{
    const eq_field *f = &s->field[s->field_of[component]];
    const int parts = f->is_complex ? 2 : 1, part = component - f->component;
    return f->order == 2 && part < parts ? component + parts : -1;
}

static bool is_momentum(const eq_system *s, int component)
{
    const eq_field *f = &s->field[s->field_of[component]];
    return f->order == 2 && component - f->component >= (f->is_complex ? 2 : 1);
}

int eq_force_node(eq_system *s, int component)
{
    int with[EQ_COMPONENTS];
    if (!is_momentum(s, component))
        return 0;
    for (int i = 0; i < s->n; i++)
        with[i] = is_momentum(s, i) ? 0 : -1;
    return weft_graph_replace(s->graph, s->rate[component], WEFT_VAR_FIELD, s->n, with);
}

int eq_gamma_of(eq_system *s, int component)
{
    if (!is_momentum(s, component))
        return 0;
    int p = weft_graph_variable(s->graph, WEFT_VAR_FIELD, component);
    int slope = weft_graph_derivative(s->graph, s->rate[component], p);
    return weft_graph_make(s->graph, WEFT_OP_MUL, weft_graph_number(s->graph, -1.0), slope, 0);
}

/* Does an operator or an offset act on what depends on a momentum? A derivative would not see it.
 */
static bool hidden_momentum(const eq_system *s, int node, bool inside)
{
    const weft_graph_node *x = weft_graph_at(s->graph, node);
    if (!(x->depends & 1u << WEFT_VAR_FIELD))
        return false;
    if (x->op == WEFT_OP_VARIABLE)
        return inside && is_momentum(s, x->index);
    inside = inside || x->op == WEFT_OP_OPERATOR || x->op == WEFT_OP_SHIFT || x->op == WEFT_OP_MEAN;
    const bool operator= x->op == WEFT_OP_OPERATOR;
    return (!operator&&(hidden_momentum(s, x->a, inside) || hidden_momentum(s, x->b, inside))) ||
           hidden_momentum(s, x->c, inside);
}

static bool nonlocal_momenta(const eq_system *s, int component)
{
    return hidden_momentum(s, s->rate[component], false);
}

/* rate = force - gamma p with gamma a number. */
static bool splits(eq_system *s, int i)
{
    double gamma;
    if (nonlocal_momenta(s, i) || !weft_graph_is_number(s->graph, eq_gamma_of(s, i), &gamma))
        return false;
    int p = weft_graph_variable(s->graph, WEFT_VAR_FIELD, i);
    int damping = weft_graph_make(s->graph, WEFT_OP_MUL, weft_graph_number(s->graph, gamma), p, 0);
    int sum = weft_graph_make(s->graph, WEFT_OP_ADD, s->rate[i], damping, 0);
    const weft_split *a = weft_split_of(s->splitter, sum);
    const weft_split *b = weft_split_of(s->splitter, eq_force_node(s, i));
    bool same = a->rest == b->rest && a->constant == b->constant;
    for (int j = 0; j < s->n && !s->lattice; j++)
        same = same && a->field[j].even == b->field[j].even && a->field[j].odd == b->field[j].odd;
    return same;
}

bool eq_splits(eq_system *s)
{
    for (int i = 0; i < s->n; i++)
        if (s->field[s->field_of[i]].order != 2 || (is_momentum(s, i) && !splits(s, i)))
            return false;
    return !s->noisy;
}

static void add_row(int64_t n, double dt, int times, const double *restrict f, double *restrict to)
{
    for (int k = 0; k < times; k++)
        for (int64_t i = 0; i < n; i++)
            to[i] += dt * f[i];
}

/* to += dt from on the owned sites, so many times. */
static void advance(const eq_lattice *l, double dt, int times, const double *from, double *to)
{
    const weft_extent *e = &l->extent;
    for (int64_t z = 0; z < l->grid->local[0]; z++)
        for (int64_t y = 0; y < l->grid->local[1]; y++) {
            int64_t at = e->origin + z * e->stride[0] + y * e->stride[1];
            add_row(l->grid->local[2], dt, times, from + at, to + at);
        }
}

weft_status eq_kick(weft_sim *sim, double t, double dt, int times)
{
    eq_data *d = sim->data;
    eq_lattice *l = d->lattice;
    double *u[EQ_COMPONENTS];
    eq_lattice_arrays(sim->state, true, u);
    eq_lattice_means(l, t, u);
    eq_kernel_run(l, &l->force, u, l->kick);
    for (int i = 0; i < d->s.n; i++)
        if (is_momentum(&d->s, i))
            advance(l, dt, times, l->kick[i], u[i]);
    return WEFT_OK;
}

weft_status eq_drift(weft_sim *sim, double t, double dt, int times)
{
    eq_data *d = sim->data;
    double *u[EQ_COMPONENTS];
    (void)t;
    eq_lattice_arrays(sim->state, false, u);
    for (int i = 0; i < d->s.n; i++)
        if (momentum_of(&d->s, i) >= 0)
            advance(d->lattice, dt, times, u[momentum_of(&d->s, i)], u[i]);
    return WEFT_OK;
}

/* p = p exp(-gamma dt). */
static void shrink(const eq_lattice *l, double factor, double *p)
{
    const weft_extent *e = &l->extent;
    for (int64_t z = 0; z < l->grid->local[0]; z++)
        for (int64_t y = 0; y < l->grid->local[1]; y++) {
            double *row = p + e->origin + z * e->stride[0] + y * e->stride[1];
            for (int64_t i = 0; i < l->grid->local[2]; i++)
                row[i] *= factor;
        }
}

bool eq_damp(weft_sim *sim, double t, double dt)
{
    eq_data *d = sim->data;
    double *u[EQ_COMPONENTS];
    bool any = false;
    (void)t;
    eq_lattice_arrays(sim->state, false, u);
    for (int i = 0; i < d->s.n; i++)
        if (d->gamma[i] != 0.0) {
            any = true;
            shrink(d->lattice, weft_exp(-d->gamma[i] * dt), u[i]);
        }
    return any;
}

/* ---- right-hand sides ---- */

static void lattice_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    double *from[EQ_COMPONENTS], *to[EQ_COMPONENTS];
    eq_lattice_arrays(u, true, from);
    eq_lattice_arrays(du, false, to);
    eq_lattice_means(d->lattice, t, from);
    eq_kernel_run(d->lattice, &d->lattice->rate, from, to);
}

/* Output sums of a pipeline as values on the grid: in place of (or added to) those of a state. */
static void to_grid(weft_sim *sim, weft_state *du, bool add)
{
    eq_data *d = sim->data;
    int n = 0;
    for (int f = 0; f < du->n; f++) {
        weft_field *field = &du->field[f];
        if (field->spec.role != WEFT_EVOLVED && field->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < field->spec.components; c++, n++) {
            double *to = weft_field_data(field, c);
            weft_fft_backward(sim->fft, d->out[n]);
            weft_fft_store(sim->fft, d->out[n], sim->fft->scale, add ? d->sites : to,
                           add ? 0 : field->spec.ghost);
            for (int64_t i = 0; add && i < field->size; i++) /* no ghosts in k space models */
                to[i] += d->sites[i];
        }
    }
}

static void spectral_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    double *from[EQ_COMPONENTS];
    eq_coefficients(sim, u, from);
    eq_pipeline_run(d->rate, t, from, d->out);
    to_grid(sim, du, false);
}

weft_status eq_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    if (d->lattice)
        lattice_rhs(sim, t, u, du);
    else
        spectral_rhs(sim, t, u, du);
    return WEFT_OK;
}

/* ---- noise ---- */

/* Increments of unit noise over a step at the owned sites: normal * sqrt(dt/cell). */
static void draw(weft_sim *sim, int noise, double dt, const weft_extent *e, double *out)
{
    const weft_grid *g = sim->grid;
    const double size = sqrt(dt / weft_grid_cell(g));
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++) {
            double *row = out + e->origin + z * e->stride[0] + y * e->stride[1];
            int64_t number = (g->start[0] + z) * g->n[1] + g->start[1] + y;
            weft_noise_increments(&sim->noise, noise, (uint64_t)sim->step, number, g->n[2],
                                  g->start[2], g->local[2], row, NULL);
            for (int64_t x = 0; x < g->local[2]; x++)
                row[x] *= size;
        }
}

static void lattice_noise(weft_sim *sim, double dt, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    eq_lattice *l = d->lattice;
    double *from[EQ_COMPONENTS], *to[EQ_COMPONENTS];
    eq_lattice_arrays(u, false, from);
    eq_lattice_arrays(du, false, to);
    for (int k = 0; k < d->s.n_noises; k++) {
        draw(sim, k, dt, &l->extent, l->noise[k]);
        if (l->noise_halo)
            weft_halo_exchange(l->noise_halo, l->noise[k]);
    }
    eq_lattice_means(l, sim->time, from);
    eq_kernel_run(l, &l->increment, from, l->kick);
    for (int i = 0; i < d->s.n; i++)
        advance(l, 1.0, 1, l->kick[i], to[i]);
}

static void spectral_noise(weft_sim *sim, double dt, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    const weft_extent e = weft_grid_extent(sim->grid, 0);
    double *from[EQ_COMPONENTS];
    for (int k = 0; k < d->s.n_noises; k++) {
        draw(sim, k, dt, &e, d->sites);
        weft_fft_load(sim->fft, d->sites, 0, d->increment->noise[k]);
    }
    eq_coefficients(sim, u, from);
    eq_pipeline_run(d->increment, sim->time, from, d->out);
    to_grid(sim, du, true);
}

weft_status eq_ito(weft_sim *sim, double dt, weft_state *u, weft_state *du)
{
    eq_data *d = sim->data;
    if (!d->s.noisy)
        return WEFT_OK;
    if (d->lattice)
        lattice_noise(sim, dt, u, du);
    else
        spectral_noise(sim, dt, u, du);
    return WEFT_OK;
}

double eq_noise_amplitude(weft_sim *sim, int field)
{
    const eq_data *d = sim->data;
    int n = 0, i = 0;
    /* field: evolved fields and momenta in order */
    for (int f = 0; f < d->s.n_fields; f++)
        for (int order = 0; order < d->s.field[f].order; order++, n++)
            if (n == field)
                i = d->s.field[f].component + order * (d->s.field[f].is_complex ? 2 : 1);
    return d->amplitude[i] / sqrt(weft_grid_cell(sim->grid));
}

/* Errors measured on sample sites; the choice of radius and order from them. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { LARGEST_WINDOW = 30000 };

/* The potential around the sample sites, on every rank. */
typedef struct sampler {
    int64_t site[EL_SAMPLES][3];
    int64_t half[3], n[3], stride[3], size, centre;
    double *v;
} sampler;

/* Points of a low-discrepancy sequence (powers of the generalised golden ratio), shifted from one
 * phase to the next. */
static void choose_sites(const weft_grid *g, uint64_t phase, sampler *s)
{
    static const double ratio[3][3] = {
        {0, 0, 0.6180339887498949},
        {0, 0.7548776662466927, 0.5698402909980532},
        {0.8191725133961645, 0.6710436067037893, 0.5497004779019703}};
    static const double shift[3] = {0.23606797749978969, 0.73205080756887729, 0.41421356237309505};
    for (int k = 0; k < EL_SAMPLES; k++)
        for (int a = 0; a < 3; a++) {
            double u = ratio[g->dim - 1][a] * (k + 1) + shift[a] * (double)phase;
            s->site[k][a] = (int64_t)((u - floor(u)) * (double)g->n[a]);
        }
}

/* V at a global site: from the gathered lattice, else from the owned part, else 0. */
static double potential_at(const weft_electron *e, const int64_t site[3])
{
    const weft_grid *g = e->grid;
    if (e->own->whole)
        return e->own->whole[(site[0] * g->n[1] + site[1]) * g->n[2] + site[2]];
    int64_t i = 0;
    for (int a = 0; a < 3; a++) {
        int64_t x = site[a] - g->start[a];
        if (x < 0 || x >= g->local[a])
            return 0;
        i = i * g->local[a] + x;
    }
    return e->potential[i];
}

static void fill_box(const weft_electron *e, const sampler *s, int k)
{
    double *to = s->v + k * s->size;
    int64_t d[3], site[3];
    for (d[0] = -s->half[0]; d[0] <= s->half[0]; d[0]++)
        for (d[1] = -s->half[1]; d[1] <= s->half[1]; d[1]++)
            for (d[2] = -s->half[2]; d[2] <= s->half[2]; d[2]++) {
                for (int a = 0; a < 3; a++)
                    site[a] = el_wrapped(s->site[k][a] + d[a], e->grid->n[a]);
                *to++ = potential_at(e, site);
            }
}

/* Collect boxes that hold the windows of a shape and one site more. Collective. */
static void collect(const weft_electron *e, const el_shape *shape, sampler *s)
{
    const weft_grid *g = e->grid;
    s->size = 1;
    for (int a = 2; a >= 0; a--) {
        bool used = a >= 3 - g->dim;
        int64_t reach = shape->low[a] > shape->high[a] ? shape->low[a] : shape->high[a];
        s->half[a] = used ? reach + 1 : 0;
        s->n[a] = 2 * s->half[a] + 1;
        s->stride[a] = s->size;
        s->size *= s->n[a];
    }
    s->centre = s->half[0] * s->stride[0] + s->half[1] * s->stride[1] + s->half[2];
    weft_free(s->v);
    s->v = weft_alloc((size_t)(EL_SAMPLES * s->size), sizeof *s->v);
    for (int k = 0; k < EL_SAMPLES; k++)
        fill_box(e, s, k);
    if (!e->own->whole)
        MPI_Allreduce(MPI_IN_PLACE, s->v, (int)(EL_SAMPLES * s->size), MPI_DOUBLE, MPI_SUM,
                      g->comm);
}

static double group_bound(const weft_electron *e, const el_shape *shape, const sampler *s,
                          const double *const *centre)
{
    const weft_electron_options *o = &e->own->options;
    double bound = 0;
    for (int l = 0; l < EL_TILE; l++)
        for (int64_t k = 0; k < shape->n_rows; k++) {
            const el_row *row = &shape->row[k];
            const double *v =
                centre[l] + row->d[0] * s->stride[0] + row->d[1] * s->stride[1] + row->d[2];
            for (int64_t x = 0; x < row->n; x++)
                bound = fmax(bound, el_bound_at(v + x, s->stride, shape->dim, o->hopping,
                                                o->next_hopping, e->mu));
        }
    return bound;
}

/* n - 1/2 at the sample sites. Groups are shared out over the ranks. Collective. */
static void solve(const weft_electron *e, double temperature, const sampler *s,
                  const el_shape *shape, bool single, double exponent, int64_t order, double *out)
{
    const weft_electron_options *o = &e->own->options;
    el_table table = {0};
    el_table_set(&table, temperature, exponent, order);
    el_engine engine = {.shape = shape, .single = single};
    static const el_function density = EL_DENSITY;
    memset(out, 0, EL_SAMPLES * sizeof *out);
    for (int k = 0; k < EL_SAMPLES; k += EL_TILE) {
        if (k / EL_TILE % e->grid->size != e->grid->rank)
            continue;
        const double *centre[EL_TILE];
        for (int l = 0; l < EL_TILE; l++)
            centre[l] = s->v + (k + l) * s->size + s->centre;
        el_engine_run(&engine, &table, o->hopping, o->next_hopping, e->mu,
                      group_bound(e, shape, s, centre), centre, s->stride, 1, &density, out + k);
    }
    el_engine_free(&engine);
    el_table_free(&table);
    MPI_Allreduce(MPI_IN_PLACE, out, EL_SAMPLES, MPI_DOUBLE, MPI_SUM, e->grid->comm);
}

static double distance(const double *x, const double *y, double *largest)
{
    double sum = 0, most = 0;
    for (int k = 0; k < EL_SAMPLES; k++) {
        double d = fabs(x[k] - y[k]);
        sum += d * d;
        most = fmax(most, d);
    }
    if (largest)
        *largest = most;
    return sqrt(sum / EL_SAMPLES);
}

/* The exponent at which the bound itself keeps a tenth of the tolerance. */
static double safe_exponent(double tolerance)
{
    return fmax(log(2 / (0.1 * tolerance * M_PI)), 2);
}

static void radius_solve(const weft_electron *e, double temperature, sampler *s, int64_t radius2,
                         double exponent, el_shape *shape, double *out)
{
    const weft_electron_options *o = &e->own->options;
    el_shape_make(e->grid->dim, e->grid->n, radius2, o->next_hopping != 0, shape);
    bool fits = s->v != NULL;
    for (int a = 0; a < 3; a++)
        fits &= shape->low[a] < s->half[a] || a < 3 - e->grid->dim;
    if (!fits)
        collect(e, shape, s);
    solve(e, temperature, s, shape, false, exponent, o->order, out);
}

/* Grow the radius until the density no longer moves: a reference. */
static weft_status find_reference(weft_electron *e, double temperature, sampler *s, double exponent,
                                  int64_t *radius2, double *best)
{
    double tolerance = e->own->options.tolerance, last[EL_SAMPLES], change = 0;
    for (int64_t r = 1;; r += (r + 3) / 4) {
        el_shape shape;
        radius_solve(e, temperature, s, r * r, exponent, &shape, best);
        bool whole = shape.radius2 < 0;
        int64_t sites = shape.sites;
        el_shape_free(&shape);
        *radius2 = r * r;
        if (r > 1)
            change = distance(best, last, NULL);
        if (whole || (r > 1 && change < tolerance / 8))
            return WEFT_OK;
        if (sites > LARGEST_WINDOW)
            return weft_fail(WEFT_FAILED,
                             "the tolerance %g cannot be kept by windows: the density still moves "
                             "by %.2g at radius %lld; use the solver chebyshev_full or dense, a "
                             "larger tolerance, or a higher electron temperature",
                             tolerance, change, (long long)r);
        memcpy(last, best, sizeof last);
    }
}

static weft_status choose_radius(weft_electron *e, double temperature, sampler *s, double exponent)
{
    el_private *p = e->own;
    double reference[EL_SAMPLES], trial[EL_SAMPLES];
    int64_t enough;
    WEFT_TRY(find_reference(e, temperature, s, exponent, &enough, reference));
    for (int64_t r2 = 1; r2 < enough;) {
        el_shape shape;
        radius_solve(e, temperature, s, r2, exponent, &shape, trial);
        el_shape_free(&shape);
        if (distance(trial, reference, NULL) <= 0.6 * p->options.tolerance) {
            p->radius2 = r2;
            return WEFT_OK;
        }
        int64_t least = r2 + r2 / 8;
        do
            r2 = el_radius_next(e->grid->dim, r2);
        while (r2 < least);
    }
    p->radius2 = enough;
    return WEFT_OK;
}

static void choose_exponent(weft_electron *e, double temperature, sampler *s, double most)
{
    el_private *p = e->own;
    double reference[EL_SAMPLES], trial[EL_SAMPLES];
    el_shape shape;
    radius_solve(e, temperature, s, p->radius2, most, &shape, reference);
    for (p->exponent = 1; p->exponent < most; p->exponent *= 1.2) {
        solve(e, temperature, s, &shape, false, p->exponent, 0, trial);
        if (distance(trial, reference, NULL) <= 0.6 * p->options.tolerance)
            break;
    }
    p->exponent = fmin(p->exponent, most);
    el_shape_free(&shape);
}

weft_status el_calibrate(weft_electron *e, double temperature)
{
    el_private *p = e->own;
    const weft_electron_options *o = &p->options;
    bool find_radius = o->solver == WEFT_ELECTRON_CHEBYSHEV && o->radius <= 0;
    bool find_order = o->solver == WEFT_ELECTRON_CHEBYSHEV && o->order <= 0;
    double safe = safe_exponent(o->tolerance);
    sampler s = {0};
    choose_sites(e->grid, (uint64_t)p->solves, &s);
    if (p->whole)
        el_gather(e, p->whole);
    weft_status status = WEFT_OK;
    if (find_radius)
        status = choose_radius(e, temperature, &s, safe);
    if (status == WEFT_OK && find_order)
        choose_exponent(e, temperature, &s, safe);
    weft_free(s.v);
    return status;
}

weft_status el_sample_error(weft_electron *e, double temperature, uint64_t phase, double *rms,
                            double *largest)
{
    el_private *p = e->own;
    sampler s = {0};
    double present[EL_SAMPLES], better[EL_SAMPLES];
    el_shape wide;
    bool next = p->options.next_hopping != 0;
    int64_t twice = p->shape.radius2 < 0 ? -1 : 4 * p->shape.radius2;
    choose_sites(e->grid, phase, &s);
    if (p->whole)
        el_gather(e, p->whole);
    el_shape_make(e->grid->dim, e->grid->n, twice, next, &wide);
    collect(e, &wide, &s);
    double exponent = fmax(safe_exponent(p->options.tolerance), 2 * p->exponent);
    solve(e, temperature, &s, &p->shape, p->engine.single, p->exponent, p->options.order, present);
    solve(e, temperature, &s, &wide, false, exponent, 2 * p->options.order, better);
    *rms = distance(present, better, largest);
    el_shape_free(&wide);
    weft_free(s.v);
    return WEFT_OK;
}

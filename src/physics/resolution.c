/* Does the grid resolve the fields? A field in continuous space that a grid holds has a spectrum
 * that has decayed at the largest wavenumber of the grid. A kink that is thinner than the spacing
 * has not: its energy, its speed and its place are then those of a lattice, and no shorter time
 * step mends that.
 *
 * The share. Along an axis let D be the step to the next point over dx, and H the fourth power of
 * minus the second difference over 4. In k space, with w = k dx, H has the factor sin^8(w/2): it
 * keeps what is near the largest wavenumber (1 at w = pi, 0.3 at 2/3 of it, 0.06 at half of it) and
 * removes long waves as w^8. The share is
 *     (sum over axes |D H f|^2 + |H p|^2) / (sum over axes |D f|^2 + |p - mean|^2),
 * where p is the momentum of f if it has one; the sums go over all points. The largest one of all
 * components is taken. For a scalar wave equation these are the energies of gradient and motion.
 * The gradient, not the field itself, stands here because it is where the field varies: the share
 * of a wall does not depend on the size of the box around it. It was compared with the energy of
 * kinks of phi4 (exact: the mass times gamma) by transforms on lines of spacing 0.0625 to 1 and
 * velocities 0 to 0.99, which depends on where a kink lies between two points: a share of 1e-6,
 * 3e-3, 2e-2, 1e-1 goes with relative errors of 2e-9, 1e-3, 1e-2 to 2e-2, 3e-1. Hence the limit of
 * 0.015: about one per cent.
 *
 * Where dealiasing has emptied the upper part of the wavenumbers, H sees the flank of what is left:
 * the share is then divided by that of a spectrum which is flat up to the cut (and multiplied by
 * that of one that is flat up to the end, C(16, 8)/2^16 = 0.196), so that one limit serves all.
 *
 * Invariants. Differences need no transform, so any model, boundary and layout has them; mirrors
 * and changes of sign at the ends commute with H, since they are symmetries of the second
 * difference. A uniform field gives exactly 0. Sums are exact in order (weft_rows_sums): ranks do
 * not matter. One layer of ghosts is enough, filled again before each of the four differences. */
#include "resolution.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

const double resolution_limit = 0.015;

enum { POWERS = 4, FEWEST = 8 }; /* points of an axis below which all waves are short */

/* An array with one layer of ghosts and a plane without, made when first asked for. */
struct resolution_data {
    weft_extent extent;
    weft_halo *halo; /* NULL: these ranks cannot have one */
    double *a, *before;
};

static struct resolution_data *data_of(weft_sim *sim)
{
    struct resolution_data *r = sim->resolution;
    if (r)
        return r;
    r = sim->resolution = weft_alloc(1, sizeof *r);
    r->extent = weft_grid_extent(sim->grid, 1);
    if (weft_halo_create(sim->grid, 1, 1, sizeof(double), 1, NULL, &r->halo) != WEFT_OK)
        weft_error_clear();
    r->a = weft_alloc((size_t)r->extent.size, sizeof *r->a);
    r->before =
        weft_alloc((size_t)(sim->grid->local[1] * sim->grid->local[2]) + 1, sizeof *r->before);
    return r;
}

void resolution_free(weft_sim *sim)
{
    struct resolution_data *r = sim->resolution;
    if (!r)
        return;
    weft_halo_free(r->halo);
    weft_free(r->a);
    weft_free(r->before);
    weft_free(r);
    sim->resolution = NULL;
}

/* ---- sums over the points ---- */

typedef struct look {
    const struct resolution_data *r;
    int64_t stride;
    double factor, mean;
} look;

static void steps(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const look *l = context;
    const double *u = l->r->a + weft_extent_row(&l->r->extent, z, y);
    for (int64_t i = 0; i < n; i++) {
        const double d = (u[i + l->stride] - u[i]) * l->factor;
        out[i] = d * d;
    }
}

static void squares(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const look *l = context;
    const double *u = l->r->a + weft_extent_row(&l->r->extent, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = (u[i] - l->mean) * (u[i] - l->mean);
}

static void values(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const look *l = context;
    memcpy(out, l->r->a + weft_extent_row(&l->r->extent, z, y), (size_t)n * sizeof *out);
}

/* A row less its neighbours on both sides, in place; before: the row behind as it was, which
 * becomes this row as it was. */
static void shorten_row(int64_t n, int64_t stride, double *u, double *before)
{
    for (int64_t i = 0; i < n; i++) {
        const double here = u[i];
        u[i] = 0.25 * ((here - before[i]) - (u[i + stride] - here));
        before[i] = here;
    }
}

/* a = H a along an axis, four times a quarter of minus the second difference. Rows come in the
 * order of the axis, so that those ahead are as they were; of those behind, that is kept in
 * `before`: of a plane along z, of a row along y. Along x each row is copied, one place further. */
static void shorten(const weft_grid *g, struct resolution_data *r, int axis)
{
    const int64_t stride = r->extent.stride[axis], n = g->local[2];
    for (int power = 0; power < POWERS; power++) {
        weft_halo_exchange(r->halo, r->a);
        WEFT_FOR_ROWS(g, z, y) {
            double *u = r->a + weft_extent_row(&r->extent, z, y);
            double *before = r->before + (axis == 0 ? y * n : 0);
            if ((axis == 0 && z == 0) || (axis == 1 && y == 0) || axis == 2)
                memcpy(before, u - stride, (size_t)n * sizeof *before);
            shorten_row(n, stride, u, before);
        }
    }
}

static bool is_cut(const weft_sim *sim)
{
    return sim->fft && sim->kept > 0 && sim->kept < 1;
}

/* The grid values of a component into a, without the waves that dealiasing would remove: a start
 * may have them, and the terms that are not linear do not see them. */
static void load(weft_sim *sim, weft_field *field, int component)
{
    struct resolution_data *r = sim->resolution;
    weft_fft *fft = sim->fft;
    weft_view view = weft_field_view(sim->state, field, component, NULL);
    WEFT_FOR_ROWS(&view, z, y)
        memcpy(r->a + weft_extent_row(&r->extent, z, y), weft_row(&view, z, y),
               (size_t)view.local[2] * sizeof *r->a);
    if (!is_cut(sim))
        return;
    weft_fft_load(fft, r->a, 1, fft->work);
    weft_fft_forward(fft, fft->work);
    weft_fft_dealias(fft, sim->kept, fft->work);
    weft_fft_backward(fft, fft->work);
    weft_fft_store(fft, fft->work, fft->scale, r->a, 1);
}

/* ---- the share ---- */

typedef struct parts {
    double all, high, size; /* what varies; its short waves; sum of squares */
} parts;

/* A field: squares of the steps over dx, added over the axes. Where `momentum`: of the values. */
static void add_component(weft_sim *sim, weft_field *field, int component, bool momentum, parts *p)
{
    struct resolution_data *r = sim->resolution;
    const weft_grid *g = sim->grid;
    look l = {.r = r};
    load(sim, field, component);
    const double size = weft_rows_sum(g, squares, &l);
    if (momentum) {
        l.mean = weft_rows_sum(g, values, &l) / (double)weft_grid_sites(g);
        p->all += weft_rows_sum(g, squares, &l);
        l.mean = 0;
    }
    for (int a = 3 - g->dim; a < 3; a++) {
        if (g->n[a] < FEWEST)
            continue;
        l.stride = r->extent.stride[a];
        l.factor = 1 / g->dx[a];
        load(sim, field, component);
        weft_halo_exchange(r->halo, r->a);
        if (!momentum) {
            p->all += weft_rows_sum(g, steps, &l);
            p->size += size * l.factor * l.factor;
        }
        shorten(g, r, a);
        weft_halo_exchange(r->halo, r->a);
        p->high += weft_rows_sum(g, momentum ? squares : steps, &l);
    }
}

/* Mean of sin^16(w/2) over 0 < w < fraction * pi, by the rule of midpoints. */
static double flat_share(double fraction)
{
    enum { POINTS = 2000 };
    double sum = 0;
    for (int i = 0; i < POINTS; i++) {
        const double s = sin(0.5 * M_PI * fraction * (i + 0.5) / POINTS);
        const double s4 = s * s * s * s;
        sum += s4 * s4 * s4 * s4;
    }
    return sum / POINTS;
}

/* Steps below 1e-6 of a field (root mean squares) are rounding errors or what linear solvers leave,
 * whose waves are short: they say nothing of the resolution of what the field will be. A wall in a
 * box of 10^5 points has steps of 1e-4. */
static double share_of(parts p)
{
    const double all = p.all + 1e-12 * p.size;
    return all > 0 ? p.high / all : 0;
}

double resolution_share(weft_sim *sim)
{
    double most = 0;
    weft_state *state = sim->state;
    if (!data_of(sim)->halo)
        return NAN;
    for (int f = 0; f < state->n; f++) {
        weft_field *field = &state->field[f];
        if (field->spec.role != WEFT_EVOLVED || field->spec.element != WEFT_F64)
            continue;
        const bool moves = f + 1 < state->n && state->field[f + 1].spec.role == WEFT_MOMENTUM;
        for (int c = 0; c < field->spec.components; c++) {
            parts p = {0};
            add_component(sim, field, c, false, &p);
            if (moves)
                add_component(sim, field + 1, c, true, &p);
            most = fmax(most, share_of(p));
        }
    }
    if (is_cut(sim))
        most = fmin(1, most * flat_share(1) / flat_share(sim->kept));
    return most;
}

weft_status resolution_observe(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = resolution_share(sim);
    return WEFT_OK;
}

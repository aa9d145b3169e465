/* Second order in k space, for the exponential splittings: q_tt = -a(k) q + N(q) - c q_t.
 *
 * Example: dtt(phi) = lap(phi) - sin(phi) - 0.1*dt(phi) has a = k^2, N = -sin(phi) and c = 0.1. The
 * part of N that is linear in other coordinates is not allowed: then the modes would be coupled,
 * and the system is left to the families of matrices.
 *
 * Invariants. a(k) must be a sum of one function of each wavenumber, since steppers keep three
 * short tables in place of one value a mode; eq_is_second accepts nothing else. The force N has no
 * linear part of its own coordinate in it: a and N add up to the whole force. The splitting is
 * symplectic for c = 0. soft = 0: no part of a is left to the kick. */
#include "data.h"
#include "lattice.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The factor of a coordinate in its own force. */
static weft_symbol stiffness(const eq_system *s, int coordinate, int momentum)
{
    return weft_split_of(s->splitter, s->rate[momentum])->field[coordinate];
}

/* a at a wavenumber; the sign is turned, since a is positive for an oscillation. */
static double stiffness_at(const eq_system *s, weft_symbol a, double x, double y, double z)
{
    const double wave[4] = {x, y, z, x * x + y * y + z * z};
    double value = -weft_graph_wave_value(s->graph, a.even, wave);
    return isfinite(value) ? value : 0.0;
}

/* Is a(k) a sum of functions of one wavenumber each? Sums of even powers are found so at any
 * point; these are three of them. */
static bool separable(const eq_system *s, weft_symbol a)
{
    static const double point[3][3] = {{0.7, 1.3, 0.4}, {2.9, 0.6, 1.7}, {13.1, 17.3, 5.9}};
    for (int i = 0; i < 3; i++) {
        double x = point[i][0], y = s->dim > 1 ? point[i][1] : 0.0,
               z = s->dim > 2 ? point[i][2] : 0.0, zero = stiffness_at(s, a, 0, 0, 0);
        /* A sum of one function an axis equals the sum of its values on the axes. */
        double whole = stiffness_at(s, a, x, y, z);
        double sum = stiffness_at(s, a, x, 0, 0) + stiffness_at(s, a, 0, y, 0) +
                     stiffness_at(s, a, 0, 0, z) - 2.0 * zero;
        if (fabs(whole - sum) > 1e-12 * (fabs(whole) + fabs(zero)))
            return false;
    }
    return true;
}

/* Each coordinate has one stiffness of its own, the same for both parts of a complex field. */
bool eq_is_second(eq_system *s)
{
    if (s->lattice || !eq_splits(s))
        return false;
    for (int f = 0; f < s->n_fields; f++) {
        const eq_field *field = &s->field[f];
        const int parts = field->is_complex ? 2 : 1, q = field->component;
        weft_symbol first = stiffness(s, q, q + parts);
        for (int c = 0; c < parts; c++)
            for (int j = 0; j < s->n; j++) {
                weft_symbol a = stiffness(s, j, q + parts + c);
                bool own = j == q + c, velocity = j == q + parts + c;
                if (own ? a.even != first.even || a.odd != 0
                        : !velocity && (a.even != 0 || a.odd != 0))
                    return false;
            }
        if (!separable(s, first))
            return false;
    }
    return true;
}

/* a = a_x + a_y + a_z, where the value at k = 0 counts once (with the first extent in memory). */
void eq_linear_k2(weft_sim *sim, int field, double *const a[3], double *const soft[3],
                  double *damping)
{
    eq_data *d = sim->data;
    const weft_fft *fft = sim->fft;
    const eq_field *f = &d->s.field[field];
    const int q = f->component, p = q + (f->is_complex ? 2 : 1);
    weft_symbol symbol = stiffness(&d->s, q, p);
    const double zero = stiffness_at(&d->s, symbol, 0, 0, 0);
    for (int j = 0; j < 3; j++)
        for (int64_t i = 0; i < fft->m[j]; i++) {
            double wave[3] = {0};
            wave[2 - fft->axis[j]] = fft->k[j][i];
            a[j][i] = stiffness_at(&d->s, symbol, wave[0], wave[1], wave[2]) - (j ? zero : 0.0);
            soft[j][i] = 0.0;
        }
    *damping = d->gamma[p];
}

/* u holds the coordinates alone. */
weft_status eq_nonlinear_k(weft_sim *sim, double t, double *const *u)
{
    eq_data *d = sim->data;
    double *all[EQ_COMPONENTS] = {0};
    int n = 0;
    for (int f = 0; f < d->s.n_fields; f++)
        for (int c = 0; c < (d->s.field[f].is_complex ? 2 : 1); c++)
            all[d->s.field[f].component + c] = u[n++];
    eq_pipeline_run(d->force, t, all, all);
    return WEFT_OK;
}

/* The pipeline of the force: outputs go to the buffers of the coordinates. */
void eq_second_setup(weft_sim *sim)
{
    eq_data *d = sim->data;
    d->force = eq_pipeline_create(&d->s, sim->fft, d->shape.keep);
    for (int f = 0; f < d->s.n_fields; f++) {
        const eq_field *field = &d->s.field[f];
        const int parts = field->is_complex ? 2 : 1;
        for (int c = 0; c < parts; c++)
            eq_pipeline_add_sum(d->force, eq_force_node(&d->s, field->component + parts + c),
                                field->component + c, false);
    }
}

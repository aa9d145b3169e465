/* Rates for the choice of the step.
 *
 * The fastest motion of phi_tt = lap phi - V'(phi) about a state is that of its shortest wave,
 * sqrt(kmax^2 + V''), where V'' is largest; what has to be resolved is the motion in the potential,
 * of frequency sqrt(V''). V'' is taken over the points of the present state, and not below that of
 * the vacuum, where the field may go. A field that starts with momentum goes further up the
 * potential than where it is: at the start the uniform part of the momentum counts by the energy
 * that it brings, and momentum of any shape by where it takes the field within one step. Later the
 * rates are looked at again. */
#include "kg.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { PLACES = 997 }; /* a prime: no common measure with the length of a row */

/* Least and largest eigenvalue of V'' over the grid, of the field whose components are viewed. */
static void curvature(weft_sim *sim, const weft_view *view, double *low, double *high)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    double ends[2] = {INFINITY, -INFINITY};
    WEFT_FOR_ROWS(grid, z, y)
        for (int64_t x = 0; x < grid->local[2]; x += KG_CHUNK) {
            int64_t left = grid->local[2] - x, n = left < KG_CHUNK ? left : KG_CHUNK;
            double u[KG_COMPONENTS][KG_CHUNK], *p[KG_ROWS] = {0};
            for (int c = 0; c < m->components; c++) {
                p[c] = u[c];
                memcpy(u[c], weft_row(&view[c], z, y) + x, (size_t)n * sizeof(double));
            }
            for (int64_t i = 0; m->ramp && i < n; i++)
                u[0][i] += m->ramp[grid->start[2] + x + i];
            kg_point(m, grid->start[0] + z, grid->start[1] + y, grid->start[2] + x, p);
            m->v.kernels->curvature(&m->v, n, p, &ends[0], &ends[1]);
        }
    weft_view low_end = {&ends[0], {1, 1, 1}, {1, 1, 1}, 0}, high_end = low_end;
    high_end.data = &ends[1];
    *low = weft_view_min(grid->comm, &low_end);
    *high = weft_view_max(grid->comm, &high_end);
}

/* The largest V'' of phi + dt*pi: where the field is after a step, if nothing pulls at it. Without
 * this a wave of momentum, whose mean is zero, would be known only after a step that is too long.
 * Used at the start alone, so that it may allocate. Collective. */
static double ahead(weft_sim *sim, double dt)
{
    const weft_grid *grid = sim->grid;
    const int64_t row = grid->local[2];
    weft_view moved[KG_COMPONENTS];
    double low, high, *copy[KG_COMPONENTS] = {0};
    for (int c = 0; c < kg_of(sim)->components; c++) {
        copy[c] = weft_alloc((size_t)weft_grid_local_sites(grid), sizeof(double));
        moved[c] = (weft_view){
            copy[c], {grid->local[0], grid->local[1], row}, {grid->local[1] * row, row, 1}, 0};
        for (int second = 0; second < 2; second++) {
            weft_field *field = second ? kg_pi(sim->state) : kg_phi(sim->state);
            weft_view from = weft_field_view(sim->state, field, c, NULL);
            WEFT_FOR_ROWS(grid, z, y)
                for (int64_t x = 0; x < row; x++)
                    copy[c][(z * grid->local[1] + y) * row + x] +=
                        (second ? dt : 1.0) * weft_row(&from, z, y)[x];
        }
    }
    curvature(sim, moved, &low, &high);
    for (int c = 0; c < KG_COMPONENTS; c++)
        weft_free(copy[c]);
    return high;
}

/* Mean of a component of a field over the grid. Collective. */
static double mean(weft_sim *sim, weft_field *field, int component)
{
    weft_view v = weft_field_view(sim->state, field, component, NULL);
    return weft_view_sum(sim->grid->comm, &v) / (double)weft_grid_sites(sim->grid);
}

/* Largest V'' that a uniform field meets from phi on, with the energy of pi^2/2 more than its own:
 * on either side to where V has risen by as much, or to a field a hundred times as large. at: the
 * global point whose V it is. */
static double reach_from(const kg *m, const int64_t *at, double phi, double energy)
{
    double low = INFINITY, high = -INFINITY, v, *u[KG_ROWS], x[KG_COMPONENTS] = {phi, 0};
    for (int c = 0; c < KG_COMPONENTS; c++)
        u[c] = &x[c];
    kg_point(m, at[0], at[1], at[2], u);
    m->v.kernels->energy(&m->v, 1, u, &v);
    const double top = v + energy;
    for (int side = -1; side <= 1; side += 2) {
        x[0] = phi;
        for (int i = 0; i < 100 && v <= top; i++) {
            m->v.kernels->curvature(&m->v, 1, u, &low, &high);
            x[0] += side * 0.05 * (1 + fabs(x[0]));
            m->v.kernels->energy(&m->v, 1, u, &v);
        }
        v = top;
    }
    return high;
}

/* The same for the mean field with its mean momentum; -inf without one. Collective. */
static double reach(weft_sim *sim)
{
    const kg *m = kg_of(sim);
    double phi2 = 0, pi2 = 0, part[KG_COMPONENTS] = {0};
    for (int c = 0; c < m->components; c++) {
        double p = mean(sim, kg_pi(sim->state), c);
        part[c] = mean(sim, kg_phi(sim->state), c);
        phi2 += part[c] * part[c];
        pi2 += p * p;
    }
    double phi = m->components > 1 ? sqrt(phi2) : part[0], high = -INFINITY;
    /* A V that depends on the place is looked at in PLACES sites, the same ones on all ranks. */
    const int64_t *n = sim->grid->n, sites = weft_grid_sites(sim->grid);
    const int64_t places = m->v.placed ? (sites < PLACES ? sites : PLACES) : 1;
    for (int64_t i = 0; i < places && pi2 > 1e-6; i++) {
        const int64_t site = (int64_t)((double)sites / (double)places * (double)i);
        const int64_t at[3] = {site / (n[1] * n[2]), site / n[2] % n[1], site % n[2]};
        high = fmax(high, reach_from(m, at, phi, 0.5 * pi2));
    }
    return high;
}

/* A fiftieth of the period in a potential of this curvature; 0: it does not swing. */
static double period_part(double curvature_there)
{
    return curvature_there > 0 ? 2 * M_PI / sqrt(curvature_there) / 50 : 0;
}

/* The three numbers for time.dt: auto. In k space the linear motion is exact and only resonance
 * limits the step: a kick every dt excites the modes whose frequency is a multiple of pi/dt. */
weft_rates kg_rates(weft_sim *sim)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    weft_view view[KG_COMPONENTS];
    double low, high, k2 = 0;
    kg_formula_time(&m->v, sim->time);
    for (int c = 0; c < m->components; c++)
        view[c] = kg_view(sim, c, c > 0);
    curvature(sim, view, &low, &high);
    if (sim->step == 0) {
        high = fmax(high, reach(sim));
        high = fmax(high, ahead(sim, period_part(fmax(high, m->v.mass2))));
    }
    if (m->width > 0)
        k2 = kg_stencil_max(grid, m);
    for (int a = 3 - grid->dim; m->width == 0 && a < 3; a++)
        k2 += weft_fft_kmax(sim->fft, a) * weft_fft_kmax(sim->fft, a);
    /* the field may move on to the vacuum, where V'' is mass2 */
    double steepest = fmax(high, m->v.mass2);
    weft_rates r = {.varies = m->v.kind != KG_LINEAR || m->friction};
    r.accuracy = period_part(steepest);
    const bool hot = protocol_most(&m->T) > 0;
    if (hot) /* half a step of the bath, not seen as a relaxation of its own */
        r.accuracy = r.accuracy > 0 ? fmin(r.accuracy, 0.5 / m->damping) : 0.5 / m->damping;
    if (!kg_in_k(sim)) {
        r.oscillation = sqrt(k2 + fmax(steepest, 0));
        if (m->damping > 0)
            r.overdamped = r.oscillation * r.oscillation / m->damping;
        if (hot) /* variances of baoab and verlet_ou are wrong by (dt w)^2/4 of a mode: 6 % */
            r.accuracy = fmin(r.accuracy, 0.5 / r.oscillation);
        /* -lap + V'' has an eigenvalue of at least k2 plus the least V'' */
        r.certain = r.oscillation > 0 ? sqrt(fmax(k2 + low, 0)) / r.oscillation : 0;
        r.decay = m->friction ? fabs(kg_friction_at(m->friction, sim->time)) : m->damping;
        for (int a = 0; a < 3; a++) { /* as a bound: the ends of the layers */
            r.decay += m->sponge[a] ? m->p->sponge_strength : 0;
        }
    } else if (low < m->v.mass2 || high > m->v.mass2) {
        /* kicks in step with the fastest mode drive it: stay below half its period */
        double resonance = 0.9 * M_PI / sqrt(k2 + m->v.mass2);
        r.accuracy = r.accuracy > 0 ? fmin(r.accuracy, resonance) : resonance;
    }
    return r;
}

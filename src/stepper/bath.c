/* The exact flow of the Langevin bath, p_t = -gamma p + sqrt(2 gamma m T) xi, over a step:
 * p is scaled by exp(-gamma dt) and gets a normal of variance m T (1 - exp(-2 gamma dt)),
 * the Ornstein-Uhlenbeck process (G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev. 36, 823
 * (1930)).
 *
 * Invariant: the equilibrium p ~ N(0, m T) is kept exactly at any dt; so errors of a
 * Langevin stepper come from its splitting alone. Noise is drawn for the number of the
 * step, once a step: a stepper may call it once only. */
#include "bath.h"
#include "weft/vmath.h"
#include <math.h>

/* Ghosts are scaled as well: they stay what the neighbours have. */
void stepper_bath_scale(weft_sim *sim, double factor)
{
    for (int i = 0; i < sim->state->n; i++) {
        weft_field *f = &sim->state->field[i];
        if (f->spec.role != WEFT_MOMENTUM)
            continue;
        double *p = weft_field_data(f, 0);
        int64_t n = f->size * f->spec.components;
        for (int64_t j = 0; j < n; j++)
            p[j] *= factor;
    }
}

/* One component, in stretches that fit a small buffer. */
static void add_noise(const weft_sim *sim, int component, double amplitude, const weft_extent *e,
                      double *p)
{
    enum { STRETCH = 256 };
    double r[STRETCH] __attribute__((aligned(64)));
    const weft_grid *g = sim->grid;
    WEFT_FOR_ROWS(g, z, y) {
        int64_t row = (g->start[0] + z) * g->n[1] + g->start[1] + y;
        double *restrict to = p + weft_extent_row(e, z, y);
        for (int64_t x = 0, n; x < g->local[2]; x += n) {
            n = g->local[2] - x < STRETCH ? g->local[2] - x : STRETCH;
            weft_noise_increments(&sim->noise, component, (uint64_t)sim->step, row, g->n[2],
                                  g->start[2] + x, n, r, NULL);
            for (int64_t i = 0; i < n; i++)
                to[x + i] += amplitude * r[i];
        }
    }
}

/* Momenta are counted for themselves: the first component of the first momentum is number
 * 0. */
void stepper_bath_noise(weft_sim *sim, double amplitude)
{
    int component = 0;
    for (int i = 0; i < sim->state->n; i++) {
        weft_field *f = &sim->state->field[i];
        if (f->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < f->spec.components; c++)
            add_noise(sim, component++, amplitude, &f->extent, weft_field_data(f, c));
    }
}

/* expm1 keeps all digits where gamma dt is small. At temperature 0 no noise is drawn. */
void stepper_bath_flow(weft_sim *sim, double t, double dt)
{
    double gamma, temperature, mass;
    sim->model->families.bath(sim, t, &gamma, &temperature, &mass);
    stepper_bath_scale(sim, weft_exp(-gamma * dt));
    if (temperature > 0)
        stepper_bath_noise(sim, sqrt(-weft_expm1(-2 * gamma * dt) * mass * temperature));
}

/* The exact flow of the Langevin bath, p_t = -gamma p + sqrt(2 gamma v) xi, over a step:
 * p is scaled by exp(-gamma dt) and gets a normal of variance v (1 - exp(-2 gamma dt)),
 * the Ornstein-Uhlenbeck process (G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev. 36, 823
 * (1930)).
 *
 * Invariants. The equilibrium p ~ N(0, v) is kept exactly at any dt; so errors of a
 * Langevin stepper come from its splitting alone. Noise is a function of the number of the
 * step and of a component, and is drawn at the sites also where momenta live in k space: there its
 * transform is added, since the transform of white noise is what white noise does to the modes,
 * with the weights and symmetries that each boundary asks for. */
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

/* The normals of this step and component at n sites of a row. */
static void draw(const weft_sim *sim, int component, int64_t z, int64_t y, int64_t x, int64_t n,
                 double *r)
{
    const weft_grid *g = sim->grid;
    int64_t row = (g->start[0] + z) * g->n[1] + g->start[1] + y;
    weft_noise_increments(&sim->noise, component, (uint64_t)sim->step, row, g->n[2],
                          g->start[2] + x, n, r, NULL);
}

/* One component on the grid, in stretches that fit a small buffer. */
static void add_noise(const weft_sim *sim, int component, double amplitude, const weft_extent *e,
                      double *p)
{
    enum { STRETCH = 256 };
    double r[STRETCH] __attribute__((aligned(64)));
    const weft_grid *g = sim->grid;
    WEFT_FOR_ROWS(g, z, y) {
        double *restrict to = p + weft_extent_row(e, z, y);
        for (int64_t x = 0, n; x < g->local[2]; x += n) {
            n = g->local[2] - x < STRETCH ? g->local[2] - x : STRETCH;
            draw(sim, component, z, y, x, n, r);
            for (int64_t i = 0; i < n; i++)
                to[x + i] += amplitude * r[i];
        }
    }
}

/* One component in k space. The transform is the one of the state, without a factor: coefficients
 * of a field are what it makes of the values at the sites. */
static void add_noise_k(const weft_sim *sim, int component, double amplitude, double *sites,
                        double *restrict p)
{
    weft_fft *fft = sim->fft;
    double *restrict noise = fft->work;
    WEFT_FOR_ROWS(sim->grid, z, y)
        draw(sim, component, z, y, 0, sim->grid->local[2], sites + weft_owned_row(sim->grid, z, y));
    weft_fft_load(fft, sites, 0, noise);
    weft_fft_forward(fft, noise);
    for (int64_t i = 0; i < fft->modes * fft->per_mode; i++)
        p[i] += amplitude * noise[i];
}

/* Momenta are counted for themselves: the first component of the first momentum is number
 * `first`. */
void stepper_bath_noise(weft_sim *sim, int first, double amplitude, double *sites)
{
    int component = first;
    for (int i = 0; i < sim->state->n; i++) {
        weft_field *f = &sim->state->field[i];
        if (f->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < f->spec.components; c++, component++)
            if (f->space == WEFT_K)
                add_noise_k(sim, component, amplitude, sites, weft_field_data(f, c));
            else
                add_noise(sim, component, amplitude, &f->extent, weft_field_data(f, c));
    }
}

/* expm1 keeps all digits where gamma dt is small. At temperature 0 no noise is drawn. */
void stepper_bath_flow(weft_sim *sim, double t, double dt, int first, double *sites)
{
    double gamma, variance;
    sim->model->families.bath(sim, t, &gamma, &variance);
    stepper_bath_scale(sim, weft_exp(-gamma * dt));
    if (variance > 0)
        stepper_bath_noise(sim, first, sqrt(-weft_expm1(-2 * gamma * dt) * variance), sites);
}

/* The spectral scheme of the Kardar-Parisi-Zhang equation, for exponential steppers. With the
 * Fourier coefficients h(k) the linear part -nu k^2 h(k) is solved exactly; the nonlinear part
 *
 *     N(k) = (lambda/2) [ |grad h + tilt|^2 ](k) + eta(k)
 *
 * is formed with derivatives in k, a transform to the grid, a product there, and a transform back
 * (Gallego, Castro, Lopez, Phys. Rev. E 76, 051121 (2007)).
 *
 * Invariants. A product of two fields has wavenumbers up to twice the largest of its factors; on
 * the grid those beyond the largest appear as false low ones (aliasing). Here all modes beyond 2/3
 * of the largest wavenumber are removed before the product and again after it: what is then folded
 * back falls in the part that is removed, so that the kept modes of a square are exact (S. A.
 * Orszag, J. Atmos. Sci. 28, 1074 (1971)). The mode k = 0 is not touched by diffusion; it holds the
 * mean height, whose velocity is the mean of (lambda/2)|grad h|^2.
 *
 * Collective: every transform. The branches around them depend on parameters only, which all ranks
 * share. Results on different numbers of ranks differ by rounding (1e-12), as transforms do. */
#include "kpz.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The buffers exist for the whole run, since the time loop must not allocate. The coefficients of
 * quenched noise are transformed once; m->eta stays NULL where there is none, and that is how the
 * step knows. */
void kpz_spectral_setup(weft_sim *sim)
{
    kpz_data *m = sim->data;
    m->gradient = weft_fft_buffer(sim->fft);
    m->square = weft_fft_buffer(sim->fft);
    if (disorder_strength(&m->p->disorder) == 0.0)
        return;
    weft_field *eta = &sim->state->field[WEFT_ETA];
    m->eta = weft_fft_buffer(sim->fft);
    weft_fft_load(sim->fft, weft_field_data(eta, 0), eta->spec.ghost, m->eta);
    weft_fft_forward(sim->fft, m->eta);
}

void kpz_spectral_free(weft_sim *sim)
{
    kpz_data *m = sim->data;
    double *buffers[] = {m->gradient, m->square, m->eta};
    for (int i = 0; i < 3; i++)
        if (buffers[i])
            weft_fft_buffer_free(sim->fft, buffers[i]);
}

/* One real number a mode, a function of k^2 alone: the stepper needs the smallest of its tables. */
void kpz_linear_form(weft_sim *sim, weft_linear_form *form)
{
    const kpz_data *m = sim->data;
    *form = (weft_linear_form){.n = 1,
                               .diagonal = true,
                               .real = true,
                               .isotropic = true,
                               .sources = m->p->noise > 0.0 ? 1 : 0};
}

/* In portions of 64 modes, so that the values of k^2 stay on the stack. */
void kpz_linear_km(weft_sim *sim, int64_t first, int64_t count, double complex *L)
{
    const kpz_data *m = sim->data;
    double k2[64];
    for (int64_t i = 0; i < count; i += 64) {
        const int64_t here = count - i < 64 ? count - i : 64;
        weft_fft_k2(sim->fft, first + i, here, k2);
        for (int64_t j = 0; j < here; j++)
            L[i + j] = -(k2[j] * m->p->nu);
    }
}

/* White noise of strength D has the variance 2 D/cell at a point of the grid (cell: the volume of
 * one point), the same for every mode; the stepper draws it and integrates it exactly with the
 * decay. */
void kpz_noise_km(weft_sim *sim, int64_t first, int64_t count, double complex *B)
{
    const kpz_data *m = sim->data;
    (void)first;
    for (int64_t i = 0; i < count; i++)
        B[i] = sqrt(2.0 * m->p->noise / weft_grid_cell(sim->grid));
}

/* square = or += factor (scale gradient + tilt)^2 on the grid. The transform leaves values that are
 * too large by 1/scale; the factor is applied here, in a pass that must be made anyhow. `first`
 * starts the sum over the axes and makes a pass to clear the buffer needless. */
static void add_square(const weft_fft *fft, double factor, double tilt, bool first,
                       const double *gradient, double *square)
{
    const weft_box *box = &fft->real;
    WEFT_FOR_ROWS(box, z, y) {
        int64_t at = weft_box_row(box, z, y);
        const double *restrict g = gradient + at;
        double *restrict s = square + at;
        for (int64_t x = 0; x < box->local[2]; x++) {
            double d = fft->scale * g[x] + tilt;
            s[x] = (first ? 0.0 : s[x]) + factor * (d * d);
        }
    }
}

/* On entry u[0] holds the coefficients of the height, on return those of N. u[0] may be
 * overwritten, the buffers gradient and square are the model's. Quenched noise is added after the
 * removal of the high modes: it is a source, no product, and needs none. */
weft_status kpz_nonlinear_km(weft_sim *sim, double t, double *const *u)
{
    (void)t;
    const kpz_data *m = sim->data;
    weft_fft *fft = sim->fft;
    const size_t bytes = (size_t)(fft->modes * fft->per_mode) * sizeof(double);
    if (m->p->lambda == 0.0) {
        memset(u[0], 0, bytes);
    } else {
        weft_fft_dealias(fft, 2.0 / 3.0, u[0]);
        for (int a = 2; a >= 3 - sim->grid->dim; a--) {
            memcpy(m->gradient, u[0], bytes);
            weft_fft_derivative(fft, a, m->gradient);
            weft_fft_backward(fft, m->gradient);
            add_square(fft, 0.5 * m->p->lambda, a == 2 ? m->p->tilt : 0.0, a == 2, m->gradient,
                       m->square);
        }
        weft_fft_forward(fft, m->square);
        weft_fft_dealias(fft, 2.0 / 3.0, m->square);
        memcpy(u[0], m->square, bytes);
    }
    for (int64_t i = 0; m->eta && i < fft->modes * fft->per_mode; i++)
        u[0][i] += m->eta[i];
    return WEFT_OK;
}

/* The slope of the modes that the nonlinear term keeps: only these carry disturbances. m->gradient
 * is free between steps, so that nothing is allocated. The maximum of all ranks does not depend on
 * their order, but the transform rounds: a step chosen here is the same on any number of ranks but
 * for slopes that differ in the last bit. */
double kpz_spectral_slope(weft_sim *sim, int axis)
{
    const kpz_data *m = sim->data;
    weft_fft *fft = sim->fft;
    const weft_box *box = &fft->real;
    double most = 0.0;
    memcpy(m->gradient, weft_field_data(&sim->state->field[WEFT_HEIGHT], 0),
           (size_t)(fft->modes * fft->per_mode) * sizeof(double));
    weft_fft_dealias(fft, 2.0 / 3.0, m->gradient);
    weft_fft_derivative(fft, axis, m->gradient);
    weft_fft_backward(fft, m->gradient);
    WEFT_FOR_ROWS(box, z, y) {
        const double *g = m->gradient + weft_box_row(box, z, y);
        for (int64_t x = 0; x < box->local[2]; x++)
            most = fmax(most, fabs(fft->scale * g[x]));
    }
    const weft_view one = {&most, {1, 1, 1}, {1, 1, 1}, 0};
    return weft_view_max(sim->grid->comm, &one);
}

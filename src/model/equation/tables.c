/* Values of factors in k space.
 *
 * A factor is a function of the wavenumbers with an even and an odd part, f = even + i odd, where
 * odd powers of i k stand in the odd part; for real fields f(-k) is the conjugate of f(k).
 *
 * On a Nyquist mode (the largest wavenumber of an axis with an even number of points) +k and -k are
 * the same mode, so that the factor there is the mean over the signs of the wavenumbers of the axes
 * that are at their Nyquist mode: odd powers of such a wavenumber drop out and even ones stay,
 * which is what keeps real fields real. Without this a first derivative would turn a real field
 * into one that the transform cannot hold. */
#include "pipeline.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { STRETCH = 256 };

/* A program of the wavenumbers, and room for a stretch of modes. */
struct eq_factors {
    int dim, n;
    weft_program *program;
    double *wave[4], **value;
};

/* The inputs of the program are kx, ky, kz and k^2. */
eq_factors *eq_factors_create(const eq_system *s, int n, const weft_symbol *symbols)
{
    eq_factors *f = weft_alloc(1, sizeof *f);
    int *nodes = weft_alloc((size_t)(2 * n), sizeof *nodes);
    weft_program_input input[4];
    f->dim = s->dim;
    f->n = n;
    for (int i = 0; i < n; i++) {
        nodes[2 * i] = symbols[i].even;
        nodes[2 * i + 1] = symbols[i].odd;
    }
    for (int i = 0; i < 4; i++) {
        input[i] = (weft_program_input){weft_graph_variable(s->graph, WEFT_VAR_WAVE, i), false};
        f->wave[i] = weft_alloc(STRETCH, sizeof(double));
    }
    f->program = weft_program_create(s->graph, 2 * n, nodes, 4, input);
    f->value = weft_alloc((size_t)(2 * n), sizeof(double *));
    for (int i = 0; i < 2 * n; i++)
        f->value[i] = weft_alloc(STRETCH, sizeof(double));
    weft_free(nodes);
    return f;
}

void eq_factors_free(eq_factors *f)
{
    if (!f)
        return;
    weft_program_free(f->program);
    for (int i = 0; i < 4; i++)
        weft_free(f->wave[i]);
    for (int i = 0; i < 2 * f->n; i++)
        weft_free(f->value[i]);
    weft_free(f->value);
    weft_free(f);
}

/* kx, ky, kz, k^2 of modes, with the sign of Nyquist modes of the axes in mask (bit 0: x) turned.
 * Returns whether there was one. */
static bool waves_of(const weft_fft *fft, int64_t first, int64_t count, int mask, double *const *k)
{
    const int64_t *m = fft->m;
    bool any = false;
    for (int64_t i = 0; i < count; i++) {
        const int64_t mode = first + i;
        const int64_t at[3] = {mode / (m[1] * m[2]), mode / m[2] % m[1], mode % m[2]};
        double value[3];
        for (int j = 0; j < 3; j++) {
            const int axis = fft->axis[j];
            double nyquist = M_PI / fft->grid->length[axis] * (double)fft->grid->n[axis];
            value[j] = fft->k[j][at[j]];
            bool turned = mask >> (2 - axis) & 1 && fabs(value[j]) >= nyquist * (1 - 1e-12);
            k[2 - axis][i] = turned ? -value[j] : value[j];
            any = any || turned;
        }
        k[3][i] = value[0] * value[0] + value[1] * value[1] + value[2] * value[2];
    }
    return any;
}

/* out += weight * factors at n modes; what is not finite (a division by k^2 at k = 0) counts as 0.
 */
static void add_stretch(eq_factors *f, double weight, int64_t at, int64_t n, double *const *out)
{
    const double *in[4] = {f->wave[0], f->wave[1], f->wave[2], f->wave[3]};
    weft_program_run(f->program, n, in, f->value);
    for (int part = 0; part < 2 * f->n; part++)
        for (int64_t i = 0; out[part] && i < n; i++)
            out[part][at + i] += isfinite(f->value[part][i]) ? weight * f->value[part][i] : 0.0;
}

/* The mean over all sign patterns of Nyquist wavenumbers. A stretch without such modes is computed
 * once, with weight 1. */
void eq_factors_values(eq_factors *f, const weft_fft *fft, int64_t first, int64_t count,
                       double *const *out)
{
    const int masks = 1 << f->dim;
    for (int part = 0; part < 2 * f->n; part++)
        if (out[part])
            memset(out[part], 0, (size_t)count * sizeof(double));
    for (int64_t i = 0; i < count; i += STRETCH) {
        int64_t n = count - i < STRETCH ? count - i : STRETCH;
        double weight = 1.0;
        /* All patterns of signs of the axes; most stretches have no Nyquist mode. */
        for (int mask = 1; mask < masks; mask++)
            if (waves_of(fft, first + i, n, mask, f->wave)) {
                add_stretch(f, 1.0 / masks, i, n, out);
                weight -= 1.0 / masks;
            }
        waves_of(fft, first + i, n, 0, f->wave);
        add_stretch(f, weight, i, n, out);
    }
}

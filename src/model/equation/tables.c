/* Values of factors in k space.
 *
 * On a Nyquist mode +k and -k are the same mode, so that the factor there is the mean over the signs
 * of the wavenumbers of the axes that are at their Nyquist mode: odd powers of such a wavenumber
 * drop out and even ones stay, which is what keeps real fields real. */
#include "pipeline.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { STRETCH = 256 };

/* kx, ky, kz of modes, with the sign of Nyquist modes of the axes in mask (bit 0: x) turned. */
static void waves_of(const weft_fft *fft, int64_t first, int64_t count, int mask, double *k[4])
{
    const int64_t *m = fft->m;
    for (int64_t i = 0; i < count; i++) {
        const int64_t mode = first + i, at[3] = {mode / (m[1] * m[2]), mode / m[2] % m[1], mode % m[2]};
        for (int a = 0; a < 3; a++)
            k[a][i] = 0.0;
        for (int j = 0; j < 3; j++) {
            const int axis = fft->axis[j];
            double value = fft->k[j][at[j]];
            double nyquist = M_PI / fft->grid->length[axis] * (double)fft->grid->n[axis];
            bool turned = mask >> (2 - axis) & 1 && fabs(value) >= nyquist * (1 - 1e-12);
            k[2 - axis][i] = turned ? -value : value;
        }
        /* as weft_fft_k2 */
        double outer = fft->k[0][at[0]] * fft->k[0][at[0]] + fft->k[1][at[1]] * fft->k[1][at[1]];
        k[3][i] = outer + fft->k[2][at[2]] * fft->k[2][at[2]];
    }
}

static void add_stretch(const weft_fft *fft, const weft_program *program, double weight,
                        int64_t first, int64_t count, int mask, double *const out[2])
{
    double wave[4][STRETCH], value[2][STRETCH];
    double *k[4] = {wave[0], wave[1], wave[2], wave[3]}, *to[2] = {value[0], value[1]};
    const double *in[4] = {wave[0], wave[1], wave[2], wave[3]};
    waves_of(fft, first, count, mask, k);
    weft_program_run(program, count, in, to);
    for (int part = 0; part < 2; part++)
        for (int64_t i = 0; out[part] && i < count; i++)
            out[part][i] += isfinite(value[part][i]) ? weight * value[part][i] : 0.0;
}

void eq_symbol_values(const eq_system *s, const weft_fft *fft, weft_symbol symbol, double scale,
                      int64_t first, int64_t count, double *even, double *odd)
{
    const int nodes[2] = {symbol.even, symbol.odd}, masks = 1 << s->dim;
    weft_program_input input[4];
    for (int i = 0; i < 4; i++)
        input[i] = (weft_program_input){weft_graph_variable(s->graph, WEFT_VAR_WAVE, i), false};
    weft_program *program = weft_program_create(s->graph, 2, nodes, 4, input);
    for (int64_t i = 0; i < count; i += STRETCH) {
        int64_t n = count - i < STRETCH ? count - i : STRETCH;
        double *out[2] = {even ? even + i : NULL, odd ? odd + i : NULL};
        for (int part = 0; part < 2; part++)
            if (out[part])
                memset(out[part], 0, (size_t)n * sizeof(double));
        for (int mask = 0; mask < masks; mask++)
            add_stretch(fft, program, scale / masks, first + i, n, mask, out);
    }
    weft_program_free(program);
}

/* What is done with coefficients: wavenumbers, dealiasing, derivatives, spectra.
 *
 * Invariants: (1) Each of these acts on a mode by its wavenumber alone, so the order of the modes
 * in memory, which depends on the number of ranks, does not matter. (2) Comparisons between
 * wavenumbers have a relative slack, so that all ranks, and all ways of cutting, put a mode on the
 * same side of a limit. (3) Sums over modes are exact or have one term (shells), so they have the
 * same bits for any number of ranks if the coefficients do. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* Relative slack of comparisons between wavenumbers, so that a mode that lies on a limit is on the
 * same side of it however its wavenumber was rounded. */
static const double slack = 1e-12;

/* k^2 is summed in the order z, y, x whatever the order in memory: x comes last or is added to one
 * term alone. So k^2 has the same bits on any number of ranks. */
void weft_fft_k2(const weft_fft *fft, int64_t first, int64_t count, double *out)
{
    const double *k0 = fft->k[0], *k1 = fft->k[1], *k2 = fft->k[2];
    for (int64_t done = 0; done < count;) {
        const int64_t row = (first + done) / fft->m[2], from = (first + done) % fft->m[2];
        const int64_t a = row / fft->m[1], b = row % fft->m[1], left = count - done;
        const int64_t here = fft->m[2] - from < left ? fft->m[2] - from : left;
        const double outer = k0[a] * k0[a] + k1[b] * k1[b];
        for (int64_t c = 0; c < here; c++)
            out[done + c] = outer + k2[from + c] * k2[from + c];
        done += here;
    }
}

/* The product of the three weights of each mode, in memory order. */
void weft_fft_weights(const weft_fft *fft, double *out)
{
    for (int64_t a = 0; a < fft->m[0]; a++)
        for (int64_t b = 0; b < fft->m[1]; b++) {
            double outer = fft->weight[0][a] * fft->weight[1][b];
            double *restrict row = out + (a * fft->m[1] + b) * fft->m[2];
            for (int64_t c = 0; c < fft->m[2]; c++)
                row[c] = outer * fft->weight[2][c];
        }
}

/* The highest mode of each kind of axis; antiperiodic modes are at half-integers. */
double weft_fft_kmax(const weft_fft *fft, int axis)
{
    if (axis < 3 - fft->grid->dim)
        return 0;
    int64_t n = fft->grid->n[axis];
    weft_boundary boundary = fft->plan->boundary[axis];
    int64_t last = fft_real_axis(boundary)     ? n - 1
                   : boundary == WEFT_PERIODIC ? n / 2
                                               : (n - 1) / 2;
    return 2 * M_PI / fft->grid->length[axis] * fft_axis_number(boundary, n, last);
}

/* Of modes |m| < f n/2 on n points, the products of two (f = 2/3) or three (f = 1/2) that the
 * points cannot hold land at |m| >= f n/2, where they are cut: the largest mode alone is (n - 1)/2
 * for odd n, and a limit that is measured from it cuts one mode too many. */
double weft_fft_limit(const weft_fft *fft, int axis, double fraction)
{
    if (axis < 3 - fft->grid->dim)
        return INFINITY;
    return fraction * M_PI / fft->grid->length[axis] * (double)fft->grid->n[axis] * (1 - slack);
}

/* Zero the coefficients of a row with |k| at or above the limit, without a branch. */
static void cut_complex(int64_t n, const double *restrict k, double limit, double *restrict row)
{
    for (int64_t c = 0; c < n; c++) {
        bool cut = fabs(k[c]) >= limit;
        row[2 * c] = cut ? 0 : row[2 * c];
        row[2 * c + 1] = cut ? 0 : row[2 * c + 1];
    }
}

/* The same for one double a mode. */
static void cut_real(int64_t n, const double *restrict k, double limit, double *restrict row)
{
    for (int64_t c = 0; c < n; c++)
        row[c] = fabs(k[c]) >= limit ? 0 : row[c];
}

/* Axes without modes other than k = 0 get no limit: their only mode must stay. */
void weft_fft_dealias(const weft_fft *fft, double fraction, double *data)
{
    double limit[3];
    for (int j = 0; j < 3; j++)
        limit[j] = weft_fft_limit(fft, fft->axis[j], fraction);
    int width = fft->per_mode;
    for (int64_t a = 0; a < fft->m[0]; a++)
        for (int64_t b = 0; b < fft->m[1]; b++) {
            double *row = data + (a * fft->m[1] + b) * fft->m[2] * width;
            if (fabs(fft->k[0][a]) >= limit[0] || fabs(fft->k[1][b]) >= limit[1])
                memset(row, 0, (size_t)(fft->m[2] * width) * sizeof(double));
            else if (width == 2)
                cut_complex(fft->m[2], fft->k[2], limit[2], row);
            else
                cut_real(fft->m[2], fft->k[2], limit[2], row);
        }
}

/* Row times i k. The Nyquist mode (wavelength of two points) is zeroed: of a real field its
 * derivative would be imaginary. */
static void turn_row(int64_t n, const double *restrict k, double nyquist, double *restrict row)
{
    for (int64_t c = 0; c < n; c++) {
        double factor = fabs(k[c]) >= nyquist ? 0 : k[c], re = row[2 * c];
        row[2 * c] = -factor * row[2 * c + 1];
        row[2 * c + 1] = factor * re;
    }
}

/* The same where k is that of another extent, one for the whole row. */
static void turn_row_alike(int64_t n, double k, double nyquist, double *restrict row)
{
    double factor = fabs(k) >= nyquist ? 0 : k;
    for (int64_t c = 0; c < n; c++) {
        double re = row[2 * c];
        row[2 * c] = -factor * row[2 * c + 1];
        row[2 * c + 1] = factor * re;
    }
}

/* Cosine and sine axes are refused: a derivative turns one kind into the other. */
void weft_fft_derivative(const weft_fft *fft, int axis, double *data)
{
    WEFT_ASSERT(axis >= 3 - fft->grid->dim && axis < 3);
    WEFT_ASSERT(!fft_real_axis(fft->plan->boundary[axis]));
    int place = fft->axis[0] == axis ? 0 : fft->axis[1] == axis ? 1 : 2;
    double nyquist = weft_fft_limit(fft, axis, 1.0);
    for (int64_t a = 0; a < fft->m[0]; a++)
        for (int64_t b = 0; b < fft->m[1]; b++) {
            double *row = data + 2 * (a * fft->m[1] + b) * fft->m[2];
            if (place == 2)
                turn_row(fft->m[2], fft->k[2], nyquist, row);
            else
                turn_row_alike(fft->m[2], fft->k[place][place == 0 ? a : b], nyquist, row);
        }
}

/* ---- shells ---- */

/* The accumulators are kept between calls, so that a spectrum allocates nothing once a run goes on.
 */
static void clear_shells(weft_fft_plan *plan, int bins)
{
    if (plan->n_sums < bins) {
        weft_free(plan->sums);
        plan->sums = weft_alloc((size_t)bins, sizeof *plan->sums);
        plan->n_sums = bins;
    }
    for (int b = 0; b < bins; b++)
        weft_exact_clear(&plan->sums[b]);
}

/* Shells that are no wider than the spacing of the modes hold, on one axis, at most one stored mode
 * each (k; its conjugate -k counts by the weight). A sum of one term does not depend on any order,
 * so plain sums do; exact ones would take as long as the transform many times over. */
static bool one_mode_a_shell(const weft_fft *fft, double dk)
{
    const weft_grid *grid = fft->grid;
    return grid->dim == 1 && fft->plan->boundary[2] == WEFT_PERIODIC &&
           dk <= 2 * M_PI / grid->length[2] * (1 + slack);
}

/* The shells of n modes (bins and above: none). slack moves modes that lie on a limit into the
 * upper shell, however their k was rounded. */
static void find_shells(int64_t n, const double *k, double outer_k2, double dk, int bins,
                        int *restrict shell)
{
    for (int64_t i = 0; i < n; i++) {
        double s = floor(sqrt(outer_k2 + k[i] * k[i]) / dk * (1 + slack) + 0.5);
        shell[i] = s < bins ? (int)s : bins;
    }
}

/* Roots and divisions take longer than the transform of a line. Of lines, whose spectra are asked
 * for again and again with the same shells, their numbers are kept. */
static const int *shells_of_line(const weft_fft *fft, double dk, int bins)
{
    weft_fft_plan *plan = fft->plan;
    if (!plan->shell)
        plan->shell = weft_alloc((size_t)fft->m[2] + 1, sizeof *plan->shell);
    if (plan->shell_width != dk || plan->shell_bins != bins)
        find_shells(fft->m[2], fft->k[2], 0.0, dk, bins, plan->shell);
    plan->shell_width = dk;
    plan->shell_bins = bins;
    return plan->shell;
}

/* weight |c|^2 of n modes. */
static void find_powers(int per_mode, int64_t n, const double *w, const double *c, double outer_w,
                        double *restrict power)
{
    for (int64_t i = 0; i < n; i++)
        power[i] = outer_w * w[i];
    if (per_mode == 1)
        for (int64_t i = 0; i < n; i++)
            power[i] *= c[i] * c[i];
    else
        for (int64_t i = 0; i < n; i++)
            power[i] *= c[2 * i] * c[2 * i] + c[2 * i + 1] * c[2 * i + 1];
}

/* One row of coefficients; plain: sums of shells, NULL: exact ones; known: their shells, NULL: to
 * be found. A mode counts twice where the redundant one is not stored; the weights of the cosine
 * and sine axes scale its power alone. */
static void add_row(const weft_fft *fft, int64_t a, int64_t b, const double *row, double dk,
                    int bins, const int *known, double *plain, int64_t *count)
{
    enum { PART = 256 };
    int found[PART];
    double power[PART];
    const double *w = fft->weight[2], *k = fft->k[2];
    double outer_k2 = fft->k[0][a] * fft->k[0][a] + fft->k[1][b] * fft->k[1][b];
    double outer_w = fft->weight[0][a] * fft->weight[1][b];
    int twice = fft->weight[0][a] > 1 || fft->weight[1][b] > 1;
    for (int64_t c = 0; c < fft->m[2]; c += PART) {
        int64_t n = fft->m[2] - c < PART ? fft->m[2] - c : PART;
        const int *shell = known ? known + c : found;
        if (!known)
            find_shells(n, k + c, outer_k2, dk, bins, found);
        find_powers(fft->per_mode, n, w + c, row + c * fft->per_mode, outer_w, power);
        for (int64_t i = 0; i < n; i++) {
            if (shell[i] >= bins)
                continue;
            if (plain)
                plain[shell[i]] += power[i];
            else
                weft_exact_add(&fft->plan->sums[shell[i]], &power[i], 1);
            count[shell[i]] += twice || w[c + i] > 1 ? 2 : 1;
        }
    }
}

/* A shell without a mode has power 0 and count 0; whoever divides by count must look at it.
 * Collective. */
void weft_fft_shells(const weft_fft *fft, const double *data, double dk, int bins, double *power,
                     int64_t *count)
{
    const bool plain = one_mode_a_shell(fft, dk);
    memset(count, 0, (size_t)bins * sizeof *count);
    memset(power, 0, (size_t)bins * sizeof *power);
    const int *known = plain ? shells_of_line(fft, dk, bins) : NULL;
    if (!plain)
        clear_shells(fft->plan, bins);
    for (int64_t a = 0; a < fft->m[0]; a++)
        for (int64_t b = 0; b < fft->m[1]; b++)
            add_row(fft, a, b, data + (a * fft->m[1] + b) * fft->m[2] * fft->per_mode, dk, bins,
                    known, plain ? power : NULL, count);
    if (plain)
        MPI_Allreduce(MPI_IN_PLACE, power, bins, MPI_DOUBLE, MPI_SUM, fft->grid->comm);
    else
        weft_exact_allreduce(fft->grid->comm, fft->plan->sums, bins);
    MPI_Allreduce(MPI_IN_PLACE, count, bins, MPI_INT64_T, MPI_SUM, fft->grid->comm);
    for (int b = 0; b < bins; b++) {
        double sum = plain ? power[b] : weft_exact_value(&fft->plan->sums[b]);
        power[b] = count[b] > 0 ? sum / (double)count[b] : 0;
    }
}

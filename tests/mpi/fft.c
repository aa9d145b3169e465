/* Transforms of small fields against direct sums, for all boundaries and their mixtures: the same
 * coefficients, wavenumbers and weights on any number of ranks. */
#include "weft/fft.h"
#include "check.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stdlib.h>
#include <unistd.h>

static int rank, size;

static const weft_boundary P = WEFT_PERIODIC, A = WEFT_ANTIPERIODIC, N = WEFT_NEUMANN,
                           D = WEFT_DIRICHLET;

/* A field that nobody can guess, a function of the global site alone. */
static double noise(int64_t site)
{
    uint64_t x = (uint64_t)site * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)(x >> 11) * 0x1p-53 - 0.5;
}

static double site_value(const weft_grid *g, int64_t z, int64_t y, int64_t x)
{
    return noise((z * g->n[1] + y) * g->n[2] + x);
}

/* Fill the owned points of a ghosted array. */
static void fill(const weft_grid *g, int ghost, double *field)
{
    weft_extent e = weft_grid_extent(g, ghost);
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++)
            field[weft_extent_row(&e, z, y) + x] =
                site_value(g, g->start[0] + z, g->start[1] + y, g->start[2] + x);
}

static double worst_difference(const weft_grid *g, int ghost, const double *field)
{
    weft_extent e = weft_grid_extent(g, ghost);
    double worst = 0;
    WEFT_FOR_ROWS(g, z, y)
        for (int64_t x = 0; x < g->local[2]; x++) {
            double f = field[weft_extent_row(&e, z, y) + x];
            double off = fabs(f - site_value(g, g->start[0] + z, g->start[1] + y, g->start[2] + x));
            worst = off <= worst ? worst : off;
        }
    return worst;
}

/* The basis function of mode number m of one axis at point j, by the definition of the transforms.
 */
static void basis(weft_boundary b, int64_t n, int64_t m, int64_t j, double *re, double *im)
{
    *im = 0;
    if (b == WEFT_NEUMANN) {
        *re = 2 * cos(M_PI * (double)m * ((double)j + 0.5) / (double)n);
    } else if (b == WEFT_DIRICHLET) {
        *re = 2 * sin(M_PI * (double)(m + 1) * ((double)j + 0.5) / (double)n);
    } else {
        double shift = b == WEFT_ANTIPERIODIC ? 0.5 : 0;
        double angle = -2 * M_PI * ((double)m + shift) * (double)j / (double)n;
        *re = cos(angle);
        *im = sin(angle);
    }
}

/* A coefficient as a direct sum over all points; m in the order z, y, x. */
static void direct_sum(const weft_grid *g, const weft_boundary *b, const int64_t *m, double *out)
{
    out[0] = out[1] = 0;
    for (int64_t z = 0; z < g->n[0]; z++)
        for (int64_t y = 0; y < g->n[1]; y++) {
            double c = 1, s = 0;
            int64_t at[2] = {z, y};
            for (int a = 0; a < 2; a++) {
                double re, im, old = c;
                basis(b[a], g->n[a], m[a], at[a], &re, &im);
                c = a < 3 - g->dim ? c : c * re - s * im;
                s = a < 3 - g->dim ? s : old * im + s * re;
            }
            for (int64_t x = 0; x < g->n[2]; x++) {
                double re, im, f = site_value(g, z, y, x);
                basis(b[2], g->n[2], m[2], x, &re, &im);
                out[0] += f * (c * re - s * im);
                out[1] += f * (c * im + s * re);
            }
        }
}

/* |k| of mode number m by its definition. */
static double wavenumber(weft_boundary b, int64_t n, double length, int64_t m)
{
    double w = b == WEFT_NEUMANN ? 0.5 * (double)m : 0.5 * (double)(m + 1);
    if (b == WEFT_PERIODIC || b == WEFT_ANTIPERIODIC) {
        w = (double)m + (b == WEFT_ANTIPERIODIC ? 0.5 : 0);
        if (w > 0.5 * (double)n)
            w -= (double)n;
    }
    return 2 * M_PI * w / length;
}

static int64_t product(const int64_t *m)
{
    return m[0] * m[1] * m[2];
}

/* Coefficients against direct sums; wavenumbers; every stored coefficient is on one rank; Parseval
 * with the weights. */
static void check_coefficients(weft_fft *fft, const weft_boundary *b, const double *data)
{
    const weft_grid *g = fft->grid;
    double worst = 0, worst_k = 0, sum = 0, squares = 0, *weights, *k2;
    int64_t stored = fft->modes, i = 0, expected = 1;
    weights = weft_alloc((size_t)fft->modes, sizeof *weights);
    k2 = weft_alloc((size_t)fft->modes, sizeof *k2);
    weft_fft_weights(fft, weights);
    weft_fft_k2(fft, 0, (fft)->modes, k2);
    CHECK(product(fft->m) == fft->modes);
    for (int64_t p = 0; p < fft->m[0]; p++)
        for (int64_t q = 0; q < fft->m[1]; q++)
            for (int64_t r = 0; r < fft->m[2]; r++, i++) {
                int64_t place[3] = {p, q, r}, m[3] = {0, 0, 0};
                double c[2], re, im = 0, square = 0;
                for (int j = 0; j < 3; j++)
                    m[fft->axis[j]] = fft->index[j][place[j]];
                for (int j = 0; j < 3; j++) {
                    int a = fft->axis[j];
                    double k = a < 3 - g->dim ? 0 : wavenumber(b[a], g->n[a], g->length[a], m[a]);
                    worst_k = fmax(worst_k, fabs(k - fft->k[j][place[j]]));
                    square += k * k;
                }
                worst_k = fmax(worst_k, fabs(square - k2[i]) / (1 + square));
                direct_sum(g, b, m, c);
                re = fft->per_mode == 2 ? data[2 * i] : data[i];
                im = fft->per_mode == 2 ? data[2 * i + 1] : 0;
                worst = fmax(worst, fmax(fabs(re - c[0]), fabs(im - c[1])));
                sum += weights[i] * (re * re + im * im);
            }
    CHECK_NEAR(worst, 0, 1e-12 * (double)product(g->n));
    CHECK_NEAR(worst_k, 0, 1e-13);
    MPI_Allreduce(MPI_IN_PLACE, &stored, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    CHECK(stored == product(fft->global_m));
    bool halved = false;
    for (int a = 2; a >= 3 - g->dim; a--) {
        bool waves = b[a] == WEFT_PERIODIC || b[a] == WEFT_ANTIPERIODIC;
        bool half = waves && !halved;
        expected *= !half ? g->n[a] : b[a] == WEFT_PERIODIC ? g->n[a] / 2 + 1 : (g->n[a] + 1) / 2;
        halved = halved || waves;
    }
    CHECK(stored == expected);
    CHECK(fft->per_mode == (halved ? 2 : 1));
    for (int64_t j = 0; j < product(g->n); j++)
        squares += noise(j) * noise(j);
    CHECK_NEAR(fft->scale * sum, squares, 1e-12 * squares);
    weft_free(weights);
    weft_free(k2);
}

/* Two fields at each point: mixed, and counted. */
typedef struct mixing {
    const weft_fft *fft;
    int64_t rows;
} mixing;

static void mix(void *context, int64_t first, int64_t rows, double *const *u)
{
    mixing *m = context;
    const weft_box *box = &m->fft->real;
    CHECK(first == m->rows);
    m->rows += rows;
    for (int64_t i = first; i < first + rows; i++) {
        const int64_t z = i / box->local[1], y = i % box->local[1];
        double *a = u[0] + weft_box_row(box, z, y), *b = u[1] + weft_box_row(box, z, y);
        for (int64_t x = 0; x < box->local[2]; x++) {
            const double p = a[x * box->stride[2]], q = b[x * box->stride[2]];
            a[x * box->stride[2]] = p * q + (double)(z + y + x);
            b[x * box->stride[2]] = q - p;
        }
    }
}

/* Between two transforms, piece by piece: the same bits as in separate calls. */
static void check_between(weft_fft *fft)
{
    const int64_t rows = fft->real.local[0] * fft->real.local[1], n = fft->modes * fft->per_mode;
    double *u[2], *v[2];
    mixing whole = {.fft = fft}, pieces = {.fft = fft};
    for (int c = 0; c < 2; c++) {
        u[c] = weft_fft_buffer(fft);
        v[c] = weft_fft_buffer(fft);
        for (int64_t i = 0; i < n; i++)
            u[c][i] = v[c][i] = noise(2 * i + c);
        weft_fft_backward(fft, u[c]);
    }
    mix(&whole, 0, rows, u);
    weft_fft_between(fft, 2, v, mix, &pieces);
    CHECK(pieces.rows == rows);
    for (int c = 0; c < 2; c++) {
        weft_fft_forward(fft, u[c]);
        CHECK(n == 0 || memcmp(u[c], v[c], (size_t)n * sizeof(double)) == 0);
        weft_fft_buffer_free(fft, u[c]);
        weft_fft_buffer_free(fft, v[c]);
    }
}

static void check_case(int dim, const int64_t *n, const weft_boundary *boundary, weft_layout layout)
{
    double length[3] = {1.5, 2.0, 3.25};
    weft_grid *g;
    weft_fft *fft = NULL;
    int ghost = dim == 2 ? 2 : dim == 3;
    if (size > weft_grid_max_ranks(dim, n, layout, size) ||
        size > weft_grid_max_ranks(dim, n, WEFT_TRANSFORM, size))
        return;
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length + 3 - dim, boundary, layout, &g) ==
          WEFT_OK);
    CHECK(weft_fft_create(g, NULL, NULL, &fft) == WEFT_OK);
    double *field = weft_alloc((size_t)weft_grid_extent(g, ghost).size, sizeof *field);
    double *buffer = weft_fft_buffer(fft);
    fill(g, ghost, field);
    weft_fft_load(fft, field, ghost, buffer);
    weft_fft_forward(fft, buffer);
    check_coefficients(fft, g->boundary, buffer);
    memset(field, 0, (size_t)weft_grid_extent(g, ghost).size * sizeof *field);
    weft_fft_backward(fft, buffer);
    weft_fft_store(fft, buffer, fft->scale, field, ghost);
    CHECK_NEAR(worst_difference(g, ghost, field), 0, 1e-14);
    int64_t calls = weft_memory_calls();
    weft_fft_load(fft, field, ghost, buffer);
    weft_fft_forward(fft, buffer);
    weft_fft_backward(fft, buffer);
    weft_fft_store(fft, buffer, fft->scale, field, ghost);
    CHECK(weft_memory_calls() == calls);
    CHECK_NEAR(worst_difference(g, ghost, field), 0, 1e-14);
    if (layout != WEFT_BLOCKS)
        for (int a = 0; a < 3; a++)
            CHECK(fft->real.local[a] == g->local[a] &&
                  (g->local[a] == 0 || fft->real.start[a] == g->start[a]));
    check_between(fft);
    weft_free(field);
    weft_fft_buffer_free(fft, buffer);
    weft_fft_free(fft);
    weft_grid_free(g);
}

/* Fields that do not fit into a cache at once: a sample of the coefficients against direct sums,
 * and there and back. */
static void check_large(int dim, const int64_t *n, const weft_boundary *boundary)
{
    const double length[3] = {1, 2, 3};
    weft_grid *g;
    weft_fft *fft = NULL;
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, WEFT_SLAB, &g) == WEFT_OK);
    CHECK(weft_fft_create(g, NULL, NULL, &fft) == WEFT_OK);
    double *field = weft_alloc((size_t)weft_grid_extent(g, 1).size, sizeof *field), worst = 0;
    fill(g, 1, field);
    weft_fft_load(fft, field, 1, fft->work);
    weft_fft_forward(fft, fft->work);
    for (int64_t i = rank; i < fft->modes; i += 1499) {
        int64_t place[3] = {i / fft->m[2] / fft->m[1], i / fft->m[2] % fft->m[1], i % fft->m[2]};
        int64_t m[3];
        double c[2];
        for (int j = 0; j < 3; j++)
            m[fft->axis[j]] = fft->index[j][place[j]];
        direct_sum(g, g->boundary, m, c);
        worst = fmax(worst, hypot(fft->work[2 * i] - c[0], fft->work[2 * i + 1] - c[1]));
    }
    CHECK_NEAR(worst, 0, 1e-10);
    weft_fft_backward(fft, fft->work);
    weft_fft_store(fft, fft->work, fft->scale, field, 1);
    CHECK_NEAR(worst_difference(g, 1, field), 0, 1e-14);
    check_between(fft);
    weft_free(field);
    weft_fft_free(fft);
    weft_grid_free(g);
}

static void check_lines(void)
{
    const int64_t sizes[] = {4, 7, 12, 17, 30, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int b = 0; b < 4; b++)
            for (int layout = 0; layout < 2; layout++)
                check_case(1, &sizes[i], (weft_boundary[]){(weft_boundary)b}, (weft_layout)layout);
}

static void check_planes(void)
{
    const int64_t sizes[][2] = {{8, 10}, {7, 9}, {5, 4}, {6, 7}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int b = 0; b < 16; b++)
            for (int layout = 0; layout < 3; layout++)
                check_case(2, sizes[i],
                           (weft_boundary[]){(weft_boundary)(b / 4), (weft_boundary)(b % 4)},
                           (weft_layout)layout);
}

static void check_boxes(void)
{
    const int64_t sizes[][3] = {{6, 4, 8}, {5, 7, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int b = 0; b < 64; b++)
            check_case(3, sizes[i],
                       (weft_boundary[]){(weft_boundary)(b / 16), (weft_boundary)(b / 4 % 4),
                                         (weft_boundary)(b % 4)},
                       b % 3 ? WEFT_SLAB : WEFT_BLOCKS);
}

/* Pencils: forced, and because the slowest axis has too few points. */
static void check_pencils(void)
{
    const int64_t sizes[][3] = {{2, 4, 6}, {3, 5, 8}, {5, 3, 7}, {1, 5, 2}};
    static const weft_layout layouts[] = {WEFT_PENCIL, WEFT_TRANSFORM, WEFT_BLOCKS};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int b = 0; b < 64; b++)
            check_case(3, sizes[i],
                       (weft_boundary[]){(weft_boundary)(b / 16), (weft_boundary)(b / 4 % 4),
                                         (weft_boundary)(b % 4)},
                       layouts[b % 5 < 3 ? 0 : b % 5 - 2]);
}

/* ---- what is done with coefficients ---- */

static weft_fft *transform(int dim, const int64_t *n, const double *length,
                           const weft_boundary *boundary, weft_grid **g)
{
    weft_fft *fft = NULL;
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length, boundary, WEFT_SLAB, g) == WEFT_OK);
    CHECK(weft_fft_create(*g, NULL, NULL, &fft) == WEFT_OK);
    return fft;
}

static void end_transform(weft_fft *fft, weft_grid *g)
{
    weft_fft_free(fft);
    weft_grid_free(g);
}

/* d/dx of sin(qx)cos(py) and the like is exact, and that of the Nyquist mode zero. */
static void check_derivative(weft_boundary b, int axis)
{
    const int64_t n[2] = {12, 15};
    const double length[2] = {2.0, 3.0};
    weft_grid *g;
    weft_fft *fft = transform(2, n, length, (weft_boundary[]){b, b}, &g);
    double *f = weft_fft_buffer(fft), worst = 0, shift = b == WEFT_ANTIPERIODIC ? 0.5 : 0;
    double q = 2 * M_PI * (3 + shift) / length[0], p = 2 * M_PI * (2 + shift) / length[1];
    for (int pass = 0; pass < 2; pass++) {
        worst = 0;
        for (int64_t i = 0; i < fft->real.local[1]; i++)
            for (int64_t j = 0; j < fft->real.local[2]; j++) {
                double y = weft_grid_coordinate(g, 1, fft->real.start[1] + i);
                double x = weft_grid_coordinate(g, 2, j);
                double *at = f + i * fft->real.stride[1] + j;
                if (pass == 0) {
                    *at = sin(q * y + 0.3) * cos(p * x + 0.2);
                    continue;
                }
                double exact = axis == 1 ? q * cos(q * y + 0.3) * cos(p * x + 0.2)
                                         : -p * sin(q * y + 0.3) * sin(p * x + 0.2);
                worst = fmax(worst, fabs(*at * fft->scale - exact));
            }
        if (pass == 0) {
            weft_fft_forward(fft, f);
            weft_fft_derivative(fft, axis, f);
            weft_fft_backward(fft, f);
        }
    }
    CHECK_NEAR(worst, 0, 1e-13);
    weft_fft_buffer_free(fft, f);
    end_transform(fft, g);
}

static void check_nyquist(void)
{
    const int64_t n[1] = {8};
    const double length[1] = {1.0};
    weft_grid *g;
    weft_fft *fft = transform(1, n, length, (weft_boundary[]){P}, &g);
    double *f = weft_fft_buffer(fft);
    for (int64_t j = 0; j < fft->real.local[2]; j++)
        f[j] = (fft->real.start[2] + j) % 2 ? -1 : 1;
    weft_fft_forward(fft, f);
    weft_fft_derivative(fft, 2, f);
    for (int64_t i = 0; i < 2 * fft->modes; i++)
        CHECK_NEAR(f[i], 0, 1e-14);
    CHECK_NEAR(weft_fft_kmax(fft, 2), 8 * M_PI, 1e-13);
    CHECK(weft_fft_kmax(fft, 0) == 0);
    weft_fft_buffer_free(fft, f);
    end_transform(fft, g);
}

/* How many modes survive a dealiasing, redundant ones included; integers. */
static int64_t survivors(weft_boundary b, int64_t n, double fraction)
{
    const int64_t sizes[2] = {n, n};
    const double length[2] = {0.7, 1.9};
    weft_grid *g;
    weft_fft *fft = transform(2, sizes, length, (weft_boundary[]){b, b}, &g);
    double *f = weft_fft_buffer(fft), *weights = weft_fft_buffer(fft);
    for (int64_t i = 0; i < fft->modes * fft->per_mode; i++)
        f[i] = 1;
    weft_fft_dealias(fft, fraction, f);
    weft_fft_weights(fft, weights);
    int64_t count = 0;
    for (int64_t i = 0; i < fft->modes; i++)
        if (f[i * fft->per_mode] == 1)
            count += weights[i] > 1 ? 2 : 1;
    MPI_Allreduce(MPI_IN_PLACE, &count, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    weft_fft_buffer_free(fft, f);
    weft_fft_buffer_free(fft, weights);
    end_transform(fft, g);
    return count;
}

static void check_dealias(void)
{
    /* |m| < n/3: with n = 12 it is -3..3, with n = 96 -31..31; |m| < n/4: -2..2. */
    CHECK(survivors(P, 12, 2.0 / 3) == 7 * 7);
    CHECK(survivors(P, 96, 2.0 / 3) == 63 * 63);
    CHECK(survivors(P, 12, 0.5) == 5 * 5);
    CHECK(survivors(P, 25, 2.0 / 3) == 17 * 17); /* odd n: 3 * 8 < 25, and 4 * 6 < 25 */
    CHECK(survivors(P, 27, 2.0 / 3) == 17 * 17);
    CHECK(survivors(P, 25, 0.5) == 13 * 13);
    /* half-integer m: |m| < 4 keeps 0.5 to 3.5 of either sign */
    CHECK(survivors(A, 12, 2.0 / 3) == 8 * 8);
    /* cosines m = 0..11 and sines m = 1..12: m < 8 */
    CHECK(survivors(N, 12, 2.0 / 3) == 8 * 8);
    CHECK(survivors(D, 12, 2.0 / 3) == 7 * 7);
}

/* Shells of a cubic box with dk = 2 pi/L: the count of integer triples by brute force. */
static void check_shells(int dim, int64_t n)
{
    enum { BINS = 12 };
    const int64_t sizes[3] = {n, n, n};
    const double length[3] = {3.7, 3.7, 3.7}, dk = 2 * M_PI / 3.7;
    double power[BINS], white[BINS] = {0};
    int64_t count[BINS], brute[BINS] = {0};
    weft_grid *g;
    weft_fft *fft = transform(dim, sizes, length, (weft_boundary[]){P, P, P}, &g);
    double *f = weft_fft_buffer(fft);
    for (int64_t i = 0; i < fft->modes; i++) {
        f[2 * i] = 3;
        f[2 * i + 1] = 4;
    }
    weft_fft_shells(fft, f, dk, BINS, power, count);
    int64_t low = -((n - 1) / 2), high = n / 2;
    for (int64_t z = dim > 2 ? low : 0; z <= (dim > 2 ? high : 0); z++)
        for (int64_t y = dim > 1 ? low : 0; y <= (dim > 1 ? high : 0); y++)
            for (int64_t x = low; x <= high; x++)
                for (int64_t s = 0; s < BINS; s++) /* (s-1/2)^2 <= m^2 < (s+1/2)^2, times 4 */
                    if (4 * (x * x + y * y + z * z) >= (s > 0 ? (2 * s - 1) * (2 * s - 1) : 0) &&
                        4 * (x * x + y * y + z * z) < (2 * s + 1) * (2 * s + 1)) {
                        brute[s]++;
                        white[s] = 25;
                    }
    for (int s = 0; s < BINS; s++) {
        CHECK(count[s] == brute[s]);
        CHECK(power[s] == white[s]);
    }
    weft_fft_buffer_free(fft, f);
    end_transform(fft, g);
}

/* Shells that are wider than the spacing of the modes: on a line as well their sums are exact. The
 * powers 2, 2^-52, 2^-52 of the modes 2, 3, 4 add up to 2 in plain doubles, to 2 + 2^-51 exactly.
 */
static void check_wide_shells(void)
{
    const int64_t n = 64;
    const double length = 2 * M_PI, tiny = 0x1p-27;
    double power[2];
    int64_t count[2];
    weft_grid *g;
    weft_fft *fft = transform(1, &n, &length, (weft_boundary[]){P}, &g);
    double *f = weft_fft_buffer(fft);
    for (int64_t i = 0; i < fft->modes; i++) {
        int64_t m = fft->index[2][i];
        f[2 * i] = m == 2 ? 1 : m == 3 || m == 4 ? tiny : 0;
        f[2 * i + 1] = m == 3 || m == 4 ? tiny : 0;
    }
    weft_fft_shells(fft, f, 3, 2, power, count);
    CHECK(count[1] == 6);
    CHECK(power[1] == (2 + 0x1p-51) / 6);
    weft_fft_buffer_free(fft, f);
    end_transform(fft, g);
}

/* The shells of any field hold all its power: sum of count*power*scale = sum of f^2. */
static void check_power(weft_boundary z, weft_boundary y, weft_boundary x)
{
    enum { BINS = 60 };
    const int64_t n[3] = {6, 5, 8};
    const double length[3] = {1, 1, 1};
    double power[BINS], sum = 0, squares = 0;
    int64_t count[BINS], modes = 0;
    weft_grid *g;
    weft_fft *fft = transform(3, n, length, (weft_boundary[]){z, y, x}, &g);
    double *f = weft_fft_buffer(fft);
    double *field = weft_alloc((size_t)weft_grid_extent(g, 0).size, sizeof *field);
    fill(g, 0, field);
    weft_fft_load(fft, field, 0, f);
    weft_fft_forward(fft, f);
    weft_fft_shells(fft, f, 1.0, BINS, power, count);
    for (int b = 0; b < BINS; b++) {
        sum += (double)count[b] * power[b] * fft->scale;
        modes += count[b];
    }
    for (int64_t j = 0; j < 240; j++)
        squares += noise(j) * noise(j);
    CHECK(modes == 240);
    CHECK_NEAR(sum, squares, 1e-13 * squares);
    weft_free(field);
    weft_fft_buffer_free(fft, f);
    end_transform(fft, g);
}

/* ---- planning ---- */

static void check_wisdom(void)
{
    char path[64], old[1 << 16] = "", new[1 << 16] = "";
    int id = (int)getpid();
    const int64_t n[2] = {16, 12};
    const double length[2] = {1, 1};
    const weft_boundary periodic[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    weft_fft *fft = NULL;
    MPI_Bcast(&id, 1, MPI_INT, 0, MPI_COMM_WORLD);
    snprintf(path, sizeof path, "wisdom-%d.txt", id);
    CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n, length, periodic, WEFT_SLAB, &g) == WEFT_OK);
    for (int pass = 0; pass < 2; pass++) {
        weft_fft_options options = {WEFT_MEASURE, path};
        CHECK(weft_fft_create(g, NULL, &options, &fft) == WEFT_OK);
        weft_fft_free(fft);
        if (rank == 0) {
            char *text = pass ? new : old;
            FILE *file = fopen(path, "r");
            CHECK(file != NULL);
            if (file) {
                text[fread(text, 1, sizeof old - 1, file)] = '\0';
                fclose(file);
            }
            CHECK(strncmp(text, "(fftw-3", 7) == 0 && strlen(text) > 100);
        }
    }
    CHECK_TEXT(new, old);
    /* Another file is neither read as wisdom nor written over. */
    if (rank == 0) {
        FILE *file = fopen(path, "w");
        fputs("precious data\n", file);
        fclose(file);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    weft_fft_options options = {WEFT_ESTIMATE, path};
    CHECK(weft_fft_create(g, NULL, &options, &fft) == WEFT_INPUT);
    CHECK(fft == NULL);
    CHECK(strstr(weft_error_message(), path) != NULL);
    weft_error_clear();
    options.wisdom = "no/such/directory/wisdom";
    CHECK(weft_fft_create(g, NULL, &options, &fft) == WEFT_IO);
    weft_error_clear();
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        FILE *file = fopen(path, "r");
        CHECK(fgets(new, sizeof new, file) && strcmp(new, "precious data\n") == 0);
        fclose(file);
        remove(path);
    }
    weft_grid_free(g);
}

/* More ranks than rows are refused; on one rank there is no such case. */
static void check_too_many(void)
{
    const int64_t n[2] = {size - 1, 16};
    const double length[2] = {1, 1};
    const weft_boundary periodic[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    weft_fft *fft = NULL;
    if (size == 1)
        return;
    CHECK(weft_grid_create(MPI_COMM_WORLD, 2, n, length, periodic, WEFT_BLOCKS, &g) == WEFT_OK);
    CHECK(weft_fft_create(g, NULL, NULL, &fft) == WEFT_INPUT);
    CHECK(fft == NULL && strstr(weft_error_message(), "ranks") != NULL);
    weft_error_clear();
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int64_t blocks = weft_memory_blocks(), bytes = weft_memory_bytes();
    check_lines();
    check_planes();
    check_boxes();
    check_pencils();
    check_large(1, (int64_t[]){16384}, (weft_boundary[]){P});
    check_large(2, (int64_t[]){300, 250}, (weft_boundary[]){P, P});
    check_large(3, (int64_t[]){40, 33, 34}, (weft_boundary[]){P, P, P});
    check_large(3, (int64_t[]){40, 33, 34}, (weft_boundary[]){A, P, A});
    for (int axis = 1; axis < 3; axis++) {
        check_derivative(WEFT_PERIODIC, axis);
        check_derivative(WEFT_ANTIPERIODIC, axis);
    }
    check_nyquist();
    check_dealias();
    check_shells(1, 16);
    check_shells(2, 15);
    check_shells(3, 12);
    check_wide_shells();
    check_power(P, P, P);
    check_power(P, N, D);
    check_power(N, N, D);
    check_power(A, A, P);
    check_power(D, P, A);
    check_wisdom();
    check_too_many();
    CHECK(weft_memory_blocks() == blocks);
    CHECK(weft_memory_bytes() == bytes);
    return check_end();
}

/* Domains of the charge-density wave: structure factors, correlations; modes of Q.
 *
 *     phi_i = (-1)^(x+y+z) (n_i - 1/2)         the staggered order
 *     S(k) = |sum_i phi_i exp(-ikr_i)|^2/N     its structure factor, about (pi, pi) of n
 *     C(r) = mean of phi_i phi_(i+r)           its correlation, averaged over rings of r
 *     domain_length = 2 pi/<k>                 <k>: mean of k weighted with S
 *
 * The order is uniform in a domain and changes its sign across a wall (a domain boundary), so that
 * a transform of phi about k = 0 is one of n about (pi, pi).
 *
 * Invariants. The observables that need the whole lattice (maps, correlation, modes) gather it on
 * every rank and compute the same sums in the same order everywhere; transforms on different
 * numbers of ranks differ by rounding. All functions are collective. */
#include "holstein.h"
#include "physics/shells.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>
#include <string.h>

/* Room that these observables share, made when first needed. */
struct ho_domains {
    double *buffer; /* of the transform */
    double *field;  /* the owned sites, no ghosts */
    double *whole;  /* the whole lattice */
    double *half;   /* complex, for the map */
    int64_t *count;
    const weft_fft *fft;
};

static ho *data(weft_sim *sim)
{
    return sim->data;
}

/* Sites along the longest axis. */
static int64_t longest(const weft_grid *g)
{
    int64_t n = g->n[2];
    for (int a = 0; a < 2; a++)
        n = g->n[a] > n ? g->n[a] : n;
    return n;
}

/* Shells of width 2 pi/n, n that of the longest axis, out to that of the last mode, at the corner
 * of the zone. Each of them holds a mode, since those along the longest axis are one width apart.
 */
static int shells(const weft_grid *g)
{
    double k2 = 0; /* in units of the width */
    for (int a = 3 - g->dim; a < 3; a++) {
        const double k = (double)(g->n[a] / 2) * (double)longest(g) / (double)g->n[a];
        k2 += k * k;
    }
    return (int)(sqrt(k2) * (1 + 1e-12) + 0.5) + 1;
}

/* The shared memory, made at the first record that needs it. Collective: transform buffers. */
static ho_domains *room(weft_sim *sim)
{
    ho *h = data(sim);
    if (h->domains)
        return h->domains;
    ho_domains *d = h->domains = weft_alloc(1, sizeof *d);
    size_t n = (size_t)weft_grid_sites(sim->grid);
    d->fft = sim->fft;
    d->buffer = weft_fft_buffer(sim->fft);
    d->field = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *d->field);
    d->whole = weft_alloc(n, sizeof *d->whole);
    d->half = weft_alloc(2 * n, sizeof *d->half);
    d->count = weft_alloc((size_t)shells(sim->grid), sizeof *d->count);
    return d;
}

/* NULL: nothing was ever asked for. */
void ho_domains_free(ho_domains *d)
{
    if (!d)
        return;
    weft_fft_buffer_free(d->fft, d->buffer);
    weft_free(d->field);
    weft_free(d->whole);
    weft_free(d->half);
    weft_free(d->count);
    weft_free(d);
}

/* ---- structure factors ---- */

/* The transform of a field into the buffer; staggered: times (-1)^(x+y+z) first, which moves the
 * wavenumber (pi, pi) to 0. Collective. */
static void transform(weft_sim *sim, const weft_field *f, bool staggered)
{
    ho_domains *d = room(sim);
    const weft_grid *g = sim->grid;
    const weft_extent *e = &f->extent;
    const double *from = f->data;
    WEFT_FOR_ROWS(g, z, y) {
        const double *row = from + weft_extent_row(e, z, y);
        double *to = d->field + weft_owned_row(g, z, y);
        for (int64_t x = 0; x < g->local[2]; x++)
            to[x] = staggered ? ho_sign(g, z, y, x) * row[x] : row[x];
    }
    weft_fft_load(sim->fft, d->field, 0, d->buffer);
    weft_fft_forward(sim->fft, d->buffer);
}

/* Distances of the wavenumber from (pi, pi). */
weft_status ho_shape_structure(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    (void)argument;
    axes[0] = (weft_axis){.name = "k",
                          .n = shells(sim->grid),
                          .unit = "1/length",
                          .long_name = "distance from (pi, pi)"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int64_t b = 0; b < axes[0].n; b++)
        axes[0].values[b] = (double)b * shells_width(sim->grid);
    return WEFT_OK;
}

/* Mean of |f_k|^2/N over each shell. out: shells(grid) values. */
static void structure(weft_sim *sim, const weft_field *f, bool staggered, double *out)
{
    ho_domains *d = room(sim);
    int bins = shells(sim->grid);
    transform(sim, f, staggered);
    weft_fft_shells(sim->fft, d->buffer, shells_width(sim->grid), bins, out, d->count);
    for (int b = 0; b < bins; b++)
        out[b] /= (double)weft_grid_sites(sim->grid);
}

/* Of the staggered density, which is what `order` holds. */
weft_status ho_structure_n(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    structure(sim, data(sim)->order, false, out);
    return WEFT_OK;
}

/* Of the staggered displacement: the sign is applied on the way. */
weft_status ho_structure_Q(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    structure(sim, data(sim)->Q, true, out);
    return WEFT_OK;
}

/* 2 pi/<k> with the power of each mode as weight. Mode 0 adds to the sum and not to the moment: a
 * single domain has an infinite length, a lattice without order none. */
weft_status ho_length_moment(weft_sim *sim, double argument, double *out)
{
    ho_domains *d = room(sim);
    (void)argument;
    transform(sim, data(sim)->order, false);
    const double sum = shells_total(sim->fft, d->buffer);
    shells_weigh(sim->fft, d->buffer);
    *out = ho_has_order(sim) ? 2 * M_PI * sum / shells_total(sim->fft, d->buffer) : NAN;
    return WEFT_OK;
}

/* ---- the whole zone ---- */

/* Wavenumbers 0 to 2 pi, as a transform has them. */
weft_status ho_shape_map(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    (void)argument;
    const weft_grid *g = sim->grid;
    static const char *const names[2] = {"q_y", "q_x"};
    if (g->dim > 2)
        return weft_fail(WEFT_INPUT,
                         "a map of the zone has at most two axes; use structure_factor_n");
    for (int j = 0; j < g->dim; j++) {
        int a = 3 - g->dim + j;
        weft_axis *axis = &axes[j];
        *axis = (weft_axis){.n = g->n[a], .unit = "1/length", .long_name = "wavenumber, 0 to 2 pi"};
        strcpy(axis->name, names[a - 1]);
        axis->values = weft_alloc((size_t)axis->n, sizeof(double));
        for (int64_t k = 0; k < axis->n; k++)
            axis->values[k] = 2 * M_PI * (double)k / (double)axis->n;
    }
    return WEFT_OK;
}

/* Sum over x of f(x) exp(-2 pi i k x/n) of complex numbers with a stride. */
static void mode(const double *f, int64_t stride, int64_t n, int64_t k, double *re, double *im)
{
    *re = *im = 0;
    for (int64_t x = 0; x < n; x++) {
        double angle = 2 * M_PI * (double)(k * x % n) / (double)n, c = cos(angle), s = sin(angle);
        *re += f[x * stride] * c + f[x * stride + 1] * s;
        *im += f[x * stride + 1] * c - f[x * stride] * s;
    }
}

/* |f_q|^2/N for all q: a transform along x of each row, then along y, as plain sums (n^3
 * operations, for the small lattices on which a map is looked at). */
static void map(weft_sim *sim, weft_field *f, double offset, double *out)
{
    ho_domains *d = room(sim);
    int64_t ny = sim->grid->n[1], nx = sim->grid->n[2];
    weft_view v = weft_field_view(sim->state, f, 0, NULL);
    weft_view_gather(sim->grid, &v, d->whole);
    double *row = weft_alloc((size_t)(2 * nx), sizeof *row);
    for (int64_t y = 0; y < ny; y++) {
        for (int64_t x = 0; x < nx; x++)
            row[2 * x] = d->whole[y * nx + x] - offset;
        for (int64_t k = 0; k < nx; k++)
            mode(row, 2, nx, k, &d->half[2 * (y * nx + k)], &d->half[2 * (y * nx + k) + 1]);
    }
    weft_free(row);
    for (int64_t k = 0; k < nx; k++)
        for (int64_t l = 0; l < ny; l++) {
            double re, im;
            mode(d->half + 2 * k, 2 * nx, ny, l, &re, &im);
            out[l * nx + k] = (re * re + im * im) / (double)(nx * ny);
        }
}

/* About 1/2, the mean at half filling, so that the peak at 0 does not hide the rest. */
weft_status ho_structure_map_n(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    map(sim, data(sim)->density, 0.5, out);
    return WEFT_OK;
}

weft_status ho_structure_map_Q(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    map(sim, data(sim)->Q, 0, out);
    return WEFT_OK;
}

/* ---- correlation in space ---- */

/* Rings out to half the shortest axis: beyond, distances in a torus are not unique. */
static int64_t rings(const weft_grid *g)
{
    int64_t n = g->n[2];
    for (int a = 3 - g->dim; a < 3; a++)
        n = g->n[a] < n ? g->n[a] : n;
    return n / 2 + 1;
}

/* Rings of width 1 about the whole distances from 0 on, as far as the shortest axis allows. */
weft_status ho_shape_correlation(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    (void)argument;
    axes[0] =
        (weft_axis){.name = "r", .n = rings(sim->grid), .unit = "length", .long_name = "distance"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    for (int64_t r = 0; r < axes[0].n; r++)
        axes[0].values[r] = (double)r;
    return WEFT_OK;
}

/* The distance 0 .. n/2 on a ring of n sites. */
static double short_way(int64_t i, int64_t n)
{
    return (double)(i <= n - i ? i : n - i);
}

/* Mean over i of phi_i phi_(i+r), averaged over the sites of each ring. By the convolution theorem
 * the sum over i is the backward transform of |phi_k|^2, over N; so the cost is two transforms and
 * not N^2. */
weft_status ho_correlation(weft_sim *sim, double argument, double *out)
{
    ho_domains *d = room(sim);
    const weft_grid *g = sim->grid;
    (void)argument;
    transform(sim, data(sim)->order, false);
    for (int64_t k = 0; k < sim->fft->modes; k++) {
        double *c = d->buffer + 2 * k;
        c[0] = c[0] * c[0] + c[1] * c[1];
        c[1] = 0;
    }
    /* One factor 1/sites of the backward transform, one of the mean. */
    double sites = (double)weft_grid_sites(g);
    weft_fft_backward(sim->fft, d->buffer);
    weft_fft_store(sim->fft, d->buffer, 1 / (sites * sites), d->field, 0);
    weft_view v = {.data = d->field,
                   .local = {g->local[0], g->local[1], g->local[2]},
                   .stride = {g->local[1] * g->local[2], g->local[2], 1}};
    weft_view_gather(g, &v, d->whole);
    int64_t n = rings(g);
    int64_t *count = weft_alloc((size_t)n, sizeof *count);
    memset(out, 0, (size_t)n * sizeof *out);
    const double *c = d->whole;
    for (int64_t z = 0; z < g->n[0]; z++)
        for (int64_t y = 0; y < g->n[1]; y++)
            for (int64_t x = 0; x < g->n[2]; x++, c++) {
                double a = short_way(z, g->n[0]), b = short_way(y, g->n[1]);
                /* Distances the short way around each axis. */
                double e = short_way(x, g->n[2]);
                int64_t ring = (int64_t)(sqrt(a * a + b * b + e * e) + 0.5);
                if (ring >= n) /* the corners of the box */
                    continue;
                out[ring] += *c;
                count[ring]++;
            }
    for (int64_t r = 0; r < n; r++)
        out[r] /= (double)count[r];
    weft_free(count);
    return WEFT_OK;
}

/* The first r at which C(r) falls to half of C(0), linear between rings; nan if it does not within
 * the box: the domains are then larger than it can tell. */
weft_status ho_length_half(weft_sim *sim, double argument, double *out)
{
    int64_t n = rings(sim->grid), r = 1;
    double *c = weft_alloc((size_t)n, sizeof *c);
    WEFT_TRY(ho_correlation(sim, argument, c));
    /* The first ring at or below the half; the one before it is above. */
    while (r < n && c[r] > 0.5 * c[0])
        r++;
    *out = r < n && ho_has_order(sim) ? (double)r - (0.5 * c[0] - c[r]) / (c[r - 1] - c[r]) : NAN;
    weft_free(c);
    return WEFT_OK;
}

/* ---- modes of Q along lines of high symmetry ---- */

/* Corners of the path in units of pi, for 1, 2 and 3 dimensions: Gamma X; Gamma X M Gamma;
 * Gamma X M R Gamma. */
static const int corners[3][5][3] = {{{0, 0, 0}, {0, 0, 1}},
                                     {{0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 0, 0}},
                                     {{0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {0, 0, 0}}};
static const int n_corners[3] = {2, 4, 5};

/* Steps of a leg (a straight piece of the path between two corners): the greatest common divisor of
 * the sites along the axes whose wavenumber changes on it, so that all modes of the lattice that
 * lie on the leg are at some of the steps. */
static int64_t leg_steps(const weft_grid *g, int leg)
{
    const int(*c)[3] = corners[g->dim - 1];
    int64_t steps = 0;
    for (int a = 0; a < 3; a++)
        if (c[leg][a] != c[leg + 1][a])
            for (int64_t n = g->n[a], rest; n > 0; n = rest) {
                rest = steps > 0 ? steps % n : 0;
                steps = n;
            }
    return steps;
}

/* The mode at a step of a leg. false: the lattice has none there, as at pi along an axis with an
 * odd number of sites. */
static bool path_mode(const weft_grid *g, int leg, int64_t step, int64_t m[3])
{
    const int(*c)[3] = corners[g->dim - 1];
    const int64_t steps = leg_steps(g, leg);
    for (int a = 0; a < 3; a++) {
        const int64_t place = c[leg][a] * (steps - step) + c[leg + 1][a] * step;
        if (place * g->n[a] % (2 * steps) != 0)
            return false;
        m[a] = place * g->n[a] / (2 * steps);
    }
    return true;
}

/* How many modes the path has; their places along it and numbers along the axes, where there is
 * room for them. A corner between two legs belongs to the later one. */
static int64_t path_modes(const weft_grid *g, double *place, int64_t (*modes)[3])
{
    const int legs = n_corners[g->dim - 1] - 1;
    int64_t found = 0, m[3];
    for (int leg = 0; leg < legs; leg++) {
        const int64_t steps = leg_steps(g, leg);
        for (int64_t i = 0; i < steps + (leg == legs - 1); i++) {
            if (!path_mode(g, leg, i, m))
                continue;
            if (place)
                place[found] = leg + (double)i / (double)steps;
            if (modes)
                memcpy(modes[found], m, sizeof m);
            found++;
        }
    }
    return found;
}

/* The places along the path, and real and imaginary part as a second axis. */
weft_status ho_shape_path(weft_sim *sim, double argument, weft_axis axes[WEFT_MAX_SHAPE])
{
    const weft_grid *g = sim->grid;
    (void)argument;
    axes[0] = (weft_axis){.name = "path",
                          .n = path_modes(g, NULL, NULL),
                          .unit = "pi",
                          .long_name = g->dim == 1   ? "Gamma to X"
                                       : g->dim == 2 ? "Gamma, X, M, Gamma at 0, 1, 2, 3"
                                                     : "Gamma, X, M, R, Gamma at 0, 1, 2, 3, 4"};
    axes[0].values = weft_alloc((size_t)axes[0].n, sizeof(double));
    path_modes(g, axes[0].values, NULL);
    axes[1] = (weft_axis){.name = "ri", .n = 2, .unit = "", .long_name = "real, imaginary part"};
    axes[1].values = weft_alloc(2, sizeof(double));
    axes[1].values[1] = 1;
    axes[1].labels = weft_strdup("re, im");
    return WEFT_OK;
}

/* Q_q at each point of the path, as a sum over the whole lattice with tables of cosines: a few
 * points cost less than a transform that would then have to be searched for them. The sum is in one
 * order on every rank. The spectrum in time of these series shows how phonons soften. */
weft_status ho_phonon_modes(weft_sim *sim, double argument, double *out)
{
    ho_domains *d = room(sim);
    const weft_grid *g = sim->grid;
    (void)argument;
    weft_view v = weft_field_view(sim->state, data(sim)->Q, 0, NULL);
    weft_view_gather(g, &v, d->whole);
    /* cos and sin of 2 pi j/n along each axis, so that no angle is computed in the loops. */
    double norm = 1 / sqrt((double)weft_grid_sites(g)), *table[3];
    for (int a = 0; a < 3; a++) {
        table[a] = weft_alloc((size_t)(2 * g->n[a]), sizeof(double));
        for (int64_t j = 0; j < g->n[a]; j++) {
            table[a][2 * j] = cos(2 * M_PI * (double)j / (double)g->n[a]);
            table[a][2 * j + 1] = sin(2 * M_PI * (double)j / (double)g->n[a]);
        }
    }
    const int64_t points = path_modes(g, NULL, NULL);
    int64_t(*modes)[3] = weft_alloc((size_t)points, sizeof *modes);
    path_modes(g, NULL, modes);
    for (int64_t i = 0; i < points; i++) {
        const int64_t *m = modes[i];
        double sum[2] = {0};
        for (int64_t row = 0; row < g->n[0] * g->n[1]; row++) {
            /* The sum along x, then the factor of the row's y and z. */
            const double *q = d->whole + row * g->n[2], *t = table[2];
            double re = 0, im = 0;
            for (int64_t x = 0, j = 0; x < g->n[2]; x++, j = (j + m[2]) % g->n[2]) {
                re += q[x] * t[2 * j];
                im -= q[x] * t[2 * j + 1];
            }
            const double *z = table[0] + 2 * (row / g->n[1] * m[0] % g->n[0]);
            const double *y = table[1] + 2 * (row % g->n[1] * m[1] % g->n[1]);
            double c = z[0] * y[0] - z[1] * y[1], s = z[0] * y[1] + z[1] * y[0];
            sum[0] += re * c + im * s;
            sum[1] += im * c - re * s;
        }
        out[2 * i] = norm * sum[0];
        out[2 * i + 1] = norm * sum[1];
    }
    weft_free(modes);
    for (int a = 0; a < 3; a++)
        weft_free(table[a]);
    return WEFT_OK;
}

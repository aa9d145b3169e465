/* The learned force: its kernel against the exact one and against the formula for training, its
 * derivatives against complex steps, symmetries and bounds for any trained numbers. */
#include "electron/internal.h"
#include "electron/network.h"
#include "electron/slopes.h"
#include "run.h"
#include "weft/electron.h"
#include <complex.h>

static uint64_t random_state = 11;

static double uniform(void)
{
    uint64_t x = random_state += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return ((double)((x ^ (x >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
    double u = uniform();
    return sqrt(-2 * log(u)) * cos(2 * M_PI * uniform());
}

enum { POLES = 4, NUMBERS = WEFT_LEARNED_NUMBERS * POLES };

/* Numbers as training might find them: factors from 0 to 2, bonds of both signs. */
static weft_learned some_numbers(void)
{
    weft_learned l = {
        .poles = POLES, .hopping = 1, .temperature = {0.1, 0.1}, .bound = 1e3, .error = 1};
    for (int p = 0; p < POLES; p++) {
        double *x = l.number[p];
        x[0] = 3 * pow(6, p) * (0.8 + 0.4 * uniform());
        x[1] = 2 * pow(5, p) * (0.8 + 0.4 * uniform());
        for (int j = 2; j < 6; j++)
            x[j] = 2 * uniform();
        x[6] = x[4] * (2 * uniform() - 1);
    }
    return l;
}

static weft_electron *make(weft_grid **g, int64_t n, const weft_electron_options *o)
{
    weft_boundary all[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_electron *e;
    run_must(weft_grid_create(MPI_COMM_WORLD, 2, (int64_t[]){n, n},
                              (double[]){(double)n, (double)n}, all, WEFT_BLOCKS, g));
    run_must(weft_electron_create(*g, o, &e));
    return e;
}

/* n - 1/2 of the learned kernel at the potential that is there. */
static void kernel(weft_electron *e, double temperature, double *out)
{
    run_must(el_rational_density(e, &e->own->window[e->own->chosen], temperature, 1e3, out, NULL));
}

/* ---- the formula once more, in numbers whose real and imaginary parts are complex themselves ----
 * so that a step into the complex plane of a parameter gives its derivative without cancellation
 * (W. Squire, G. Trapp, SIAM Rev. 40 (1998) 110). The ring is solved as a dense matrix. */
typedef struct bc {
    double complex r, i;
} bc;

static bc b_sub(bc a, bc b)
{
    return (bc){a.r - b.r, a.i - b.i};
}

static bc b_mul(bc a, bc b)
{
    return (bc){a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r};
}

static bc b_times(double complex c, bc a)
{
    return (bc){c * a.r, c * a.i};
}

static bc b_inverse(bc a)
{
    double complex d = 1 / (a.r * a.r + a.i * a.i);
    return (bc){a.r * d, -a.i * d};
}

typedef struct lattice {
    int64_t n;
    const double *v;
} lattice;

static double at(const lattice *l, int64_t y, int64_t x)
{
    return l->v[el_wrapped(y, l->n) * l->n + el_wrapped(x, l->n)];
}

/* 1/(z - v - c sum of u over the neighbours that are not within one of the centre's neighbours). */
static bc folded(const lattice *l, int64_t cy, int64_t cx, int64_t y, int64_t x, double complex iy,
                 double complex c)
{
    static const int step[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
    bc sum = {-at(l, y, x), iy};
    for (int k = 0; k < 4; k++) {
        int64_t ny = y + step[k][0], nx = x + step[k][1];
        if (llabs(ny - cy) + llabs(nx - cx) > 1)
            sum = b_sub(sum, b_times(c, b_inverse((bc){-at(l, ny, nx), iy})));
    }
    return b_inverse(sum);
}

/* One pole's w Re G at a site, with parameters number[7]. */
static double complex one_pole(const lattice *l, int64_t y, int64_t x, double temperature,
                               const double complex *number)
{
    static const int step[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
    const double complex iy = number[0] * temperature, *c = number + 2;
    bc A[4][4] = {0}, b[4], d[4];
    for (int k = 0; k < 4; k++) {
        const int *s = step[k], *t = step[(k + 1) % 4];
        d[k] = folded(l, y, x, y + s[0] + t[0], x + s[1] + t[1], iy, c[EL_OUTER]);
    }
    for (int k = 0; k < 4; k++) {
        const int *s = step[k];
        bc a = folded(l, y, x, y + 2 * s[0], x + 2 * s[1], iy, c[EL_OUTER]);
        A[k][k] = b_sub((bc){-at(l, y + s[0], x + s[1]), iy}, b_times(c[EL_AXIAL], a));
        A[k][k] = b_sub(A[k][k], b_times(c[EL_CORNER], d[k]));
        A[k][k] = b_sub(A[k][k], b_times(c[EL_CORNER], d[(k + 3) % 4]));
        A[k][(k + 1) % 4] = A[(k + 1) % 4][k] = b_times(-c[EL_RING], d[k]);
        b[k] = (bc){1, 0};
    }
    for (int k = 0; k < 4; k++)
        for (int i = k + 1; i < 4; i++) {
            bc f = b_mul(A[i][k], b_inverse(A[k][k]));
            for (int j = k; j < 4; j++)
                A[i][j] = b_sub(A[i][j], b_mul(f, A[k][j]));
            b[i] = b_sub(b[i], b_mul(f, b[k]));
        }
    bc s = {0};
    for (int i = 3; i >= 0; i--) {
        for (int j = i + 1; j < 4; j++)
            b[i] = b_sub(b[i], b_mul(A[i][j], b[j]));
        b[i] = b_mul(b[i], b_inverse(A[i][i]));
        s.r += b[i].r;
        s.i += b[i].i;
    }
    bc g = b_inverse(b_sub((bc){-at(l, y, x), iy}, b_times(c[EL_CENTRE], s)));
    return number[1] * temperature * g.r;
}

/* A plane with its margin of three sites. */
static double *with_margin(const lattice *l)
{
    const int64_t w = l->n + 2 * EL_MARGIN;
    double *v = weft_alloc((size_t)(7 * w * w), sizeof *v);
    for (int64_t k = 0; k < w * w; k++)
        v[k] = at(l, k / w - EL_MARGIN, k % w - EL_MARGIN);
    return v;
}

/* Values and derivatives of training: by every number, at every site of random states, to 1e-8 of
 * the largest derivative by that number; in fact to some 1e-14. */
static void derivatives(void)
{
    enum { L = 8 };
    const double T = 0.1, h = 1e-40;
    double v[L * L], n[L * L], slope[L * L * NUMBERS], worst = 0, value = 0;
    for (int round = 0; round < 3; round++) {
        weft_learned numbers = some_numbers();
        lattice l = {L, v};
        for (int i = 0; i < L * L; i++)
            v[i] = pow(10, round - 1) * normal();
        double *padded = with_margin(&l);
        el_plane plane = {L, L, padded, padded + (L + 2 * EL_MARGIN) * (L + 2 * EL_MARGIN)};
        el_learned_slopes(&numbers, T, &plane, n, slope);
        for (int j = 0; j < NUMBERS; j++) {
            double largest = 0, off = 0;
            for (int i = 0; i < L * L; i++) {
                double complex x[WEFT_LEARNED_NUMBERS];
                for (int k = 0; k < WEFT_LEARNED_NUMBERS; k++)
                    x[k] = numbers.number[j / WEFT_LEARNED_NUMBERS][k];
                x[j % WEFT_LEARNED_NUMBERS] += h * I;
                double exact = cimag(one_pole(&l, i / L, i % L, T, x)) / h;
                largest = fmax(largest, fabs(exact));
                off = fmax(off, fabs(slope[i * NUMBERS + j] - exact));
                if (j % WEFT_LEARNED_NUMBERS == 0)
                    n[i] -= creal(one_pole(&l, i / L, i % L, T, x));
            }
            worst = fmax(worst, off / largest);
        }
        for (int i = 0; i < L * L; i++)
            value = fmax(value, fabs(n[i]));
        weft_free(padded);
    }
    printf("derivatives against complex steps: %.1e of the largest; values %.1e\n", worst, value);
    CHECK(worst < 1e-8 && value < 1e-12);
}

/* With all factors one the kernel is the exact one, to the bit; with others it is the formula of
 * training, to rounding: in double precision, and in single precision to its own. */
static void kernels(double tolerance, double close)
{
    enum { L = 20 };
    const double T = 0.1;
    weft_learned numbers = some_numbers();
    weft_electron_options o = {.solver = WEFT_ELECTRON_LEARNED,
                               .hopping = 1,
                               .tolerance = tolerance,
                               .filling = NAN,
                               .learned = &numbers};
    weft_grid *g, *same;
    weft_electron *e = make(&g, L, &o);
    o.solver = WEFT_ELECTRON_RATIONAL;
    weft_electron *r = make(&same, L, &o);
    double v[L * L], n[L * L], m[L * L], exact[L * L], off = 0;
    for (int i = 0; i < L * L; i++)
        v[i] = e->potential[i] = r->potential[i] = 4 * normal();
    lattice l = {L, v};
    double *padded = with_margin(&l);
    el_plane plane = {L, L, padded, padded + (L + 2 * EL_MARGIN) * (L + 2 * EL_MARGIN)};
    kernel(e, T, n);
    el_learned_slopes(&numbers, T, &plane, m, NULL);
    for (int i = 0; i < L * L; i++)
        off = fmax(off, fabs(m[i] - n[i]));
    printf("tolerance %g: kernel against the formula of training %.1e\n", tolerance, off);
    CHECK(off < close);
    const el_window *w = &r->own->window[e->own->chosen];
    el_poles poles;
    el_rational_poles(r, false, T, 60, &poles);
    run_must(el_rational_density(r, w, T, 60, exact, NULL));
    numbers.poles = poles.count;
    for (int p = 0; p < poles.count; p++) {
        numbers.number[p][0] = poles.y[p] / T;
        numbers.number[p][1] = poles.w[p] / T;
        for (int j = 2; j < WEFT_LEARNED_NUMBERS; j++)
            numbers.number[p][j] = 1;
    }
    kernel(e, T, n);
    off = 0;
    for (int i = 0; i < L * L; i++)
        off = fmax(off, fabs(exact[i] - n[i]));
    printf("all factors one: %.1e from the exact window\n", off);
    CHECK(off < 0.01 * close); /* y/T*T rounds, and products may be fused otherwise */
    weft_free(padded);
    weft_electron_free(r);
    weft_electron_free(e);
    weft_grid_free(same);
    weft_grid_free(g);
}

/* For any numbers: n(-V) = 1 - n(V) to the bit (signs commute with rounding), translations to the
 * bit, rotations and reflections to rounding; and no state makes the density grow beyond the sum of
 * w/y, by which every pole is bounded. 10^6 sites. */
static void symmetries(double tolerance, double close)
{
    enum { L = 64, STATES = 125 };
    weft_learned numbers = some_numbers();
    weft_electron_options o = {.solver = WEFT_ELECTRON_LEARNED,
                               .hopping = 1,
                               .tolerance = tolerance,
                               .filling = NAN,
                               .learned = &numbers};
    weft_grid *g;
    weft_electron *e = make(&g, L, &o);
    static double v[L * L], n[L * L], m[L * L];
    double odd = 0, turned = 0, moved = 0, most = 0;
    for (int state = 0; state < 2 * STATES; state++) {
        double sd = pow(10, -2 + 4 * uniform()), bound = 0;
        numbers = some_numbers();
        for (int p = 0; p < POLES; p++)
            bound += numbers.number[p][1] / numbers.number[p][0];
        for (int i = 0; i < L * L; i++)
            v[i] = e->potential[i] = sd * normal();
        kernel(e, 0.1, n);
        for (int i = 0; i < L * L; i++)
            most = fmax(most, fabs(n[i]) / bound);
        if (state % 25)
            continue;
        for (int i = 0; i < L * L; i++)
            e->potential[i] = -v[i];
        kernel(e, 0.1, m);
        for (int i = 0; i < L * L; i++)
            odd = fmax(odd, fabs(m[i] + n[i]));
        for (int i = 0; i < L * L; i++) /* (y, x) -> (x, -y) */
            e->potential[i % L * L + (L - i / L) % L] = v[i];
        kernel(e, 0.1, m);
        for (int i = 0; i < L * L; i++)
            turned = fmax(turned, fabs(m[i % L * L + (L - i / L) % L] - n[i]));
        for (int i = 0; i < L * L; i++) /* (y, x) -> (y, -x) */
            e->potential[i / L * L + (L - i % L) % L] = v[i];
        kernel(e, 0.1, m);
        for (int i = 0; i < L * L; i++)
            turned = fmax(turned, fabs(m[i / L * L + (L - i % L) % L] - n[i]));
        for (int i = 0; i < L * L; i++)
            e->potential[(i / L + 5) % L * L + (i % L + 3) % L] = v[i];
        kernel(e, 0.1, m);
        for (int i = 0; i < L * L; i++)
            moved = fmax(moved, fabs(m[(i / L + 5) % L * L + (i % L + 3) % L] - n[i]));
    }
    printf("tolerance %g: odd %.1e, turned %.1e, moved %.1e, largest %.3f of its bound\n",
           tolerance, odd, turned, moved, most);
    CHECK(odd == 0 && turned <= close && moved == 0 && most <= 1 + close);
    weft_electron_free(e);
    weft_grid_free(g);
}

/* ---- networks ---- */

/* Random weights, scaled so that no unit is saturated. */
static weft_learned some_network(int64_t width, int64_t depth, double *weight)
{
    weft_learned l = some_numbers();
    l.width = width;
    l.depth = depth;
    l.weights = el_network_weights(width, depth);
    l.weight = weight;
    for (int s = 0; s < WEFT_LEARNED_SCALES; s++)
        l.scale[s] = 0.2 * pow(2, s);
    for (int64_t i = 0; i < l.weights; i++)
        weight[i] = 0.3 * normal();
    return l;
}

/* A sheet with the periodic margin of a network. */
static double *sheet_of(const weft_learned *net, const lattice *l)
{
    const int64_t d = net->depth, w = l->n + 2 * d;
    double *v = weft_alloc((size_t)(w * w), sizeof *v);
    for (int64_t k = 0; k < w * w; k++)
        v[k] = at(l, k / w - d, k % w - d);
    return v;
}

enum { SIDE = 8, CHANNELS = 8 };
typedef double complex sheet[SIDE * SIDE];

/* f, and half of its sums over neighbours and over those across the diagonals, mixed by weights. */
static double complex mixed(const sheet *f, int channels, const double complex *weight, int i)
{
    double complex sum = 0;
    for (int c = 0; c < channels; c++) {
        double complex shell[3] = {0};
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++)
                shell[dy * dy + dx * dx] +=
                    f[c][(i / SIDE + dy + SIDE) % SIDE * SIDE + (i % SIDE + dx + SIDE) % SIDE];
        sum += weight[3 * c] * shell[0] + 0.5 * weight[3 * c + 1] * shell[1] +
               0.5 * weight[3 * c + 2] * shell[2];
    }
    return sum;
}

/* The formula of a network once more, with complex weights: n - 1/2 at all sites. */
static void network_formula(const weft_learned *net, const double complex *w, const double *v,
                            const double *base, sheet out)
{
    static sheet odd[CHANNELS], even[CHANNELS], first[CHANNELS], next[2][CHANNELS];
    int channels = WEFT_LEARNED_SCALES;
    const int width = (int)net->width;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < SIDE * SIDE; i++) {
            const double s = net->scale[c], root = sqrt(v[i] * v[i] + s * s);
            first[c][i] = odd[c][i] = v[i] / root;
            even[c][i] = s / root;
        }
    for (int layer = 0; layer < net->depth; layer++) {
        const int row = 3 * channels;
        for (int c = 0; c < width; c++)
            for (int i = 0; i < SIDE * SIDE; i++) {
                const double complex t = ctanh(mixed(odd, channels, w + c * row, i));
                const double complex e =
                    mixed(even, channels, w + (width + c) * row, i) + w[2 * width * row + c];
                const double complex gate = 1 / (1 + cexp(-e));
                next[0][c][i] = t * gate + (layer ? odd[c][i] : 0);
                next[1][c][i] = gate * (1 - t * t) + (layer ? even[c][i] : 0);
            }
        memcpy(odd, next[0], sizeof odd);
        memcpy(even, next[1], sizeof even);
        w += 2 * width * row + width;
        channels = width;
    }
    for (int i = 0; i < SIDE * SIDE; i++) {
        double complex y = 0;
        for (int c = 0; c < WEFT_LEARNED_SCALES; c++)
            y += w[c] * first[c][i];
        for (int c = 0; c < width; c++)
            y += w[WEFT_LEARNED_SCALES + c] * odd[c][i];
        out[i] = base ? base[i] + (0.25 - base[i] * base[i]) * ctanh(y) : 0.5 * ctanh(y);
    }
}

/* Every weight of a network, alone and as a correction: values against the formula, and backward
 * against complex steps, to 1e-8 of the largest derivative; in fact to some 1e-15. */
static void network_derivatives(int64_t width, int64_t depth, bool alone)
{
    double v[SIDE * SIDE], by[SIDE * SIDE], out[SIDE * SIDE], base[SIDE * SIDE], worst = 0,
                                                                                 largest = 0;
    const double h = 1e-40;
    const int64_t weights = el_network_weights(width, depth);
    double *weight = weft_alloc((size_t)weights, sizeof *weight), value = 0;
    double complex *moved = weft_alloc((size_t)weights, sizeof *moved);
    weft_learned net = some_network(width, depth, weight);
    for (int i = 0; i < SIDE * SIDE; i++) {
        v[i] = 2 * normal();
        by[i] = normal();
        base[i] = uniform() - 0.5;
    }
    lattice l = {SIDE, v};
    double *wide = sheet_of(&net, &l);
    el_sheet s = {SIDE, SIDE, wide, alone ? NULL : base};
    double *room = weft_alloc((size_t)el_network_room(&net, SIDE, SIDE), sizeof *room);
    double *gradient = weft_alloc((size_t)weights, sizeof *gradient);
    el_network_slopes(&net, &s, by, room, gradient);
    el_network_values(&net, &s, room, out);
    for (int64_t k = 0; k < weights; k++) {
        sheet n;
        double slope = 0;
        for (int64_t j = 0; j < weights; j++)
            moved[j] = weight[j] + (j == k ? h * I : 0);
        network_formula(&net, moved, v, alone ? NULL : base, n);
        for (int i = 0; i < SIDE * SIDE; i++) {
            slope += by[i] * cimag(n[i]) / h;
            value = fmax(value, fabs(out[i] - creal(n[i])));
        }
        largest = fmax(largest, fabs(slope));
        worst = fmax(worst, fabs(gradient[k] - slope));
    }
    printf("network %d x %d %s: values off by %.1e, %d derivatives by %.1e of the largest\n",
           (int)width, (int)depth, alone ? "alone" : "as a correction", value, (int)weights,
           worst / largest);
    CHECK(value < 1e-13 && worst < 1e-8 * largest);
    weft_free(gradient);
    weft_free(room);
    weft_free(wide);
    weft_free(moved);
    weft_free(weight);
}

/* A network in the solver, for random weights: signs, reflections, rotations and translations, the
 * last to the bit; and n between 0 and 1 for energies of any size. A rotation moves the sites over
 * the strips that rows are worked on in. */
static void network_symmetries(int64_t width, int64_t depth)
{
    enum { L = 40 };
    double *weight = weft_alloc((size_t)el_network_weights(width, depth), sizeof *weight);
    weft_learned net = some_network(width, depth, weight);
    net.poles = 0;
    weft_electron_options o = {.solver = WEFT_ELECTRON_LEARNED,
                               .hopping = 1,
                               .tolerance = 0.1,
                               .filling = NAN,
                               .learned = &net};
    weft_grid *g;
    weft_electron *e = make(&g, L, &o);
    static double v[L * L], n[L * L], m[L * L];
    double odd = 0, turned = 0, moved = 0, most = 0, cost;
    CHECK(!weft_learned_flaw(&net));
    weft_electron_cost(e, &cost);
    CHECK(cost > 1e-4 * (double)net.weights);
    for (double sd = 0.01; sd < 1e6; sd *= 10) {
        for (int i = 0; i < L * L; i++)
            v[i] = e->potential[i] = sd * normal();
        kernel(e, 0.1, n);
        for (int i = 0; i < L * L; i++)
            most = fmax(most, fabs(n[i]));
        for (int i = 0; i < L * L; i++)
            e->potential[i] = -v[i];
        kernel(e, 0.1, m);
        for (int i = 0; i < L * L; i++)
            odd = fmax(odd, fabs(m[i] + n[i]));
        for (int i = 0; i < L * L; i++) /* (y, x) -> (x, -y) */
            e->potential[i % L * L + (L - i / L) % L] = v[i];
        kernel(e, 0.1, m);
        for (int i = 0; i < L * L; i++)
            turned = fmax(turned, fabs(m[i % L * L + (L - i / L) % L] - n[i]));
        for (int i = 0; i < L * L; i++)
            e->potential[(i / L + 5) % L * L + (i % L + 3) % L] = v[i];
        kernel(e, 0.1, m);
        for (int i = 0; i < L * L; i++)
            moved = fmax(moved, fabs(m[(i / L + 5) % L * L + (i % L + 3) % L] - n[i]));
    }
    printf("network %d x %d: odd %.1e, turned %.1e, moved %.1e, largest %.3f\n", (int)width,
           (int)depth, odd, turned, moved, most);
    CHECK(odd == 0 && turned < 1e-13 && moved == 0 && most <= 0.5);
    weight[0] = INFINITY;
    CHECK(weft_learned_flaw(&net));
    weft_electron_free(e);
    weft_grid_free(g);
    weft_free(weight);
}

/* Numbers that could make the density unbounded, or none, are refused. */
static void flaws(void)
{
    weft_learned l = some_numbers();
    CHECK(!weft_learned_flaw(&l));
    l.number[1][4] = -0.1;
    CHECK(weft_learned_flaw(&l));
    l = some_numbers();
    l.number[2][6] = 1.01 * l.number[2][4];
    CHECK(weft_learned_flaw(&l));
    l = some_numbers();
    l.number[0][0] = 0;
    CHECK(weft_learned_flaw(&l));
    l = some_numbers();
    l.number[3][1] = NAN;
    CHECK(weft_learned_flaw(&l));
    l = some_numbers();
    l.poles = 13;
    CHECK(weft_learned_flaw(&l));
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    flaws();
    derivatives();
    kernels(1.5e-5, 1e-12);
    kernels(1e-3, 2e-5);
    symmetries(1e-9, 1e-14);
    symmetries(1e-3, 1e-6);
    network_derivatives(3, 1, true);
    network_derivatives(4, 2, true);
    network_derivatives(4, 3, false);
    network_symmetries(8, 2);
    network_symmetries(5, 4);
    return check_end();
}

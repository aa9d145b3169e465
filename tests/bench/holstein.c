/* Electrons of Holstein lattices at the parameters of arXiv:2601.04104: what a force costs and how
 * large its error is.
 *
 * A quench of 32 x 32 sites gives the state; its density by diagonalisation is what errors are
 * measured against. Rational windows stand beside Chebyshev windows of the same tolerance, and a
 * whole step beside the force in it. usage: bench_holstein [TIME]   TIME: of the quench (50) */
#include "bench.h"
#include "electron/calibrate.h"
#include "weft/electron.h"

enum { SIDE = 32, LARGE = 96 };
static const double coupling = 3.5, temperature = 0.1;

static weft_electron *solver(weft_grid **grid, int64_t side, weft_electron_options o,
                             const double *q)
{
    const int64_t n[2] = {side, side};
    const double length[2] = {(double)side, (double)side};
    const weft_boundary boundary[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    weft_electron *e;
    run_must(weft_grid_create(MPI_COMM_WORLD, 2, n, length, boundary, WEFT_BLOCKS, grid));
    run_must(weft_electron_create(*grid, &o, &e));
    for (int64_t y = 0; y < side; y++)
        for (int64_t x = 0; x < side; x++)
            e->potential[y * side + x] = -coupling * q[y % SIDE * SIDE + x % SIDE];
    return e;
}

static void solve(void *what, long count)
{
    for (long i = 0; i < count; i++)
        run_must(weft_electron_solve(what, temperature));
}

/* Mean square error of the force g (n - 1/2). */
static double force_error(const weft_electron *e, const double *exact)
{
    double sum = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        sum += pow(coupling * (e->density[i] - exact[i]), 2);
    return sum / (SIDE * SIDE);
}

static bench_side force(const char *name, weft_electron *e)
{
    return (bench_side){name, solve, e, 1e3 * (double)weft_grid_sites(e->grid)}; /* in us */
}

/* Both kinds of windows at one tolerance of the density; those that cannot keep it have no row. */
static void errors(double tolerance, const double *q, const double *exact)
{
    const weft_electron_solver kind[2] = {WEFT_ELECTRON_RATIONAL, WEFT_ELECTRON_CHEBYSHEV};
    weft_electron *e[2];
    weft_grid *g[2];
    for (int i = 0; i < 2; i++) {
        weft_electron_options o = {
            .solver = kind[i], .hopping = 1, .tolerance = tolerance, .filling = NAN};
        e[i] = solver(&g[i], SIDE, o, q);
    }
    run_must(weft_electron_solve(e[1], temperature));
    char *other =
        weft_format("Chebyshev windows, mean square error %.0e", force_error(e[1], exact));
    bench_side chebyshev = force(other, e[1]);
    if (weft_electron_solve(e[0], temperature) == WEFT_OK) {
        char *name = weft_format("rational, tolerance %g, mean square error %.0e", tolerance,
                                 force_error(e[0], exact));
        bench_row("electrons", "us/site", force(name, e[0]), &chebyshev);
        weft_free(name);
    } else {
        weft_error_clear();
        char *name = weft_format("Chebyshev, tolerance %g, mean square error %.0e", tolerance,
                                 force_error(e[1], exact));
        chebyshev.name = name;
        bench_row("electrons", "us/site", chebyshev, NULL);
        weft_free(name);
    }
    weft_free(other);
    for (int i = 0; i < 2; i++) {
        weft_electron_free(e[i]);
        weft_grid_free(g[i]);
    }
}

/* ---- every rational window by itself ---- */

typedef struct window_density {
    weft_electron *e;
    const el_window *window;
    double bound, *n;
} window_density;

static void density(void *what, long count)
{
    const window_density *d = what;
    for (long i = 0; i < count; i++)
        run_must(el_rational_density(d->e, d->window, temperature, d->bound, d->n, NULL));
}

/* Errors on the state, times on copies of it. */
static void windows(const double *q, const double *exact)
{
    const weft_electron_options o = {
        .solver = WEFT_ELECTRON_RATIONAL, .hopping = 1, .tolerance = 1e-4, .filling = NAN};
    weft_grid *g[2];
    weft_electron *e[2] = {solver(&g[0], SIDE, o, q), solver(&g[1], LARGE, o, q)};
    double *n = weft_alloc(LARGE * LARGE, sizeof *n);
    weft_electron_mark mark = {.temperature = temperature};
    for (int i = 0; i < SIDE * SIDE; i++) {
        mark.low = fmin(mark.low, e[0]->potential[i]);
        mark.high = fmax(mark.high, e[0]->potential[i]);
    }
    window_density d = {.bound = el_rational_bound(e[0], &mark), .n = n};
    for (int k = 0; k < e[0]->own->windows; k++) {
        double sum = 0;
        d.e = e[0], d.window = &e[0]->own->window[k];
        density(&d, 1);
        for (int i = 0; i < SIDE * SIDE; i++)
            sum += pow(coupling * (n[i] + 0.5 - exact[i]), 2) / (SIDE * SIDE);
        d.e = e[1], d.window = &e[1]->own->window[k];
        const int inner = d.window->program.inner, outer = d.window->program.sites - inner;
        char *name =
            weft_format("rational, %d sites%s, %lld poles, mean square error %.0e", inner,
                        outer ? " and those around them" : "", (long long)e[0]->order, sum);
        bench_row("electrons", "us/site",
                  (bench_side){name, density, &d, 1e3 * (double)(LARGE * LARGE)}, NULL);
        weft_free(name);
    }
    weft_free(n);
    for (int i = 0; i < 2; i++) {
        weft_electron_free(e[i]);
        weft_grid_free(g[i]);
    }
}

/* A step of the whole model beside the force in it, on copies of the state. */
static void whole_step(const char *force_word)
{
    enum { WIDE = 192 };
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [%d, %d]}\n"
             "holstein: {coupling: %g, elastic: 0.18, mass: 5, damping: 0.2, temperature: %g, "
             "force: %s, force_tolerance: 1e-3}\n"
             "initial: {type: random, Q_sd: 5.27, P_sd: 5}\n"
             "time: {stepper: verlet_ou, dt: 0.05, end: 1e4}\n",
             WIDE, WIDE, coupling, temperature, force_word);
    run_to(&r, 5);
    char *name = weft_format("a whole step, 192 x 192, force: %s, tolerance 0.001", force_word);
    bench_side step = bench_run(name, &r);
    step.things *= 1e3;
    bench_row("electrons", "us/site", step, NULL);
    weft_free(name);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [%d, %d]}\n"
             "holstein: {coupling: %g, elastic: 0.18, mass: 5, damping: 0.2, temperature: %g, "
             "force_tolerance: 1e-3}\n"
             "initial: {type: random, Q_sd: 5.27, P_sd: 5}\n"
             "time: {stepper: verlet_ou, dt: 0.05, end: 1e4}\n",
             SIDE, SIDE, coupling, temperature);
    run_to(&r, argc > 1 ? atof(argv[1]) : 50);
    double *q = run_field(&r, "Q", 0);
    weft_grid *g;
    weft_electron_options dense = {.solver = WEFT_ELECTRON_DENSE, .hopping = 1, .filling = NAN};
    weft_electron *e = solver(&g, SIDE, dense, q);
    bench_row("electrons", "us/site", force("diagonalisation, 32 x 32", e), NULL);
    const double tolerances[] = {1e-2, 1e-3, 2.8e-4, 1e-4, 1e-5, 1e-7};
    for (size_t k = 0; k < sizeof tolerances / sizeof *tolerances; k++)
        errors(tolerances[k], q, e->density);
    windows(q, e->density);
    whole_step("auto");
    whole_step("chebyshev");
    weft_electron_free(e);
    weft_grid_free(g);
    weft_free(q);
    run_close(&r);
    MPI_Finalize();
    return 0;
}

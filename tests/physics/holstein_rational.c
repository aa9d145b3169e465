/* Rational windows: the formulas against polynomials in the same window, the stated errors of the
 * poles, symmetries, bounds, and what the choice of windows costs in accuracy. */
#include "electron/dense.h"
#include "run.h"
#include "weft/electron.h"
#include <complex.h>

static uint64_t random_state = 5;

static double normal(void)
{
    double u[2];
    for (int k = 0; k < 2; k++) {
        uint64_t x = random_state += 0x9E3779B97F4A7C15u;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
        u[k] = ((double)((x ^ (x >> 31)) >> 11) + 0.5) * 0x1p-53;
    }
    return sqrt(-2 * log(u[0])) * cos(2 * M_PI * u[1]);
}

static weft_electron *make(weft_grid **g, int dim, const int64_t *n, weft_electron_options o)
{
    double length[3];
    weft_boundary all[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_electron *e;
    for (int a = 0; a < dim; a++)
        length[a] = (double)n[a];
    run_must(weft_grid_create(MPI_COMM_WORLD, dim, n, length, all, WEFT_BLOCKS, g));
    run_must(weft_electron_create(*g, &o, &e));
    return e;
}

/* Every window without outer neighbours holds the same sites as a window of polynomials of that
 * radius, whose order is taken so high that it is exact: they differ by the poles' error. With
 * outer neighbours a large window must come near the whole lattice. */
static void formulas(int dim, const int64_t *n, double t2, double T)
{
    weft_electron_options o = {.solver = WEFT_ELECTRON_RATIONAL,
                               .hopping = 1,
                               .next_hopping = t2,
                               .tolerance = 1e-5,
                               .mu = 0.3,
                               .filling = NAN};
    weft_grid *g;
    weft_electron *r = make(&g, dim, n, o);
    int64_t sites = weft_grid_sites(g);
    double *out = weft_alloc((size_t)sites, sizeof *out), worst = 0, stated = 0;
    weft_electron_mark mark = {.temperature = T, .low = -12, .high = 12};
    for (int64_t i = 0; i < sites; i++)
        r->potential[i] = fmax(fmin(3 * normal(), 11), -11);
    double bound = el_rational_bound(r, &mark);
    for (int k = 0; k < r->own->windows; k++) {
        el_window *w = &r->own->window[k];
        if (w->embed)
            continue;
        weft_electron_options c = o;
        c.solver = WEFT_ELECTRON_CHEBYSHEV;
        c.tolerance = 1e-12;
        c.radius = sqrt((double)w->radius2);
        c.order = 2000;
        weft_grid *same;
        weft_electron *e = make(&same, dim, n, c);
        memcpy(e->potential, r->potential, (size_t)sites * sizeof *out);
        run_must(weft_electron_solve(e, T));
        run_must(el_rational_density(r, w, T, bound, out, NULL));
        el_poles poles;
        el_rational_poles(r, false, T, bound, &poles);
        stated = poles.error;
        for (int64_t i = 0; i < sites; i++)
            worst = fmax(worst, fabs(out[i] + 0.5 - e->density[i]));
        weft_electron_free(e);
        weft_grid_free(same);
    }
    printf("%d dimensions, t' %g: windows against polynomials %.2e, poles %.2e\n", dim, t2, worst,
           stated);
    CHECK(worst <= stated + 1e-12);
    weft_free(out);
    weft_electron_free(r);
    weft_grid_free(g);
}

/* x_0 of A x = (1, 0, 0, ...) by elimination with pivots. A is overwritten. */
static double complex first_of_inverse(int n, double complex *a)
{
    double complex *b = weft_alloc((size_t)n, sizeof *b), out;
    b[0] = 1;
    for (int k = 0; k < n; k++) {
        int best = k;
        for (int i = k + 1; i < n; i++)
            if (cabs(a[i * n + k]) > cabs(a[best * n + k]))
                best = i;
        for (int j = 0; j < n; j++) {
            double complex swap = a[k * n + j];
            a[k * n + j] = a[best * n + j];
            a[best * n + j] = swap;
        }
        double complex swap = b[k];
        b[k] = b[best];
        b[best] = swap;
        for (int i = 0; i < n; i++) {
            double complex f = i == k ? 0 : a[i * n + k] / a[k * n + k];
            for (int j = k; j < n && f != 0; j++)
                a[i * n + j] -= f * a[k * n + j];
            b[i] -= f * b[k];
        }
    }
    out = b[0] / a[0];
    weft_free(b);
    return out;
}

/* t, t' or 0 between two sites of a window. */
static double bond(int dim, const int64_t *a, const int64_t *b, double t2)
{
    const int64_t d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    const int64_t square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    return square == 1 ? 1 : square == (dim == 1 ? 4 : 2) ? t2 : 0;
}

/* The sum over poles of one site's window by a matrix: the inner sites, and on their diagonal
 * t^2/(z - v) of every neighbour outside. */
static double by_matrix(const weft_electron *e, const el_window *w, const el_poles *poles,
                        const int64_t at[3])
{
    const el_program *p = &w->program;
    const int n = p->inner, dim = e->grid->dim;
    double complex *a = weft_alloc((size_t)(n * n), sizeof *a);
    double v[200], sum = 0;
    for (int i = 0; i < p->sites; i++) {
        int64_t k = 0;
        for (int c = 0; c < 3; c++)
            k = k * e->grid->n[c] + el_wrapped(at[c] + p->d[i][c], e->grid->n[c]);
        v[i] = e->potential[k] - e->mu;
    }
    for (int k = 0; k < poles->count; k++) {
        const double complex z = I * poles->y[k];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < p->sites; j++) {
                double t = bond(dim, p->d[i], p->d[j], e->own->options.next_hopping);
                if (j < n)
                    a[i * n + j] = i == j ? z - v[i] : t;
                else
                    a[i * n + i] -= t * t / (z - v[j]);
            }
        sum += poles->w[k] * creal(first_of_inverse(n, a));
    }
    weft_free(a);
    return sum;
}

/* n - 1/2 of the centre by diagonalisation of its cluster: the inner sites, and for every bond from
 * one of them to a neighbour outside a site of its own, with that neighbour's energy, since the
 * border's self-energies do not know of each other. */
static double by_levels(const weft_electron *e, const el_window *w, double T, const int64_t at[3])
{
    enum { MOST = 400 };
    const el_program *p = &w->program;
    double *a = weft_alloc(MOST * MOST, sizeof *a), level[MOST], v[200], sum = 0;
    int size = p->inner;
    for (int i = 0; i < p->sites; i++) {
        int64_t k = 0;
        for (int c = 0; c < 3; c++)
            k = k * e->grid->n[c] + el_wrapped(at[c] + p->d[i][c], e->grid->n[c]);
        v[i] = e->potential[k] - e->mu;
    }
    for (int pass = 0; pass < 2; pass++) { /* the first counts the sites */
        const int n = size;
        size = p->inner;
        for (int i = 0; i < p->inner; i++)
            for (int j = 0; j < p->sites; j++) {
                const double t = bond(e->grid->dim, p->d[i], p->d[j], e->own->options.next_hopping);
                if (j >= p->inner && t == 0)
                    continue;
                const int to = j < p->inner ? j : size++;
                if (pass) {
                    a[to * n + to] = v[j];
                    a[i * n + to] = a[to * n + i] = i == j ? v[i] : -t;
                }
            }
        CHECK(size <= MOST);
    }
    CHECK(el_lapack_eigen(size, true, a, level) == 0);
    for (int k = 0; k < size; k++)
        sum -= 0.5 * a[k * size] * a[k * size] * tanh(level[k] / (2 * T));
    weft_free(a);
    return sum;
}

/* Every window, with outer neighbours or without, is the inverse of its cluster's matrix, and
 * within the stated error of the poles what diagonalisation of that cluster gives; and its
 * derivative with respect to mu is that of the density. */
static void clusters(int dim, const int64_t *n, double t2)
{
    weft_electron_options o = {.solver = WEFT_ELECTRON_RATIONAL, .hopping = 1, .next_hopping = t2};
    o.tolerance = 1.9e-5; /* double precision */
    o.mu = 0.3;
    o.filling = NAN;
    weft_grid *g;
    weft_electron *e = make(&g, dim, n, o);
    const int64_t sites = weft_grid_sites(g);
    double *x[4], worst = 0, slope = 0, dense = 0, T = 0.3, bound = 20, h = 1e-5;
    for (int k = 0; k < 4; k++)
        x[k] = weft_alloc((size_t)sites, sizeof *x[k]);
    for (int64_t i = 0; i < sites; i++)
        e->potential[i] = fmax(fmin(3 * normal(), 11), -11);
    el_poles poles;
    CHECK(el_rational_poles(e, false, T, bound, &poles));
    for (int k = 0; k < e->own->windows; k++) {
        const el_window *w = &e->own->window[k];
        run_must(el_rational_density(e, w, T, bound, x[0], x[1]));
        for (int64_t i = 0; i < sites; i += 1 + sites / 5) {
            const int64_t at[3] = {i / (g->n[1] * g->n[2]), i / g->n[2] % g->n[1], i % g->n[2]};
            worst = fmax(worst, fabs(x[0][i] - by_matrix(e, w, &poles, at)));
            dense = fmax(dense, fabs(x[0][i] - by_levels(e, w, T, at)));
        }
        for (int side = 0; side < 2; side++) {
            e->mu = o.mu + (side ? h : -h);
            run_must(el_rational_density(e, w, T, bound, x[2 + side], NULL));
        }
        e->mu = o.mu;
        for (int64_t i = 0; i < sites; i++)
            slope = fmax(slope, fabs((x[3][i] - x[2][i]) / (2 * h) - x[1][i]));
    }
    printf("%d dimensions, t' %g: %d windows against matrices %.1e, diagonalisation %.1e (poles "
           "%.1e), slopes %.1e\n",
           dim, t2, e->own->windows, worst, dense, poles.error, slope);
    CHECK(e->own->windows >= 5);
    CHECK(worst <= 1e-12 && slope <= 1e-8 && dense <= poles.error + 1e-12);
    for (int k = 0; k < 4; k++)
        weft_free(x[k]);
    weft_electron_free(e);
    weft_grid_free(g);
}

/* A million random states of widths from 0.01 to 100: |n - 1/2| is at most 1/2 and the error of the
 * poles, in single and in double precision. */
static void bounded(double tolerance, double rounding)
{
    weft_electron_options o = {
        .solver = WEFT_ELECTRON_RATIONAL, .hopping = 1, .tolerance = tolerance, .filling = NAN};
    weft_grid *g;
    weft_electron *e = make(&g, 2, (int64_t[]){450, 450}, o);
    const int64_t sites = weft_grid_sites(g);
    double *n = weft_alloc((size_t)sites, sizeof *n), most = -1, tried = 0;
    for (double sd = 0.01; sd < 200; sd *= 10) {
        double high = 0;
        el_poles p;
        for (int64_t i = 0; i < sites; i++)
            high = fmax(high, fabs(e->potential[i] = sd * normal()));
        CHECK(el_rational_poles(e, false, 0.5, high + 4, &p));
        for (int k = 0; k < 3; k++) {
            run_must(el_rational_density(e, &e->own->window[k], 0.5, high + 4, n, NULL));
            for (int64_t i = 0; i < sites; i++)
                most = fmax(most, fabs(n[i]) < 2 ? fabs(n[i]) - 0.5 - p.error : INFINITY);
        }
        tried += (double)sites;
    }
    printf("tolerance %g: %.3g states, beyond 1/2 and the poles' error: %.1e\n", tolerance, tried,
           most);
    CHECK(tried > 1e6 && most <= rounding);
    weft_free(n);
    weft_electron_free(e);
    weft_grid_free(g);
}

/* The error that is stated for poles is the largest one, on points that were not used. */
static void poles(void)
{
    el_pole_table table = {0};
    for (double a = 10; a < 2e4; a *= 10)
        for (int count = 4; count <= EL_ODD_POLES_MAX; count += 4) {
            const el_poles *p = el_poles_get(&table, false, count, a);
            double most = 0;
            for (int k = 0; k <= 20011; k++) {
                double x = p->a * pow(1e-4, (double)k / 20011), sum = 0;
                for (int j = 0; j < count; j++)
                    sum += p->w[j] * x / (x * x + p->y[j] * p->y[j]);
                most = fmax(most, fabs(sum - 0.5 * tanh(0.5 * x)));
            }
            printf("a/T %g, %d poles: %.2e, stated %.2e\n", a, count, most, p->error);
            CHECK(most <= 1.02 * p->error);
        }
    CHECK(el_poles_get(&table, false, 8, 600)->error < 5e-5);
    el_poles_free(&table);
}

/* Symmetries of every window: n(-V) = 1 - n(V) at mu = 0, and reflections, rotations and
 * translations of V are those of n; and |n - 1/2| <= 1/2 + error for potentials of any size. */
static void symmetries(double tolerance, double close)
{
    enum { L = 24 };
    weft_electron_options o = {
        .solver = WEFT_ELECTRON_RATIONAL, .hopping = 1, .tolerance = tolerance, .filling = NAN};
    weft_grid *g;
    weft_electron *e = make(&g, 2, (int64_t[]){L, L}, o);
    double v[L * L], n[L * L], m[L * L], odd = 0, turned = 0, moved = 0, most = 0;
    for (double sd = 0.01; sd < 200; sd *= 10)
        for (int k = 0; k < e->own->windows; k++) {
            for (int i = 0; i < L * L; i++)
                v[i] = e->potential[i] = sd * normal();
            double bound = 6 * sd + 8;
            el_poles p;
            el_rational_poles(e, false, 0.1, bound, &p);
            const el_window *w = &e->own->window[k];
            if (el_rational_density(e, w, 0.1, bound, n, NULL) != WEFT_OK) {
                weft_error_clear();
                continue;
            }
            for (int i = 0; i < L * L; i++)
                most = fmax(most, fabs(n[i]) - 0.5 - p.error);
            for (int i = 0; i < L * L; i++)
                e->potential[i] = -v[i];
            run_must(el_rational_density(e, w, 0.1, bound, m, NULL));
            for (int i = 0; i < L * L; i++)
                odd = fmax(odd, fabs(m[i] + n[i]));
            for (int i = 0; i < L * L; i++) /* (y, x) -> (x, -y) */
                e->potential[i % L * L + (L - i / L) % L] = v[i];
            run_must(el_rational_density(e, w, 0.1, bound, m, NULL));
            for (int i = 0; i < L * L; i++)
                turned = fmax(turned, fabs(m[i % L * L + (L - i / L) % L] - n[i]));
            for (int i = 0; i < L * L; i++)
                e->potential[(i / L + 5) % L * L + (i % L + 3) % L] = v[i];
            run_must(el_rational_density(e, w, 0.1, bound, m, NULL));
            for (int i = 0; i < L * L; i++)
                moved = fmax(moved, fabs(m[(i / L + 5) % L * L + (i % L + 3) % L] - n[i]));
        }
    printf("tolerance %g: odd %.1e, turned %.1e, moved %.1e, beyond 1/2 %.1e\n", tolerance, odd,
           turned, moved, most);
    CHECK(odd <= close && turned <= close && moved == 0 && most <= close);
    weft_electron_free(e);
    weft_grid_free(g);
}

/* A strongly coupled state with walls: what is stated holds against diagonalisation, at fixed mu
 * and at fixed filling, and auto takes rational windows there. */
static void promise(double tolerance, double filling, weft_electron_solver solver)
{
    weft_electron_options o = {
        .solver = WEFT_ELECTRON_DENSE, .hopping = 1, .tolerance = tolerance, .filling = filling};
    weft_grid *g, *same;
    weft_electron *d = make(&g, 2, (int64_t[]){20, 22}, o);
    o.solver = solver;
    weft_electron *e = make(&same, 2, (int64_t[]){20, 22}, o);
    for (int i = 0; i < 440; i++) {
        int y = i / 22, x = i % 22, sign = (x + y) % 2 ? -1 : 1;
        d->potential[i] = e->potential[i] = (x < 9 || y > 14 ? -20 : 20) * sign + 1.5 * normal();
    }
    double T = 0.1, rms = 0, most = 0, energy[2];
    run_must(weft_electron_solve(d, T));
    run_must(weft_electron_solve(e, T));
    weft_electron_accuracy a;
    run_must(weft_electron_error(e, T, 3, &a));
    for (int i = 0; i < 440; i++) {
        double x = fabs(d->density[i] - e->density[i]);
        rms += x * x / 440;
        most = fmax(most, x);
    }
    rms = sqrt(rms);
    run_must(weft_electron_omega(d, T, &energy[0]));
    run_must(weft_electron_omega(e, T, &energy[1]));
    double off = (energy[1] - energy[0]) / 440;
    off = fabs(isnan(filling) ? off : off + filling * (e->mu - d->mu));
    printf(
        "tolerance %g, filling %g: %s, R %.3g, %lld poles: rms %.2e (%.2e), largest %.2e (%.2e), "
        "energy %.2e (%.2e)\n",
        tolerance, filling, weft_electron_method(e), e->radius, (long long)e->order, rms, a.rms,
        most, a.largest, off, a.energy);
    CHECK(rms <= tolerance && rms <= a.rms && most <= a.largest && off <= a.energy);
    CHECK(weft_electron_now(e).window >= 0);
    weft_electron_free(e);
    weft_grid_free(same);
    weft_electron_free(d);
    weft_grid_free(g);
}

/* What auto measures after a hot start, where windows are chosen at nearly every solve: only what
 * could win. Random states of a standard deviation that shrinks; rational windows win (strong) or
 * lose. Chebyshev windows are not chosen beside rational ones that are far cheaper: their radius
 * stays as it was. Rational windows that lost are tried again only where the samples of Chebyshev
 * windows say that they could win, which they soon do when the state is one for them. */
static void candidates(double deviation, double T, double tolerance, bool strong)
{
    enum { L = 32, SOLVES = 24 };
    weft_electron_options o = {
        .solver = WEFT_ELECTRON_AUTO, .hopping = 1, .tolerance = tolerance, .filling = NAN};
    weft_grid *g;
    weft_electron *e = make(&g, 2, (int64_t[]){L, L}, o);
    const weft_electron_memory before = weft_electron_now(e);
    int rational = 0, trials = 0;
    for (int k = 0; k < SOLVES; k++) {
        const int64_t tried = weft_electron_now(e).tried;
        for (int i = 0; i < L * L; i++)
            e->potential[i] = k ? 0.97 * e->potential[i] : deviation * normal();
        run_must(weft_electron_solve(e, T));
        const weft_electron_memory now = weft_electron_now(e);
        rational += now.window >= 0;
        trials += now.tried != tried;
        if (strong)
            CHECK(now.radius2 == before.radius2 && now.exponent == before.exponent);
    }
    printf("deviation %g, tolerance %g: %d of %d solves by rational windows, %d trials lost\n",
           deviation, tolerance, rational, SOLVES, trials);
    CHECK(rational == (strong ? SOLVES : 0) && trials <= (strong ? 0 : 3));
    for (int i = 0; i < L * L; i++)
        e->potential[i] = 18 * normal();
    run_must(weft_electron_solve(e, T));
    CHECK(weft_electron_now(e).window >= 0);
    weft_electron_free(e);
    weft_grid_free(g);
}

/* The solver's own windows for a state of a chain that is neither strongly nor weakly coupled, and
 * what they cost. */
static double chain_cost(weft_electron_solver solver, double filling, bool *rational)
{
    weft_electron_options o = {
        .solver = solver, .hopping = 1, .tolerance = 1e-3, .filling = filling};
    weft_grid *g;
    weft_electron *e = make(&g, 1, (int64_t[]){16384}, o);
    double cost;
    random_state = 77;
    for (int i = 0; i < 16384; i++)
        e->potential[i] = 1.5 * normal();
    run_must(weft_electron_solve(e, 0.1));
    weft_electron_cost(e, &cost);
    *rational = weft_electron_now(e).window >= 0;
    weft_electron_free(e);
    weft_grid_free(g);
    return cost;
}

/* Of the windows of a chain rational ones take two thirds of the time (measured at 16,384 sites,
 * where several poles are computed at once; before that polynomials had been cheaper), and auto
 * takes them. And a filling needs derivatives, which rational windows pay for with as much again.
 */
static void costs(void)
{
    bool rational, chebyshev, chosen;
    const double r = chain_cost(WEFT_ELECTRON_RATIONAL, NAN, &rational);
    const double c = chain_cost(WEFT_ELECTRON_CHEBYSHEV, NAN, &chebyshev);
    const double a = chain_cost(WEFT_ELECTRON_AUTO, NAN, &chosen);
    printf("a chain: rational %.3g, Chebyshev %.3g, auto %.3g us a site, %s\n", r, c, a,
           chosen ? "rational" : "Chebyshev");
    CHECK(rational && !chebyshev && chosen && a == r && r < 0.8 * c);
    const double filled = chain_cost(WEFT_ELECTRON_RATIONAL, 0.5, &rational);
    printf("at a filling: rational %.3g\n", filled);
    CHECK(filled > 1.5 * r && filled < 2.5 * r);
}

/* Rational windows alone survive a hot start: where samples that are unlucky make the stated error
 * of one window too large, the run goes on with a larger window that keeps the tolerance. At the
 * end the density is compared with that of Chebyshev windows of a tenth of the tolerance. */
static void hot_start(void)
{
    enum { L = 64 };
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [%d, %d]}\n"
             "holstein: {coupling: 3.5, elastic: 0.18, mass: 5, damping: 0.2, temperature: 0.1, "
             "force: rational, force_tolerance: 3e-3}\n"
             "initial: {type: random, Q_sd: 5.27, P_sd: 5.0065}\n"
             "time: {stepper: verlet_ou, dt: 0.05, end: 1e4}\nensemble: {seed: 5}\n",
             L, L);
    run_to(&r, 4);
    double *q = run_field(&r, "Q", 0), *n = run_field(&r, "density", 0), sum = 0;
    weft_electron_options o = {
        .solver = WEFT_ELECTRON_CHEBYSHEV, .hopping = 1, .tolerance = 3e-4, .filling = NAN};
    weft_grid *g;
    weft_electron *e = make(&g, 2, (int64_t[]){L, L}, o);
    for (int i = 0; i < L * L; i++)
        e->potential[i] = -3.5 * q[i];
    run_must(weft_electron_solve(e, 0.1));
    for (int i = 0; i < L * L; i++)
        sum += pow(n[i] - e->density[i], 2) / (L * L);
    printf("a hot start: rms %.2e at tolerance 3e-3\n", sqrt(sum));
    CHECK(sqrt(sum) <= 3e-3);
    weft_electron_free(e);
    weft_grid_free(g);
    weft_free(q);
    weft_free(n);
    run_close(&r);
}

/* What no number of poles reaches is refused with a message that says so. */
static void refused(void)
{
    weft_electron_options o = {
        .solver = WEFT_ELECTRON_RATIONAL, .hopping = 1, .tolerance = 1e-9, .filling = NAN};
    weft_grid *g;
    weft_electron *e = make(&g, 2, (int64_t[]){16, 16}, o);
    for (int i = 0; i < 256; i++)
        e->potential[i] = 15 * normal();
    CHECK(weft_electron_solve(e, 0.1) == WEFT_FAILED);
    CHECK(strstr(weft_error_message(), "not even 12 poles keep the tolerance 1e-09") != NULL);
    weft_error_clear();
    weft_electron_free(e);
    weft_grid_free(g);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    poles();
    formulas(2, (int64_t[]){12, 14}, 0, 0.2);
    formulas(3, (int64_t[]){5, 6, 7}, 0, 0.3);
    clusters(1, (int64_t[]){80}, 0);
    clusters(1, (int64_t[]){150}, 0.2);
    clusters(2, (int64_t[]){12, 14}, 0);
    clusters(2, (int64_t[]){12, 14}, -0.3);
    clusters(3, (int64_t[]){7, 8, 7}, 0);
    bounded(1e-3, 1e-6);
    bounded(1.9e-5, 1e-14);
    symmetries(1e-3, 1e-6);
    symmetries(1.5e-5, 1e-14);
    refused();
    hot_start();
    candidates(18, 0.1, 3e-3, true);
    candidates(1.4, 0.05, 3e-2, false);
    promise(1e-3, NAN, WEFT_ELECTRON_RATIONAL);
    promise(1e-4, NAN, WEFT_ELECTRON_AUTO);
    promise(1e-3, 0.5, WEFT_ELECTRON_RATIONAL);
    promise(1e-3, 0.48, WEFT_ELECTRON_AUTO);
    costs();
    return check_end();
}

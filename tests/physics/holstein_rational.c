/* Rational windows: the formulas against polynomials in the same window, the stated errors of the
 * poles, symmetries, bounds, and what the choice of windows costs in accuracy. */
#include "electron/internal.h"
#include "run.h"
#include "weft/electron.h"

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
    symmetries(1e-3, 3e-6);
    symmetries(1.5e-5, 1e-13);
    refused();
    promise(1e-3, NAN, WEFT_ELECTRON_RATIONAL);
    promise(1e-4, NAN, WEFT_ELECTRON_AUTO);
    promise(1e-3, 0.5, WEFT_ELECTRON_RATIONAL);
    promise(1e-3, 0.48, WEFT_ELECTRON_AUTO);
    return check_end();
}

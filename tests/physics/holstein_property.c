/* The promise of the tolerance, tried on random states against diagonalisation: the true root mean
 * square and largest errors of the density, and the error of the energy, lie within what is stated
 * for the last solve, and within the tolerance, in all of them. */
#include "run.h"
#include "weft/electron.h"
#include <time.h>

static uint64_t state_of_random;
static int number_now; /* of the state that is tried */

static double uniform(double low, double high)
{
    uint64_t x = state_of_random += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return low + (high - low) * ((double)((x ^ (x >> 31)) >> 11) * 0x1p-53);
}

static double normal(void)
{
    return sqrt(-2 * log(uniform(0, 1) + 1e-300)) * cos(2 * M_PI * uniform(0, 1));
}

static int pick(int n)
{
    int k = (int)uniform(0, n);
    return k < n ? k : n - 1;
}

enum { DRAWS = 30 }; /* of samples, in states that were once understated for some of them */

typedef struct trial {
    int dim, kind;
    int64_t n[3], sites;
    double T;
    weft_electron_options o;
    double *v;
} trial;

enum { UNIFORM, STAGGERED, IMPURITIES, RANDOM, DOMAINS, THERMAL, SLOPE, KINDS };
static const char *const names[] = {"uniform", "staggered", "impurities", "random",
                                    "domains", "thermal",   "slope"};

static void draw_lattice(trial *t)
{
    static const int64_t longest[] = {0, 400, 22, 8};
    t->dim = (int[]){1, 2, 2, 2, 2, 3}[pick(6)];
    for (;;) {
        t->sites = 1;
        for (int a = 0; a < t->dim; a++) {
            t->n[a] = 2 + (int64_t)uniform(0, (double)longest[t->dim]);
            if (a > 0 && t->dim == 2 && uniform(0, 1) < 0.3)
                t->n[a] = 2 + (int64_t)uniform(0, 200);
            t->sites *= t->n[a];
        }
        if (t->sites >= 12 && t->sites <= 484)
            return;
    }
}

static double value(const trial *t, const int64_t r[3], double a, double noise)
{
    double sign = (r[0] + r[1] + r[2]) % 2 ? -1 : 1;
    switch (t->kind) {
    case UNIFORM:
        return a + noise * normal();
    case STAGGERED:
        return a * sign + noise * normal();
    case IMPURITIES:
        return uniform(0, 1) < 0.02 ? a * normal() : noise * normal();
    case RANDOM:
        return a * normal();
    case DOMAINS:
        return (r[0] < t->n[0] / 3 ? -a : a) * sign * (1 + 0.1 * normal());
    case THERMAL:
        return 3 * a * normal();
    default:
        return a * (double)r[t->dim - 1] / (double)t->n[t->dim - 1];
    }
}

static void draw(trial *t)
{
    draw_lattice(t);
    t->kind = pick(KINDS);
    t->T = 0.03 * pow(1 / 0.03, uniform(0, 1));
    double g = uniform(0, 4);
    t->o = (weft_electron_options){.hopping = 1, .filling = NAN};
    t->o.next_hopping = uniform(0, 1) < 0.25 ? uniform(-0.5, 0.5) : 0;
    static const double tolerances[] = {1e-4, 1e-4, 1e-4, 1e-3, 1e-2, 1e-6};
    t->o.tolerance = tolerances[pick(6)];
    switch (pick(4)) {
    case 0:
        t->o.mu = uniform(-6, 6);
        break;
    case 1:
        t->o.filling = uniform(0, 1) < 0.5 ? uniform(0.005, 0.1) : uniform(0.9, 0.995);
        break;
    case 2:
        t->o.filling = uniform(0.1, 0.9);
        break;
    }
    double a = g * uniform(0, 1.5), noise = uniform(0, 1) < 0.5 ? 0 : g * uniform(0, 0.2);
    t->v = weft_alloc((size_t)t->sites, sizeof *t->v);
    int64_t r[3] = {0}, i = 0, n[3] = {1, 1, 1};
    for (int d = 0; d < t->dim; d++)
        n[d] = t->n[d];
    for (r[0] = 0; r[0] < n[0]; r[0]++)
        for (r[1] = 0; r[1] < n[1]; r[1]++)
            for (r[2] = 0; r[2] < n[2]; r[2]++)
                t->v[i++] = value(t, r, a, noise);
}

static void show(const trial *t, const char *what)
{
    printf(
        "%d %s: %s on %lld x %lld x %lld, T %.4g, t' %.3g, mu %.4g, filling %.4g, tolerance %g\n",
        number_now, what, names[t->kind], (long long)t->n[0], t->dim > 1 ? (long long)t->n[1] : 1LL,
        t->dim > 2 ? (long long)t->n[2] : 1LL, t->T, t->o.next_hopping, t->o.mu, t->o.filling,
        t->o.tolerance);
}

static weft_electron *make(const trial *t, const weft_grid *g, weft_electron_solver solver)
{
    weft_electron_options o = t->o;
    weft_electron *e;
    o.solver = solver;
    if (weft_electron_create(g, &o, &e) != WEFT_OK)
        return NULL;
    memcpy(e->potential, t->v, (size_t)t->sites * sizeof *t->v);
    return e;
}

/* Energy per site: Omega, or Omega + mu N, whose error is of second order in that of mu. */
static double energy_of(const trial *t, weft_electron *e)
{
    double omega;
    run_must(weft_electron_omega(e, t->T, &omega));
    omega /= (double)t->sites;
    return isnan(t->o.filling) ? omega : omega + e->mu * t->o.filling;
}

/* What is stated lies above the true errors whichever samples are drawn: several draws are tried.
 */
static bool compare(const trial *t, weft_electron *c, weft_electron *d, int draws, double worst[3])
{
    weft_electron_accuracy a, least = {INFINITY, INFINITY, INFINITY};
    double sum = 0, most = 0, energy = energy_of(t, c) - energy_of(t, d);
    for (int64_t i = 0; i < t->sites; i++) {
        double x = fabs(c->density[i] - d->density[i]);
        sum += x * x;
        most = fmax(most, x);
    }
    double rms = sqrt(sum / (double)t->sites), floor = 1e-12;
    for (int k = 0; k < draws; k++) {
        run_must(weft_electron_error(c, t->T, (uint64_t)(7 + k), &a));
        least.rms = fmin(least.rms, a.rms);
        least.largest = fmin(least.largest, a.largest);
        least.energy = fmin(least.energy, a.energy);
    }
    a = least;
    worst[0] = fmax(worst[0], rms / t->o.tolerance);
    worst[1] = fmax(worst[1], most / fmax(a.largest, floor));
    worst[2] = fmax(worst[2], fabs(energy) / t->o.tolerance);
    bool good = rms <= t->o.tolerance && rms <= a.rms + floor && most <= a.largest + floor &&
                fabs(energy) <= t->o.tolerance && fabs(energy) <= a.energy + floor;
    if (good)
        return true;
    show(t, "  missed");
    printf(
        "    R %g M %lld: rms %.2e (stated %.2e), largest %.2e (%.2e), energy %.2e (%.2e), mu %.4g "
        "(%.4g)\n",
        c->radius, (long long)c->order, rms, a.rms, most, a.largest, energy, a.energy, c->mu,
        d->mu);
    return false;
}

/* States of some sequences in which more was lost than was stated or allowed: samples happened to
 * miss the worst sites, the energy was measured with another order than that of the solve, what a
 * wrong chemical potential does was shared out by rough slopes, the reference erred as much, or
 * (the last rows, with rational windows) an error stood at single sites that no change of windows
 * showed and few samples met; in the very last, all sites were computed again, so that there was no
 * change at all, and the largest slopes stood for sites of another potential. */
static const struct {
    uint64_t seed;
    int number;
} once_missed[] = {{1, 35},         {1, 41},         {1, 136},        {1, 204},
                   {1, 270},        {2, 8},          {2, 16},         {2, 130},
                   {2, 152},        {11, 93},        {11, 234},       {14, 193},
                   {777, 187},      {7331, 4},       {7331, 135},     {7331, 222},
                   {777, 161},      {20261129, 217}, {20261132, 198}, {20261134, 96},
                   {20261134, 115}, {20261134, 150}, {20261135, 213}, {20261135, 240},
                   {20261141, 298}, {20261142, 24},  {20261142, 37},  {20261132, 128}};

static bool wanted(uint64_t seed, int i, bool missed_only)
{
    for (size_t k = 0; k < sizeof once_missed / sizeof *once_missed; k++)
        if (seed == once_missed[k].seed && i == once_missed[k].number)
            return true;
    return !missed_only;
}

/* Refusals are errors with a message. They are allowed, but must be few; rational windows alone are
 * small, and may refuse: in all of them the tolerance is kept or nothing is given. */
static void property(weft_electron_solver solver, uint64_t seed, int trials, bool missed_only,
                     bool repair)
{
    int tried = 0, refused = 0, missed = 0, repaired = 0;
    const int draws = missed_only && solver == WEFT_ELECTRON_RATIONAL ? DRAWS : 4;
    double worst[3] = {0};
    state_of_random = seed;
    for (int i = 0; i < trials; i++) {
        trial t = {0};
        draw(&t);
        t.o.repair = repair;
        number_now = i;
        if (!wanted(seed, i, missed_only)) {
            weft_free(t.v);
            continue;
        }
        tried++;
        double length[3] = {(double)t.n[0], (double)t.n[1], (double)t.n[2]};
        weft_boundary all[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
        weft_grid *g;
        run_must(weft_grid_create(MPI_COMM_WORLD, t.dim, t.n, length, all, WEFT_BLOCKS, &g));
        weft_electron *d = make(&t, g, WEFT_ELECTRON_DENSE), *c = make(&t, g, solver);
        run_must(weft_electron_solve(d, t.T));
        if (!c || weft_electron_solve(c, t.T) != WEFT_OK) {
            show(&t, "  refused");
            printf("    %s\n", weft_error_message());
            weft_error_clear();
            refused++;
        } else {
            double share;
            weft_electron_repaired(c, &share);
            repaired += share > 0;
            missed += !compare(&t, c, d, draws, worst);
        }
        weft_electron_free(c);
        weft_electron_free(d);
        weft_grid_free(g);
        weft_free(t.v);
    }
    printf("of %d states: %d refused, %d repaired, %d missed; largest rms/tolerance %.2f, "
           "largest/stated %.2f, energy/tolerance %.2f\n",
           tried, refused, repaired, missed, worst[0], worst[1], worst[2]);
    CHECK(missed == 0);
    CHECK(refused <= trials / 50 || solver == WEFT_ELECTRON_RATIONAL);
}

/* ---- states that were once wrong without a word ---- */

static void one_by(weft_electron_solver solver, int dim, const int64_t n[3], double sd, double T,
                   weft_electron_options o)
{
    number_now++;
    trial t = {.dim = dim, .kind = RANDOM, .n = {n[0], n[1], n[2]}, .sites = 1, .T = T, .o = o};
    double length[3] = {(double)n[0], (double)n[1], (double)n[2]}, worst[3] = {0};
    weft_boundary all[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *g;
    for (int a = 0; a < dim; a++)
        t.sites *= n[a];
    t.v = weft_alloc((size_t)t.sites, sizeof *t.v);
    for (int64_t i = 0; i < t.sites; i++)
        t.v[i] = sd * normal();
    run_must(weft_grid_create(MPI_COMM_WORLD, dim, n, length, all, WEFT_BLOCKS, &g));
    weft_electron *d = make(&t, g, WEFT_ELECTRON_DENSE), *c = make(&t, g, solver);
    run_must(weft_electron_solve(d, T));
    run_must(weft_electron_solve(c, T));
    CHECK(compare(&t, c, d, 1, worst));
    weft_electron_free(c);
    weft_electron_free(d);
    weft_grid_free(g);
    weft_free(t.v);
}

static void one(int dim, const int64_t n[3], double sd, double T, weft_electron_options o)
{
    one_by(WEFT_ELECTRON_CHEBYSHEV, dim, n, sd, T, o);
}

/* The whole lattice with an order that is low: at a fixed filling mu is wrong, too, and the site
 * with a level there moves most. Its largest error was stated up to 1.6 times too small. */
static void whole_lattice(void)
{
    weft_electron_options o = {.hopping = 1, .tolerance = 1e-1, .filling = NAN, .mu = -1.5};
    for (int k = 0; k < 16; k++) {
        o.filling = k % 4 == 3 ? NAN : 0.25;
        one_by(WEFT_ELECTRON_CHEBYSHEV_FULL, 2, (int64_t[]){20, 20, 1}, 4.5,
               (double[]){0.01, 0.02}[k % 2], o);
    }
}

/* A window that wraps the shortest axis is not the lattice. */
static void unequal_sides(void)
{
    const weft_electron_options o = {.hopping = 1, .tolerance = 1e-4, .filling = NAN};
    weft_electron_options crossed = o, fine = o;
    crossed.next_hopping = 0.3;
    crossed.mu = 0.2;
    fine.tolerance = 1e-5;
    one(2, (int64_t[]){4, 150, 1}, 1, 0.1, o);
    one(2, (int64_t[]){2, 200, 1}, 1, 0.1, o);
    one(3, (int64_t[]){6, 4, 20}, 1, 0.2, o);
    one(2, (int64_t[]){12, 30, 1}, 1, 0.1, o);
    one(2, (int64_t[]){16, 24, 1}, 0.5, 0.1, fine);
    one(2, (int64_t[]){8, 10, 1}, 0.5, 0.1, crossed);
}

/* Weakly disordered strips that are hardly longer than the windows of the reference: what goes
 * around the long axis is as large as what its walls send back, and the same at all sites. */
static void around_the_axis(void)
{
    weft_electron_options o = {.hopping = 1, .tolerance = 1e-4, .filling = NAN};
    for (o.mu = 1.8; o.mu < 1.95; o.mu += 0.03)
        for (int k = 0; k < 2; k++) {
            one(2, (int64_t[]){8, 64, 1}, 0.03, 0.08, o);
            one(2, (int64_t[]){4, 64, 1}, 0.03, 0.08, o);
        }
}

/* Below the band of both of two small windows their densities agree: 0. */
static void band_edges(void)
{
    weft_electron_options o = {.hopping = 1, .tolerance = 1e-4, .filling = NAN};
    for (o.mu = -3.9; o.mu < 4; o.mu += 7.8)
        one(2, (int64_t[]){20, 22, 1}, 0.1, 0.05, o);
    o.mu = 0;
    for (int k = 0; k < 3; k++) {
        o.filling = (double[]){0.03, 0.97, 0.99}[k];
        one(2, (int64_t[]){20, 22, 1}, 0.1, 0.05, o);
    }
}

/* The grand potential of a uniform lattice, whose density is 1/2 in every window. */
static void uniform_energy(void)
{
    const weft_electron_options o = {.hopping = 1, .tolerance = 1e-4, .filling = NAN};
    for (int k = 0; k < 3; k++)
        one(2, (int64_t[]){20, 22, 1}, (double[]){0, 1e-3, 0.05}[k], 0.1, o);
    weft_electron_options two = {.hopping = 1, .next_hopping = 0.4, .tolerance = 1e-4, .mu = 0.2};
    two.filling = NAN;
    one(1, (int64_t[]){2, 1, 1}, 0.2, 0.3, two); /* its second neighbours are itself */
    for (two.filling = 0; two.filling < 2; two.filling++)
        one(2, (int64_t[]){6, 8, 1}, 0.5, 0.3, two);
}

/* Between calibrations the live error keeps the tolerance: after a symmetric start, from no
 * coupling, and while the electrons cool. */
static void while_it_moves(const char *model, const char *initial, double end, double g)
{
    test_run r;
    run_open(&r,
             "model: holstein\ngrid: {n: [20, 24]}\nholstein: {damping: 0.1, %s}\n"
             "initial: {%s}\ntime: {stepper: verlet_ou, dt: 0.05, end: 1e4}\n",
             model, initial);
    double most = 0;
    for (double t = 0; t <= end; t += end / 8) {
        run_to(&r, t);
        most = fmax(most, run_value(&r, "force_error") / g);
    }
    printf("%s: largest force_error/g %.2e\n", model, most);
    CHECK(most < 1.5e-4);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 3) { /* solver, seed, states */
        property((weft_electron_solver)atoi(argv[1]), (uint64_t)atoll(argv[2]), atoi(argv[3]),
                 false, argc > 4);
        return check_end();
    }
    unequal_sides();
    whole_lattice();
    around_the_axis();
    band_edges();
    uniform_energy();
    while_it_moves("coupling: 3.5, temperature: 0.1", "type: uniform", 0.4, 3.5);
    while_it_moves("coupling: [0, 0, 10, 3.5], temperature: 0.1", "type: uniform", 0.4, 0.14);
    while_it_moves("coupling: 2, temperature: [0, 1, 1, 1, 1.4, 0.05]",
                   "type: thermal, temperature: 1", 2, 2);
    const bool slow = getenv("WEFT_SLOW") != NULL;
    const int trials = slow ? 300 : argc > 1 ? atoi(argv[1]) : 10;
    for (uint64_t seed = 1; seed <= (slow ? 2 : 1); seed++) {
        property(WEFT_ELECTRON_CHEBYSHEV, seed, trials, false, false);
        property(WEFT_ELECTRON_AUTO, seed, trials, false, false);
        property(WEFT_ELECTRON_RATIONAL, seed, trials, false, false);
        property(WEFT_ELECTRON_RATIONAL, seed, trials, false, true);
    }
    static const uint64_t known[] = {1, 2, 11, 14, 777, 7331};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        property(WEFT_ELECTRON_AUTO, known[k], 300, true, false);
        property(WEFT_ELECTRON_CHEBYSHEV, known[k], 300, true, false);
    }
    static const uint64_t single_sites[] = {777,      20261129, 20261132, 20261134,
                                            20261135, 20261141, 20261142};
    for (size_t k = 0; k < sizeof single_sites / sizeof *single_sites; k++)
        property(WEFT_ELECTRON_RATIONAL, single_sites[k], 300, true, false);
    property(WEFT_ELECTRON_RATIONAL, 20261132, 129, true, true);
    return check_end();
}

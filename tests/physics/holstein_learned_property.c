/* The live error of learned forces, tried on random states and random numbers against
 * diagonalisation: the true errors of density and energy lie within what is stated, whatever the
 * numbers, and a density that errs by more than the tolerance is never given. */
#include "electron/network.h"
#include "electron/slopes.h"
#include "run.h"
#include "weft/electron.h"

static uint64_t state_of_random = 3;

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

/* A measurement is made for errors such as the file states: a hundredth of that is not resolved. */
enum { MOST_WEIGHTS = 800 };
static const double stated = 0.01, floor_of_stated = 1e-4;

typedef struct trial {
    int64_t n[2], sites;
    double T, *v, weight[MOST_WEIGHTS];
    weft_learned numbers;
    weft_electron_options o;
} trial;

/* Staggered, with noise; random; two domains; smooth: from nothing to strong coupling. */
static void draw_state(trial *t)
{
    const int kind = (int)uniform(0, 4);
    const double a = uniform(0, 1) < 0.5 ? uniform(0, 0.5) : uniform(0, 6);
    const double noise = uniform(0, 1) < 0.4 ? 0 : 0.3 * a;
    for (int64_t i = 0; i < t->sites; i++) {
        const int64_t y = i / t->n[1], x = i % t->n[1];
        double v = (x + y) % 2 ? a : -a;
        if (kind == 1)
            v = a * normal();
        if (kind == 2 && 2 * x < t->n[1])
            v = -v;
        if (kind == 3)
            v = a * sin(2 * M_PI * (double)x / (double)t->n[1]);
        t->v[i] = v + noise * normal();
    }
}

/* The exact formula, with every number moved by up to a random part. */
static void draw_numbers(trial *t)
{
    const double part = uniform(0, 1) < 0.3 ? 0 : pow(10, uniform(-3, -0.3));
    double most = 0;
    for (int64_t i = 0; i < t->sites; i++)
        most = fmax(most, fabs(t->v[i] - t->o.mu));
    t->numbers = (weft_learned){.hopping = 1, .temperature = {t->T, t->T}, .error = stated};
    t->numbers.bound = most + 4;
    el_learned_start(&t->numbers, 4 + 2 * (int64_t)uniform(0, 3), t->T, most + 4);
    for (int64_t p = 0; p < t->numbers.poles; p++) {
        double *x = t->numbers.number[p];
        for (int j = 0; j < WEFT_LEARNED_NUMBERS; j++)
            x[j] *= 1 + part * uniform(-1, 1);
        x[6] = fmin(x[6], x[4]);
    }
}

/* A network that corrects them, from hardly to a lot. */
static void draw_network(trial *t)
{
    weft_learned *l = &t->numbers;
    const double part = pow(10, uniform(-3, -0.5));
    l->width = 1 + (int64_t)uniform(0, 8);
    l->depth = 1 + (int64_t)uniform(0, 2);
    l->weights = el_network_weights(l->width, l->depth);
    l->weight = t->weight;
    CHECK(l->weights <= MOST_WEIGHTS);
    for (int s = 0; s < WEFT_LEARNED_SCALES; s++)
        l->scale[s] = 0.2 * pow(2, s);
    for (int64_t i = 0; i < l->weights; i++)
        l->weight[i] = (i < l->weights - WEFT_LEARNED_SCALES - l->width ? 0.3 : part) * normal();
}

static void draw(trial *t)
{
    t->sites = t->n[0] = t->n[1] = 0;
    while (t->sites < 50 || t->sites > 484)
        for (int a = 0; a < 2; a++) {
            t->n[a] = 7 + (int64_t)uniform(0, 16);
            t->sites = t->n[0] * t->n[1];
        }
    t->T = 0.05 * pow(20, uniform(0, 1));
    t->o = (weft_electron_options){
        .solver = WEFT_ELECTRON_LEARNED, .hopping = 1, .filling = NAN, .tolerance = 0.5};
    if (uniform(0, 1) < 0.3)
        t->o.mu = uniform(-3, 3);
    else if (uniform(0, 1) < 0.4)
        t->o.filling = uniform(0.2, 0.8);
    t->v = weft_alloc((size_t)t->sites, sizeof *t->v);
    draw_state(t);
    draw_numbers(t);
}

static weft_electron *make(const trial *t, const weft_grid *g, weft_electron_solver solver,
                           double tolerance)
{
    weft_electron_options o = t->o;
    weft_electron *e;
    o.solver = solver;
    o.tolerance = tolerance;
    o.learned = &t->numbers;
    run_must(weft_electron_create(g, &o, &e));
    memcpy(e->potential, t->v, (size_t)t->sites * sizeof *t->v);
    return e;
}

/* Omega per site, or Omega + mu N, whose error is of second order in that of mu. */
static double energy_of(const trial *t, weft_electron *e)
{
    double omega;
    run_must(weft_electron_omega(e, t->T, &omega));
    omega /= (double)t->sites;
    return isnan(t->o.filling) ? omega : omega + e->mu * t->o.filling;
}

static double rms_of(const trial *t, const weft_electron *c, const weft_electron *d, double *most)
{
    double sum = 0;
    *most = 0;
    for (int64_t i = 0; i < t->sites; i++) {
        const double x = fabs(c->density[i] - d->density[i]);
        sum += x * x;
        *most = fmax(*most, x);
    }
    return sqrt(sum / (double)t->sites);
}

/* At a tolerance that nearly every state keeps the errors are compared with those that are stated;
 * at one that about half of them keep the density is refused, or right. ratio: the largest of
 * stated over true. */
static bool try_one(const trial *t, int number, int *given, int *refused, double *ratio)
{
    const weft_boundary all[2] = {WEFT_PERIODIC, WEFT_PERIODIC};
    const double length[2] = {(double)t->n[0], (double)t->n[1]};
    weft_grid *g;
    weft_electron_accuracy a = {0};
    double most;
    bool good = true;
    run_must(weft_grid_create(MPI_COMM_WORLD, 2, t->n, length, all, WEFT_BLOCKS, &g));
    weft_electron *d = make(t, g, WEFT_ELECTRON_DENSE, 1e-4), *c = make(t, g, t->o.solver, 0.5);
    run_must(weft_electron_solve(d, t->T));
    if (weft_electron_solve(c, t->T) == WEFT_OK) {
        const double rms = rms_of(t, c, d, &most);
        const double energy = fabs(energy_of(t, c) - energy_of(t, d));
        run_must(weft_electron_error(c, t->T, 5, &a));
        good = rms <= fmax(a.rms, floor_of_stated) && most <= a.largest && energy <= a.energy;
        ++*given;
        if (rms > 1e-3)
            *ratio = fmax(*ratio, a.rms / rms);
        printf("%s%d: %lld x %lld, T %.3g, mu %.3g, filling %.3g: rms %.2e (%.2e), largest %.2e "
               "(%.2e), energy %.2e (%.2e)\n",
               good ? "" : "missed: ", number, (long long)t->n[0], (long long)t->n[1], t->T,
               t->o.mu, t->o.filling, rms, a.rms, most, a.largest, energy, a.energy);
    }
    weft_error_clear();
    const double tolerance = fmin(fmax(1.5 * a.rms * uniform(0.3, 1), 1e-3), 0.5);
    weft_electron *strict = make(t, g, t->o.solver, tolerance);
    if (weft_electron_solve(strict, t->T) != WEFT_OK)
        ++*refused;
    else
        good &= rms_of(t, strict, d, &most) <= tolerance;
    weft_error_clear();
    weft_electron_free(strict);
    weft_electron_free(c);
    weft_electron_free(d);
    weft_grid_free(g);
    return good;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const int trials = getenv("WEFT_SLOW") ? 600 : 60, networks = trials / 3;
    int missed = 0, given = 0, refused = 0;
    double ratio = 0;
    for (int i = 0; i < trials + networks; i++) {
        trial t = {0};
        draw(&t);
        if (i >= trials)
            draw_network(&t);
        missed += !try_one(&t, i, &given, &refused, &ratio);
        weft_free(t.v);
    }
    printf(
        "of %d states %d were given, %d missed, %d refused at a smaller tolerance; stated errors "
        "are up to %.1f times the true ones\n",
        trials + networks, given, missed, refused, ratio);
    CHECK(missed == 0);
    CHECK(given > 0.8 * (trials + networks) && refused > 0.1 * trials && refused < 0.9 * trials);
    return check_end();
}

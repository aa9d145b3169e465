/* Chains of phases, fronts and oscillators: steps beside the noise that they need, or beside one
 * sine and cosine a link, and what observables cost. */
#include "bench.h"
#include "weft/memory.h"
#include "weft/noise.h"
#include "weft/vmath.h"

enum { SITES = 4096, REPEATS = 10 };

/* ---- bounds ---- */

/* Normals of one row a step, for so many components. */
typedef struct normals_bound {
    weft_noise noise;
    int components;
    uint64_t step;
    double out[SITES];
} normals_bound;

static void normals(void *what, long count)
{
    normals_bound *b = what;
    for (long i = 0; i < count; i++, b->step++)
        for (int c = 0; c < b->components; c++)
            weft_noise_normal(&b->noise, WEFT_STREAM_STEP + (uint32_t)c, b->step, 0, SITES, 0,
                              SITES, b->out);
}

/* One sine and one cosine of a difference a link, and the update of a site from its two links. */
static double theta[SITES + 2], link[2][SITES + 1];

static void sines(void *what, long count)
{
    const double lag = 0.3, s = sin(lag), c = cos(lag);
    double dt = 0.05 * *(double *)what;
    for (long i = 0; i < count; i++) {
        for (int x = 0; x <= SITES; x++) {
            double sine, cosine;
            weft_sincos(theta[x + 1] - theta[x], &sine, &cosine);
            link[0][x] = sine * c - cosine * s;
            link[1][x] = -sine * c - cosine * s;
        }
        for (int x = 1; x <= SITES; x++)
            theta[x] += dt * (link[0][x] + link[1][x - 1]);
        theta[0] = theta[SITES], theta[SITES + 1] = theta[1];
    }
}

/* ---- steps ---- */

static void noisy(const char *name, int components, bool single, const char *text)
{
    static normals_bound b;
    test_run r;
    b = (normals_bound){.noise = {.seed = 1, .single = single}, .components = components};
    run_open(&r, "%s", text);
    bench_side bound = {"its normals alone", normals, &b, SITES};
    bench_row("chains", "ns/site/step", bench_run(name, &r), &bound);
    run_close(&r);
}

static void quenched(const char *name, const char *text)
{
    static double one = 1.0;
    test_run r;
    run_open(&r, "%s", text);
    for (int x = 0; x < SITES + 2; x++)
        theta[x] = 0.01 * (x * 7919 % 100);
    bench_side bound = {"one sine and cosine a link", sines, &one, SITES};
    bench_row("chains", "ns/site/step", bench_run(name, &r), &bound);
    run_close(&r);
}

/* Seconds of a step and of what follows it, the best of several repeats. */
static double step_seconds(test_run *r)
{
    const bench_side side = bench_run("", r);
    const long count = bench_count(&side, 0.1);
    double best = INFINITY;
    for (int repeat = 0; repeat < REPEATS; repeat++)
        best = fmin(best, bench_ns(&side, count));
    return best * 1e-9 * side.things;
}

/* ---- what observables cost, sampled 100 times a decade ---- */

/* Seconds a call of the guard, which follows the slips up, as time goes on. */
static double guard_seconds(test_run *r)
{
    enum { CALLS = 2000 };
    double best = INFINITY;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double begin = bench_now();
        for (int i = 0; i < CALLS; i++) {
            r->sim->time = (double)++r->sim->step * r->dt;
            run_must(r->sim->model->guard(r->sim));
        }
        best = fmin(best, (bench_now() - begin) / CALLS);
    }
    return best;
}

enum { MOST_ROWS = 64, MOST_NUMBERS = 1 << 16 };

/* Seconds a record of some observables; every call is of another step, so that nothing is kept. */
static double record_seconds(test_run *r, const weft_observable *const *row, int n, double *out)
{
    double best = INFINITY;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        int calls = 0;
        double begin = bench_now(), spent;
        do {
            r->sim->time = (double)++r->sim->step * r->dt;
            if (r->sim->model->derive)
                run_must(r->sim->model->derive(r->sim));
            for (int i = 0; i < n; i++)
                run_must(row[i]->compute(r->sim, row[i]->argument_standard, out));
            calls++;
            spent = bench_now() - begin;
        } while (spent < 2e-3);
        best = fmin(best, spent / calls);
    }
    return best;
}

/* Records of observe.every {log: n} over so many steps. */
static int records(int steps)
{
    int n = (int)ceil(100.0 * log10(steps)), count = 1;
    for (int j = 0, last = 0; j < n; j++) {
        int step = (int)lround(exp((double)j / (n - 1) * log(steps)));
        count += step > last;
        last = step;
    }
    return count;
}

/* Observables together, in % of 10^4 steps. text: an input without the section observe; step,
 * guard: seconds without them. */
static void observed(const char *name, const char *text, const weft_observable *const *row, int n,
                     double step, double guard)
{
    enum { STEPS = 10000 };
    static double out[MOST_NUMBERS];
    const weft_observable *allowed[MOST_ROWS];
    char list[2048] = "";
    int kept = 0;
    test_run r;
    for (int i = 0; i < n; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                 row[i]->name);
    run_open(&r, "%sobserve: {every: 10.0, list: [%s]}\n", text, list);
    for (int i = 0; i < n; i++)
        if (!row[i]->check || row[i]->check(r.sim, row[i]->argument_standard) == WEFT_OK)
            allowed[kept++] = row[i];
    weft_error_clear();
    if (kept > 0) {
        run_to(&r, 100.0);
        double record = record_seconds(&r, allowed, kept, out),
               watch = fmax(guard_seconds(&r) - guard, 0.0);
        char *label = n == 1 ? weft_format("%s: %s", name, row[0]->name)
                             : weft_format("%s: all %d", name, kept);
        bench_value("observables", label, "% of the run",
                    100.0 * (record * records(STEPS) + watch * STEPS) / (STEPS * step));
        weft_free(label);
    }
    run_close(&r);
}

static void observables(const char *name, const char *text)
{
    const weft_observable *row[MOST_ROWS];
    int n = 0;
    test_run r;
    run_open(&r, "%s", text);
    run_to(&r, 100.0);
    const double step = step_seconds(&r), guard = guard_seconds(&r);
    for (const weft_observable *o = r.sim->model->observables; o->name && n < MOST_ROWS; o++)
        row[n++] = o;
    run_close(&r);
    for (int i = 0; i < n; i++)
        observed(name, text, row + i, 1, step, guard);
    observed(name, text, row, n, step, guard);
}

#define RING(noise, disorder, stepper)                                                             \
    "model: kuramoto\ngrid: {n: [4096]}\n"                                                         \
    "kuramoto: {coupling: 1.0, phase_lag: 0.3, noise: " noise disorder "}\n"                       \
    "initial: {type: flat}\ntime: {stepper: " stepper ", dt: 0.05, end: 1000.0}\n"

#define KPZ(scheme, stepper)                                                                       \
    "model: kpz\ngrid: {n: [4096], length: [4096]}\n"                                              \
    "kpz: {nu: 1.0, lambda: 1.0, noise: 0.5" scheme "}\n"                                          \
    "initial: {type: flat}\ntime: {stepper: " stepper ", dt: 0.05, end: 1000.0}\n"
#define OSCILLATORS                                                                                \
    "model: oscillators\ngrid: {n: [4096]}\noscillators: {noise: 0.05}\n"                          \
    "initial: {type: flat}\ntime: {stepper: heun, dt: 0.05, end: 1000.0}\n"

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    noisy("kuramoto ring with noise, euler_maruyama", 1, false, RING("0.05", "", "euler_maruyama"));
    noisy("kuramoto ring with noise, leimkuhler_matthews", 1, false,
          RING("0.05", "", "leimkuhler_matthews"));
    noisy("kuramoto ring with noise, normals: single", 1, true,
          RING("0.05", "", "leimkuhler_matthews") "ensemble: {normals: single}\n");
    quenched("kuramoto ring with quenched frequencies, euler_maruyama",
             RING("0.0", ", disorder: 0.1, disorder_type: gaussian", "euler_maruyama"));
    noisy("kpz ring, euler_maruyama", 1, false, KPZ("", "euler_maruyama"));
    noisy("kpz surface, 512 x 512, euler_maruyama", 1, false,
          "model: kpz\ngrid: {n: [512, 512], length: [512.0, 512.0]}\n"
          "kpz: {nu: 1.0, lambda: 1.0, noise: 0.5}\n"
          "initial: {type: flat}\ntime: {stepper: euler_maruyama, dt: 0.05, end: 1000.0}\n");
    bench_beside_transforms("chains", "kpz ring, spectral, etd_heun", 2, 1,
                            KPZ(", scheme: spectral", "etd_heun"));
    noisy("oscillators ring, heun", 2, false, OSCILLATORS);
    observables("kuramoto ring", RING("0.05", "", "leimkuhler_matthews"));
    observables("kpz ring", KPZ("", "leimkuhler_matthews"));
    observables("kpz ring, spectral", KPZ(", scheme: spectral", "etd_heun"));
    observables("oscillators ring", OSCILLATORS);
    MPI_Finalize();
    return 0;
}

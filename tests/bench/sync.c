/* Synchronization chains: ns per update of a site, and of the parts; what observables cost. */
#include "bench.h"
#include "run.h"
#include "weft/noise.h"

enum { REPEATS = 10 };

/* Seconds a step, guard included, the best of several repeats. */
static double step_seconds(test_run *r)
{
    double best = 1e9, dt = r->dt;
    int steps = (int)fmax(2, 0.2 / ((double)weft_grid_sites(r->sim->grid) * 4e-9));
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double begin = bench_now();
        for (int i = 0; i < steps; i++) {
            run_must(r->input->stepper->step(r->sim, r->stepper, &dt));
            r->sim->time = (double)++r->sim->step * dt;
            run_must(r->sim->model->guard(r->sim));
        }
        best = fmin(best, (bench_now() - begin) / steps);
    }
    return best;
}

static void bench(const char *name, const char *text)
{
    test_run r;
    run_open(&r, "%s", text);
    double seconds = step_seconds(&r);
    printf("%-40s %8.3f ns/update\n", name, 1e9 * seconds / (double)weft_grid_sites(r.sim->grid));
    run_close(&r);
}

static void normals(void)
{
    enum { N = 4096 };
    static double out[N];
    const weft_noise noise = {.seed = 1};
    double best = 1e9;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double begin = bench_now();
        for (uint64_t step = 0; step < 5000; step++)
            weft_noise_normal(&noise, 0, step, 0, N, 0, N, out);
        best = fmin(best, (bench_now() - begin) / 5000);
    }
    printf("%-40s %8.3f ns each\n", "normals", 1e9 * best / N);
}

/* ---- what observables cost, sampled 100 times a decade ---- */

/* Seconds a call of the guard, which follows the slips up, as time goes on. */
static double guard_seconds(test_run *r)
{
    enum { CALLS = 2000 };
    double best = 1e9;
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

/* Seconds a record of one observable; every call is of another step, so that nothing is kept. */
static double record_seconds(test_run *r, const weft_observable *row, double *out)
{
    double best = 1e9;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        int calls = 0;
        double begin = bench_now(), spent;
        do {
            r->sim->time = (double)++r->sim->step * r->dt;
            if (r->sim->model->derive)
                run_must(r->sim->model->derive(r->sim));
            run_must(row->compute(r->sim, row->argument_standard, out));
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

/* text: an input without the section observe; 10^4 steps. */
static void observables(const char *name, const char *text)
{
    enum { STEPS = 10000, MOST = 1 << 16 };
    static double out[MOST];
    test_run r;
    run_open(&r, "%s", text);
    const weft_model *model = r.sim->model;
    run_to(&r, 100.0);
    const double step = step_seconds(&r), guard = guard_seconds(&r);
    run_close(&r);
    printf("%s: %.1f us a step; %d records in %d steps\n", name, 1e6 * step, records(STEPS), STEPS);
    for (const weft_observable *row = model->observables; row->name; row++) {
        run_open(&r, "%sobserve: {every: 10.0, list: [%s]}\n", text, row->name);
        if (!row->check || row->check(r.sim, row->argument_standard) == WEFT_OK) {
            run_to(&r, 100.0);
            double record = record_seconds(&r, row, out), watch = guard_seconds(&r) - guard;
            double cost = record * records(STEPS) + fmax(watch, 0.0) * STEPS;
            printf("  %-24s %8.1f us a record  %6.2f %% of the run\n", row->name, 1e6 * record,
                   100.0 * cost / (STEPS * step));
        }
        weft_error_clear();
        run_close(&r);
    }
}

#define RING(noise, disorder, stepper)                                                             \
    "model: kuramoto\ngrid: {n: [4096]}\n"                                                         \
    "kuramoto: {coupling: 1.0, phase_lag: 0.3, noise: " noise disorder "}\n"                       \
    "initial: {type: flat}\ntime: {stepper: " stepper ", dt: 0.05, end: 1000.0}\n"

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    normals();
    bench("noisy ring, euler_maruyama", RING("0.05", "", "euler_maruyama"));
    bench("noisy ring, leimkuhler_matthews", RING("0.05", "", "leimkuhler_matthews"));
    bench("noisy ring, euler_maruyama, single",
          RING("0.05", "", "euler_maruyama") "ensemble: {normals: single}\n");
    bench("noisy ring, leimkuhler_matthews, single",
          RING("0.05", "", "leimkuhler_matthews") "ensemble: {normals: single}\n");
    bench("columnar ring, euler_maruyama",
          RING("0.0", ", disorder: 0.1, disorder_type: gaussian", "euler_maruyama"));
    observables("kuramoto, noisy ring", RING("0.05", "", "leimkuhler_matthews"));
    observables("kpz, ring",
                "model: kpz\ngrid: {n: [4096], length: [4096]}\nkpz: {nu: 1.0, lambda: 1.0, noise: "
                "0.5}\ninitial: {type: flat}\ntime: {dt: 0.05, end: 1000.0}\n");
    observables("kpz, ring, spectral",
                "model: kpz\ngrid: {n: [4096], length: [4096]}\nkpz: {nu: 1.0, lambda: 1.0, noise: "
                "0.5, scheme: spectral}\ninitial: {type: flat}\ntime: {dt: 0.05, end: 1000.0}\n");
    observables("oscillators, noisy ring",
                "model: oscillators\ngrid: {n: [4096]}\noscillators: {noise: 0.05}\n"
                "initial: {type: flat}\ntime: {dt: 0.05, end: 1000.0}\n");
    MPI_Finalize();
    return 0;
}

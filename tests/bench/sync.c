/* Synchronization chains: ns per update of a site, and of the parts. */
#include "bench.h"
#include "run.h"
#include "weft/noise.h"

static void bench(const char *name, const char *text)
{
    test_run r;
    run_open(&r, "%s", text);
    double sites = (double)weft_grid_sites(r.sim->grid), best = 1e9, dt = r.dt;
    int steps = (int)fmax(2, 0.2 / (sites * 4e-9));
    for (int repeat = 0; repeat < 10; repeat++) {
        double begin = bench_now();
        for (int i = 0; i < steps; i++) {
            run_must(r.input->stepper->step(r.sim, r.stepper, &dt));
            r.sim->time = (double)++r.sim->step * dt;
        }
        best = fmin(best, (bench_now() - begin) / steps);
    }
    printf("%-36s %8.3f ns/update\n", name, 1e9 * best / sites);
    run_close(&r);
}

static void normals(void)
{
    enum { N = 4096 };
    static double out[N];
    const weft_noise noise = {.seed = 1};
    double best = 1e9;
    for (int repeat = 0; repeat < 10; repeat++) {
        double begin = bench_now();
        for (uint64_t step = 0; step < 5000; step++)
            weft_noise_normal(&noise, 0, step, 0, N, 0, N, out);
        best = fmin(best, (bench_now() - begin) / 5000);
    }
    printf("%-36s %8.3f ns each\n", "normals", 1e9 * best / N);
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
    bench("columnar ring, euler_maruyama",
          RING("0.0", ", disorder: 0.1, disorder_type: gaussian", "euler_maruyama"));
    MPI_Finalize();
    return 0;
}

/* Klein-Gordon steps: ns per site and step, and the ratio to the transforms that a step needs alone
 * (one backward, one forward for each stage), whose inverse is their share. */
#include "bench.h"
#include "run.h"

/* Seconds of a step: the best of some repeats, each of about 0.2 s. */
static double measure(test_run *r, double sites)
{
    double best = 1e9, dt = r->dt;
    int steps = (int)fmax(2, 0.2 / (sites * 15e-9));
    for (int repeat = 0; repeat < 8; repeat++) {
        double begin = bench_now();
        for (int i = 0; i < steps; i++)
            run_must(r->input->stepper->step(r->sim, r->stepper, &dt));
        best = fmin(best, (bench_now() - begin) / steps);
    }
    return best;
}

/* One backward and one forward transform alone. */
static double pair(test_run *r, double sites)
{
    weft_fft *fft = r->sim->fft;
    double *buffer = weft_fft_buffer(fft), best = 1e9;
    int times = (int)fmax(2, 0.2 / (sites * 15e-9));
    for (int repeat = 0; repeat < 8; repeat++) {
        double begin = bench_now();
        for (int i = 0; i < times; i++) {
            weft_fft_backward(fft, buffer);
            weft_fft_forward(fft, buffer);
        }
        best = fmin(best, (bench_now() - begin) / times);
    }
    weft_fft_buffer_free(fft, buffer);
    return best;
}

static void bench(const char *name, const char *potential, const char *n, const char *length,
                  const char *stepper, int stages, double dt)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: %s, length: %s}\nklein_gordon: {potential: %s}\n"
             "initial: {type: gaussian, amplitude: 0.5, width: 3.0}\n"
             "time: {stepper: %s, dt: %.17g, end: 1000.0}\n",
             n, length, potential, stepper, dt);
    double sites = (double)weft_grid_sites(r.sim->grid);
    double alone = stages * pair(&r, sites), step = measure(&r, sites);
    printf("%-28s %8.2f ns/site/step  %7.1f M site-steps/s  transforms %3.0f %%  "
           "ratio to its transforms alone %.2f\n",
           name, 1e9 * step / sites, 1e-6 * sites / step, 100 * alone / step, step / alone);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    bench("strang 1D 512 sine_gordon", "sine_gordon", "[512]", "[80.0]", "strang", 1, 0.01);
    bench("strang 1D 4096 phi4", "phi4", "[4096]", "[400.0]", "strang", 1, 0.01);
    bench("strang 1D 4096 sine_gordon", "sine_gordon", "[4096]", "[400.0]", "strang", 1, 0.01);
    bench("split4 1D 512 sine_gordon", "sine_gordon", "[512]", "[80.0]", "split4", 6, 0.2);
    bench("strang 2D 512 phi4", "phi4", "[512, 512]", "[64.0, 64.0]", "strang", 1, 0.01);
    bench("strang 3D 64 phi4", "phi4", "[64, 64, 64]", "[32.0, 32.0, 32.0]", "strang", 1, 0.02);
    bench("strang 3D 128 phi4", "phi4", "[128, 128, 128]", "[32.0, 32.0, 32.0]", "strang", 1, 0.02);
    MPI_Finalize();
    return 0;
}

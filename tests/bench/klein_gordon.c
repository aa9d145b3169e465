/* Steps of Klein-Gordon fields beside the transforms that they need: one backward and one forward
 * for each stage; steps of differences beside copying the two fields. */
#include "bench.h"

static void bench(const char *name, const char *potential, const char *n, const char *length,
                  const char *stepper, int stages, double dt)
{
    char text[1024];
    snprintf(text, sizeof text,
             "model: klein_gordon\ngrid: {n: %s, length: %s}\nklein_gordon: {potential: %s}\n"
             "initial: {type: gaussian, amplitude: 0.5, width: 3.0}\n"
             "time: {stepper: %s, dt: %.17g, end: 1e6}\n",
             n, length, potential, stepper, dt);
    bench_beside_transforms("klein_gordon", name, stages, 1, text);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    bench("strang, 512, phi4", "phi4", "[512]", "[80.0]", "strang", 1, 0.01);
    bench("strang, 512, sine_gordon", "sine_gordon", "[512]", "[80.0]", "strang", 1, 0.01);
    bench("strang, 4096, phi4", "phi4", "[4096]", "[400.0]", "strang", 1, 0.01);
    bench("strang, 4096, sine_gordon", "sine_gordon", "[4096]", "[400.0]", "strang", 1, 0.01);
    bench("split4, 512, sine_gordon", "sine_gordon", "[512]", "[80.0]", "split4", 6, 0.1);
    bench("strang, 512 x 512, phi4", "phi4", "[512, 512]", "[64.0, 64.0]", "strang", 1, 0.01);
    bench("strang, 64 x 64 x 64, phi4", "phi4", "[64, 64, 64]", "[32.0, 32.0, 32.0]", "strang", 1,
          0.02);
    bench("strang, 128 x 128 x 128, phi4", "phi4", "[128, 128, 128]", "[32.0, 32.0, 32.0]",
          "strang", 1, 0.02);
    bench_beside_copies("klein_gordon", "verlet, fd4, 512 x 512, phi4", 2,
                        "model: klein_gordon\ngrid: {n: [512, 512], length: [64.0, 64.0]}\n"
                        "klein_gordon: {potential: phi4, laplacian: fd4}\n"
                        "initial: {type: gaussian, amplitude: 0.5, width: 3.0}\n"
                        "time: {stepper: verlet, dt: 0.01, end: 1e6}\n");
    MPI_Finalize();
    return 0;
}

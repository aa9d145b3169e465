/* The complex Ginzburg-Landau equation on several ranks: equal to 1e-12 (spectral) and to the bit
 * (second differences); the same bits after a resume; no allocation in the time loop. */
#include "fronts.h"

static const struct {
    const char *grid, *own, *stepper, *list;
    double tolerance;
} settings[] = {
    {"n: [24, 30], length: [24, 30]", "{alpha: 1, beta: -0.7}", "etdrk4", "spiral_cores, ", 1e-12},
    {"n: [12, 20], length: [12, 20]", "{alpha: 1, beta: 0.7, boundary: neumann, dealias: 2/3}",
     "etdrk4", "spiral_cores, ", 1e-12},
    {"n: [10, 9, 21], length: [10, 9, 21]",
     "{alpha: 0.5, beta: 1, scheme: fd2, boundary: [periodic, neumann, periodic]}", "rk4",
     "spiral_cores, ", 0.0},
    /* pencils on 3 ranks (of which one has no modes) and 4 */
    {"n: [2, 7, 2], length: [2, 7, 2]",
     "{alpha: 0.5, beta: 1, boundary: [neumann, periodic, neumann]}", "etdrk4", "spiral_cores, ",
     1e-12},
};

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char text[2048];
        snprintf(text, sizeof text,
                 "model: cgle\ngrid: {%s}\ncgle: %s\ninitial: {type: random, amplitude: 0.5}\n"
                 "observe: {list: [%samplitude, amplitude2, mean_re, mean_im, wavenumber]}\n"
                 "time: {end: 100, dt: 0.05, stepper: %s}\n",
                 settings[i].grid, settings[i].own, settings[i].list, settings[i].stepper);
        front_test_ranks(text, settings[i].tolerance, 100.0 * settings[i].tolerance);
        front_test_resume(text, "cgle");
        front_test_memory(text);
    }
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

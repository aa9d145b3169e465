/* KPZ: equal fields and observables on any number of ranks (to the bit for lattice schemes, to
 * 1e-12 for the spectral one), and the same bits after a resume, for every scheme and dimension. */
#include "fronts.h"

static const struct {
    const char *grid, *own, *stepper, *initial;
    const char *further; /* further observables */
    double tolerance;    /* of the field */
} settings[] = {
    {"n: 2503, length: 1250", "{lambda: 1, noise: 0.2, disorder_type: gaussian, disorder: 0.3}",
     "leimkuhler_matthews", "{type: flat}", ", gradient2", 0.0},
    {"n: [14, 70], length: [14, 35]", "{lambda: -2, noise: 0.1, scheme: standard, clip: 2}", "heun",
     "{type: wedge, slope: -0.2}", ", gradient2", 0.0},
    {"n: [9, 8, 10], length: [9, 8, 10]", "{lambda: 1, noise: 0.1, tilt: 0.1}", "sra1",
     "{type: random}", "", 0.0},
    {"n: 128, length: 64", "{lambda: 2, noise: 0.3, tilt: 0.2, scheme: spectral}", "etd_heun",
     "{type: stationary}", ", structure_factor", 1e-12},
    {"n: [16, 24], length: [8, 12]",
     "{lambda: 2, noise: 0.3, scheme: spectral, disorder_type: uniform, disorder: 0.3}", "etd_heun",
     "{type: flat}", ", structure_factor_log", 1e-12},
    /* pencils on 4 ranks */
    {"n: [3, 8, 9], length: [3, 8, 9]",
     "{lambda: 1, noise: 0.2, scheme: spectral, disorder_type: gaussian, disorder: 0.3}",
     "etd_heun", "{type: flat}", ", structure_factor", 1e-12},
};

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char text[2048];
        snprintf(text, sizeof text,
                 "model: kpz\ngrid: {%s}\nkpz: %s\ninitial: %s\nobserve: {list: [%s%s]}\n"
                 "time: {end: 100, dt: 0.02, stepper: %s}\n",
                 settings[i].grid, settings[i].own, settings[i].initial, FRONT_OBSERVABLES,
                 settings[i].further, settings[i].stepper);
        front_test_ranks(text, settings[i].tolerance, 100.0 * settings[i].tolerance);
        front_test_resume(text, "kpz");
        front_test_memory(text);
    }
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

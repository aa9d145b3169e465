/* Limit-cycle oscillators: bit-equal on any number of ranks, and after a resume. */
#include "fronts.h"

#define COMMON FRONT_OBSERVABLES ", order_parameter, frequency_spread, locked, slips, amplitude"

static const struct {
    const char *grid, *own, *stepper, *initial, *further; /* further observables */
} settings[] = {
    {"[203]", "{shear: 0.5, reactive: -0.3, noise: 0.05, disorder_type: gaussian, disorder: 0.2}",
     "sra1", "{type: flat}", ", winding, cluster_sizes, width2_folded, slip_rate"},
    {"[101]", "{kind: van_der_pol, growth: 0.5, noise: 0.05, topology: chain}", "heun",
     "{type: random}", ", cluster_sizes, slip_rate"},
    {"[10, 21]", "{disorder_type: uniform, disorder: 0.2}", "rk4", "{type: twisted, winding: 2}",
     ", winding"},
};

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char text[2048];
        snprintf(text, sizeof text,
                 "model: oscillators\ngrid: {n: %s}\noscillators: %s\ninitial: %s\n"
                 "observe: {list: [%s%s]}\ntime: {end: 100, dt: 0.05, stepper: %s}\n",
                 settings[i].grid, settings[i].own, settings[i].initial, COMMON,
                 settings[i].further, settings[i].stepper);
        front_test_ranks(text, 0.0, 0.0);
        front_test_resume(text, "oscillators");
        front_test_memory(text);
    }
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

/* Kuramoto: bit-equal fields and observables on any number of ranks, and after a resume, for every
 * topology, dimension and stochastic stepper. */
#include "fronts.h"

#define COMMON FRONT_OBSERVABLES ", order_parameter, frequency_spread, locked"

static const struct {
    const char *grid, *own, *stepper, *initial, *further; /* further observables */
} settings[] = {
    {"[203]", "{noise: 0.2, phase_lag: 0.4, disorder_type: gaussian, disorder: 0.3}",
     "leimkuhler_matthews", "{type: flat}",
     ", slips, slip_rate, winding, width2_folded, cluster_sizes, structure_factor"},
    {"[2503]", "{noise: 1.5, topology: chain}", "euler_maruyama", "{type: stationary}",
     ", slips, slip_rate, width2_folded, cluster_sizes"},
    {"[150]", "{noise: 0.3, harmonics: [0.3], disorder_type: lorentzian, disorder: 0.1}", "heun",
     "{type: random}", ", winding, structure_factor_log"},
    {"[14, 70]", "{noise: 0.2, phase_lag: -0.3, disorder_type: uniform, disorder: 0.3}", "sra1",
     "{type: wedge, slope: -0.2}", ", slips, winding, cluster_sizes, structure_factor"},
    {"[9, 8, 10]", "{noise: 1, phase_lag: 0.3, topology: chain}", "leimkuhler_matthews",
     "{type: flat}", ", slips, slip_rate, cluster_sizes"},
    {"[9, 8, 10]", "{phase_lag: 0.3, disorder_type: gaussian, disorder: 2}", "euler_maruyama",
     "{type: twisted, winding: 1}", ", slips, winding"},
    {"[301]", "{noise: 0.1, topology: all_to_all, disorder_type: lorentzian, disorder: 0.3}",
     "leimkuhler_matthews", "{type: random}", ""},
};

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char text[2048];
        snprintf(text, sizeof text,
                 "model: kuramoto\ngrid: {n: %s}\nkuramoto: %s\ninitial: %s\n"
                 "observe: {list: [%s%s]}\ntime: {end: 100, dt: 0.05, stepper: %s}\n",
                 settings[i].grid, settings[i].own, settings[i].initial, COMMON,
                 settings[i].further, settings[i].stepper);
        /* spectra go through transforms, all else is exact */
        front_test_ranks(text, 0.0, strstr(settings[i].further, "structure") ? 1e-12 : 0.0);
        front_test_resume(text, "kuramoto");
        front_test_memory(text);
    }
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

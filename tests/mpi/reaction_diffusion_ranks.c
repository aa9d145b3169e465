/* Reaction-diffusion fields: the same bits on any number of ranks and after a resume, for every
 * kind of noise, boundary and dimension; no allocation in the time loop. */
#include "fronts.h"

#define ALL "density_A, total_A, variance_A, min_A, max_A, correlation_A, profile_A"

static const struct {
    const char *grid, *own, *stepper, *initial, *observe;
} settings[] = {
    {"n: 203, length: 100",
     "{species: [A, B], diffusion: {A: 0.5}, boundary: neumann, reactions: ["
     "{reaction: \"A + B -> 2 A\", rate: 1}, {reaction: \"B -> 2 B\", rate: 0.7}, "
     "{reaction: \"A -> 0\", rate: 0.5}], capacity: 3}",
     "rk4", "{type: patch, patch: 1, density: {A: 0.05, B: 1}, radius: 20}", ALL ", density"},
    {"n: [18, 30], length: [18, 30]",
     "{species: [A], diffusion: 0.5, noise: chemical_langevin, particles: 2, reactions: ["
     "{reaction: \"0 -> A\", rate: 1}, {reaction: \"A -> 0\", rate: 1}]}",
     "euler_ito", "{type: homogeneous, density: 1, perturbation: 0.5}",
     ALL ", structure_factor_A, wavenumber_A"},
    {"n: [9, 8, 10], length: [9, 8, 10]",
     "{species: [A, B], diffusion: 0.5, noise: chemical_langevin, boundary: [neumann, periodic, "
     "neumann], reactions: [{reaction: \"A + B -> 2 A\", rate: 1}]}",
     "euler_ito", "{type: random, density: 2}", ALL},
    {"n: [14, 70], length: [14, 70]",
     "{species: [A], diffusion: 0.3, noise: dp, sigma: 0.8, reactions: ["
     "{reaction: \"2 A -> A\", rate: 1}, {reaction: \"A -> 2 A\", rate: 1}]}",
     "split_step", "{type: front, left: 1, right: 0, position: 5}", ALL ", front_position_A"},
};

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char text[2048];
        snprintf(text, sizeof text,
                 "model: reaction_diffusion\ngrid: {%s}\nreaction_diffusion: %s\ninitial: %s\n"
                 "observe: {list: [%s]}\ntime: {end: 100, dt: 0.05, stepper: %s}\n",
                 settings[i].grid, settings[i].own, settings[i].initial, settings[i].observe,
                 settings[i].stepper);
        front_test_ranks(text, 0.0, 0.0);
        front_test_resume(text, "rd");
        front_test_memory(text);
    }
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

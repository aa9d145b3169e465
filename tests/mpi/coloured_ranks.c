/* Noise with memory does not depend on the number of ranks: fields and modes to the bit. */
#include "run.h"

static const char *const cases[] = {
    "model: kuramoto\ngrid: {n: [331]}\n"
    "kuramoto: {noise: 0.1, phase_lag: 0.4, noise_type: fractional, hurst: 0.8}\n"
    "initial: {type: random}\ntime: {dt: 0.05, end: 10}\n",

    "model: kuramoto\ngrid: {n: [13, 70]}\n"
    "kuramoto: {noise: 0.1, topology: chain, noise_type: fractional, hurst: 0.2, noise_start: "
    "zero}\n"
    "initial: {type: flat}\ntime: {stepper: euler_maruyama, dt: 0.05, end: 10}\n",

    "model: kpz\ngrid: {n: [9, 10, 12], length: [9, 5, 12]}\n"
    "kpz: {noise: 0.1, lambda: 1, noise_type: ou, correlation_time: 0.4}\n"
    "initial: {type: random}\ntime: {dt: 0.02, end: 10}\n",

    "model: oscillators\ngrid: {n: [40, 12]}\n"
    "oscillators: {noise: 0.1, noise_type: fractional, hurst: 0.6}\n"
    "initial: {type: random}\ntime: {dt: 0.02, end: 10}\n",

    "model: oscillators\ngrid: {n: [140]}\n"
    "oscillators: {kind: van_der_pol, noise: 0.1, noise_type: ou, correlation_time: 3}\n"
    "initial: {type: random}\ntime: {dt: 0.02, end: 10}\n",

    "model: equation\ngrid: {n: [150], length: [150]}\n"
    "equation: {fields: [u, v], space: lattice, noise_type: fractional, hurst: 0.7, equations: "
    "[\"dt(u) = u[1] + u[-1] - 2*u + v + 0.3*xi\", \"dt(v) = -u\"]}\n"
    "initial: {type: formula, u: normal}\ntime: {stepper: heun, dt: 0.02, end: 10}\n",

    "model: equation\ngrid: {n: [150], length: [150]}\n"
    "equation: {fields: {u: real, A: complex}, space: lattice, noise_type: ou, correlation_time: "
    "2, "
    "equations: [\"dt(u) = u[1] + u[-1] - 2*u\", \"dt(A) = A - abs2(A)*A + 0.3*(xi(2) + "
    "i*xi(3))\"]}\n"
    "initial: {type: formula, u: normal}\ntime: {stepper: heun, dt: 0.02, end: 10}\n",

    "model: equation\ngrid: {n: [150], length: [150]}\n"
    "equation: {fields: [u], space: lattice, noise_type: ou, correlation_time: 2, equations: "
    "[\"dtt(u) = u[1] + u[-1] - 2*u - dt(u) + 0.3*xi\"]}\n"
    "initial: {type: formula, u: normal}\ntime: {stepper: heun, dt: 0.02, end: 10}\n",
};

static void compare(const char *text)
{
    test_run all, one;
    run_start(&all, MPI_COMM_WORLD, text);
    run_start(&one, MPI_COMM_SELF, text);
    CHECK(weft_state_find(one.sim->state, "noise_modes"));
    for (int s = 0; s < 60; s++) {
        run_step(&all, 1e9);
        run_step(&one, 1e9);
    }
    for (int f = 0; f < one.sim->state->n; f++) {
        const weft_field_spec *spec = &one.sim->state->field[f].spec;
        for (int c = 0; c < spec->components; c++) {
            double *a = run_field(&all, spec->name, c), *b = run_field(&one, spec->name, c);
            CHECK(memcmp(a, b, (size_t)weft_grid_sites(one.sim->grid) * sizeof *a) == 0);
            weft_free(a);
            weft_free(b);
        }
    }
    run_close(&all);
    run_close(&one);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int before = check_failed;
        compare(cases[i]);
        if (check_failed > before)
            fprintf(stderr, "in the case\n%s\n", cases[i]);
    }
    return check_end();
}

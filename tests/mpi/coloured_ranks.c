/* Noise with memory does not depend on the number of ranks: fields and modes to the bit; in k space
 * the modes to the bit, and fields but for the rounding of transforms. */
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

/* Transforms on different numbers of ranks round differently; numbers of the sites do not. */
static const char *const in_k_space[] = {
    "model: kpz\ngrid: {n: [24, 32], length: [24, 32]}\n"
    "kpz: {noise: 0.1, lambda: 1, scheme: spectral, noise_type: fractional, hurst: 0.7}\n"
    "initial: {type: flat}\ntime: {dt: 0.05, end: 10}\n",

    "model: equation\ngrid: {n: [16, 32], length: [16, 32]}\n"
    "equation: {fields: [u, v], noise_type: ou, correlation_time: 2, equations: [\"dt(u) = lap(u) "
    "+ "
    "0.3*xi + 0.1*xi(2)\", \"dt(v) = lap(v) - u + 0.2*xi\"]}\n"
    "initial: {type: formula}\ntime: {stepper: etd_heun, dt: 0.05, end: 10}\n",
};

static bool near(const double *a, const double *b, int64_t n, double tolerance)
{
    for (int64_t i = 0; i < n; i++)
        if (!(fabs(a[i] - b[i]) <= tolerance))
            return false;
    return true;
}

static void compare(const char *text, double tolerance)
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
            const double allowed = spec->role == WEFT_MEMORY ? 0.0 : tolerance;
            CHECK(near(a, b, weft_grid_sites(one.sim->grid), allowed));
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
        compare(cases[i], 0.0);
        if (check_failed > before)
            fprintf(stderr, "in the case\n%s\n", cases[i]);
    }
    for (size_t i = 0; i < sizeof in_k_space / sizeof *in_k_space; i++)
        compare(in_k_space[i], 1e-12);
    return check_end();
}

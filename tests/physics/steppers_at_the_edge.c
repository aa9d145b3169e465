/* Steppers at the edge: no PETSc method goes over a pole or creeps towards one for ever, and the
 * default stepper with noise is right from its first step on. */
#include "run.h"
#include "weft/stepper.h"

/* rho_t = rho^2 from 1: 1/(1 - t). The run fails at t = 1, at any tolerance. */
static void pole(const char *stepper, double rtol)
{
    enum { MOST = 20000 };
    test_run r;
    run_open(
        &r,
        "model: reaction_diffusion\ngrid: {n: [32], length: [32]}\nreaction_diffusion: {species: "
        "[A], reactions: [{reaction: 2 A -> 3 A, rate: 1.0}], diffusion: 0.1}\ninitial: {type: "
        "homogeneous, density: 1.0}\ntime: {stepper: %s, end: 2, rtol: %g}\n",
        stepper, rtol);
    weft_status status = WEFT_OK;
    int steps = 0;
    for (; steps < MOST && r.sim->time < 2 && status == WEFT_OK; steps++) {
        double dt = 0.1; /* records: bdf goes from one to the next */
        status = r.input->stepper->step(r.sim, r.stepper, &dt);
        if (status == WEFT_OK) {
            r.sim->time += dt;
            status = r.sim->model->guard(r.sim);
        }
    }
    CHECK(status == WEFT_FAILED && steps < MOST);
    CHECK(r.sim->time > 0.89 && r.sim->time < 1.01);
    weft_error_clear();
    run_close(&r);
}

/* Where a step went over a pole all is finite and negative; what rounding leaves below zero is
 * none of that. */
static void negative_density(double least, double rest, weft_status expected)
{
    test_run r;
    double state[8] = {least};
    for (int i = 1; i < 8; i++)
        state[i] = rest;
    run_open(&r, "model: reaction_diffusion\ngrid: {n: [8], length: [8]}\n"
                 "reaction_diffusion: {species: [A], reactions: [{reaction: 2 A -> 3 A, rate: 1}], "
                 "diffusion: 0.1}\ninitial: {type: homogeneous, density: 1.0}\n"
                 "time: {dt: 0.01, end: 2}\n");
    weft_field_assign(r.sim->state, weft_state_find(r.sim->state, "density"), 0, state, 0);
    CHECK(r.sim->model->guard(r.sim) == expected);
    weft_error_clear();
    run_close(&r);
}

/* Free oscillators: W^2 = 2 D t (1 - 1/N) at every step, within 4 standard errors of N squares. */
static void first_steps(void)
{
    enum { N = 100000 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {coupling: 0, noise: 0.7}\n"
             "initial: {type: flat}\ntime: {end: 1, dt: 0.1, stepper: leimkuhler_matthews}\n",
             N);
    for (int step = 1; step <= 5; step++) {
        const double exact = 2 * 0.7 * 0.1 * step;
        double sum = 0, mean = 0;
        run_to(&r, 0.1 * step);
        double *phase = run_field(&r, "phase", 0);
        for (int i = 0; i < N; i++)
            mean += phase[i] / N;
        for (int i = 0; i < N; i++)
            sum += (phase[i] - mean) * (phase[i] - mean) / N;
        CHECK_NEAR(sum, exact, 4 * exact * sqrt(2.0 / N));
        weft_free(phase);
    }
    run_close(&r);
}

int main(int argc, char **argv)
{
    static const char *const steppers[3] = {"petsc_rosw", "petsc_arkimex", "petsc_bdf"};
    MPI_Init(&argc, &argv);
    for (int s = 0; s < 3 && !weft_stepper_find(steppers[s])->missing; s++)
        for (double rtol = 1e-4; rtol > 1e-9; rtol *= 1e-2)
            pole(steppers[s], rtol);
    negative_density(-1.43, -1.43, WEFT_FAILED);
    negative_density(-0.1, 1, WEFT_FAILED);
    negative_density(-1e-9, 1, WEFT_OK);
    first_steps();
    return check_end();
}

/* PETSc's steppers against rk4 to their tolerance, faster on a stiff network, hitting outputs, the
 * same bits after a resume. */
#include "run.h"
#include "weft/clock.h"
#include "weft/io.h"

static const char *const methods[] = {"petsc_arkimex", "petsc_bdf", "petsc_rosw"};

static const char *const brusselator =
    "model: reaction_diffusion\ngrid: {n: [6, 20], length: [3, 10]}\nreaction_diffusion:\n"
    "  species: [X, Y]\n  boundary: [%s, periodic]\n  reactions:\n"
    "    - {reaction: \"0 -> X\", rate: 1}\n    - {reaction: \"X -> Y\", rate: 2.5}\n"
    "    - {reaction: \"2 X + Y -> 3 X\", rate: 1}\n    - {reaction: \"X -> 0\", rate: 1}\n"
    "  diffusion: {X: 0.1, Y: 0.2}\n"
    "initial: {type: random, density: {X: 1, Y: 2}}\ntime: {end: 10, %s}\n";

/* Largest difference of both species. */
static double apart(test_run *a, test_run *b)
{
    double worst = 0;
    for (int c = 0; c < 2; c++) {
        double *x = run_field(a, "density", c), *y = run_field(b, "density", c);
        for (int64_t i = 0; i < weft_grid_sites(a->sim->grid); i++)
            worst = fmax(worst, fabs(x[i] - y[i]));
        weft_free(x);
        weft_free(y);
    }
    return worst;
}

static void test_tolerance(const char *method, const char *boundary)
{
    test_run exact, run;
    double error[2];
    run_open(&exact, brusselator, boundary, "dt: 0.002");
    run_to(&exact, 2.0);
    for (int i = 0; i < 2; i++) {
        char time[100];
        snprintf(time, sizeof time, "stepper: %s, rtol: %g, atol: %g", method, i ? 1e-7 : 1e-4,
                 i ? 1e-7 : 1e-4);
        run_open(&run, brusselator, boundary, time);
        run_to(&run, 0.7);
        run_to(&run, 2.0);
        CHECK(run.sim->time == 2.0);
        error[i] = apart(&run, &exact);
        run_close(&run);
    }
    printf("%s, %s: error %.1e at rtol 1e-4, %.1e at 1e-7\n", method, boundary, error[0], error[1]);
    CHECK(error[0] < 2e-2 && error[1] < 5e-5 && error[1] < 0.05 * error[0]);
    run_close(&exact);
}

/* Fast reversible dimerisation with slow motion: rk4 must follow the fast rate. */
static const char *const stiff =
    "model: reaction_diffusion\ngrid: {n: 200, length: 20}\nreaction_diffusion:\n"
    "  species: [A, B]\n  reactions:\n    - {reaction: \"2 A -> B\", rate: 1e4}\n"
    "    - {reaction: \"B -> 2 A\", rate: 1e4}\n    - {reaction: \"B -> 0\", rate: 0.1}\n"
    "  diffusion: {A: 1, B: 0.1}\ninitial: {type: patch, patch: 1, density: 0.2, radius: 3}\n"
    "time: {end: 1, %s}\n";

static void test_stiff(void)
{
    test_run exact, run;
    run_open(&exact, stiff, "dt: 2.5e-5");
    double start = weft_now();
    run_to(&exact, 1.0);
    double slow = weft_now() - start;
    for (int i = 0; i < 3; i++) {
        char time[100];
        snprintf(time, sizeof time, "stepper: %s, rtol: 1e-5, atol: 1e-7", methods[i]);
        run_open(&run, stiff, time);
        start = weft_now();
        run_to(&run, 1.0);
        double fast = weft_now() - start;
        printf("stiff network: %s %.3f s, rk4 %.3f s, ratio %.1f, error %.1e\n", methods[i], fast,
               slow, slow / fast, apart(&run, &exact));
        CHECK(apart(&run, &exact) < 1e-3);
        CHECK(fast < slow);
        run_close(&run);
    }
    run_close(&exact);
}

/* As the loop does it: a checkpoint between two calls, and the same bits from there. */
static void test_resume(const char *method)
{
    test_run whole, part;
    char time[100];
    weft_file *file;
    snprintf(time, sizeof time, "stepper: %s, rtol: 1e-5", method);
    run_open(&whole, brusselator, "neumann", time);
    run_open(&part, brusselator, "neumann", time);
    run_to(&whole, 0.5);
    for (int i = 0; i < 3 && whole.sim->time < 1.0; i++)
        run_step(&whole, 1.0);
    run_must(weft_checkpoint_begin(MPI_COMM_WORLD, "petsc-resume.h5", &file));
    run_must(weft_file_put_field(file, whole.sim->state, &whole.sim->state->field[0]));
    run_must(whole.input->stepper->save(whole.sim, whole.stepper, file));
    run_must(weft_checkpoint_commit(file));
    run_must(weft_checkpoint_open(MPI_COMM_WORLD, "petsc-resume.h5", &file));
    run_must(weft_file_get_field(file, part.sim->state, &part.sim->state->field[0]));
    run_must(part.input->stepper->load(part.sim, part.stepper, file));
    run_must(weft_file_close(file));
    part.sim->time = whole.sim->time;
    for (double t = 1.0; t <= 2.0; t += 1.0) {
        run_to(&whole, t);
        run_to(&part, t);
    }
    CHECK(apart(&whole, &part) == 0.0);
    run_close(&whole);
    run_close(&part);
    remove("petsc-resume.h5");
}

/* Lines: the solver for bands against PETSc's own factors. The input has one %s for the boundary
 * and one for the options. */
static void test_line(const char *text, const char *name, const char *boundary)
{
    test_run own, petsc;
    double worst = 0;
    run_open(&own, text, boundary, "");
    run_open(&petsc, text, boundary, ", petsc: \"-pc_type lu\"");
    run_to(&own, 1.0);
    run_to(&petsc, 1.0);
    double *x = run_field(&own, name, 0), *y = run_field(&petsc, name, 0);
    for (int64_t i = 0; i < weft_grid_sites(own.sim->grid); i++)
        worst = fmax(worst, fabs(x[i] - y[i]));
    weft_free(x);
    weft_free(y);
    CHECK(own.sim->step == petsc.sim->step);
    CHECK_NEAR(worst, 0, 1e-10);
    run_close(&own);
    run_close(&petsc);
}

/* Two components, so that the band is two wide; and neighbours of neighbours across components,
 * which make it five wide. */
static void test_lines(void)
{
    static const char *const boundaries[] = {"periodic", "neumann", "dirichlet", "antiperiodic"};
    for (int i = 0; i < 4; i++) {
        if (i < 3)
            test_line("model: reaction_diffusion\ngrid: {n: 151, length: 30}\nreaction_diffusion:\n"
                      "  species: [A, B]\n  boundary: %s\n  reactions:\n"
                      "    - {reaction: \"2 A -> B\", rate: 1e2}\n"
                      "    - {reaction: \"B -> 2 A\", rate: 1e2}\n  diffusion: {A: 1, B: 0.1}\n"
                      "initial: {type: random, density: {A: 1, B: 2}}\n"
                      "time: {end: 1, stepper: petsc_rosw, rtol: 1e-5%s}\n",
                      "density", boundaries[i]);
        test_line("model: equation\ngrid: {n: 24, length: 24}\nequation:\n  fields: [u, v]\n"
                  "  space: lattice\n  boundary: %s\n  equations:\n"
                  "    - dt(u) = lap(u) + 0.3*v[2] - 40*u^3\n    - dt(v) = u[-2] - v + lap(v)\n"
                  "initial: {type: formula, u: \"cos(x) + 0.1*x\", v: \"sin(x/2)\"}\n"
                  "time: {end: 1, stepper: petsc_arkimex, rtol: 1e-6%s}\n",
                  "u", boundaries[i]);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (int i = 0; i < 3; i++) {
        test_tolerance(methods[i], "neumann");
        test_tolerance(methods[i], "dirichlet");
        test_resume(methods[i]);
    }
    test_stiff();
    test_lines();
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

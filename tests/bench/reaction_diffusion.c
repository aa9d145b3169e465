/* Reaction-diffusion fields: site updates of rk4, and what implicit steppers cost against it at
 * equal error on networks of growing stiffness. */
#include "bench.h"
#include "run.h"

static const char *const implicit[] = {"petsc_arkimex", "petsc_bdf", "petsc_rosw"};
static const double target = 1e-4; /* largest error of a density */

/* A fast reversible dimerisation whose product decays slowly: the densities move on the slow
 * manifold while explicit steps must follow the fast rate. The two grids have as many sites. */
static const char *const stiff =
    "model: reaction_diffusion\ngrid: {n: %s, length: %s}\nreaction_diffusion:\n"
    "  species: [A, B]\n  reactions:\n    - {reaction: \"2 A -> B\", rate: %g}\n"
    "    - {reaction: \"B -> 2 A\", rate: %g}\n    - {reaction: \"B -> 0\", rate: 0.1}\n"
    "  diffusion: {A: 1, B: 0.1}\ninitial: {type: patch, patch: 1, density: 0.2, radius: 3}\n"
    "time: {end: 1, %s}\n";

static const char *const boxes[2][2] = {{"1024", "400"}, {"[32, 32]", "[12.8, 12.8]"}};

typedef struct result {
    double seconds, error;
} result;

static result measure(const char *const box[2], double rate, const char *time, const double *exact,
                      double *keep)
{
    test_run r;
    result out = {0};
    run_open(&r, stiff, box[0], box[1], rate, rate, time);
    double begin = bench_now();
    run_to(&r, 1.0);
    out.seconds = bench_now() - begin;
    for (int c = 0; c < 2; c++) {
        double *x = run_field(&r, "density", c);
        for (int i = 0; i < 1024; i++) {
            if (exact)
                out.error = fmax(out.error, fabs(x[i] - exact[c * 1024 + i]));
            else
                keep[c * 1024 + i] = x[i];
        }
        weft_free(x);
    }
    run_close(&r);
    return out;
}

/* The cheapest run of a ladder of ever finer ones that is below the target. */
static result climb(const char *const box[2], double rate, const char *method, const double *exact)
{
    result got = {0};
    char time[128];
    const double fastest = 4 * rate + 6.5 / (0.4 * 0.4); /* of the linearised network, and hops */
    for (int level = 0; level < 12; level++) {
        if (method)
            snprintf(time, sizeof time, "stepper: %s, rtol: %g, atol: %g", method,
                     1e-2 * pow(0.316227766, level), 1e-4 * pow(0.316227766, level));
        else
            snprintf(time, sizeof time, "dt: %.17g", 1 / ceil(fastest / 2.5 * pow(2, 0.5 * level)));
        got = measure(box, rate, time, exact, NULL);
        if (got.error < target)
            break;
    }
    return got;
}

static void curve(const char *const box[2])
{
    static double exact[2 * 1024];
    printf("n = %s: CPU seconds (error) to t = 1 at the first error below %g\n", box[0], target);
    for (double rate = 10; rate < 2e5; rate *= 10) {
        measure(box, rate, "stepper: petsc_rosw, rtol: 1e-8, atol: 1e-10", NULL, exact);
        result rk4 = climb(box, rate, NULL, exact);
        printf("  rate %-7g rk4 %.4f (%.0e)", rate, rk4.seconds, rk4.error);
        for (int i = 0; i < 3; i++) {
            result r = climb(box, rate, implicit[i], exact);
            printf("  %s %.4f (%.0e) %.2fx", implicit[i] + 6, r.seconds, r.error,
                   rk4.seconds / r.seconds);
        }
        printf("\n");
        fflush(stdout);
    }
}

static void explicit_rate(void)
{
    test_run r;
    double best = 1e9;
    run_open(&r, stiff, "[512, 512]", "[204.8, 204.8]", 1.0, 1.0, "dt: 0.01");
    for (int repeat = 0; repeat < 5; repeat++) {
        double begin = bench_now();
        run_to(&r, r.sim->time + 0.1);
        best = fmin(best, bench_now() - begin);
    }
    printf("rk4, 512 x 512, two species, three reactions: %.1f M site-steps/s\n",
           10.0 * 512 * 512 / best * 1e-6);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    explicit_rate();
    for (int i = 0; i < 2; i++)
        if (argc < 2 || atoi(argv[1]) == i + 1)
            curve(boxes[i]);
    MPI_Finalize();
    return 0;
}

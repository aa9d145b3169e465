/* Reaction-diffusion and complex Ginzburg-Landau fields: explicit steps beside copying their fields
 * or beside their transforms, and implicit steppers beside rk4 at equal error on networks of
 * growing stiffness.
 *
 * usage: bench_reaction_diffusion [PARTS]   PARTS: steps, stiff (default both) */
#include "bench.h"

/* ---- explicit steps ---- */

static void explicit_steps(void)
{
    bench_beside_copies("fields", "Gray-Scott, 512 x 512, rk4", 8,
                        "model: reaction_diffusion\ngrid: {n: [512, 512], length: [512.0, "
                        "512.0]}\n" BENCH_GRAY_SCOTT "time: {stepper: rk4, dt: 0.5, end: 1e6}\n");
    bench_beside_transforms("fields", "cgle, 256 x 256, etdrk4", 4, 2,
                            "model: cgle\ngrid: {n: [256, 256], length: [200.0, 200.0]}\n"
                            "cgle: {alpha: 1.5, beta: -0.7, scheme: spectral, dealias: none}\n"
                            "time: {stepper: etdrk4, dt: 0.02, end: 1e6}\n"
                            "initial: {type: random}\n");
}

/* ---- implicit steppers ---- */

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

typedef struct box {
    const char *name, *n, *length;
} box;
static const box boxes[2] = {{"a line of 1024", "1024", "400"},
                             {"32 x 32", "[32, 32]", "[12.8, 12.8]"}};

typedef struct result {
    double seconds, error;
} result;

/* One run to t = 1. exact: what the densities should be; NULL: they are put into keep. */
static result measure(const box *b, double rate, const char *time, const double *exact,
                      double *keep)
{
    test_run r;
    result out = {0};
    run_open(&r, stiff, b->n, b->length, rate, rate, time);
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

/* The cheapest run of a ladder of ever finer ones that is below the target: its line `time`. */
static void climb(const box *b, double rate, const char *method, const double *exact, char *time,
                  size_t size)
{
    const double fastest = 4 * rate + 6.5 / (0.4 * 0.4); /* of the linearised network, and hops */
    for (int level = 0; level < 12; level++) {
        if (method)
            snprintf(time, size, "stepper: %s, rtol: %g, atol: %g", method,
                     1e-2 * pow(0.316227766, level), 1e-4 * pow(0.316227766, level));
        else
            snprintf(time, size, "dt: %.17g", 1 / ceil(fastest / 2.5 * pow(2, 0.5 * level)));
        if (measure(b, rate, time, exact, NULL).error < target)
            return;
    }
}

/* A whole run in each turn. */
typedef struct whole {
    const box *b;
    double rate;
    const char *time;
    const double *exact;
} whole;

static void runs(void *what, long count)
{
    const whole *w = what;
    for (long i = 0; i < count; i++)
        measure(w->b, w->rate, w->time, w->exact, NULL);
}

static void stiffness(const box *b)
{
    static double exact[2 * 1024];
    for (double rate = 10; rate < 2e4; rate *= 10) {
        char explicit_time[128], time[128];
        measure(b, rate, "stepper: petsc_rosw, rtol: 1e-8, atol: 1e-10", NULL, exact);
        climb(b, rate, NULL, exact, explicit_time, sizeof explicit_time);
        for (int i = 0; i < 3; i++) {
            climb(b, rate, implicit[i], exact, time, sizeof time);
            char *name = weft_format("%s, rate %g, %s", implicit[i], rate, b->name);
            whole own = {b, rate, time, exact}, other = {b, rate, explicit_time, exact};
            bench_side bound = {"rk4", runs, &other, 1e9};
            bench_row("stiff", "s/run", (bench_side){name, runs, &own, 1e9}, &bound);
            weft_free(name);
        }
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const char *parts = argc > 1 ? argv[1] : "steps stiff";
    if (strstr(parts, "steps"))
        explicit_steps();
    if (strstr(parts, "stiff"))
        for (int i = 0; i < 2; i++)
            stiffness(&boxes[i]);
    MPI_Finalize();
    return 0;
}

/* All vacua are level: a step may not give vacua of the same energy different ones, or walls
 * between them are pushed. Exact: a uniform vacuum rests, a kink at rest rests, and the
 * sine-Gordon equation does not change when 2 pi N is added to phi. */
#include "run.h"

static const char *const steppers[] = {"strang", "split4", "split6", "verlet", "yoshida4"};
enum { STEPPERS = sizeof steppers / sizeof *steppers };

/* A kink at rest, dt: auto: where phi passes the level, and its largest change. */
static void kink_rests(const char *grid, const char *model, const char *initial, double end,
                       double largest)
{
    for (int s = 0; s < STEPPERS; s++) {
        test_run r;
        double before, after;
        run_open(&r,
                 "model: klein_gordon\ngrid: %s\nklein_gordon: %s\ninitial: %s\n"
                 "time: {stepper: %s, dt: auto, end: %g}\nobserve: {every: %g}\n",
                 grid, model, initial, steppers[s], end, end);
        double energy = run_value(&r, "energy");
        run_get(&r, "kink_positions(1)", &before);
        run_to(&r, end);
        run_get(&r, "kink_positions(1)", &after);
        double drift = run_value(&r, "energy") / energy - 1;
        printf("%-9s dt %.4f: moved %9.2e, energy drift %9.2e  %s\n", steppers[s], r.dt,
               after - before, drift, model);
        CHECK_NEAR(after, before, largest);
        CHECK_NEAR(drift, 0, 1e-3);
        run_close(&r);
    }
}

static void kinks_rest(void)
{
    kink_rests("{n: [800], length: [80]}", "{potential: phi6, boundary: neumann}", "{type: kink}",
               60, 1e-3);
    kink_rests("{n: [400], length: [50]}",
               "{potential: phi6, lambda: 2.0, vacuum: 1.2, boundary: neumann}", "{type: antikink}",
               30, 1e-3);
    kink_rests("{n: [512], length: [60]}", "{potential: double_sine_gordon, eta: 1.0, winding: 2}",
               "{type: kink}", 50, 1e-3);
    kink_rests("{n: [400], length: [50]}", "{potential: sine_gordon, boundary: neumann}",
               "{type: kink, center: 3}", 60, 1e-3);
    kink_rests("{n: [400], length: [50]}", "{potential: sine_gordon, winding: -1}",
               "{type: antikink}", 60, 1e-3);
    kink_rests("{n: [400], length: [50]}", "{potential: phi4, boundary: antiperiodic}",
               "{type: kink, center: 3}", 60, 1e-3);
}

/* The phi^4 kink about phi = c as a polynomial: between the vacua c - 1 and c + 1, whose energies
 * a linear part about 0 would make differ by dt^2 c m^4/6. */
static void shifted_wells(double c)
{
    for (int s = 0; s < STEPPERS; s++) {
        test_run r;
        run_open(
            &r,
            "model: klein_gordon\ngrid: {n: [400], length: [50.0]}\nklein_gordon: {potential: "
            "polynomial, boundary: neumann, coefficients: [%.17g, %.17g, %.17g, %.17g, 0.25]}\n"
            "initial: {type: gaussian, amplitude: 0.0}\n"
            "time: {stepper: %s, dt: 0.08, end: 100}\n",
            0.25 * (c * c - 1) * (c * c - 1), c - c * c * c, 1.5 * c * c - 0.5, -c, steppers[s]);
        double start[400];
        for (int i = 0; i < 400; i++)
            start[i] = c + tanh((-25 + 50 * (i + 0.5) / 400) / sqrt(2));
        weft_field_assign(r.sim->state, weft_state_find(r.sim->state, "phi"), 0, start, 0);
        run_to(&r, 40);
        double *now = run_field(&r, "phi", 0), worst = 0;
        for (int i = 0; i < 400; i++)
            worst = fmax(worst, fabs(now[i] - start[i]));
        printf("phi^4 wells about %g, %s: %.2e\n", c, steppers[s], worst);
        CHECK_NEAR(worst, 0, 1e-3);
        weft_free(now);
        run_close(&r);
    }
}

/* A uniform vacuum does not move: the kick is V' = 0 there, to rounding. */
static void vacua_rest(void)
{
    static const struct {
        const char *model;
        double vacuum;
    } cases[] = {
        {"{potential: phi4}", 1},
        {"{potential: phi4, components: 2}", 1},
        {"{potential: phi6}", -1},
        {"{potential: phi6, dealias: 1/2}", 0},
        {"{potential: sine_gordon}", 2 * M_PI},
        {"{potential: double_sine_gordon, eta: 1.0}", 2 * M_PI},
        {"{potential: double_sine_gordon, eta: -1.0}", 4 * M_PI},
        {"{potential: polynomial, coefficients: [0, 0, 1, -2, 1]}", 1}, /* phi^2 (1 - phi)^2 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int s = 0; s < STEPPERS; s++) {
            test_run r;
            run_open(&r,
                     "model: klein_gordon\ngrid: {n: [6, 16], length: [3.0, 8.0]}\n"
                     "klein_gordon: %s\ninitial: {type: gaussian, amplitude: 0, background: "
                     "%.17g}\ntime: {stepper: %s, dt: 0.125, end: 100}\n",
                     cases[i].model, cases[i].vacuum, steppers[s]);
            run_to(&r, 25);
            double *phi = run_field(&r, "phi", 0);
            CHECK_NEAR(phi[5], cases[i].vacuum, 1e-12 * (1 + fabs(cases[i].vacuum)));
            weft_free(phi);
            run_close(&r);
        }
}

/* A pulse on 2 pi N is the pulse on 0; the rounding of sin near 2 pi N is N * 1e-15. */
static void shift_by_turns(const char *model, double period)
{
    for (int s = 0; s < STEPPERS; s++) {
        double *reference = NULL, turns[] = {0, 10, -1000};
        for (int i = 0; i < 3; i++) {
            test_run r;
            run_open(&r,
                     "model: klein_gordon\ngrid: {n: [256], length: [40.0]}\nklein_gordon: %s\n"
                     "initial: {type: gaussian, amplitude: 2.5, width: 2.0, background: %.17g}\n"
                     "time: {stepper: %s, dt: 0.05, end: 100}\n",
                     model, period * turns[i], steppers[s]);
            double energy = run_value(&r, "energy"), worst = 0;
            run_to(&r, 20);
            CHECK_NEAR(run_value(&r, "energy") / energy, 1, 1e-3);
            double *phi = run_field(&r, "phi", 0);
            for (int j = 0; j < 256; j++) {
                phi[j] -= period * turns[i];
                worst = reference ? fmax(worst, fabs(phi[j] - reference[j])) : 0;
            }
            CHECK_NEAR(worst, 0, 1e-11 * fmax(1, fabs(turns[i])));
            if (!reference)
                reference = phi;
            else
                weft_free(phi);
            run_close(&r);
        }
        weft_free(reference);
    }
}

/* Pairs of sine-Gordon kinks pass each other: exact solution 4 atan(sinh(g v t)/(v cosh(g x))).
 * Before, strang at its own choice of step was 3.5 away at t = 200. */
static void pair_passes(void)
{
    for (int s = 0; s < 2; s++) {
        test_run r;
        run_open(&r,
                 "model: klein_gordon\ngrid: {n: [1024], length: [100.0]}\n"
                 "klein_gordon: {potential: sine_gordon}\n"
                 "initial: {type: kink_antikink, velocity: 0.1, separation: 20}\n"
                 "time: {stepper: %s, dt: auto, end: 200}\nobserve: {every: 10}\n",
                 steppers[s]);
        double v = 0.1, g = 1 / sqrt(1 - v * v), top = cosh(10 * g), worst = 0;
        double begin = asinh(v * top) / (g * v);
        run_to(&r, 200);
        double *phi = run_field(&r, "phi", 0);
        for (int i = 0; i < 1024; i++) {
            double x = -50 + 100.0 * i / 1024;
            double exact = 4 * atan(sinh(g * v * (begin - 200)) / (v * cosh(g * x)));
            worst = fmax(worst, fabs(phi[i] - exact));
        }
        printf("sine-Gordon pair, %s, dt %.4f: %.2e\n", steppers[s], r.dt, worst);
        CHECK_NEAR(worst, 0, s == 0 ? 0.02 : 1e-5);
        weft_free(phi);
        run_close(&r);
    }
}

/* Kinks that move keep their velocity until they meet, dt: auto: the left one begins at -x and is
 * at -x + v t (the centre of energy of the pair of subkinks in double sine-Gordon breathes: there
 * the value is that of Verlet's method at dt 0.005). Before, strang was 3.1 and 2.5 away. */
static void kinks_move(const char *model, double end, double place, double tolerance)
{
    for (int s = 0; s < 4; s++) {
        test_run r;
        double x[2];
        run_open(&r,
                 "model: klein_gordon\ngrid: {n: [800], length: [80]}\nklein_gordon: %s\n"
                 "initial: {type: kink_antikink, velocity: 0.1, separation: 20}\n"
                 "time: {stepper: %s, dt: auto, end: %g}\nobserve: {every: %g}\n",
                 model, steppers[s], end, end);
        run_to(&r, end);
        run_get(&r, "kink_positions(2)", x);
        CHECK_NEAR(x[0], place, tolerance);
        run_close(&r);
    }
}

/* A linear equation stays exact at any step: its only state of rest is 0. */
static void linear_exact(const char *model, double k, double w)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [64], length: [%.17g]}\nklein_gordon: %s\n"
             "initial: {type: mode, k: [1], amplitude: 0.5}\n"
             "time: {stepper: strang, dt: 1.7, end: 1700}\n",
             2 * M_PI / k, model);
    run_to(&r, 170);
    double *phi = run_field(&r, "phi", 0);
    CHECK_NEAR(phi[32], 0.5 * cos(w * 170), 1e-11);
    weft_free(phi);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    vacua_rest();
    kinks_rest();
    shifted_wells(0);
    shifted_wells(1);
    shifted_wells(-3);
    shift_by_turns("{potential: sine_gordon}", 2 * M_PI);
    shift_by_turns("{potential: double_sine_gordon, eta: 0.7}", 4 * M_PI);
    pair_passes();
    kinks_move("{potential: phi6, boundary: neumann}", 25, -7.5, 1e-3);
    kinks_move("{potential: double_sine_gordon, eta: 1.0}", 50, -6.366, 2e-3);
    linear_exact("{potential: linear, mass: 0.8}", 0.6, 1.0);
    linear_exact("{potential: polynomial, coefficients: [0, 0, 0.32]}", 0.6, 1.0);
    return check_end();
}

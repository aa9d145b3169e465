/* Strong and weak orders of the stochastic steppers, measured on one and the same Brownian path at
 * dt and its halves: the level of the noise says how often the steps of dt are halved. */
#include "run.h"

enum { L = 128, REPLICAS = 60, LEVELS = 4, REFERENCE = 7 };
static const double dt0 = 0.2, end = 1.6;

static void open_level(test_run *r, const char *stepper, int level)
{
    run_open(r,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {noise: 0.4, phase_lag: 0.6}\n"
             "initial: {type: random}\ntime: {end: %g, dt: %.17g, stepper: %s}\n",
             L, end, ldexp(dt0, -level), stepper);
    r->sim->noise.level = (uint32_t)level;
}

/* Phases at the end, of all replicas. */
static void phases(const char *stepper, int level, double *out)
{
    test_run r;
    open_level(&r, stepper, level);
    for (uint32_t i = 0; i < REPLICAS; i++, out += L) {
        run_replica(&r, i);
        run_to(&r, end);
        double *phase = run_field(&r, "phase", 0);
        memcpy(out, phase, L * sizeof *out);
        weft_free(phase);
    }
    run_close(&r);
}

static double mean_square(const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < L * REPLICAS; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum / (L * REPLICAS));
}

/* Mean over sites and replicas of f(a) - f(b), f the cosine of a link, and its standard error. */
static double mean_difference(const double *a, const double *b, double *error)
{
    double sum = 0.0, sum2 = 0.0;
    for (int r = 0; r < REPLICAS; r++) {
        double d = 0.0;
        for (int i = 0; i < L; i++) {
            int j = r * L + i, k = r * L + (i + 1) % L;
            d += (cos(a[k] - a[j]) - cos(b[k] - b[j])) / L;
        }
        sum += d / REPLICAS;
        sum2 += d * d / REPLICAS;
    }
    *error = sqrt((sum2 - sum * sum) / (REPLICAS - 1));
    return sum;
}

typedef struct errors {
    double strong[LEVELS]; /* root mean square of phase - reference */
    double weak[LEVELS], weak_error[LEVELS];
} errors;

static errors measure(const char *stepper, const double *reference)
{
    static double x[L * REPLICAS];
    errors e;
    for (int level = 0; level < LEVELS; level++) {
        phases(stepper, level, x);
        e.strong[level] = mean_square(x, reference);
        e.weak[level] = mean_difference(x, reference, &e.weak_error[level]);
    }
    return e;
}

static void check_strong(const errors *e, double low, double high)
{
    for (int level = 1; level + 1 < LEVELS; level++) {
        double order = log2(e->strong[level] / e->strong[level + 1]);
        CHECK(order > low && order < high);
    }
}

int main(int argc, char **argv)
{
    static double reference[L * REPLICAS];
    MPI_Init(&argc, &argv);
    phases("sra1", REFERENCE, reference);
    errors euler = measure("euler_maruyama", reference);
    errors averaged = measure("leimkuhler_matthews", reference);
    errors heun = measure("heun", reference), sra1 = measure("sra1", reference);

    check_strong(&euler, 0.93, 1.07);
    check_strong(&averaged, 0.43, 0.57); /* its noise runs half a step behind the path */
    check_strong(&heun, 0.93, 1.1);
    check_strong(&sra1, 1.4, 2.1); /* 1.5; at these steps the second-order drift still counts */
    CHECK(sra1.strong[3] < 0.1 * heun.strong[3] && heun.strong[3] < 0.6 * euler.strong[3]);

    /* Weak order 1 of Euler-Maruyama; the other errors are below what this many replicas resolve
     * (for their exact values in linear systems see the test of kpz) */
    for (int level = 0; level + 1 < LEVELS; level++) {
        CHECK_NEAR(euler.weak[level] / euler.weak[level + 1], 2.0, 0.3);
        CHECK(fabs(euler.weak[level]) > 8.0 * euler.weak_error[level]);
    }
    CHECK_NEAR(heun.weak[0], 0.0, 4.0 * heun.weak_error[0] + 0.002);
    CHECK_NEAR(sra1.weak[0], 0.0, 4.0 * sra1.weak_error[0] + 0.002);
    CHECK(fabs(averaged.weak[0]) < 0.6 * fabs(euler.weak[0]));
    return check_end();
}

/* Critical couplings, computed exactly for each draw of the frequencies, and their law. */
#include "run.h"

enum { L = 64, MOST = 4096 };

/* Partial sums X_i of the frequencies (their mean is off): the current that link i has to carry. */
static void currents(test_run *r, int n, double *x)
{
    double *omega = run_field(r, "omega", 0), sum = 0.0;
    for (int i = 0; i < n; i++)
        x[i] = sum += omega[i];
    weft_free(omega);
}

/* Open chain: K_c = max |X_i|. */
static double chain_threshold(const double *x, int n)
{
    double most = 0.0;
    for (int i = 0; i + 1 < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void open(test_run *r, const char *topology, double k, uint32_t replica)
{
    run_open(r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {topology: %s, coupling: %.17g, disorder_type: gaussian, disorder: 1}\n"
             "initial: {type: flat}\nobserve: {list: [locked]}\n"
             "time: {end: 10000, dt: %.17g, stepper: euler_maruyama}\n",
             L, topology, k, 0.25 / k);
    run_replica(r, replica);
}

/* Locked over the second half of a long run? */
static bool locks(const char *topology, double k, uint32_t replica, double *winding)
{
    test_run r;
    open(&r, topology, k, replica);
    run_to(&r, 3000.0 / k);
    run_value(&r, "locked");
    run_to(&r, 6000.0 / k);
    bool locked = run_value(&r, "locked") == 1.0;
    if (winding)
        *winding = run_value(&r, "winding");
    run_close(&r);
    return locked;
}

static void test_chain(void)
{
    for (uint32_t replica = 0; replica < 6; replica++) {
        test_run r;
        double x[L];
        open(&r, "chain", 1.0, replica);
        currents(&r, L, x);
        double kc = chain_threshold(x, L);
        CHECK_NEAR(run_value(&r, "critical_coupling"), kc, 1e-12);
        run_close(&r);
        CHECK(locks("chain", 1.002 * kc, replica, NULL));
        CHECK(!locks("chain", 0.998 * kc, replica, NULL));
    }
}

/* ---- ring: K sin d_i = C - X_i, sum of d_i = 0 ---- */

/* Sum of all links at given K and C, the link e taken beyond a quarter turn if wanted. */
static double closure(const double *x, double k, double c, int e, double beyond)
{
    double sum = 0.0;
    for (int i = 0; i < L; i++) {
        double d = asin(fmin(1.0, fmax(-1.0, (c - x[i]) / k)));
        sum += i != e ? d : beyond;
    }
    return sum;
}

/* The coupling at which the link e has the angle theta: K sin(theta) = C - X_e. */
static double coupling_at(const double *x, int e, double theta)
{
    double low = 1e-3, high = 100.0, s = sin(theta);
    /* others need |X_e - X_i + K s| <= K: for |s| near 1 that is K >= half the range */
    for (int i = 0; i < L; i++)
        if (i != e) {
            double a = x[e] - x[i];
            low = fmax(low, fmax(a / (1.0 - s), -a / (1.0 + s)));
        }
    low *= 1.0 + 1e-12;
    double f_low = closure(x, low, x[e] + low * s, e, theta);
    double f_high = closure(x, high, x[e] + high * s, e, theta);
    if (f_low * f_high > 0.0)
        return INFINITY;
    for (int j = 0; j < 100; j++) {
        double middle = 0.5 * (low + high), f = closure(x, middle, x[e] + middle * s, e, theta);
        if (f * f_low > 0.0)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* The smallest coupling along the branch that begins where the first link reaches a quarter turn:
 * the fold at which the locked state without winding disappears. *quarter: K where it begins. */
static double ring_threshold(const double *x, double *quarter)
{
    int e[2] = {0, 0};
    for (int i = 0; i < L; i++) {
        e[0] = x[i] < x[e[0]] ? i : e[0]; /* largest C - X */
        e[1] = x[i] > x[e[1]] ? i : e[1];
    }
    double best = 0.0;
    *quarter = 0.0;
    for (int side = 0; side < 2; side++) {
        double sign = side ? -1.0 : 1.0, start = coupling_at(x, e[side], sign * M_PI_2),
               fold = start;
        for (double beyond = 0.0; beyond < 1.0; beyond += 1e-3)
            fold = fmin(fold, coupling_at(x, e[side], sign * (M_PI_2 + beyond)));
        if (isfinite(start) && start > *quarter) {
            *quarter = start;
            best = fold;
        }
    }
    return best;
}

static void test_ring(void)
{
    int folds = 0;
    for (uint32_t replica = 0; replica < 6; replica++) {
        test_run r;
        double x[L], quarter, winding;
        open(&r, "ring", 1.0, replica);
        currents(&r, L, x);
        run_close(&r);
        double kc = ring_threshold(x, &quarter);
        folds += kc < quarter * (1.0 - 1e-6);
        CHECK(locks("ring", 1.002 * kc, replica, &winding) && winding == 0.0);
        bool locked = locks("ring", 0.998 * kc, replica, &winding);
        CHECK(!locked || winding != 0.0); /* after a slip it may lock with another winding */
    }
    CHECK(folds > 0); /* the fold lies below the principal branch */
}

/* K_c/(s sqrt L) of open chains follows Kolmogorov's law: mean sqrt(pi/2) ln 2, standard deviation
 * 0.26033; on L points the mean is lower by about 0.58/sqrt(L). */
static void test_law(void)
{
    enum { DRAWS = 10000, N = 1024 };
    static double x[N];
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {topology: chain, disorder_type: gaussian, disorder: 2}\n"
             "initial: {type: flat}\ntime: {end: 1, dt: 0.1, stepper: rk4}\n",
             N);
    double sum = 0.0, sum2 = 0.0;
    for (uint32_t replica = 0; replica < DRAWS; replica++) {
        run_replica(&r, replica);
        currents(&r, N, x);
        double k = chain_threshold(x, N) / (2.0 * sqrt(N));
        sum += k;
        sum2 += k * k;
    }
    double mean = sum / DRAWS, sd = sqrt(sum2 / DRAWS - mean * mean);
    CHECK_NEAR(mean, sqrt(M_PI_2) * log(2.0) - 0.58 / sqrt(N), 4.0 * 0.26033 / sqrt(DRAWS));
    CHECK_NEAR(sd, 0.26033, 4.0 * 0.26033 / sqrt(2.0 * DRAWS) * 1.3);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_chain();
    test_ring();
    test_law();
    return check_end();
}

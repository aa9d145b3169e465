/* Universality classes: growth exponents and skewness. Normally at a reduced size; with WEFT_SLOW=1
 * at the size at which the crossovers are over. Bounds are 4 standard errors over the replicas,
 * plus what is said at each place. */
#include "run.h"

typedef struct growth {
    double beta, beta_error; /* of sqrt(width2) between two times */
    double skewness, skewness_error;
    double slips;
} growth;

/* Mean over replicas between times t1 and t2 of the exponent; skewness at t2. */
static growth measure(int replicas, double t1, double t2, bool slips, const char *text)
{
    test_run r;
    double w1 = 0, w2 = 0, b = 0, bb = 0, s = 0, ss = 0;
    growth g = {0};
    run_open(&r, "%s", text);
    for (uint32_t i = 0; i < (uint32_t)replicas; i++) {
        run_replica(&r, i);
        run_to(&r, t1);
        w1 = run_value(&r, "width2");
        run_to(&r, t2);
        w2 = run_value(&r, "width2");
        double beta = 0.5 * log(w2 / w1) / log(t2 / t1);
        double skew = run_value(&r, "moment3") / (w2 * sqrt(w2));
        b += beta / replicas, bb += beta * beta / replicas;
        s += skew / replicas, ss += skew * skew / replicas;
        if (slips)
            g.slips += run_value(&r, "slips") / replicas;
    }
    g.beta = b, g.skewness = s;
    g.beta_error = sqrt((bb - b * b) / (replicas - 1));
    g.skewness_error = sqrt((ss - s * s) / (replicas - 1));
    run_close(&r);
    return g;
}

/* Odd coupling, white noise: 1/4, Gaussian. */
static void test_edwards_wilkinson(void)
{
    growth g = measure(16, 10.0, 100.0, true,
                       "model: kuramoto\ngrid: {n: 2048}\nkuramoto: {noise: 0.02}\n"
                       "initial: {type: flat}\nobserve: {list: [slips]}\n"
                       "time: {end: 1000, dt: 0.1}\n");
    CHECK_NEAR(g.beta, 0.25, 4.0 * g.beta_error);
    CHECK_NEAR(g.skewness, 0.0, 4.0 * g.skewness_error);
    CHECK(g.slips == 0.0 && g.beta_error < 0.015);
}

/* No coupling: 1/2. */
static void test_random_deposition(void)
{
    growth g = measure(8, 2.0, 50.0, false,
                       "model: kuramoto\ngrid: {n: 2048}\nkuramoto: {coupling: 0, noise: 0.02}\n"
                       "initial: {type: flat}\n"
                       "time: {end: 1000, dt: 0.5, stepper: euler_maruyama}\n");
    CHECK_NEAR(g.beta, 0.5, 4.0 * g.beta_error);
    CHECK(g.beta_error < 0.01);
}

/* Strong white noise: the ring slips everywhere and ends in random deposition. */
static void test_desynchronized(void)
{
    growth g = measure(8, 60.0, 300.0, true,
                       "model: kuramoto\ngrid: {n: 1024}\nkuramoto: {noise: 0.8, phase_lag: 1.1}\n"
                       "initial: {type: flat}\nobserve: {list: [slips]}\n"
                       "time: {end: 1000, dt: 0.05}\n");
    CHECK_NEAR(g.beta, 0.5, 4.0 * g.beta_error + 0.01);
    CHECK(g.slips > 10.0);
}

/* Odd coupling, quenched frequencies: 3/4 (columnar Edwards-Wilkinson). */
static void test_columnar(void)
{
    growth g = measure(16, 10.0, 100.0, false,
                       "model: kuramoto\ngrid: {n: 2048}\n"
                       "kuramoto: {disorder_type: gaussian, disorder: 0.005}\n"
                       "initial: {type: flat}\n"
                       "time: {end: 1000, dt: 0.2, stepper: euler_maruyama}\n");
    CHECK_NEAR(g.beta, 0.75, 4.0 * g.beta_error);
    CHECK(g.beta_error < 0.01);
}

/* Columnar KPZ: no sharp exponent is known; the effective one lies between 0.78 and 0.95. */
static void test_columnar_kpz(void)
{
    growth g = measure(8, 50.0, 300.0, false,
                       "model: kuramoto\ngrid: {n: 2048}\n"
                       "kuramoto: {disorder_type: gaussian, disorder: 0.1, phase_lag: 1}\n"
                       "initial: {type: flat}\n"
                       "time: {end: 1000, dt: 0.1, stepper: euler_maruyama}\n");
    CHECK(g.beta - 4.0 * g.beta_error < 0.95 && g.beta + 4.0 * g.beta_error > 0.78);
    CHECK(g.beta > 0.78 && g.skewness < -4.0 * g.skewness_error);
}

/* The KPZ window of the noisy ring, g = 0.98, lambda < 0: 1/3 with corrections (0.32 at the end),
 * skewness -0.25(3) on its way to the Tracy-Widom value -0.2935; never a slip. */
static void test_kpz_window(bool slow)
{
    char text[512];
    snprintf(text, sizeof text,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {noise: 0.02, phase_lag: 1.15}\n"
             "initial: {type: flat}\nobserve: {list: [slips]}\ntime: {end: 4000, dt: 0.1}\n",
             slow ? 16384 : 4096);
    growth g = measure(slow ? 12 : 6, slow ? 400.0 : 50.0, slow ? 4000.0 : 400.0, true, text);
    CHECK_NEAR(g.beta, 0.32, 4.0 * g.beta_error + 0.01);
    CHECK_NEAR(g.skewness, -0.26, 4.0 * g.skewness_error + 0.04);
    CHECK(g.skewness < -3.0 * g.skewness_error && g.slips == 0.0);
    CHECK(g.beta > 0.25 + (slow ? 4.0 : 2.0) * g.beta_error); /* not Edwards-Wilkinson */
}

/* Two dimensions: beta = 0.2415(15) (J. Kelling, G. Odor 2011), skewness 0.423 (lambda > 0); at
 * this size the exponent is still 0.02 below. */
static void test_kpz_2d(void)
{
    growth g = measure(4, 30.0, 150.0, false,
                       "model: kpz\ngrid: {n: [1024, 1024], length: [1024, 1024]}\n"
                       "kpz: {lambda: 3, noise: 1}\ninitial: {type: flat}\n"
                       "time: {end: 1000, dt: 0.05}\n");
    CHECK_NEAR(g.beta, 0.2415, 4.0 * g.beta_error + 0.025);
    CHECK_NEAR(g.skewness, 0.41, 4.0 * g.skewness_error + 0.02);
}

/* The growth of one site: its variance over (Gamma t)^(2/3), Gamma = lambda/2 at D = nu = 1, is
 * that of Tracy and Widom's laws, GOE for flat fronts and GUE for droplets, and of Baik and Rains's
 * for stationary ones; at t = 16 the two former are still larger by 0.04 or so. */
static void test_one_point(const char *start, double law, double more)
{
    enum { L = 128, REPLICAS = 1600 };
    const double t = 16.0, lambda = 1.5;
    const int64_t site[3] = {0, 0, L / 2};
    test_run r;
    double sum = 0.0, sum2 = 0.0;
    run_open(&r,
             "model: kpz\ngrid: {n: %d, length: %d}\nkpz: {lambda: %g, noise: 1}\n"
             "initial: {type: %s}\ntime: {end: 100, dt: 0.025}\n",
             L, L, lambda, start);
    weft_view height = weft_field_view(r.sim->state, &r.sim->state->field[0], 0, NULL);
    for (uint32_t i = 0; i < REPLICAS; i++) {
        run_replica(&r, i);
        double first = weft_view_at(r.sim->grid, &height, site);
        run_to(&r, t);
        double grown = weft_view_at(r.sim->grid, &height, site) - first;
        sum += grown / REPLICAS;
        sum2 += grown * grown / REPLICAS;
    }
    double ratio = (sum2 - sum * sum) / pow(0.5 * lambda * t, 2.0 / 3.0);
    CHECK_NEAR(ratio, law + more, 4.0 * ratio * sqrt(2.0 / REPLICAS));
    run_close(&r);
}

int main(int argc, char **argv)
{
    const char *slow = getenv("WEFT_SLOW");
    MPI_Init(&argc, &argv);
    test_edwards_wilkinson();
    test_random_deposition();
    test_desynchronized();
    test_columnar();
    test_columnar_kpz();
    test_kpz_window(slow != NULL);
    test_one_point("flat", 0.63805, 0.04);
    test_one_point("wedge, slope: 1.2", 0.81319, 0.04);
    test_one_point("stationary", 1.15039, 0.0);
    if (slow)
        test_kpz_2d();
    return check_end();
}

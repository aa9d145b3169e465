/* Kuramoto chains against exact results. Statistical bounds are 4 standard errors. */
#include "run.h"
#include "weft/vmath.h"

/* I_1(x)/I_0(x) by its continued fraction. */
static double bessel_ratio(double x)
{
    double f = 0.0;
    for (int n = 60; n >= 1; n--)
        f = 1.0 / (2.0 * n / x + f);
    return f;
}

/* ---- no coupling: random deposition and linear growth ---- */

static void test_uncoupled(void)
{
    enum { L = 512, REPLICAS = 40 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {coupling: 0, noise: 0.3}\n"
             "initial: {type: flat}\ntime: {end: 10, dt: 0.5, stepper: euler_maruyama}\n",
             L);
    double sum = 0.0;
    for (uint32_t i = 0; i < REPLICAS; i++) {
        run_replica(&r, i);
        run_to(&r, 8.0);
        sum += run_value(&r, "width2");
    }
    double expected = 2.0 * 0.3 * 8.0 * (1.0 - 1.0 / L); /* 2 D t (1 - 1/L) */
    CHECK_NEAR(sum / REPLICAS, expected, 4.0 * expected * sqrt(2.0 / (L * REPLICAS)));
    run_close(&r);

    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {coupling: 0, disorder_type: gaussian, disorder: 0.7}\n"
             "initial: {type: flat}\ntime: {end: 10, dt: 0.5, stepper: euler_maruyama}\n",
             L);
    double *omega = run_field(&r, "omega", 0), variance = 0.0;
    for (int i = 0; i < L; i++)
        variance += omega[i] * omega[i] / L; /* their mean is off */
    CHECK_NEAR(variance, 0.49, 4.0 * 0.49 * sqrt(2.0 / L));
    run_to(&r, 8.0);
    CHECK_NEAR(run_value(&r, "width2"), variance * 64.0, 1e-10);
    weft_free(omega);
    run_close(&r);
}

/* ---- odd coupling with white noise: links are von Mises of concentration K/D ---- */

static double mean_cosine(const char *stepper, double dt, int records, double *error)
{
    enum { L = 2048 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {noise: 0.2}\n"
             "initial: {type: stationary}\ntime: {end: 1000, dt: %g, stepper: %s}\n",
             L, dt, stepper);
    double sum = 0.0, sum2 = 0.0;
    for (int k = 1; k <= records; k++) {
        run_to(&r, 10.0 + 2.0 * k); /* energy relaxes within 1/(2 K) */
        double *phase = run_field(&r, "phase", 0), c = 0.0;
        for (int i = 0; i < L; i++)
            c += cos(phase[(i + 1) % L] - phase[i]) / L;
        sum += c;
        sum2 += c * c;
        weft_free(phase);
    }
    double mean = sum / records;
    *error = sqrt((sum2 / records - mean * mean) / (records - 1));
    run_close(&r);
    return mean;
}

static void test_von_mises(void)
{
    const double exact = bessel_ratio(5.0); /* 0.893383 */
    double error, c = mean_cosine("leimkuhler_matthews", 0.05, 60, &error);
    /* on a ring the closure narrows the links by 1/L; order dt^2 is 0.0003 */
    CHECK_NEAR(c, exact, 4.0 * error + 0.0002 + 0.0003);
    /* Euler-Maruyama at dt = 0.1 is known to give 0.8823 */
    c = mean_cosine("euler_maruyama", 0.1, 30, &error);
    CHECK_NEAR(c, 0.8823, 4.0 * error + 0.0006);
    CHECK(c < exact - 4.0 * error);
}

/* The stationary start has that law from the beginning. */
static void test_stationary_start(void)
{
    enum { L = 20000 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {noise: 0.5, topology: chain}\n"
             "initial: {type: stationary}\ntime: {end: 1, dt: 0.1}\n",
             L);
    double *phase = run_field(&r, "phase", 0), c = 0.0, s = 0.0;
    for (int i = 0; i + 1 < L; i++) {
        c += cos(phase[i + 1] - phase[i]) / (L - 1);
        s += sin(phase[i + 1] - phase[i]) / (L - 1);
    }
    double exact = bessel_ratio(2.0); /* variance of the cosine: 1 - exact/kappa - exact^2 */
    CHECK_NEAR(c, exact, 4.0 * sqrt((1.0 - exact / 2.0 - exact * exact) / L));
    CHECK_NEAR(s, 0.0, 4.0 * sqrt(exact / 2.0 / L));
    weft_free(phase);
    run_close(&r);
}

/* It does so at the ends of the range of K/D, where links are uniform, or normal of variance D/K.
 */
static void test_stationary_ends(double coupling, double noise)
{
    enum { L = 20000 };
    const double kappa = coupling / noise;
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {coupling: %g, noise: %g, topology: chain}\n"
             "initial: {type: stationary}\ntime: {end: 1, dt: 0.1}\n",
             L, coupling, noise);
    double *phase = run_field(&r, "phase", 0), c = 0.0, square = 0.0;
    for (int i = 0; i + 1 < L; i++) {
        double d = phase[i + 1] - phase[i];
        c += cos(d) / (L - 1);
        square += d * d / (L - 1);
    }
    if (kappa < 1.0) { /* variance of a cosine: 1/2; of d^2: pi^4 (1/5 - 1/9) */
        CHECK_NEAR(c, 0.0, 4.0 * sqrt(0.5 / L));
        CHECK_NEAR(square, M_PI * M_PI / 3.0, 4.0 * M_PI * M_PI * sqrt(4.0 / 45.0 / L));
    } else {
        CHECK_NEAR(square * kappa, 1.0, 4.0 * sqrt(2.0 / L));
    }
    weft_free(phase);
    run_close(&r);
}

/* With harmonics the links of the Gaussian start have the variance D/nu, nu = Gamma'(0). */
static void test_gaussian_start(void)
{
    enum { L = 20000 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {noise: 0.5, topology: chain, phase_lag: 0.4, harmonics: [0.3, 0.1]}\n"
             "initial: {type: stationary, links: gaussian}\ntime: {end: 1, dt: 0.1}\n",
             L);
    double *phase = run_field(&r, "phase", 0), d2 = 0.0;
    for (int i = 0; i + 1 < L; i++)
        d2 += (phase[i + 1] - phase[i]) * (phase[i + 1] - phase[i]) / (L - 1);
    double exact = 0.5 / (cos(0.4) + 2.0 * 0.3 + 3.0 * 0.1);
    CHECK_NEAR(d2, exact, 4.0 * exact * sqrt(2.0 / L));
    weft_free(phase);
    run_close(&r);
}

/* Snapshots that ask for frequencies get them without an observable that needs them. */
static void test_pictured_frequency(void)
{
    enum { L = 16 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {coupling: 0, disorder_type: gaussian, disorder: 1}\n"
             "initial: {type: flat}\noutput: {fields_every: 4, fields: [frequency]}\n"
             "time: {end: 8, dt: 0.5, stepper: rk4}\n",
             L);
    double *omega = run_field(&r, "omega", 0);
    for (int k = 1; k <= 2; k++) {
        run_to(&r, 4.0 * k);
        double *frequency = run_field(&r, "frequency", 0);
        for (int i = 0; i < L; i++)
            CHECK_NEAR(frequency[i], omega[i], 1e-13);
        weft_free(frequency);
    }
    weft_free(omega);
    run_close(&r);
}

/* ---- two oscillators with noise: mean drift over a tilted washboard ---- */

/* 2 pi De (1 - exp(-2 pi w/De)) / int int exp((V(x+y) - V(x))/De), De = 2 D, V = -w x - 2 K cos x
 */
static double washboard(double w, double k, double d)
{
    enum { N = 400 };
    double de = 2.0 * d, sum = 0.0, step = 2.0 * M_PI / N;
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= N; j++) {
            double x = i * step, y = j * step, weight = j == 0 || j == N ? 1 : j % 2 ? 4 : 2;
            sum += weight / 3.0 * exp((-w * y - 2.0 * k * (cos(x + y) - cos(x))) / de);
        }
    return 2.0 * M_PI * de * (1.0 - exp(-2.0 * M_PI * w / de)) / (sum * step * step);
}

static void test_slip_rate(double w, double k, double d, double known)
{
    enum { PARTS = 40 };
    CHECK_NEAR(washboard(w, k, d), known, 1e-5 * known);
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: 2}\n" /* quantiles of two sites: -w/2, w/2 */
             "kuramoto: {topology: chain, coupling: %g, noise: %g, disorder_type: uniform, "
             "disorder: %g, disorder_draw: quantiles}\n"
             "initial: {type: flat}\nobserve: {list: [slip_rate, slips]}\n"
             "time: {end: 1000, dt: 0.02}\n",
             k, d, w);
    double first = 0.0, sum = 0.0, sum2 = 0.0;
    for (int p = 0; p <= PARTS; p++) {
        run_to(&r, 20.0 + 600.0 * p);
        double *phase = run_field(&r, "phase", 0), now = phase[1] - phase[0];
        double rate = (now - first) / 600.0;
        first = now;
        weft_free(phase);
        if (p == 0) {
            run_value(&r, "slip_rate");
            continue;
        }
        sum += rate;
        sum2 += rate * rate;
        /* the counter agrees with the phase to one slip at either end; with much noise some slips
         * forth and back count twice */
        CHECK_NEAR(run_value(&r, "slip_rate"), rate / (2.0 * M_PI),
                   (d > 0.2 ? 6.01 : 1.01) / 600.0);
    }
    double mean = sum / PARTS, error = sqrt((sum2 / PARTS - mean * mean) / (PARTS - 1));
    CHECK_NEAR(mean, known, 4.0 * error);
    CHECK(error < 0.02 * known);
    double extra = run_value(&r, "slips") - first / (2.0 * M_PI);
    CHECK(extra > -1.0 && extra < (d > 0.2 ? 10.0 : 1.0));
    run_close(&r);
}

/* Without noise: beat frequency sqrt(dw^2 - 4 K^2). */
static void test_beat(void)
{
    test_run r;
    run_open(
        &r, "model: kuramoto\ngrid: {n: 2}\n"
            "kuramoto: {topology: chain, disorder_type: uniform, disorder: 2.5, "
            "disorder_draw: quantiles}\ninitial: {type: flat}\n"
            "observe: {list: [frequency_spread, locked, velocity]}\ntime: {end: 1000, dt: 0.01}\n");
    double beat = sqrt(2.5 * 2.5 - 4.0), period = 2.0 * M_PI / beat;
    /* nothing is known at the first record */
    CHECK(isnan(run_value(&r, "frequency_spread")) && isnan(run_value(&r, "locked")));
    CHECK(isnan(run_value(&r, "velocity")));
    run_to(&r, 300 * period);
    CHECK_NEAR(run_value(&r, "frequency_spread"), beat, 1e-4);
    CHECK(run_value(&r, "locked") == 0.0);
    run_close(&r);
}

/* ---- all to all, Lorentzian frequencies (E. Ott, T. M. Antonsen 2008) ---- */

static void test_all_to_all(double k, double lag)
{
    enum { N = 2000 };
    const double gamma = 0.5;
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {topology: all_to_all, coupling: %g, phase_lag: %g, "
             "disorder_type: lorentzian, disorder: %g, disorder_draw: quantiles}\n"
             "initial: {type: flat}\ntime: {end: 1000, dt: 0.05, stepper: rk4}\n",
             N, k, lag, gamma);
    double r2 = 1.0 - 2.0 * gamma / (k * cos(lag)), rotation = 0.0, last = 0.0, order = 0.0;
    for (int j = 0; j <= 60; j++) {
        run_to(&r, 20.0 + j);
        double *phase = run_field(&r, "phase", 0), c = 0.0, s = 0.0;
        for (int i = 0; i < N; i++) {
            c += cos(phase[i]) / N;
            s += sin(phase[i]) / N;
        }
        weft_free(phase);
        CHECK_NEAR(run_value(&r, "order_parameter"), hypot(c, s), 1e-13);
        if (j > 0) {
            order += hypot(c, s) / 60.0;
            rotation += remainder(atan2(s, c) - last, 2.0 * M_PI) / 60.0;
        }
        last = atan2(s, c);
    }
    /* the far tail is thin at finite N: 5e-4 at N = 2000 */
    CHECK_NEAR(order, sqrt(r2), 5e-4);
    CHECK_NEAR(rotation, 0.5 * k * (1.0 + r2) * sin(lag) - k * sin(lag), 5e-4);
    run_close(&r);
}

/* Identical oscillators with white noise: phases are von Mises of concentration K r/D about the
 * mean field, so that r = I_1(K r/D)/I_0(K r/D); there is no order below K = 2 D. */
static void test_noisy_all_to_all(double k, double tolerance)
{
    enum { N = 8000, PARTS = 20 };
    const double d = 0.5;
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {topology: all_to_all, coupling: %g, "
             "noise: %g}\ninitial: {type: %s}\ntime: {end: 1000, dt: 0.05}\n",
             N, k, d, k > 2.0 * d ? "flat" : "random");
    double exact = k > 2.0 * d ? 1.0 : 0.0, sum = 0.0, sum2 = 0.0;
    for (int i = 0; i < 200 && exact > 0.0; i++)
        exact = bessel_ratio(k * exact / d);
    for (int p = 0; p < PARTS; p++) {
        run_to(&r, 20.0 + 4.0 * p);
        double order = run_value(&r, "order_parameter");
        sum += order / PARTS;
        sum2 += order * order / PARTS;
    }
    /* beside the error, the bias of N and of the step */
    CHECK_NEAR(sum, exact, 4.0 * sqrt((sum2 - sum * sum) / (PARTS - 1)) + tolerance);
    run_close(&r);
}

/* ---- winding, twisted and folded fronts ---- */

static void test_winding(void)
{
    enum { L = 64 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: [3, %d]}\nkuramoto: {phase_lag: 0.2}\n"
             "initial: {type: twisted, winding: -3}\n"
             "time: {end: 10, dt: 0.05, stepper: rk4}\n",
             L);
    CHECK(run_value(&r, "winding") == -3.0);
    CHECK_NEAR(run_value(&r, "width2"), 0.0, 1e-25);
    run_to(&r, 10.0); /* the twisted state turns as a whole: 2 K sin(delta) (cos(q) - 1) */
    double q = 2.0 * M_PI * 3.0 / L, rate = 2.0 * sin(0.2) * (cos(q) - 1.0);
    CHECK_NEAR(run_value(&r, "mean"), 10.0 * rate, 1e-10);
    CHECK(run_value(&r, "winding") == -3.0);
    run_close(&r);

    /* slips in the front do not count in width2_folded */
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\ninitial: {type: flat}\n"
             "observe: {list: [cluster_sizes, locked, frequency_spread]}\n"
             "time: {end: 10, dt: 0.05, stepper: rk4}\n",
             L);
    double *phase =
        weft_field_data(&r.sim->state->field[0], 0) + r.sim->state->field[0].extent.origin;
    for (int i = 0; i < L; i++)
        phase[i] = sin(2.0 * M_PI * i / L) + (i >= 20 && i < 30 ? 4.0 * M_PI : 0.0);
    CHECK_NEAR(run_value(&r, "width2_folded"), 0.5, 1e-12);
    CHECK(run_value(&r, "width2") > 10.0);
    CHECK(run_value(&r, "winding") == 0.0);
    double sizes[7];
    run_get(&r, "cluster_sizes", sizes); /* at the first record nothing is known */
    CHECK(isnan(sizes[6]) && isnan(sizes[0]));
    r.sim->time = 1.0;
    for (int i = 20; i < 30; i++)
        phase[i] += 10.0;
    phase[40] += 10.0;
    run_get(&r, "cluster_sizes",
            sizes); /* 10 sites, 10 sites, 1 site, and 43 across the ring's end */
    CHECK(sizes[0] == 1.0 && sizes[3] == 2.0 && sizes[5] == 1.0);
    CHECK(sizes[1] + sizes[2] + sizes[4] + sizes[6] == 0.0);
    CHECK(run_value(&r, "locked") == 0.0);
    CHECK_NEAR(run_value(&r, "frequency_spread"), 10.0, 1e-12);
    run_close(&r);
}

/* Clusters of uncoupled oscillators on a grid of two axes against labels that spread from site to
 * site until none changes. */
static void test_clusters(const char *topology)
{
    enum { NY = 13, NX = 17, N = NY * NX, BINS = 8 };
    const bool ring = strcmp(topology, "ring") == 0;
    const double window = 6.0;
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: [%d, %d]}\ninitial: {type: random}\n"
             "kuramoto: {coupling: 0, topology: %s, disorder_type: gaussian, disorder: 1}\n"
             "observe: {list: [cluster_sizes]}\ntime: {end: 10, dt: 0.05, stepper: rk4}\n",
             NY, NX, topology);
    double sizes[BINS], expected[BINS] = {0};
    int label[N], size[N] = {0};
    run_get(&r, "cluster_sizes", sizes);
    CHECK(isnan(sizes[BINS - 1])); /* the first record */
    run_to(&r, window);
    run_get(&r, "cluster_sizes", sizes);
    double *omega = run_field(&r, "omega", 0);
    for (int i = 0; i < N; i++)
        label[i] = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < N; i++)
            for (int axis = 0; axis < 2; axis++) {
                int y = i / NX + (axis == 0), x = i % NX + (axis == 1), j = y % NY * NX + x % NX;
                int low = label[i] < label[j] ? label[i] : label[j];
                bool joined = (ring || (y < NY && x < NX)) &&
                              fabs(omega[j] - omega[i]) < M_PI / window && label[i] != label[j];
                if (joined)
                    label[i] = label[j] = low;
                changed = changed || joined;
            }
    }
    for (int i = 0; i < N; i++)
        size[label[i]]++;
    for (int i = 0; i < N; i++)
        if (size[i] > 0)
            expected[(int)log2(size[i])] += 1.0;
    for (int b = 0; b < BINS; b++)
        CHECK(sizes[b] == expected[b]);
    CHECK(expected[0] > 3.0 && expected[BINS - 1] == 0.0);
    weft_free(omega);
    run_close(&r);
}

/* Higher harmonics: a uniform slope on a ring turns with Gamma(d) + Gamma(-d). */
static void test_harmonics(void)
{
    enum { L = 40 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\n"
             "kuramoto: {coupling: 0.7, phase_lag: 0.3, harmonics: [0.2, -0.1], "
             "harmonics_even: [0.05, 0.4, 0.02]}\n"
             "initial: {type: twisted, winding: 5}\ntime: {end: 10, dt: 0.05, stepper: rk4}\n",
             L);
    double d = 2.0 * M_PI * 5.0 / L, even = 0.0;
    const double b[] = {0, sin(0.3), 0.05, 0.4, 0.02};
    for (int n = 1; n <= 4; n++)
        even += 0.7 * b[n] * (cos(n * d) - 1.0);
    run_to(&r, 2.0);
    CHECK_NEAR(run_value(&r, "mean"), 2.0 * 2.0 * even, 1e-10);
    run_close(&r);
    /* the odd part: one link of a chain */
    run_open(&r, "model: kuramoto\ngrid: {n: 2}\n"
                 "kuramoto: {topology: chain, harmonics: [0.2, -0.1]}\n"
                 "initial: {type: wedge, slope: 0.8}\ntime: {end: 10, dt: 1e-6, stepper: rk4}\n");
    run_to(&r, 1e-6);
    double *phase = run_field(&r, "phase", 0); /* starts at -0.8, 0 */
    double gamma = sin(0.8) + 0.2 * sin(1.6) - 0.1 * sin(2.4);
    CHECK_NEAR((phase[0] + 0.8) / 1e-6, gamma, 1e-5);
    CHECK_NEAR(phase[1] / 1e-6, -gamma, 1e-5);
    weft_free(phase);
    run_close(&r);
}

/* A trajectory's bits: the same on every build (taken from AVX-512, AVX2 and SSE2 builds). */
static void test_bits(void)
{
    enum { L = 300 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: %d}\nkuramoto: {noise: 0.3, phase_lag: 0.7, "
             "disorder_type: gaussian, disorder: 0.2, harmonics: [0.1]}\n"
             "initial: {type: random}\ntime: {end: 10, dt: 0.05}\n",
             L);
    run_to(&r, 10.0);
    double *phase = run_field(&r, "phase", 0);
    uint64_t hash = 14695981039346656037u, bits;
    for (int i = 0; i < L; i++) {
        memcpy(&bits, &phase[i], sizeof bits);
        hash = (hash ^ bits) * 1099511628211u;
    }
    CHECK(hash == UINT64_C(0x257cf0dd6896aa9c));
    weft_free(phase);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_uncoupled();
    test_von_mises();
    test_stationary_start();
    test_stationary_ends(1e-7, 1.0);
    test_stationary_ends(1e-12, 1.0);
    test_stationary_ends(1.0, 1e-7);
    test_stationary_ends(1.0, 1e-13);
    test_gaussian_start();
    test_pictured_frequency();
    test_clusters("ring");
    test_clusters("chain");
    test_slip_rate(2.0, 1.0, 0.1, 0.73791);
    test_slip_rate(1.5, 1.0, 0.5, 0.74349);
    test_beat();
    test_all_to_all(2.0, 0.0);
    test_all_to_all(2.0, 0.5);
    test_noisy_all_to_all(2.0, 1e-3);
    test_noisy_all_to_all(0.6, 0.02); /* of the order of sqrt(1/N) */
    test_winding();
    test_harmonics();
    test_bits();
    return check_end();
}

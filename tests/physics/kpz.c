/* KPZ, Edwards-Wilkinson and Larkin fronts against exact results. Statistical bounds are 4 standard
 * errors. */
#include "run.h"

static double q2_of(int k, int n)
{
    return 2.0 - 2.0 * cos(2.0 * M_PI * k / n);
}

/* Mean of the structure factor over replicas against exact values: a mode is complex Gaussian, so
 * one replica has a relative error of 1 (sqrt(2) at k = n/2, where it is real). */
static void check_spectrum(test_run *r, int replicas, double time, const double *exact, int n)
{
    double s[64], mean[64] = {0};
    for (int i = 0; i < replicas; i++) {
        run_replica(r, (uint32_t)i);
        run_to(r, time);
        run_get(r, "structure_factor", s);
        for (int k = 1; k <= n / 2; k++)
            mean[k] += s[k - 1] / replicas;
    }
    double chi2 = 0.0;
    for (int k = 1; k <= n / 2; k++) {
        double error = exact[k] * (2 * k == n ? sqrt(2.0) : 1.0) / sqrt(replicas);
        CHECK_NEAR(mean[k], exact[k], 4.0 * error);
        chi2 += (mean[k] - exact[k]) * (mean[k] - exact[k]) / (error * error);
    }
    CHECK_NEAR(chi2, n / 2, 4.0 * sqrt(n)); /* all modes together */
}

static const char *const linear_ring =
    "model: kpz\ngrid: {n: %d, length: %d}\nkpz: {nu: 0.8, noise: 0.3}\ninitial: {type: flat}\n"
    "observe: {list: [structure_factor]}\ntime: {end: 1000, dt: 0.4, stepper: %s}\n";

/* Euler-Maruyama after n steps: S = 2 D dt (1 - a^2n)/(1 - a^2), a = 1 - nu dt q^2. */
static void test_ring_euler(void)
{
    enum { L = 32, STEPS = 12, REPLICAS = 3000 };
    test_run r;
    double exact[L];
    run_open(&r, linear_ring, L, L, "euler_maruyama");
    for (int k = 1; k <= L / 2; k++) {
        double a = 1.0 - 0.8 * 0.4 * q2_of(k, L);
        exact[k] = 2.0 * 0.3 * 0.4 * (1.0 - pow(a, 2 * STEPS)) / (1.0 - a * a);
    }
    check_spectrum(&r, REPLICAS, STEPS * 0.4, exact, L);
    run_close(&r);
}

/* Leimkuhler-Matthews: V' = a^2 V + D dt + 2 a c h, in the first step 2 D dt and c = 0, then c = h
 * = sqrt(2 D dt)/2, so that free sites have 2 D t at every step (events have their own times); the
 * stationary value is that of continuous time, D/(nu q^2). */
static void test_ring_averaged(void)
{
    enum { L = 32, STEPS = 12, REPLICAS = 3000 };
    const double h = 0.5 * sqrt(2.0 * 0.3 * 0.4);
    test_run r;
    double exact[L];
    run_open(&r, linear_ring, L, L, "leimkuhler_matthews");
    for (int k = 1; k <= L / 2; k++) {
        double a = 1.0 - 0.8 * 0.4 * q2_of(k, L), v = 0.0, c = 0.0;
        for (int step = 0; step < STEPS; step++) {
            v = a * a * v + 0.3 * 0.4 * (step ? 1 : 2) + 2.0 * a * c * h;
            c = h;
        }
        exact[k] = v;
    }
    check_spectrum(&r, REPLICAS, STEPS * 0.4, exact, L);
    run_close(&r);
}

/* Heun and SRA1 on u' = -c u, z = c dt: both multiply by 1 - z + z^2/2; their noise has the
 * variance 2 D dt (1 - z/2)^2, and z^2/12 more for SRA1. Exact: exp(-z) and 1 - z + 2/3 z^2 - ...,
 * so that both have weak order 2. */
static void test_ring_second_order(const char *stepper, double more)
{
    enum { L = 32, STEPS = 6, REPLICAS = 3000 };
    test_run r;
    double exact[L];
    run_open(&r, linear_ring, L, L, stepper);
    for (int k = 1; k <= L / 2; k++) {
        double z = 0.8 * 0.4 * q2_of(k, L), a = 1.0 - z + 0.5 * z * z, v = 0.0;
        for (int step = 0; step < STEPS; step++)
            v = a * a * v + 2.0 * 0.3 * 0.4 * ((1.0 - 0.5 * z) * (1.0 - 0.5 * z) + more * z * z);
        exact[k] = v;
    }
    check_spectrum(&r, REPLICAS, STEPS * 0.4, exact, L);
    run_close(&r);
}

/* Linear fronts in two and three dimensions, spacing 1/2: W^2 = sum of S over cell times sites.
 * Lattice: the recursion of averaged noise with q^2 = sum (2 - 2 cos k dx)/dx^2; spectral:
 * continuous time with k^2. Quenched noise: the sum of s^2 (1 - exp(-nu q^2 t))^2/(nu q^2)^2,
 * without steps' error to 1e-3 (rk4). */
static double linear_width2(int dim, int n, bool spectral, bool quenched)
{
    const double nu = 0.8, noise = 0.3, dx = 0.5, dt = 0.05, h = 0.5 * sqrt(2.0 * noise * dt);
    const int steps = 30, sites = dim == 2 ? n * n : n * n * n;
    double sum = 0.0;
    for (int m = 1; m < sites; m++) {
        const int mode[3] = {m % n, m / n % n, m / n / n};
        double q2 = 0.0, v = 0.0, c = 0.0;
        for (int a = 0; a < dim; a++) {
            double k = 2.0 * M_PI / (n * dx) * (mode[a] > n / 2 ? mode[a] - n : mode[a]);
            q2 += spectral ? k * k : (2.0 - 2.0 * cos(k * dx)) / (dx * dx);
        }
        const double z = nu * q2 * dt, t = steps * dt;
        if (quenched)
            v = pow((1.0 - exp(-nu * q2 * t)) / (nu * q2), 2);
        else if (spectral)
            v = noise / (nu * q2) * (1.0 - exp(-2.0 * nu * q2 * t));
        for (int step = 0; step < steps && !quenched && !spectral; step++, c = h)
            v = (1.0 - z) * (1.0 - z) * v + noise * dt * (step ? 1 : 2) + 2.0 * (1.0 - z) * c * h;
        sum += v;
    }
    return sum / sites / pow(dx, dim);
}

static void test_surfaces(void)
{
    enum { REPLICAS = 150 };
    for (int kind = 0; kind < 8; kind++) {
        const int dim = 2 + kind % 2, n = dim == 2 ? 16 : 8;
        const bool spectral = kind / 2 % 2, quenched = kind / 4;
        char text[512], grid[128];
        snprintf(grid, sizeof grid,
                 dim == 2 ? "n: [%d, %d], length: [%g, %g]" : "n: [%d, %d, 8], length: [%g, %g, 4]",
                 n, n, 0.5 * n, 0.5 * n);
        snprintf(text, sizeof text,
                 "model: kpz\ngrid: {%s}\nkpz: {nu: 0.8, scheme: %s, %s}\ninitial: {type: flat}\n"
                 "time: {end: 10, dt: 0.05, stepper: %s}\n",
                 grid, spectral ? "spectral" : "lam_shin",
                 quenched ? "disorder_type: gaussian, disorder: 1" : "noise: 0.3",
                 spectral   ? "etd_heun"
                 : quenched ? "rk4"
                            : "leimkuhler_matthews");
        test_run r;
        double sum = 0.0, sum2 = 0.0;
        run_open(&r, "%s", text);
        for (uint32_t i = 0; i < REPLICAS; i++) {
            run_replica(&r, i);
            run_to(&r, 1.5);
            double w2 = run_value(&r, "width2");
            sum += w2 / REPLICAS;
            sum2 += w2 * w2 / REPLICAS;
        }
        double exact = linear_width2(dim, n, spectral, quenched);
        double error = sqrt((sum2 - sum * sum) / (REPLICAS - 1));
        CHECK_NEAR(sum, exact, 4.0 * error + (quenched ? 1e-3 * exact : 0.0));
        CHECK(error < 0.03 * exact);
        run_close(&r);
    }
}

/* Stationary, over one long run: W^2 = (D/nu) (L^2 - 1)/(12 L); an overlap of noise between steps,
 * tiles or streams would show here. */
static void test_ring_stationary(void)
{
    enum { L = 16, RECORDS = 4000 };
    test_run r;
    run_open(&r, linear_ring, L, L, "leimkuhler_matthews");
    double sum = 0.0;
    for (int i = 1; i <= RECORDS; i++) {
        run_to(&r, 40.0 + 8.0 * i);
        sum += run_value(&r, "width2");
    }
    /* modes decay as exp(-2 nu q^2 t): records are nearly independent, variance = sum 2 S^2 or S^2
     */
    double exact = 0.3 / 0.8 * (L * L - 1.0) / (12.0 * L), variance = 0.0;
    for (int k = 1; k < L; k++) {
        double s = 0.3 / (0.8 * q2_of(k, L)) / L, keep = exp(-2.0 * 0.8 * q2_of(k, L) * 8.0);
        variance += 2.0 * s * s * (1.0 + keep) / (1.0 - keep);
    }
    CHECK_NEAR(sum / RECORDS, exact, 4.0 * sqrt(variance / RECORDS));
    run_close(&r);
}

/* Spectral: S(k) = D/(nu k^2) (1 - exp(-2 nu k^2 t)) at any step, with k^2 and the length of the
 * box. */
static void test_ring_spectral(void)
{
    enum { N = 32, REPLICAS = 3000 };
    const double length = 10.0;
    test_run r;
    double exact[N];
    run_open(&r,
             "model: kpz\ngrid: {n: %d, length: %g}\nkpz: {nu: 0.8, noise: 0.3, scheme: spectral}\n"
             "initial: {type: flat}\nobserve: {list: [structure_factor]}\n"
             "time: {end: 1000, dt: 0.7, stepper: etd_heun}\n",
             N, length);
    for (int j = 1; j <= N / 2; j++) {
        double k = 2.0 * M_PI * j / length;
        exact[j] = 0.3 / (0.8 * k * k) * (1.0 - exp(-2.0 * 0.8 * k * k * 1.4));
    }
    check_spectrum(&r, REPLICAS, 1.4, exact, N);
    run_close(&r);
}

/* Quenched noise: S = s^2 (1 - exp(-nu q^2 t))^2/(nu q^2)^2, mode by mode for the very draw by the
 * spectral scheme (k^2) and by rk4 on the lattice (q^2, 3e-5 at this step), and on the mean. */
static void test_larkin(const char *scheme, const char *stepper, bool lattice, double tolerance)
{
    enum { L = 32, REPLICAS = 400 };
    test_run r;
    double s[L], mean[L] = {0};
    run_open(&r,
             "model: kpz\ngrid: {n: %d, length: %d}\nkpz: {nu: 0.8, disorder_type: gaussian, "
             "disorder: 0.6, scheme: %s}\ninitial: {type: flat}\n"
             "observe: {list: [structure_factor]}\ntime: {end: 1000, dt: 0.1, stepper: %s}\n",
             L, L, scheme, stepper);
    for (uint32_t replica = 0; replica < REPLICAS; replica++) {
        run_replica(&r, replica);
        run_to(&r, 6.0);
        run_get(&r, "structure_factor", s);
        double *eta = run_field(&r, "eta", 0);
        for (int k = 1; k <= L / 2; k++) {
            double q2 = lattice ? q2_of(k, L) : pow(2.0 * M_PI * k / L, 2), c = 0.0, d = 0.0;
            double response = (1.0 - exp(-0.8 * q2 * 6.0)) / (0.8 * q2);
            for (int x = 0; x < L; x++) {
                c += eta[x] * cos(2.0 * M_PI * k * x / L);
                d += eta[x] * sin(2.0 * M_PI * k * x / L);
            }
            double exact = (c * c + d * d) / L * response * response;
            CHECK_NEAR(s[k - 1], exact, tolerance * exact + 1e-15);
            mean[k] += s[k - 1] / (0.36 * response * response) / REPLICAS;
        }
        weft_free(eta);
    }
    for (int k = 1; k <= L / 2; k++)
        CHECK_NEAR(mean[k], 1.0, 4.0 * (2 * k == L ? sqrt(2.0) : 1.0) / sqrt(REPLICAS));
    run_close(&r);
}

/* ---- nonlinear ---- */

/* A tilted flat front moves with lambda m^2/2, in every scheme and dimension. */
static void test_tilt(void)
{
    const char *const grids[] = {"n: 12, length: 6", "n: [4, 12], length: [3, 6]",
                                 "n: [4, 6, 8], length: [3, 2, 8]"};
    const char *const schemes[][2] = {
        {"lam_shin", "rk4"}, {"standard", "heun"}, {"spectral", "etd_heun"}};
    for (int g = 0; g < 3; g++)
        for (int s = 0; s < 3; s++) {
            test_run r;
            run_open(&r,
                     "model: kpz\ngrid: {%s}\nkpz: {lambda: -1.5, tilt: 0.4, scheme: %s}\n"
                     "initial: {type: flat}\ntime: {end: 1, dt: 0.01, stepper: %s}\n",
                     grids[g], schemes[s][0], schemes[s][1]);
            run_to(&r, 0.5);
            CHECK_NEAR(run_value(&r, "mean"), 0.5 * -1.5 * 0.5 * 0.16, 1e-13);
            CHECK_NEAR(run_value(&r, "width2"), 0.0, 1e-28);
            run_close(&r);
        }
}

/* Cole-Hopf: h = (2 nu/lambda) ln(1 + b exp(-nu k^2 t) cos kx) solves the equation. */
static double cole_hopf_error(const char *scheme, const char *stepper, int n, double dt)
{
    const double length = 2.0 * M_PI, nu = 0.5, lambda = 3.0, b = 0.6;
    test_run r;
    run_open(&r,
             "model: kpz\ngrid: {n: %d, length: %.17g}\nkpz: {nu: %g, lambda: %g, scheme: %s}\n"
             "initial: {type: flat}\ntime: {end: 1, dt: %.17g, stepper: %s}\n",
             n, length, nu, lambda, scheme, dt, stepper);
    double *h = weft_alloc((size_t)n, sizeof *h), worst = 0.0;
    for (int i = 0; i < n; i++)
        h[i] = 2.0 * nu / lambda * log(1.0 + b * cos(2.0 * M_PI * i / n));
    weft_field_assign(r.sim->state, &r.sim->state->field[0], 0, h, 0);
    run_to(&r, 1.0);
    double *now = run_field(&r, "height", 0);
    for (int i = 0; i < n; i++) {
        double exact = 2.0 * nu / lambda * log(1.0 + b * exp(-nu * 1.0) * cos(2.0 * M_PI * i / n));
        worst = fmax(worst, fabs(now[i] - exact));
    }
    weft_free(h);
    weft_free(now);
    run_close(&r);
    return worst;
}

static void test_cole_hopf(void)
{
    /* second order in space, for small steps */
    double coarse = cole_hopf_error("lam_shin", "rk4", 32, 1.0 / 256);
    double fine = cole_hopf_error("lam_shin", "rk4", 64, 1.0 / 1024);
    CHECK_NEAR(coarse / fine, 4.0, 0.2);
    coarse = cole_hopf_error("standard", "rk4", 32, 1.0 / 256);
    fine = cole_hopf_error("standard", "rk4", 64, 1.0 / 1024);
    CHECK_NEAR(coarse / fine, 4.0, 0.2);
    /* spectral: second order in time, and no error of space left */
    coarse = cole_hopf_error("spectral", "etd_heun", 64, 1.0 / 64);
    fine = cole_hopf_error("spectral", "etd_heun", 64, 1.0 / 128);
    CHECK_NEAR(coarse / fine, 4.0, 0.2);
    CHECK(cole_hopf_error("spectral", "etd_heun", 64, 1.0 / 4096) < 1e-7);
}

/* Lam and Shin's ring: slopes stay independent Gaussians of variance D/nu under the condition that
 * they sum to zero: <d^2> = (D/nu)(1 - 1/L), v = (lambda/2)(D/nu)(2/3 - 1/L). */
static void test_lam_shin(void)
{
    enum { L = 64, PARTS = 120, RECORDS = 40 };
    test_run r;
    run_open(&r,
             "model: kpz\ngrid: {n: %d, length: %d}\nkpz: {lambda: 2, noise: 1}\n"
             "initial: {type: stationary}\ntime: {end: 100000, dt: 0.025}\n",
             L, L);
    double d[3] = {0}, d2[3] = {0};
    run_value(&r, "velocity");
    for (int p = 0; p < PARTS; p++) {
        double part[3] = {0};
        for (int i = 1; i <= RECORDS; i++) {
            run_to(&r, 200.0 * p + 5.0 * i);
            part[0] += run_value(&r, "gradient2") / RECORDS;
            part[1] += run_value(&r, "width2") / RECORDS;
        }
        part[2] = run_value(&r, "velocity");
        for (int j = 0; j < 3; j++) {
            d[j] += part[j] / PARTS;
            d2[j] += part[j] * part[j] / PARTS;
        }
    }
    double error[3];
    for (int j = 0; j < 3; j++)
        error[j] = sqrt((d2[j] - d[j] * d[j]) / (PARTS - 1));
    /* the second-order bias of the step is 0.0088 at dt = 0.05 */
    CHECK_NEAR(d[0], 1.0 - 1.0 / L, 4.0 * error[0] + 0.003);
    CHECK_NEAR(d[1], (L * L - 1.0) / (12.0 * L), 4.0 * error[1]);
    CHECK_NEAR(d[2], 2.0 / 3.0 - 1.0 / L, 4.0 * error[2] + 0.003);
    CHECK(error[1] < 0.2 && error[0] < 0.004);
    run_close(&r);
}

/* The blow-up of the lattice is found and said; clipping on request lives with it. */
static void test_blow_up(void)
{
    const char *text = "model: kpz\ngrid: {n: 64, length: 64}\n"
                       "kpz: {lambda: 40, noise: 1, scheme: standard%s}\ninitial: {type: flat}\n"
                       "time: {end: 100, dt: 0.05, stepper: euler_maruyama}\n";
    for (int clip = 0; clip < 2; clip++) {
        test_run r;
        run_open(&r, text, clip ? ", clip: 1" : "");
        weft_status status = WEFT_OK;
        for (int i = 0; i < 400 && status == WEFT_OK; i++) {
            double dt = r.dt;
            run_must(r.input->stepper->step(r.sim, r.stepper, &dt));
            r.sim->step++;
            status = r.sim->model->guard(r.sim);
        }
        CHECK(status == (clip ? WEFT_OK : WEFT_FAILED));
        CHECK((strstr(weft_error_message(), "blown up") != NULL) == !clip);
        CHECK(weft_state_finite(r.sim->state) == clip);
        weft_error_clear();
        run_close(&r);
    }
}

/* Correlations follow from the front itself; on a chain no pair goes round. */
static void test_correlations(const char *text, const char *field, bool ring)
{
    enum { L = 2600, MOST = 32 };
    test_run r;
    double g[MOST], c[MOST];
    run_open(&r, "%s\ninitial: {type: stationary}\ntime: {end: 1, dt: 0.01}\n", text);
    run_get(&r, "correlation", g);
    run_get(&r, "covariance", c);
    double *h = run_field(&r, field, 0), mean = run_value(&r, "mean"),
           size = run_value(&r, "width2");
    const int distance[] = {1,  2,  3,  4,   6,   8,   11,  16,  23,  32,
                            45, 64, 91, 128, 181, 256, 362, 512, 724, 1024};
    for (int j = 0; j < 20; j++) {
        double difference = 0.0, product = 0.0;
        const int count = ring ? L : L - distance[j];
        for (int i = 0; i < count; i++) {
            double other = h[(i + distance[j]) % L];
            difference += (other - h[i]) * (other - h[i]) / count;
            product += (other - mean) * (h[i] - mean) / count;
        }
        CHECK_NEAR(g[j], difference, 1e-13 * size);
        CHECK_NEAR(c[j], product, 1e-13 * size);
    }
    weft_free(h);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_ring_euler();
    test_ring_averaged();
    test_ring_second_order("heun", 0.0);
    test_ring_second_order("sra1", 1.0 / 12.0);
    test_ring_stationary();
    test_surfaces();
    test_ring_spectral();
    test_larkin("spectral", "etd_heun", false, 1e-11);
    test_larkin("lam_shin", "rk4", true, 1e-4);
    test_tilt();
    test_cole_hopf();
    test_lam_shin();
    test_blow_up();
    test_correlations("model: kpz\ngrid: {n: 2600, length: 1300}\nkpz: {noise: 1}", "height", true);
    test_correlations("model: kuramoto\ngrid: {n: 2600}\nkuramoto: {noise: 1, topology: chain}",
                      "phase", false);
    return check_end();
}

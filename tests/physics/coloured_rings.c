/* Linear rings under noise with memory. A mode of the Edwards-Wilkinson ring decays at the rate
 * nu q2, q2 = 2 - 2 cos(2 pi k/L), and is driven by the mode of the noise, which has the covariance
 * in time of that of a site. Heun's step is u <- a u + b dX, a = 1 - r + r^2/2, b = 1 - r/2, r = nu
 * q2 dt, so that
 *
 *     <|u_k|^2> after n steps = b^2 sum over m, m' of a^(2n - 2 - m - m') <dX_m dX_m'>
 *
 * is exact for the program's own step, and goes to the law of the continuous time as dt^2.
 * WEFT_SLOW: ten times as many replicas. */
#include "run.h"

enum { L = 64, MOST = 1024 };
static const double D = 0.3, nu = 1;
static int replicas = 300;
static const char *stepper = "heun";

/* ---- increments ---- */

typedef struct noise_law {
    const char *keys;
    double tau, hurst; /* the other one is zero */
} noise_law;

/* <dX_0 dX_n> of steps of length dt, of strength D, in the stationary state. */
static double increments(const noise_law *l, int n, double dt)
{
    if (l->tau > 0) {
        const double e = 1 - exp(-dt / l->tau);
        return n == 0 ? 2 * D * (dt - l->tau * e)
                      : D * l->tau * e * e * exp(-(n - 1) * dt / l->tau);
    }
    const double h = 2 * l->hurst;
    return D * pow(dt, h) * (pow(n + 1, h) + pow(abs(n - 1), h) - 2 * pow(n, h));
}

static double mode_exact(const noise_law *l, double q2, int n, double dt)
{
    const double r = nu * q2 * dt, a = 1 - r + 0.5 * r * r, b = 1 - 0.5 * r;
    static double power[MOST], increment[MOST];
    double sum = 0;
    for (int m = 0; m < n; m++) {
        power[m] = pow(a, n - 1 - m);
        increment[m] = increments(l, m, dt);
    }
    for (int m = 0; m < n; m++)
        for (int j = 0; j < n; j++)
            sum += power[m] * power[j] * increment[abs(m - j)];
    return b * b * sum;
}

/* Continuous time, Ornstein-Uhlenbeck noise that has been there for ever. */
static double mode_continuous(double tau, double q2, double t)
{
    const double r = nu * q2, g = 1 / tau;
    return 2 * D * g / (r + g) *
           ((1 - exp(-2 * r * t)) / (2 * r) - (exp(-(r + g) * t) - exp(-2 * r * t)) / (r - g));
}

static double q2_of(int k)
{
    return 2 - 2 * cos(2 * M_PI * k / L);
}

/* ---- runs ---- */

static void open(test_run *r, const noise_law *l, double dt)
{
    run_open(r,
             "model: kpz\ngrid: {n: [%d], length: [%d]}\nkpz: {nu: %g, noise: %g, %s}\n"
             "initial: {type: flat}\ntime: {stepper: %s, dt: %.17g, end: 100}\n",
             L, L, nu, D, l->keys, stepper, dt);
}

/* Mean of |u_k|^2 over replicas, one for k and -k. */
static void spectrum(const noise_law *l, double dt, int n, double *power)
{
    test_run r;
    open(&r, l, dt);
    memset(power, 0, (L / 2 + 1) * sizeof *power);
    for (int i = 0; i < replicas; i++) {
        run_replica(&r, (uint32_t)i);
        run_to(&r, n * dt);
        double *h = run_field(&r, "height", 0);
        for (int k = 0; k <= L / 2; k++) {
            double re = 0, im = 0;
            for (int x = 0; x < L; x++) {
                re += h[x] * cos(2 * M_PI * k * x / L);
                im += h[x] * sin(2 * M_PI * k * x / L);
            }
            power[k] += (re * re + im * im) / L / replicas;
        }
        weft_free(h);
    }
    run_close(&r);
}

/* Every mode, and the sum over them, which has the smaller error. */
static void ring(const noise_law *l, double dt, int n)
{
    double power[L / 2 + 1], found = 0, exact = 0, square = 0, worst = 0;
    spectrum(l, dt, n, power);
    for (int k = 0; k <= L / 2; k++) {
        const double normals = k == 0 || 2 * k == L ? 1 : 2, e = mode_exact(l, q2_of(k), n, dt);
        const double error = e * sqrt(2 / (normals * replicas));
        worst = fmax(worst, fabs(power[k] - e) / error);
        CHECK_NEAR(power[k], e, 4.5 * error);
        if (k == 0)
            continue;
        found += normals * power[k] / L;
        exact += normals * e / L;
        square += normals * e * e / L / L;
    }
    const double error = sqrt(2 * square / replicas);
    printf("%s, t = %g: W^2 = %.5f(%.5f), exact %.5f; worst mode %.2f standard errors\n", l->keys,
           n * dt, found, error, exact, worst);
    CHECK_NEAR(found, exact, 4 * error);
    if (l->tau > 0 && n > 50)
        for (int k = 1; k <= L / 2; k += 5)
            CHECK_NEAR(mode_exact(l, q2_of(k), n, dt) / mode_continuous(l->tau, q2_of(k), n * dt),
                       1, 0.3 * dt * dt * q2_of(k) * q2_of(k) + 1e-3);
}

/* ---- spectral: the exact law of a mode of rate r = nu k^2, whatever the step ---- */

/* <|u_k|^2> at time t in continuous time. Fractional noise: u = X(t) - r int e^(-r(t-s)) X(s) ds,
 * with <X(s) X(t)> = D (s^2H + t^2H - |t-s|^2H); integrals by the middles of 400 pieces, each with
 * its exact weight. */
static double exact_law(const noise_law *l, double r, double t)
{
    enum { N = 400 };
    const double h = 2 * l->hurst, piece = t / N;
    if (l->tau > 0)
        return r > 0 ? mode_continuous(l->tau, r / nu, t)
                     : 2 * D * (t - l->tau * -expm1(-t / l->tau));
    double weight[N], one = 0, two = 0;
    for (int i = 0; i < N; i++) {
        const double s = (i + 0.5) * piece;
        weight[i] = exp(-r * (t - (i + 1) * piece)) * -expm1(-r * piece);
        one += weight[i] * D * (pow(s, h) + pow(t, h) - pow(t - s, h));
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            two += weight[i] * weight[j] * D *
                   (pow((i + 0.5) * piece, h) + pow((j + 0.5) * piece, h) -
                    pow(abs(i - j) * piece, h));
    return 2 * D * pow(t, h) - 2 * one + two;
}

/* Every mode of the spectral scheme, with steps that are long against the slow modes. */
static void spectral(const noise_law *l, double dt, int n)
{
    char keys[256];
    double power[L / 2 + 1], found = 0, exact = 0, square = 0;
    snprintf(keys, sizeof keys, "%s, scheme: spectral", l->keys);
    const noise_law as_keys = {keys, l->tau, l->hurst};
    const int all = replicas;
    replicas = l->tau > 0 ? all : all / 3; /* the law of many modes of noise takes time to make */
    stepper = "etd_heun";
    spectrum(&as_keys, dt, n, power);
    stepper = "heun";
    for (int k = 0; k <= L / 2; k++) {
        const double normals = k == 0 || 2 * k == L ? 1 : 2;
        const double e = exact_law(l, nu * pow(2 * M_PI * k / L, 2), n * dt);
        CHECK_NEAR(power[k], e, 0.002 * e + 4.5 * e * sqrt(2 / (normals * replicas)));
        found += normals * power[k] / e;
        exact += normals;
        square += normals;
    }
    const double error = sqrt(2 * square / replicas);
    printf("spectral, %s, dt = %g: modes over their law %.4f(%.4f)\n", l->keys, dt, found / exact,
           error / exact);
    CHECK_NEAR(found / exact, 1, 4 * error / exact + 0.002);
    replicas = all;
}

/* Two equations that share a noise, in k space: variances and covariance of a mode against the
 * covariance of the larger system (u, v, noise), integrated with small steps. */
static void shared(void)
{
    enum { M = 32 };
    static const double tau = 1.5, t = 2;
    const double k = 2 * M_PI * 3 / M, dt = 1e-3;
    const double A[3][3] = {{-k * k, 1, 0.8 / tau}, {0, -0.5, 0.6 / tau}, {0, 0, -1 / tau}};
    double C[3][3] = {{0}}, found[3] = {0};
    C[2][2] = tau / 2; /* of dy = -y/tau dt + dW; the noise is y/tau */
    for (int s = 0; s < t / dt - 0.5; s++) {
        double next[3][3];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                next[i][j] = C[i][j] + (i == 2 && j == 2 ? dt : 0);
                for (int m = 0; m < 3; m++)
                    next[i][j] += dt * (A[i][m] * C[m][j] + C[i][m] * A[j][m]);
            }
        memcpy(C, next, sizeof C);
    }
    test_run r;
    run_open(
        &r,
        "model: equation\ngrid: {n: [32], length: [32]}\nequation: {fields: [u, v], noise_type: "
        "ou, correlation_time: 1.5, equations: [\"dt(u) = lap(u) + v + 0.8*xi\", \"dt(v) = "
        "-0.5*v + 0.6*xi\"]}\ninitial: {type: formula}\ntime: {stepper: etd_heun, dt: 1, "
        "end: 10}\n");
    for (int i = 0; i < 4 * replicas; i++) {
        run_replica(&r, (uint32_t)i);
        run_to(&r, t);
        double re[2] = {0}, im[2] = {0};
        for (int c = 0; c < 2; c++) {
            double *x = run_field(&r, c ? "v" : "u", 0);
            for (int j = 0; j < M; j++) {
                re[c] += x[j] * cos(k * j) / sqrt(M);
                im[c] += x[j] * sin(k * j) / sqrt(M);
            }
            weft_free(x);
        }
        for (int p = 0; p < 3; p++) /* uu, uv, vv */
            found[p] += (re[p / 2] * re[(p + 1) / 2] + im[p / 2] * im[(p + 1) / 2]) / 4 / replicas;
    }
    run_close(&r);
    const double want[3] = {C[0][0], C[0][1], C[1][1]};
    for (int p = 0; p < 3; p++)
        CHECK_NEAR(found[p], want[p],
                   0.005 * want[p] + 4 * sqrt(C[0][0] * C[1][1] / (4 * replicas)) *
                                         (p == 1 ? 1 : want[p] / sqrt(C[0][0] * C[1][1])));
    printf("shared noise of correlation time 1.5: %.4f %.4f %.4f, exact %.4f %.4f %.4f\n", found[0],
           found[1], found[2], want[0], want[1], want[2]);
}

/* ---- limits ---- */

/* H = 1/2 is white noise, to the bit, whatever else the keys say. */
static void half(const char *method)
{
    static const noise_law white = {"noise_type: white", 0, 0.5},
                           other = {"noise_type: fractional, hurst: 0.5", 0, 0.5};
    double *h[2];
    for (int i = 0; i < 2; i++) {
        test_run r;
        run_open(&r,
                 "model: kpz\ngrid: {n: [%d], length: [%d]}\nkpz: {nu: 1, lambda: 0.7, noise: 0.2, "
                 "%s}\ninitial: {type: flat}\ntime: {stepper: %s, dt: 0.05, end: 100}\n",
                 L, L, i == 0 ? white.keys : other.keys, method);
        run_to(&r, 3);
        h[i] = run_field(&r, "height", 0);
        run_close(&r);
    }
    CHECK(memcmp(h[0], h[1], L * sizeof **h) == 0);
    weft_free(h[0]);
    weft_free(h[1]);
}

/* H near 1 is the columnar ring of a velocity of variance 2 D a site (A. I. Larkin):
 * <|u_k|^2> = 2 D ((1 - exp(-nu q2 t))/(nu q2))^2. H = 0.999 itself differs from it by 1 % at most
 * at these times. */
static void columnar(void)
{
    static const noise_law l = {"noise_type: fractional, hurst: 0.999", 0, 0.999};
    enum { N = 200 };
    const double dt = 0.1, t = N * dt;
    double power[L / 2 + 1], found = 0, frozen = 0, square = 0;
    spectrum(&l, dt, N, power);
    for (int k = 1; k <= L / 2; k++) {
        const double normals = 2 * k == L ? 1 : 2, r = nu * q2_of(k);
        const double e = 2 * D * pow((1 - exp(-r * t)) / r, 2);
        CHECK_NEAR(power[k], e, 0.02 * e + 4.5 * e * sqrt(2 / (normals * replicas)));
        found += normals * power[k] / L;
        frozen += normals * e / L;
        square += normals * e * e / L / L;
    }
    const double error = sqrt(2 * square / replicas);
    printf("H = 0.999: W^2 = %.4f(%.4f), columnar ring %.4f\n", found, error, frozen);
    CHECK_NEAR(found, frozen, 4 * error + 0.01 * frozen);
}

/* ---- free sites ---- */

/* W^2 = 2 D t^(2H), of both starts, over 16384 sites; the mean over sites is free too. */
static void free_sites(double hurst, const char *start)
{
    enum { SITES = 16384 };
    test_run r;
    run_open(&r,
             "model: kuramoto\ngrid: {n: [%d]}\nkuramoto: {coupling: 0, noise: %g, noise_type: "
             "fractional, hurst: %g, noise_start: %s}\ninitial: {type: flat}\n"
             "time: {dt: 0.1, end: 20}\nobserve: {list: [width2]}\n",
             SITES, D, hurst, start);
    for (int i = 1; i <= 5; i++) {
        const double t = 4.0 * i, exact = 2 * D * pow(t, 2 * hurst) * (1 - 1.0 / SITES);
        run_to(&r, t);
        CHECK_NEAR(run_value(&r, "width2") / exact, 1, 0.003 + 4 * sqrt(2.0 / SITES));
    }
    run_close(&r);
}

/* Noise on both components of oscillators, on the second one alone, and of equations: the noise
 * that steppers add is what the model asked for. Without drift the change of a component over a
 * time t has the variance 2 D t^(2H). */
static void components(const char *text, const char *const *fields, const double *expected)
{
    enum { SITES = 16384 };
    test_run r;
    run_start(&r, MPI_COMM_WORLD, text);
    double *before[2], *after[2];
    for (int c = 0; c < 2; c++)
        before[c] = run_field(&r, fields[c], 0);
    run_to(&r, 1e-3);
    for (int c = 0; c < 2; c++) {
        double sum = 0;
        after[c] = run_field(&r, fields[c], 0);
        for (int i = 0; i < SITES; i++)
            sum += pow(after[c][i] - before[c][i], 2) / SITES;
        printf("%s: %.4g, expected %.4g\n", fields[c], sum, expected[c]);
        CHECK_NEAR(sum, expected[c], expected[c] * (0.01 + 4 * sqrt(2.0 / SITES)) + 1e-5);
        weft_free(before[c]);
        weft_free(after[c]);
    }
    run_close(&r);
}

static void all_components(void)
{
    static const char *const uv[] = {"u", "v"};
    const double t = 1e-3, D1 = 100;
    components("model: oscillators\ngrid: {n: [16384]}\noscillators: {coupling: 0, growth: 0.01, "
               "frequency: 0, noise: 100, noise_type: fractional, hurst: 0.7, noise_horizon: 10}\n"
               "initial: {type: random}\ntime: {dt: 0.0001, end: 1}\n",
               uv, (const double[]){2 * D1 * pow(t, 1.4), 2 * D1 * pow(t, 1.4)});
    components("model: oscillators\ngrid: {n: [16384]}\noscillators: {kind: van_der_pol, coupling: "
               "0, growth: 0.01, frequency: 0.01, noise: 100, noise_type: ou, correlation_time: "
               "0.1}\ninitial: {type: random}\ntime: {dt: 0.0001, end: 1}\n",
               uv, (const double[]){0, 2 * D1 * (t - 0.1 * -expm1(-t / 0.1))});
    components("model: equation\ngrid: {n: [16384], length: [16384]}\nequation: {fields: [u, v], "
               "space: lattice, "
               "noise_type: fractional, hurst: 0.3, noise_horizon: 1, equations: [\"dt(u) = v + "
               "3*xi\", \"dt(v) = -u + 5*xi(2)\"]}\n"
               "initial: {type: formula}\ntime: {stepper: heun, dt: 0.0001, end: 1}\n",
               uv, (const double[]){9 * pow(t, 0.6), 25 * pow(t, 0.6)});
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    if (getenv("WEFT_SLOW"))
        replicas = 3000;
    ring(&(noise_law){"noise_type: ou, correlation_time: 2", 2, 0}, 0.1, 10);
    ring(&(noise_law){"noise_type: ou, correlation_time: 2", 2, 0}, 0.1, 150);
    ring(&(noise_law){"noise_type: ou, correlation_time: 0.3", 0.3, 0}, 0.2, 200);
    ring(&(noise_law){"noise_type: fractional, hurst: 0.3", 0, 0.3}, 0.1, 150);
    ring(&(noise_law){"noise_type: fractional, hurst: 0.75", 0, 0.75}, 0.1, 150);
    ring(&(noise_law){"noise_type: fractional, hurst: 0.9", 0, 0.9}, 0.1, 300);
    spectral(&(noise_law){"noise_type: ou, correlation_time: 2", 2, 0}, 2.5, 4);
    spectral(&(noise_law){"noise_type: ou, correlation_time: 0.3", 0.3, 0}, 0.25, 8);
    spectral(&(noise_law){"noise_type: fractional, hurst: 0.3", 0, 0.3}, 1, 4);
    spectral(&(noise_law){"noise_type: fractional, hurst: 0.75", 0, 0.75}, 2.5, 4);
    shared();
    half("heun");
    half("leimkuhler_matthews");
    columnar();
    free_sites(0.25, "zero");
    free_sites(0.75, "zero");
    free_sites(0.1, "stationary");
    free_sites(0.9, "stationary");
    all_components();
    return check_end();
}

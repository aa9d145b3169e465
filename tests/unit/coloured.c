/* Noise with memory: weights, the law of a step, numbers at sites. The covariances of a process are
 * followed from step to step by linear algebra, which has no sampling error, and compared with
 * those of Ornstein-Uhlenbeck noise and of fractional Brownian motion. */
#include "check.h"
#include "noise/internal.h"
#include "weft/vmath.h"
#include <stdlib.h>

enum { MODES = WEFT_COLOURED_MODES, STEPS = 400 };

static weft_coloured make(weft_coloured_spec spec)
{
    weft_coloured c;
    CHECK(weft_coloured_make(&spec, &c) == WEFT_OK);
    return c;
}

static weft_coloured fractional(double hurst, bool stationary, int modes)
{
    return make((weft_coloured_spec){.colour = WEFT_COLOUR_FRACTIONAL,
                                     .hurst = hurst,
                                     .stationary = stationary,
                                     .modes = modes,
                                     .shortest = 1e-3,
                                     .horizon = 100});
}

/* ---- functions ---- */

/* Everywhere, and where exp(x) is below the least normal number (it was wrong by 1e-3 there). */
static void exponentials(void)
{
    for (double x = -760; x < 0; x += 0.0137)
        CHECK_NEAR(weft_expm1(x) / expm1(x), 1, 1e-15);
}

static void gammas(void)
{
    for (double x = 0.05; x < 4; x += 0.07)
        CHECK_NEAR(noise_gamma(x) / tgamma(x), 1, 2e-14);
    /* P(1/2, x) = erf(sqrt x), P(1, x) = 1 - exp(-x) */
    for (double x = 1e-8; x < 100; x *= 1.7) {
        CHECK_NEAR(noise_gamma_lower(0.5, x), erf(sqrt(x)), 1e-14);
        CHECK_NEAR(noise_gamma_lower(1, x), -expm1(-x), 1e-14);
        CHECK_NEAR(noise_gamma_upper(1, x), 1, 1e-13);
        if (x < 20)
            CHECK_NEAR(noise_gamma_upper(0.5, x) / (exp(x) * erfc(sqrt(x))), 1, 1e-12);
    }
    /* exp(x) Q(s, x) goes to x^(s-1)/Gamma(s) */
    CHECK_NEAR(noise_gamma_upper(1.4, 1e9) / (pow(1e9, 0.4) / tgamma(1.4)), 1, 1e-8);
}

/* ---- weights ---- */

/* Relative mean square error over 0 to 10 of a start from zero with given rates: the numbers of
 * the plain least squares, evenly in time and without a Wiener part. */
static void given_rates(double hurst, int modes, double low, double high, double expected)
{
    enum { TIMES = 2000 };
    static double time[TIMES], weight[TIMES];
    weft_coloured c = {.spec = {.colour = WEFT_COLOUR_FRACTIONAL, .hurst = hurst}, .waves = modes};
    for (int k = 0; k < modes; k++)
        c.rate[k] = low * pow(high / low, k / (modes - 1.0));
    for (int i = 0; i < TIMES; i++) {
        time[i] = 10 * (i + 0.5) / TIMES;
        weight[i] = 1;
    }
    const double error = noise_fit(&c, false, TIMES, time, weight);
    printf("H = %g, %d modes on [%g, %g]: relative mean square error %.3g\n", hurst, modes, low,
           high, error);
    CHECK(error < expected && error > 0.7 * expected);
}

/* ---- covariances step by step ---- */

/* State of the recursion: the modes, and X at the ends of the steps that are followed. */
typedef struct covariance {
    double modes[MODES][MODES];
    double with[STEPS + 1][MODES]; /* <X(t_i) mode> at the present time */
    double x[STEPS + 1][STEPS + 1];
} covariance;

/* The covariances of X at the ends of n steps of length dt, from the laws of start and step. */
static covariance *follow(weft_coloured *c, double dt, int n)
{
    covariance *s = calloc(1, sizeof *s);
    const int m = c->modes;
    CHECK(weft_coloured_step(c, dt) == WEFT_OK);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < m; j++)
            for (int k = 0; k < c->firsts; k++)
                s->modes[i][j] += c->first[i][k] * c->first[j][k];
    for (int t = 0; t < n; t++) {
        double grown[MODES] = {0}, next[MODES][MODES],
               own = 0; /* <dX mode>, <mode mode>, <dX dX> */
        for (int k = 0; k < c->normals; k++)
            own += c->gain[k] * c->gain[k];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < m; j++)
                own += c->pull[i] * s->modes[i][j] * c->pull[j];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < m; j++) {
                grown[i] += c->decay[i] * s->modes[i][j] * c->pull[j];
                next[i][j] = c->decay[i] * s->modes[i][j] * c->decay[j];
                for (int k = 0; k < c->normals; k++)
                    next[i][j] += c->load[i][k] * c->load[j][k];
            }
            for (int k = 0; k < c->normals; k++)
                grown[i] += c->load[i][k] * c->gain[k];
        }
        /* X(t + dt) = X(t) + sqrt(dt) dX, against all earlier X, itself, and the modes */
        for (int e = 0; e <= t; e++) {
            double sum = 0;
            for (int j = 0; j < m; j++)
                sum += s->with[e][j] * c->pull[j];
            s->x[e][t + 1] = s->x[t + 1][e] = s->x[e][t] + sqrt(dt) * sum;
        }
        double cross = 0;
        for (int j = 0; j < m; j++)
            cross += s->with[t][j] * c->pull[j];
        s->x[t + 1][t + 1] = s->x[t][t] + 2 * sqrt(dt) * cross + dt * own;
        for (int i = 0; i < m; i++)
            s->with[t + 1][i] = c->decay[i] * s->with[t][i] + sqrt(dt) * grown[i];
        for (int e = 0; e <= t; e++)
            for (int i = 0; i < m; i++)
                s->with[e][i] *= c->decay[i];
        memcpy(s->modes, next, sizeof next);
    }
    return s;
}

/* <X(t) X(s)>, s < t, of the start from zero: 2 H times the integral of (t - u)^a (s - u)^a, with
 * u = s - s v^(2/(1 + 2a)), which takes the singularity out. */
static double riemann_liouville(double hurst, double s, double t)
{
    enum { N = 4000 };
    const double a = hurst - 0.5, p = 2 / (1 + 2 * a);
    double sum = 0;
    for (int i = 0; i < N; i++) {
        double v = (i + 0.5) / N, rest = s * pow(v, p);
        /* (s - u)^a du = s^(a + 1) p v^(p a + p - 1) dv */
        sum += pow(t - s + rest, a) * pow(s, a + 1) * p * pow(v, p * a + p - 1) / N;
    }
    return 2 * hurst * sum;
}

static double stationary_increments(double hurst, double s, double t)
{
    const double h = 2 * hurst;
    return 0.5 * (pow(t, h) + pow(s, h) - pow(t - s, h));
}

/* Variances and covariances over n steps; exact numbers to the error that is stated for the
 * variance (a covariance is a difference of variances). */
static void fractional_law(double hurst, bool stationary)
{
    enum { N = 200 };
    weft_coloured c = fractional(hurst, stationary, 0);
    const double dt = 0.25;
    CHECK(c.error <= 0.003);
    covariance *s = follow(&c, dt, N);
    double worst = 0, cross = 0;
    for (int i = 1; i <= N; i++) {
        worst = fmax(worst, fabs(s->x[i][i] / pow(i * dt, 2 * hurst) - 1));
        CHECK_NEAR(s->x[i][i] / pow(i * dt, 2 * hurst), 1, 0.0035);
        CHECK_NEAR(fabs(s->x[i][i] / pow(i * dt, 2 * hurst) - 1), weft_coloured_error(&c, i * dt),
                   1e-8);
    }
    static const int pairs[][2] = {{1, 2},    {1, 10},    {5, 20},   {20, 21},
                                   {40, 200}, {100, 150}, {199, 200}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const int a = pairs[i][0], b = pairs[i][1];
        const double exact = stationary ? stationary_increments(hurst, a * dt, b * dt)
                                        : riemann_liouville(hurst, a * dt, b * dt);
        const double scale = pow(a * b * dt * dt, hurst);
        cross = fmax(cross, fabs(s->x[a][b] - exact) / scale);
        CHECK_NEAR(s->x[a][b] / scale, exact / scale, 0.006);
    }
    printf("H = %-4g %-10s: %2d modes, %2d normals, error %.2e; found %.2e, covariances %.2e\n",
           hurst, stationary ? "stationary" : "from zero", c.modes, c.normals, c.error, worst,
           cross);
    free(s);
}

/* Two half steps have the law of a whole one: covariances at the same times agree. */
static void any_step(weft_coloured *c)
{
    covariance *one = follow(c, 0.5, 30);
    covariance *two = follow(c, 0.25, 60);
    for (int i = 1; i <= 30; i++)
        for (int j = 1; j <= i; j++)
            CHECK_NEAR(two->x[2 * i][2 * j], one->x[i][j], 1e-9 * one->x[30][30]);
    free(one);
    free(two);
}

/* X is the integral of noise of covariance exp(-t/tau)/(2 tau): <X(t)^2> = t - tau (1 -
 * exp(-t/tau)) in the stationary state, and from zero, with noise of variance (1 - exp(-2
 * t/tau))/(2 tau), t - tau (1 - e)(3 - e)/2, e = exp(-t/tau). */
static void ornstein_uhlenbeck(double tau, bool stationary)
{
    weft_coloured c =
        make((weft_coloured_spec){.colour = WEFT_COLOUR_OU, .tau = tau, .stationary = stationary});
    const double dt = 0.1;
    covariance *s = follow(&c, dt, 100);
    for (int i = 1; i <= 100; i++) {
        const double t = i * dt, e = exp(-t / tau);
        const double exact = stationary ? t - tau * (1 - e) : t - 0.5 * tau * (1 - e) * (3 - e);
        CHECK_NEAR(s->x[i][i], exact, 1e-12 * t);
        /* <dX dX'> of neighbouring steps and of steps far apart */
        if (!stationary || i == 1)
            continue;
        const double step = 1 - exp(-dt / tau);
        double d = s->x[1][i] - s->x[1][i - 1];
        CHECK_NEAR(d, 0.5 * tau * step * step * exp(-(i - 2) * dt / tau), 1e-13);
    }
    free(s);
    any_step(&c);
}

/* ---- at sites ---- */

enum { SITES = 700 };

/* Modes and growth of a row of sites after two steps, cut at some places. */
static void row(const weft_coloured *c, const int *cut, double *modes, double *growth)
{
    const weft_noise noise = {.seed = 5, .replica = 2};
    for (int i = 0; cut[i + 1] > 0; i++) {
        double *mode[MODES];
        for (int k = 0; k < c->modes; k++)
            mode[k] = modes + k * SITES + cut[i];
        weft_coloured_start(c, &noise, 3, 7, SITES, cut[i], cut[i + 1] - cut[i], mode);
        for (uint64_t step = 0; step < 2; step++)
            weft_coloured_increments(c, &noise, 3, step, 7, SITES, cut[i], cut[i + 1] - cut[i],
                                     mode, growth + cut[i]);
    }
}

static void cuts(void)
{
    static double modes[2][MODES * SITES], growth[2][SITES];
    weft_coloured c = fractional(0.8, true, 0);
    CHECK(weft_coloured_step(&c, 0.1) == WEFT_OK);
    row(&c, (const int[]){0, 256, 512, SITES, 0}, modes[0], growth[0]);
    row(&c, (const int[]){0, 1, 100, 131, 300, 500, 501, SITES, 0}, modes[1], growth[1]);
    CHECK(memcmp(modes[0], modes[1], sizeof modes[0]) == 0);
    CHECK(memcmp(growth[0], growth[1], sizeof growth[0]) == 0);

    /* a start of the whole row at once, which has more sites than a stretch, and of two parts */
    const weft_noise noise = {.seed = 5, .replica = 2};
    for (int part = 0; part < 3; part++) {
        const int from = part == 2 ? 300 : 0, to = part == 1 ? 300 : SITES;
        double *mode[MODES];
        for (int k = 0; k < c.modes; k++)
            mode[k] = modes[part > 0] + k * SITES + from;
        weft_coloured_start(&c, &noise, 3, 7, SITES, from, to - from, mode);
    }
    CHECK(memcmp(modes[0], modes[1], sizeof modes[0]) == 0);
    CHECK(modes[0][0] != modes[0][WEFT_COLOURED_STRETCH]);
}

/* The first normal is that of white noise; OU noise of a short memory follows the white path. */
static void white_limit(void)
{
    weft_coloured c =
        make((weft_coloured_spec){.colour = WEFT_COLOUR_OU, .tau = 1e-9, .stationary = true});
    const weft_noise noise = {.seed = 5};
    double y[64], r[64], white[64], *mode[] = {y};
    CHECK(weft_coloured_step(&c, 0.1) == WEFT_OK);
    weft_coloured_start(&c, &noise, 0, 0, 64, 0, 64, mode);
    weft_coloured_increments(&c, &noise, 0, 9, 0, 64, 0, 64, mode, r);
    weft_noise_increments(&noise, 0, 9, 0, 64, 0, 64, white, NULL);
    for (int i = 0; i < 64; i++)
        CHECK_NEAR(r[i], white[i], 1e-3);
    c = fractional(0.5, true, 0);
    CHECK(c.modes == 0);
}

/* Samples have the covariances of the recursion: products of the growths of steps, over sites. */
static void samples(double hurst, bool stationary)
{
    enum { N = 12, ROWS = 400 };
    weft_coloured c = fractional(hurst, stationary, 0);
    covariance *s = follow(&c, 0.5, N);
    double sum[N + 1][N + 1] = {{0}};
    const weft_noise noise = {.seed = 11};
    static double y[MODES * 256], x[N + 1][256], r[256];
    for (int row = 0; row < ROWS; row++) {
        double *mode[MODES];
        for (int k = 0; k < c.modes; k++)
            mode[k] = y + k * 256;
        weft_coloured_start(&c, &noise, 0, row, 256, 0, 256, mode);
        for (int t = 0; t < N; t++) {
            weft_coloured_increments(&c, &noise, 0, (uint64_t)t, row, 256, 0, 256, mode, r);
            for (int i = 0; i < 256; i++)
                x[t + 1][i] = x[t][i] + sqrt(0.5) * r[i];
        }
        for (int t = 1; t <= N; t++)
            for (int e = 1; e <= t; e++)
                for (int i = 0; i < 256; i++)
                    sum[t][e] += x[t][i] * x[e][i] / (256.0 * ROWS);
    }
    for (int t = 1; t <= N; t++)
        for (int e = 1; e <= t; e++) {
            const double error =
                sqrt((s->x[t][t] * s->x[e][e] + s->x[t][e] * s->x[t][e]) / (256.0 * ROWS));
            CHECK_NEAR(sum[t][e], s->x[t][e], 4.5 * error);
        }
    free(s);
}

/* ---- what is refused ---- */

static void refused(int modes, double hurst, const char *part)
{
    weft_coloured_spec spec = {.colour = WEFT_COLOUR_FRACTIONAL,
                               .hurst = hurst,
                               .modes = modes,
                               .shortest = 1e-5,
                               .horizon = 1};
    weft_coloured c;
    CHECK(weft_coloured_make(&spec, &c) == WEFT_FAILED);
    printf("%s\n", weft_error_message());
    CHECK(strstr(weft_error_message(), part));
    weft_error_clear();
}

/* A step far below the shortest time that the weights were made for. */
static void short_step(void)
{
    weft_coloured c = fractional(0.7, true, 0);
    CHECK(weft_coloured_step(&c, 1e-3) == WEFT_OK);
    CHECK(weft_coloured_step(&c, 1e-7) == WEFT_FAILED);
    weft_error_clear();
}

int main(void)
{
    static const double hurst[] = {0.02, 0.1, 0.25, 0.4, 0.49, 0.51, 0.6, 0.75, 0.9, 0.98, 0.999};
    exponentials();
    gammas();
    given_rates(0.4, 5, 0.05, 20, 2.2e-4);
    given_rates(0.75, 5, 0.05, 20, 7e-4);
    given_rates(0.4, 8, 0.01, 1000, 6.5e-6);
    given_rates(0.75, 8, 0.01, 1000, 5e-7);
    for (size_t i = 0; i < sizeof hurst / sizeof *hurst; i++) {
        fractional_law(hurst[i], false);
        fractional_law(hurst[i], true);
    }
    weft_coloured c = fractional(0.3, true, 0);
    any_step(&c);
    c = fractional(0.8, true, 0);
    any_step(&c);
    c = fractional(0.8, false, 0);
    any_step(&c);
    ornstein_uhlenbeck(0.3, true);
    ornstein_uhlenbeck(4, true);
    ornstein_uhlenbeck(0.7, false);
    cuts();
    white_limit();
    samples(0.3, true);
    samples(0.75, true);
    samples(0.75, false);
    refused(3, 0.75, "are enough");
    refused(2, 0.2, "are enough");
    short_step();
    return check_end();
}

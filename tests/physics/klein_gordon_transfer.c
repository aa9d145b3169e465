/* Klein-Gordon chains in a bath against the transfer integral.
 *
 * The chain of differences of order 2 at temperature T has the Gibbs law exp(-H/T), H = dx sum of
 * (phi_{i+1} - phi_i)^2/(2 dx^2) + V(phi_i). Averages over it are those of powers of the kernel
 *
 *     K(a, b) = exp(-((a - b)^2/(2 dx) + dx (V(a) + V(b))/2)/T)
 *
 * (D. J. Scalapino, M. Sears, R. A. Ferrell, Phys. Rev. B 6, 3409 (1972)), which are found here as
 * sums over a grid of phi: exact for this chain at any dx, so that nothing but the noise of the
 * sampling and the step is between the two. WEFT_SLOW: ten times as long. */
#include "run.h"

static bool full;

/* Mean of n numbers and its standard error, from 20 blocks of neighbours. */
typedef struct mean {
    double value, error;
} mean;

static mean block_mean(const double *x, int n)
{
    enum { BLOCKS = 20 };
    double sum = 0, square = 0;
    for (int b = 0; b < BLOCKS; b++) {
        double part = 0;
        for (int i = b * n / BLOCKS; i < (b + 1) * n / BLOCKS; i++)
            part += x[i] / (n / BLOCKS);
        sum += part;
        square += part * part;
    }
    double m = sum / BLOCKS;
    return (mean){m, sqrt((square / BLOCKS - m * m) / (BLOCKS - 1))};
}

static void report(const char *what, mean m, double exact)
{
    printf("%-24s %.5f(%.5f), transfer integral %.5f: %+.2f standard errors\n", what, m.value,
           m.error, exact, (m.value - exact) / m.error);
    CHECK_NEAR(m.value, exact, 4 * m.error);
}

/* ---- phi^4 ---- */

enum { M = 240, LAGS = 4, CHAIN = 2048 };
static const int lag[LAGS] = {1, 4, 10, 20};

typedef struct answers {
    double square, correlation[LAGS], kinks, length;
} answers;

static double kernel[M][M];

/* y = K x, and the factor by which its norm grew. */
static double apply(const double *x, double *y)
{
    double sum = 0, before = 0;
    for (int a = 0; a < M; a++) {
        y[a] = 0;
        for (int b = 0; b < M; b++)
            y[a] += kernel[a][b] * x[b];
        sum += y[a] * y[a];
        before += x[a] * x[a];
    }
    return sqrt(sum / before);
}

/* The largest eigenvalue among even (sign 1) or odd (-1) functions, a symmetry that rounding would
 * spoil; x becomes its function, of norm 1. */
static double largest(double *x, double sign)
{
    double y[M], value = 0;
    for (int i = 0; i < 400; i++) {
        value = apply(x, y);
        double norm = 0;
        for (int a = 0; a < M / 2; a++) {
            y[a] = 0.5 * (y[a] + sign * y[M - 1 - a]);
            y[M - 1 - a] = sign * y[a];
        }
        for (int a = 0; a < M; a++)
            norm += y[a] * y[a];
        for (int a = 0; a < M; a++)
            x[a] = y[a] / sqrt(norm);
    }
    return value;
}

/* V = (phi^2 - 1)^2/4. */
static answers phi4(double T, double dx)
{
    const double most = 4.5, step = 2 * most / M;
    double phi[M], even[M], odd[M], f[M], g[M];
    answers out = {0};
    for (int a = 0; a < M; a++) {
        phi[a] = -most + (a + 0.5) * step;
        even[a] = exp(-phi[a] * phi[a]);
        odd[a] = phi[a] * even[a];
    }
    for (int a = 0; a < M; a++)
        for (int b = 0; b < M; b++) {
            double u = phi[a] * phi[a] - 1, v = phi[b] * phi[b] - 1, d = phi[a] - phi[b];
            kernel[a][b] = exp(-(d * d / (2 * dx) + dx * (u * u + v * v) / 8) / T);
        }
    const double l0 = largest(even, 1), l1 = largest(odd, -1);
    for (int a = 0; a < M; a++) {
        out.square += even[a] * even[a] * phi[a] * phi[a];
        f[a] = phi[a] * even[a];
        for (int b = 0; b < M; b++)
            if ((phi[a] < 0) != (phi[b] < 0))
                out.kinks += even[a] * kernel[a][b] * even[b] / l0;
    }
    out.length = dx / log(l0 / l1);
    for (int r = 1, i = 0; i < LAGS; r++) {
        apply(f, g);
        for (int a = 0; a < M; a++)
            f[a] = g[a] / l0;
        if (r != lag[i])
            continue;
        for (int a = 0; a < M; a++)
            out.correlation[i] += f[a] * phi[a] * even[a];
        i++;
    }
    return out;
}

enum { NUMBERS = LAGS + 2 };

/* Samples of a chain, a time of one apart: mean of phi^2, kinks a site, correlations. */
static void phi4_chain(const char *stepper, double gamma, double T, double dx, double dt,
                       mean out[NUMBERS])
{
    const int samples = full ? 20000 : 2000;
    double *record = weft_alloc((size_t)(samples * (LAGS + 2)), sizeof *record);
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%d], length: [%.17g]}\n"
             "klein_gordon: {potential: phi4, laplacian: fd2, damping: %g, temperature: %g}\n"
             "initial: {type: random, amplitude: 1, k_max: 1}\n"
             "time: {stepper: %s, dt: %g, end: 1e6}\n",
             CHAIN, CHAIN * dx, gamma, T, stepper, dt);
    run_to(&r, 200);
    for (int s = 0; s < samples; s++) {
        run_to(&r, 201 + s);
        double *phi = run_field(&r, "phi", 0);
        for (int i = 0; i < CHAIN; i++) {
            record[s] += phi[i] * phi[i] / CHAIN;
            for (int l = 0; l < LAGS; l++)
                record[samples * (l + 2) + s] += phi[i] * phi[(i + lag[l]) % CHAIN] / CHAIN;
        }
        record[samples + s] = run_value(&r, "kinks") / CHAIN;
        weft_free(phi);
    }
    for (int j = 0; j < NUMBERS; j++)
        out[j] = block_mean(record + samples * j, samples);
    weft_free(record);
    run_close(&r);
}

static void report_phi4(const mean m[NUMBERS], double T, double dx)
{
    const answers exact = phi4(T, dx);
    printf("correlation length %.4f\n", exact.length);
    report("mean of phi^2", m[0], exact.square);
    report("kinks a site", m[1], exact.kinks);
    for (int l = 0; l < LAGS; l++) {
        char what[40];
        snprintf(what, sizeof what, "correlation at %d sites", lag[l]);
        report(what, m[l + 2], exact.correlation[l]);
    }
    CHECK(m[0].error < 0.01 * exact.square && m[1].error < 0.02 * exact.kinks);
}

/* The correlation length from two lags: exact where the other eigenvalues have died out. */
static void check_length(const mean m[NUMBERS], double T, double dx)
{
    const mean a = m[2 + 1], b = m[2 + 2];
    const double length = dx * (lag[2] - lag[1]) / log(a.value / b.value);
    const double error =
        length * length / (dx * (lag[2] - lag[1])) * hypot(a.error / a.value, b.error / b.value);
    report("correlation length", (mean){length, error}, phi4(T, dx).length);
}

static void phi4_chains(void)
{
    mean m[NUMBERS], half[NUMBERS];
    phi4_chain("baoab", 1, 0.35, 0.5, 0.05, m);
    printf("phi4, baoab, T = 0.35, dx = 0.5, ");
    report_phi4(m, 0.35, 0.5);
    check_length(m, 0.35, 0.5);
    phi4_chain("verlet_ou", 0.5, 0.6, 1, 0.05, m);
    printf("phi4, verlet_ou, T = 0.6, dx = 1, ");
    report_phi4(m, 0.6, 1);
    /* Euler's step is of order 1: twice the numbers of half the step, less those of the step */
    phi4_chain("overdamped", 1, 0.5, 1, 0.02, m);
    phi4_chain("overdamped", 1, 0.5, 1, 0.01, half);
    for (int j = 0; j < NUMBERS; j++)
        m[j] = (mean){2 * half[j].value - m[j].value, hypot(2 * half[j].error, m[j].error)};
    printf("phi4, overdamped, T = 0.5, dx = 1, ");
    report_phi4(m, 0.5, 1);
}

/* ---- sine-Gordon ---- */

/* phi is known modulo 2 pi and the turns are counted by a phase q a turn: exp(i q w) for w turns
 * from one site to the next. The ring has the turns of its winding, here none, in all: its sum of
 * states is the integral over q of the trace of K_q^n, in which the largest eigenvalue of each q is
 * enough (the others have died out). The ring is short: turns are gained and lost in pairs and
 * spread by diffusion, which takes (L/2 pi)^2 to even them out. */
enum { ANGLES = 64, TURNS = 3, PHASES = 41, RING = 128 };

typedef double _Complex complex_number;

typedef struct ring_sums {
    double log_value, cosine, kinks;
} ring_sums;

/* exp(-(a - b + 2 pi w)^2/(2 dx T)) with the potential shared between the two. */
static double link(double a, double b, int w, double T, double dx)
{
    double d = b - a + 2 * M_PI * w;
    return exp(-(d * d / (2 * dx) + dx * (2 - cos(a) - cos(b)) / 2) / T);
}

/* The eigenfunction by powers; cos phi; levels pi + 2 pi n that are passed between neighbours:
 * with angles in (-pi, pi) as many as turns. */
static ring_sums sine_gordon(double q, double T, double dx)
{
    static complex_number k[ANGLES][ANGLES];
    complex_number x[ANGLES], y[ANGLES], kinks = 0;
    double angle[ANGLES], value = 0;
    for (int a = 0; a < ANGLES; a++) {
        angle[a] = -M_PI + (a + 0.5) * 2 * M_PI / ANGLES;
        x[a] = 1;
    }
    for (int a = 0; a < ANGLES; a++)
        for (int b = 0; b < ANGLES; b++) {
            k[a][b] = 0;
            for (int w = -TURNS; w <= TURNS; w++)
                k[a][b] += link(angle[a], angle[b], w, T, dx) * cexp(I * q * w);
        }
    for (int i = 0; i < 300; i++) {
        double norm = 0;
        for (int a = 0; a < ANGLES; a++) {
            y[a] = 0;
            for (int b = 0; b < ANGLES; b++)
                y[a] += k[a][b] * x[b];
            norm += creal(y[a]) * creal(y[a]) + cimag(y[a]) * cimag(y[a]);
        }
        value = sqrt(norm);
        for (int a = 0; a < ANGLES; a++)
            x[a] = y[a] / value;
    }
    ring_sums out = {.log_value = log(value)};
    for (int a = 0; a < ANGLES; a++) {
        out.cosine += creal(conj(x[a]) * x[a]) * cos(angle[a]);
        for (int b = 0; b < ANGLES; b++)
            for (int w = -TURNS; w <= TURNS; w++)
                kinks += abs(w) * conj(x[a]) * link(angle[a], angle[b], w, T, dx) *
                         cexp(I * q * w) * x[b];
    }
    out.kinks = creal(kinks) / value;
    return out;
}

/* Averages over the phases q, each with the share of the sum of states that it has. */
static void sine_gordon_chain(const char *stepper, double gamma, double T, double dx, double dt)
{
    const int samples = full ? 400000 : 40000;
    double weights = 0, cosine = 0, kinks = 0, top = sine_gordon(0, T, dx).log_value;
    double bend = (top - sine_gordon(0.01, T, dx).log_value) / (0.5 * 0.01 * 0.01);
    for (int i = 0; i < PHASES; i++) {
        double q = 5 / sqrt(bend * RING) * (2.0 * i / (PHASES - 1) - 1);
        ring_sums s = sine_gordon(q, T, dx);
        double weight = exp(RING * (s.log_value - top));
        weights += weight;
        cosine += weight * s.cosine;
        kinks += weight * s.kinks;
    }
    double *record = weft_alloc((size_t)(2 * samples), sizeof *record);
    test_run r;
    run_open(
        &r,
        "model: klein_gordon\ngrid: {n: [%d], length: [%.17g]}\n"
        "klein_gordon: {potential: sine_gordon, laplacian: fd2, damping: %g, temperature: %g}\n"
        "initial: {type: random, amplitude: 1, k_max: 1}\n"
        "time: {stepper: %s, dt: %g, end: 1e6}\n",
        RING, RING * dx, gamma, T, stepper, dt);
    run_to(&r, 2000);
    for (int s = 0; s < samples; s++) {
        run_to(&r, 2001 + s);
        double *phi = run_field(&r, "phi", 0);
        for (int i = 0; i < RING; i++)
            record[s] += cos(phi[i]) / RING;
        record[samples + s] = run_value(&r, "kinks") / RING;
        weft_free(phi);
    }
    printf("sine-Gordon, %s, T = %g, dx = %g, dt = %g\n", stepper, T, dx, dt);
    report("mean of cos phi", block_mean(record, samples), cosine / weights);
    report("kinks a site", block_mean(record + samples, samples), kinks / weights);
    weft_free(record);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    full = getenv("WEFT_SLOW") != NULL;
    phi4_chains();
    sine_gordon_chain("baoab", 1, 2.5, 0.8, 0.1);
    return check_end();
}

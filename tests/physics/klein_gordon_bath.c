/* Klein-Gordon fields in a bath: each stepper against the exact stationary law of its own step.
 *
 * A linear field is a set of independent modes q_tt = -w^2 q - gamma q_t + noise. Of n sites with
 * cells of volume c the Gibbs law gives the coordinate of a mode of unit norm <p^2> = T/c and
 * <q^2> = T/(c w^2). Steps of length h change that in ways that are known exactly:
 *
 *     split4, strang, split6   nothing: both parts of the step keep the law
 *     baoab                    <p^2> (1 - h^2 w^2/4)          (B. Leimkuhler, C. Matthews 2013)
 *     verlet_ou                <q^2>/(1 - h^2 w^2/4)          (the energy that Verlet conserves)
 *     overdamped               <q^2>/(1 - h w^2/(2 gamma)), p = 0   (Euler's recursion) */
#include "run.h"

enum { CELLS = 4, MOST = 64 };
static const double T = 0.7, gamma_ = 1.3, mass = 1.2;

/* Wavenumber number j of n points on a box of length l, and the square of its frequency. */
static double frequency2(int j, int n, double l, const char *boundary, int width)
{
    const double dx = l / n;
    double k = 2 * M_PI * (j <= n / 2 ? j : j - n) / l;
    if (strcmp(boundary, "antiperiodic") == 0)
        k = 2 * M_PI * (j + 0.5 < 0.5 * n ? j + 0.5 : j + 0.5 - n) / l;
    else if (strcmp(boundary, "neumann") == 0)
        k = M_PI * j / l;
    else if (strcmp(boundary, "dirichlet") == 0)
        k = M_PI * (j + 1) / l;
    if (width == 0)
        return k * k;
    /* Symbol of the central differences of order 2 and 4. */
    double s = sin(0.5 * k * dx), k2 = 4 / (dx * dx) * s * s;
    return width == 1 ? k2 : k2 * (1 + s * s / 3);
}

typedef struct law {
    const char *stepper;
    double h;
} law;

/* The stationary variances of a mode, times the volume of a cell over T. */
static void expected(law l, double w2, double *q, double *p)
{
    const double h = l.h;
    *q = 1 / w2;
    *p = 1;
    if (strcmp(l.stepper, "baoab") == 0)
        *p = 1 - h * h * w2 / 4;
    else if (strcmp(l.stepper, "verlet_ou") == 0)
        *q /= 1 - h * h * w2 / 4;
    else if (strcmp(l.stepper, "overdamped") == 0) {
        *q /= 1 - h * w2 / (2 * gamma_);
        *p = 0;
    }
}

/* ---- every mode of a ring ---- */

/* Squares of the coefficients of unit norm: modes k and -k share their power. */
static void add_power(const double *f, int n, double *power)
{
    for (int j = 0; j < n; j++) {
        double re = 0, im = 0;
        for (int i = 0; i < n; i++) {
            re += f[i] * cos(2 * M_PI * i * j / n);
            im += f[i] * sin(2 * M_PI * i * j / n);
        }
        power[j] += (re * re + im * im) / n;
    }
}

/* Samples are gamma-times apart, at which they are independent but for the slowest modes: the
 * errors below count each sample twice over. (A splitting turns a mode with h w near pi by half a
 * turn a step: its q and p hardly mix then, and q takes long to relax; no mode is near that.) */
static void ring(law l, const char *laplacian, int width)
{
    enum { N = 24, SAMPLES = 4000 };
    const double length = 16;
    double q[N] = {0}, p[N] = {0}, worst = 0;
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%d], length: [%g]}\n"
             "klein_gordon: {potential: linear, mass: %g, damping: %g, temperature: %g, laplacian: "
             "%s}\n"
             "initial: {type: random, spectrum: thermal, temperature: %g}\n"
             "time: {stepper: %s, dt: %.17g, end: 1e6}\n",
             N, length, mass, gamma_, T, laplacian, T, l.stepper, l.h);
    run_to(&r, 20);
    for (int s = 0; s < SAMPLES; s++) {
        run_to(&r, 20 + 3.0 * (s + 1));
        double *phi = run_field(&r, "phi", 0), *pi = run_field(&r, "pi", 0);
        add_power(phi, N, q);
        add_power(pi, N, p);
        weft_free(phi);
        weft_free(pi);
    }
    for (int j = 0; j <= N / 2; j++) {
        const double cell = length / N, normals = j == 0 || 2 * j == N ? 1 : 2;
        const double error = sqrt(2 * 2.0 / (normals * SAMPLES));
        double q1, p1, w2 = mass * mass + frequency2(j, N, length, "periodic", width);
        expected(l, w2, &q1, &p1);
        double q2 = q[j] * cell / (SAMPLES * T), p2 = p[j] * cell / (SAMPLES * T);
        worst = fmax(worst, fabs(q2 / q1 - 1) / error);
        CHECK_NEAR(q2 / q1, 1, 4.5 * error);
        CHECK_NEAR(p2, p1, 4.5 * error * p1);
    }
    printf("%s, %s, dt %g: worst mode off by %.2f standard errors\n", l.stepper, laplacian, l.h,
           worst);
    run_close(&r);
}

/* ---- sums over all modes: boundaries, two and three dimensions, complex fields ---- */

/* Mean over sites of phi^2 and pi^2 times the cell, from the sums over modes. */
static void box(law l, const char *laplacian, int width, int dim, const int *n,
                const double *length, const char *const *boundary, int parts)
{
    enum { SAMPLES = 3000 };
    char sizes[64] = "", lengths[64] = "", words[128] = "";
    double cell = 1, q1 = 0, p1 = 0, q2 = 0, p2 = 0, spread = 0;
    int sites = 1;
    for (int a = 0; a < dim; a++) {
        snprintf(sizes + strlen(sizes), 16, "%s%d", a ? ", " : "", n[a]);
        snprintf(lengths + strlen(lengths), 20, "%s%g", a ? ", " : "", length[a]);
        snprintf(words + strlen(words), 32, "%s%s", a ? ", " : "", boundary[a]);
        cell *= length[a] / n[a];
        sites *= n[a];
    }
    for (int m = 0; m < sites; m++) {
        double w2 = mass * mass, q, p;
        for (int a = 0, rest = m; a < dim; rest /= n[a++])
            w2 += frequency2(rest % n[a], n[a], length[a], boundary[a], width);
        expected(l, w2, &q, &p);
        q1 += q / sites;
        p1 += p / sites;
        spread += q * q / sites;
    }
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%s], length: [%s]}\n"
             "klein_gordon: {potential: linear, mass: %g, damping: %g, temperature: %g, laplacian: "
             "%s, components: %d, boundary: [%s]}\n"
             "initial: {type: random, spectrum: thermal, temperature: %g}\n"
             "time: {stepper: %s, dt: %.17g, end: 1e6}\n",
             sizes, lengths, mass, gamma_, T, laplacian, parts, words, T, l.stepper, l.h);
    run_to(&r, 20);
    for (int s = 0; s < SAMPLES; s++) {
        run_to(&r, 20 + 3.0 * (s + 1));
        for (int c = 0; c < parts; c++) {
            double *phi = run_field(&r, "phi", c), *pi = run_field(&r, "pi", c);
            for (int i = 0; i < sites; i++) {
                q2 += phi[i] * phi[i] * cell / ((double)sites * parts * SAMPLES * T);
                p2 += pi[i] * pi[i] * cell / ((double)sites * parts * SAMPLES * T);
            }
            weft_free(phi);
            weft_free(pi);
        }
    }
    /* A sum of squares of normals; samples count twice over as above. */
    const double count = (double)sites * parts * SAMPLES;
    const double error_q = sqrt(2 * 2 * spread / count), error_p = p1 * sqrt(2 * 2 / count);
    printf("%dD %s, %s, [%s]: phi^2 %.5f of %.5f(%.5f), pi^2 %.5f of %.5f(%.5f)\n", dim, l.stepper,
           laplacian, words, q2, q1, error_q, p2, p1, error_p);
    CHECK_NEAR(q2, q1, 4 * error_q);
    CHECK_NEAR(p2, p1, 4 * error_p);
    if (p1 > 0)
        CHECK_NEAR(run_value(&r, "temperature_kinetic"), T * p1,
                   T * p1 * 6 * sqrt(2 / ((double)sites * parts)));
    run_close(&r);
}

static void boxes(void)
{
    static const char *const two[] = {"neumann", "antiperiodic"},
                             *const three[] = {"periodic", "dirichlet", "neumann"},
                             *const ring3[] = {"periodic", "periodic", "periodic"};
    static const int n2[] = {7, 8}, n3[] = {4, 5, 6};
    static const double l2[] = {5, 6}, l3[] = {3, 4, 5};
    box((law){"split4", 0.5}, "spectral", 0, 2, n2, l2, two, 1);
    box((law){"split4", 0.4}, "spectral", 0, 3, n3, l3, three, 1);
    box((law){"strang", 0.4}, "spectral", 0, 2, n2, l2, ring3, 2);
    box((law){"baoab", 0.25}, "spectral", 0, 3, n3, l3, three, 1);
    box((law){"baoab", 0.3}, "fd4", 2, 2, n2, l2, two, 2);
    box((law){"verlet_ou", 0.25}, "fd2", 1, 3, n3, l3, ring3, 1);
    box((law){"overdamped", 0.05}, "fd2", 1, 2, n2, l2, two, 1);
}

/* ---- dt: auto ---- */

/* A step that auto chooses must not leave a mode with a variance more than about a tenth wrong. */
static void chosen(const char *stepper, const char *laplacian, double least, double most)
{
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [64], length: [16.0]}\n"
             "klein_gordon: {potential: linear, damping: 2, temperature: 1, laplacian: %s}\n"
             "initial: {type: random, spectrum: thermal, temperature: 1}\n"
             "time: {stepper: %s, end: 100}\n",
             laplacian, stepper);
    printf("%s, %s: dt %g\n", stepper, laplacian, r.dt);
    CHECK(r.dt > least && r.dt <= most);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    ring((law){"split4", 0.5}, "spectral", 0);
    ring((law){"strang", 0.5}, "spectral", 0);
    ring((law){"split6", 0.5}, "spectral", 0);
    ring((law){"baoab", 0.25}, "spectral", 0);
    ring((law){"baoab", 0.375}, "fd2", 1);
    ring((law){"verlet_ou", 0.375}, "fd4", 2);
    ring((law){"overdamped", 0.125}, "fd2", 1);
    boxes();
    /* the fastest mode has w^2 = 65 with differences of order 2 */
    chosen("baoab", "fd2", 0.03, 0.0625);
    chosen("overdamped", "fd2", 0.003, 0.2 * 2 / 65.0);
    chosen("split4", "spectral", 0.05, 0.126);
    return check_end();
}

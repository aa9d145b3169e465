/* The complex Ginzburg-Landau equation: exact plane waves, order of convergence, growth of
 * perturbations, phase winding, PETSc's steppers with cross diffusion. */
#include "run.h"
#include "weft/stepper.h"

enum { N = 64, MODE = 3 };
static const double length = 40, mu = 0.9, D = 1.2, alpha = 0.7, g = 1.1, beta = -0.6;

static void open_wave(test_run *r, const char *scheme, const char *time)
{
    run_open(r,
             "model: cgle\ngrid: {n: %d, length: %g}\n"
             "cgle: {mu: %g, D: %g, alpha: %g, g: %g, beta: %g, scheme: %s}\n"
             "initial: {type: plane_wave, mode: %d}\ntime: {end: 100, %s}\n",
             N, length, mu, D, alpha, g, beta, scheme, MODE, time);
}

/* u = A exp(i(kx - wt)), A^2 = (mu - D k^2)/g, w = alpha D k^2 + beta g A^2. Largest deviation, k^2
 * that of the grid for fd2 (whose wave starts with the wrong amplitude and relaxes). */
static double wave_error(test_run *r, double k2, double *amplitude_error)
{
    const double k = 2 * M_PI * MODE / length, a2 = (mu - D * k2) / g;
    double *re = run_field(r, "u", 0), *im = run_field(r, "u", 1), worst = 0, t = r->sim->time;
    /* the exact phase from a2(0) = (mu - D k^2)/g: w = alpha D k2 + beta g a2(t) */
    double a0 = (mu - D * k * k) / g, rate = 2 * g * a2;
    double now = a2 / (1 + (a2 / a0 - 1) * exp(-rate * t));
    double integral = log(1 + a0 / a2 * (exp(rate * t) - 1)) / (2 * g);
    double w = alpha * D * k2 * t + beta * g * integral;
    *amplitude_error = 0;
    for (int i = 0; i < N; i++) {
        double x = -0.5 * length + i * length / N;
        worst = fmax(worst,
                     hypot(re[i] - sqrt(now) * cos(k * x - w), im[i] - sqrt(now) * sin(k * x - w)));
        *amplitude_error = fmax(*amplitude_error, fabs(hypot(re[i], im[i]) - sqrt(now)));
    }
    weft_free(re);
    weft_free(im);
    return worst;
}

static void test_waves(void)
{
    const double k = 2 * M_PI * MODE / length, dx = length / N;
    const double grid_k2 = (2 - 2 * cos(k * dx)) / (dx * dx);
    double error[2], amplitude;
    test_run r;
    for (int i = 0; i < 2; i++) {
        open_wave(&r, "spectral", i ? "dt: 0.05" : "dt: 0.1");
        CHECK_NEAR(run_value(&r, "wavenumber"), k, 1e-12);
        run_to(&r, 20);
        error[i] = wave_error(&r, k * k, &amplitude);
        CHECK_NEAR(run_value(&r, "amplitude"), sqrt((mu - D * k * k) / g), 1e-6);
        run_close(&r);
    }
    printf("plane wave: etdrk4 error %.2e at dt 0.1, %.2e at 0.05, ratio %.2f\n", error[0],
           error[1], error[0] / error[1]);
    CHECK(error[0] < 1e-5);
    CHECK_NEAR(error[0] / error[1], 16, 2);
    open_wave(&r, "fd2", "dt: 0.02");
    run_to(&r, 20);
    CHECK_NEAR(wave_error(&r, grid_k2, &amplitude), 0, 1e-6);
    run_close(&r);
    const char *const methods[] = {"petsc_arkimex", "petsc_bdf", "petsc_rosw"};
    for (int i = 0; i < 3 && !weft_stepper_find(methods[i])->missing; i++) {
        char time[100];
        snprintf(time, sizeof time, "stepper: %s, rtol: 1e-7, atol: 1e-8", methods[i]);
        open_wave(&r, "fd2", time);
        run_to(&r, 5);
        error[0] = wave_error(&r, grid_k2, &amplitude);
        printf("plane wave: %s error %.1e\n", methods[i], error[0]);
        CHECK_NEAR(error[0], 0, 2e-4);
        run_close(&r);
    }
}

/* Both schemes give the same field from a smooth state (fine grid). */
static void test_schemes(void)
{
    double *u[2], worst = 0;
    for (int i = 0; i < 2; i++) {
        test_run r;
        run_open(&r,
                 "model: cgle\ngrid: {n: [48, 48], length: [6, 6]}\n"
                 "cgle: {alpha: 1, beta: 0.5, boundary: neumann, scheme: %s}\n"
                 "initial: {type: spiral}\ntime: {end: 10, dt: %g}\n",
                 i ? "fd2" : "spectral", i ? 0.001 : 0.02);
        CHECK(run_value(&r, "spiral_cores") == 1);
        run_to(&r, 1);
        CHECK(run_value(&r, "spiral_cores") == 1);
        u[i] = run_field(&r, "u", 0);
        run_close(&r);
    }
    for (int i = 0; i < 48 * 48; i++)
        worst = fmax(worst, fabs(u[0][i] - u[1][i]));
    printf("spectral against second differences: %.2e\n", worst);
    CHECK_NEAR(worst, 0, 5e-3);
    weft_free(u[0]);
    weft_free(u[1]);
}

/* On a torus the windings add up to zero, so cores come in pairs. */
static void test_pairs(void)
{
    test_run r;
    run_open(&r, "model: cgle\ngrid: {n: [64, 96], length: [64, 96]}\ncgle: {beta: -0.5}\n"
                 "initial: {type: random}\nobserve: {list: [structure_factor]}\n"
                 "time: {end: 100, dt: 0.1}\n");
    run_to(&r, 20);
    double cores = run_value(&r, "spiral_cores"), power[200], sum = 0;
    CHECK(cores > 0 && fmod(cores, 2) == 0);
    run_get(&r, "structure_factor", power);
    for (int b = 0; b < 40; b++)
        sum += power[b];
    CHECK(sum > 1);
    run_to(&r, 70); /* rounding errors that grew unseen would have shown by exp(70) */
    CHECK(run_value(&r, "amplitude") < 1 && run_value(&r, "amplitude") > 0.9);
    run_close(&r);
}

/* Between walls the modes are cosines pi/L apart, each in a shell of its own on a line: a cosine of
 * amplitude A has all of the power there, L A^2/2, as that of two waves of opposite k has between
 * periodic ends, half in each. */
static void test_spectrum_of_walls(void)
{
    test_run r;
    double power[200];
    run_open(&r, "model: cgle\ngrid: {n: [128], length: [50]}\ncgle: {boundary: neumann}\n"
                 "initial: {type: formula, u: \"0.5*cos(pi*3*(x + 25)/50)\"}\n"
                 "observe: {list: [structure_factor]}\ntime: {end: 1, dt: 0.1}\n");
    run_get(&r, "structure_factor", power);
    for (int b = 0; b < 10; b++)
        CHECK_NEAR(power[b], b == 3 ? 50 * 0.25 / 2 : 0, 1e-10);
    run_close(&r);
    run_open(&r, "model: cgle\ngrid: {n: [128], length: [50]}\n"
                 "initial: {type: formula, u: \"0.5*cos(2*pi*3*x/50)\"}\n"
                 "observe: {list: [structure_factor]}\ntime: {end: 1, dt: 0.1}\n");
    run_get(&r, "structure_factor", power);
    for (int b = 0; b < 10; b++)
        CHECK_NEAR(power[b], b == 3 ? 50 * 0.25 / 4 : 0, 1e-10);
    run_close(&r);
}

/* Mean phase gradient, weighted with |u|^4, over points a to b of a line. */
static double wavenumber_of(const double *re, const double *im, int a, int b, double dx)
{
    double sum = 0, weights = 0;
    for (int i = a; i < b; i++) {
        double x = re[i] * re[i + 1] + im[i] * im[i + 1], y = re[i] * im[i + 1] - im[i] * re[i + 1];
        double w = hypot(x, y) * hypot(x, y);
        sum += w * atan2(y, x) / dx;
        weights += w;
    }
    return sum / weights;
}

/* A spiral chooses its wavenumber: for alpha = 0, beta = -0.675 (May-Leonard at equal rates) the
 * boundary-value problem u = F(r) exp(i(theta + S(r) - Wt)), F^2 -> 1 - k^2, S' -> k, W = beta (1 -
 * k^2), F'' + F'/r - F/r^2 + F (1 - F^2 - S'^2) = 0, S'' + S'/r + 2 F'S'/F = beta F^2 - W, solved
 * by collocation to 1e-8 on radii up to 120, has k = 0.172552, and S' = 0.22425 at r = 9 (S' falls
 * to k as slowly as 1/r). The core lies in the middle of four points. */
static void test_spiral(void)
{
    enum { M = 80 };
    const double b = -0.675, k = 0.172552, at_9 = 0.22425;
    test_run r;
    run_open(&r,
             "model: cgle\ngrid: {n: [%d, %d], length: [%d, %d]}\ncgle: {beta: %g, boundary: "
             "neumann}\ninitial: {type: spiral}\ntime: {end: 1000, dt: 0.25}\n",
             M, M, M, M, b);
    run_to(&r, 300);
    double *re[2], *im[2], found = 0;
    const int at = M / 2 * M + M / 2 + 8; /* 8.5 from the core; the next point is 9.5 away */
    for (int i = 0; i < 2; i++) {
        re[i] = run_field(&r, "u", 0);
        im[i] = run_field(&r, "u", 1);
        run_to(&r, 301);
    }
    for (int row = -1; row <= 0; row++)
        found += fabs(wavenumber_of(re[0] + at + row * M, im[0] + at + row * M, 0, 1, 1)) / 2;
    double turned = atan2(re[0][at] * im[1][at] - im[0][at] * re[1][at],
                          re[0][at] * re[1][at] + im[0][at] * im[1][at]);
    printf("spiral: k = %.4f at r = 9, expected %.4f; %.5f by its frequency, expected %.5f\n",
           found, at_9, sqrt(1 - turned / -b), k);
    CHECK(run_value(&r, "spiral_cores") == 1);
    CHECK_NEAR(turned, -b * (1 - k * k), 4e-4);
    CHECK_NEAR(found, at_9, 0.02 * at_9);
    for (int i = 0; i < 2; i++) {
        weft_free(re[i]);
        weft_free(im[i]);
    }
    run_close(&r);
}

/* A front that invades u = 0 at 2 sqrt(mu D) leaves waves behind that keep its nodes: beta (mu - D
 * k^2) = 2 sqrt(mu D) k, k = sqrt(mu/D) (sqrt(1 + beta^2) - 1)/beta: the estimate of the wavelength
 * by Reichenbach, Mobilia and Frey (2008). */
static void test_front(void)
{
    enum { M = 1200 };
    const double b = -0.675, spacing = 0.5, k = (sqrt(1 + b * b) - 1) / fabs(b);
    test_run r;
    run_open(&r,
             "model: cgle\ngrid: {n: %d, length: %g}\ncgle: {beta: %g, boundary: neumann, scheme: "
             "fd2}\ninitial: {type: plane_wave}\ntime: {end: 1000, dt: 0.05}\n",
             M, M * spacing, b);
    weft_field *u = weft_state_find(r.sim->state, "u");
    for (int c = 0; c < 2; c++)
        for (int i = 10; i < M; i++)
            weft_field_data(u, c)[u->extent.origin + i] = 0;
    double at[2], found = 0;
    for (int i = 0; i < 2; i++) {
        run_to(&r, i ? 240 : 120);
        double *re = run_field(&r, "u", 0), *im = run_field(&r, "u", 1);
        int edge = M - 1;
        while (edge > 0 && hypot(re[edge], im[edge]) < 0.5)
            edge--;
        at[i] = spacing * edge;
        found = fabs(wavenumber_of(re, im, edge - 100, edge - 40, spacing));
        weft_free(re);
        weft_free(im);
    }
    /* speed of the grid: 1 + (2 cosh(l dx) - 2)/dx^2 over l at l = 1, less the approach */
    double speed = 1 + (2 * cosh(spacing) - 2) / (spacing * spacing) - 1.5 * log(2) / 120;
    printf("front: speed %.4f, expected %.4f; k behind it %.4f, expected %.4f\n",
           (at[1] - at[0]) / 120, speed, found, k);
    CHECK_NEAR((at[1] - at[0]) / 120, speed, 0.006);
    CHECK_NEAR(found, k, 0.02 * k);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_waves();
    test_schemes();
    test_pairs();
    test_spectrum_of_walls();
    test_spiral();
    test_front();
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

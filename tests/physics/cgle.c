/* The complex Ginzburg-Landau equation: exact plane waves, order of convergence, growth of
 * perturbations, phase winding, PETSc's steppers with cross diffusion. */
#include "run.h"

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
    for (int i = 0; i < 3; i++) {
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

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_waves();
    test_schemes();
    test_pairs();
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

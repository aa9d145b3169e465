/* Linear waves against their exact dispersion: exponential steppers are exact at any step, Verlet
 * has sin^2(W dt/2) = (w dt/2)^2 (reference: E. Hairer, C. Lubich, G. Wanner, Acta Numerica 12,
 * 399), every method has its order of convergence. */
#include "run.h"

static const char input[] = "model: klein_gordon\n"
                            "grid: {n: [%d], length: [20.0]}\n"
                            "klein_gordon: {potential: linear, mass: 1.3, laplacian: %s, "
                            "boundary: %s, damping: %g}\n"
                            "initial: {type: mode, k: [%d], amplitude: 0.7}\n"
                            "time: {stepper: %s, dt: %.17g, end: 1e6}\n";

/* Largest difference between the field and factor times its start. */
static double difference(const double *now, const double *start, double factor, int n)
{
    double worst = 0;
    for (int i = 0; i < n; i++)
        worst = fmax(worst, fabs(now[i] - factor * start[i]));
    return worst;
}

static double wavenumber(const char *boundary, int k)
{
    if (strcmp(boundary, "periodic") == 0)
        return 2 * M_PI * k / 20;
    if (strcmp(boundary, "antiperiodic") == 0)
        return 2 * M_PI * (k + 0.5) / 20;
    return M_PI * (strcmp(boundary, "dirichlet") == 0 ? k + 1 : k) / 20;
}

/* One mode to a time near 30; phi = f(t) phi(0), pi = f'(t) phi(0). */
static void every_mode(const char *stepper, const char *boundary, double dt, int modes)
{
    enum { N = 32 };
    for (int k = 0; k < modes; k++) {
        test_run r;
        run_open(&r, input, N, "spectral", boundary, 0.0, k, stepper, dt);
        double *start = run_field(&r, "phi", 0);
        run_to(&r, 30);
        double *phi = run_field(&r, "phi", 0), *pi = run_field(&r, "pi", 0);
        double q = wavenumber(boundary, k), w = sqrt(q * q + 1.3 * 1.3), t = r.sim->time;
        double large = strcmp(stepper, "verlet") == 0 ? 2 / dt * asin(0.5 * w * dt) : w;
        CHECK(difference(phi, start, cos(large * t), N) < 1e-12);
        double rate = strcmp(stepper, "verlet") == 0 ? sin(w == 0 ? 0 : large * dt) / dt : w;
        CHECK(difference(pi, start, -rate * sin(large * t), N) < 1e-11);
        weft_free(start);
        weft_free(phi);
        weft_free(pi);
        run_close(&r);
    }
}

/* Error at time 6 of the damped mode 3 for a method, at step dt. */
static double error_at(const char *stepper, const char *laplacian, double damping, double dt)
{
    enum { N = 32 };
    test_run r;
    run_open(&r, input, N, laplacian, "periodic", damping, 3, stepper, dt);
    double *start = run_field(&r, "phi", 0);
    run_to(&r, 6);
    double *phi = run_field(&r, "phi", 0);
    double q = 2 * M_PI * 3 / 20, dx = 20.0 / N, k2 = q * q;
    if (strcmp(laplacian, "fd2") == 0)
        k2 = 4 / (dx * dx) * pow(sin(0.5 * q * dx), 2);
    double w = sqrt(k2 + 1.69 - 0.25 * damping * damping), t = r.sim->time;
    double f = exp(-0.5 * damping * t) * (cos(w * t) + 0.5 * damping / w * sin(w * t));
    double error = difference(phi, start, f, N);
    weft_free(start);
    weft_free(phi);
    run_close(&r);
    return error;
}

static void order(const char *stepper, const char *laplacian, double damping, double dt, int p)
{
    double ratio =
        error_at(stepper, laplacian, damping, dt) / error_at(stepper, laplacian, damping, 0.5 * dt);
    double measured = log2(ratio);
    printf("%s, %s, damping %g: order %.3f\n", stepper, laplacian, damping, measured);
    CHECK_NEAR(measured, p, 0.15);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const char *boundaries[] = {"periodic", "antiperiodic", "neumann", "dirichlet"};
    for (int b = 0; b < 4; b++) {
        every_mode("strang", boundaries[b], 0.7, b < 2 ? 16 : 32);
        every_mode("verlet", boundaries[b], 0.05, b < 2 ? 16 : 32);
    }
    every_mode("split4", "periodic", 1.5, 17);
    every_mode("split6", "antiperiodic", 3.0, 16);
    CHECK(error_at("strang", "spectral", 0.4, 0.5) < 1e-13);
    CHECK(error_at("split6", "spectral", 0.4, 2) < 1e-13);
    order("verlet", "spectral", 0.3, 0.1, 2);
    order("verlet", "fd2", 0, 0.1, 2);
    order("yoshida4", "fd2", 0.3, 0.1, 4);
    order("yoshida6", "fd2", 0.3, 0.2, 6);
    order("rk4", "fd2", 0.3, 0.02, 4);
    return check_end();
}

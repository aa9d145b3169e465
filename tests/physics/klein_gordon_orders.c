/* Orders of convergence on a nonlinear problem with an exact solution: the sine-Gordon breather
 * 4 atan(s cos(w t)/(w cosh(s x))), w = 1/2, s^2 = 3/4; with damping and a sponge against a fine
 * run. */
#include "run.h"

enum { N = 512 };

static void open_breather(test_run *r, const char *method, const char *extra, double dt)
{
    run_open(r,
             "model: klein_gordon\ngrid: {n: [%d], length: [80.0]}\n"
             "klein_gordon: {potential: sine_gordon%s}\n"
             "initial: {type: breather, frequency: 0.5}\n"
             "time: {%s, dt: %.17g, end: 1e3}\n",
             N, extra, method, dt);
}

static double error_at(const char *method, double dt)
{
    test_run r;
    open_breather(&r, method, "", dt);
    run_to(&r, 6);
    double *phi = run_field(&r, "phi", 0), s = sqrt(0.75), worst = 0;
    for (int i = 0; i < N; i++) {
        double x = -40 + 80.0 * i / N;
        double exact = 4 * atan(s * cos(0.5 * r.sim->time) / (0.5 * cosh(s * x)));
        worst = fmax(worst, fabs(phi[i] - exact));
    }
    weft_free(phi);
    run_close(&r);
    return worst;
}

static void order(const char *method, double dt, int p, double tolerance)
{
    double coarse = error_at(method, dt), fine = error_at(method, 0.5 * dt);
    printf("%s: errors %.2e, %.2e, order %.3f\n", method, coarse, fine, log2(coarse / fine));
    CHECK_NEAR(log2(coarse / fine), p, tolerance);
}

/* phi(0) at time 6 with damping, and a sponge where the stepper takes one. */
static double damped(const char *method, const char *extra, double dt)
{
    test_run r;
    open_breather(&r, method, extra, dt);
    run_to(&r, 6);
    double value = run_value(&r, "phi_center");
    run_close(&r);
    return value;
}

static void damped_order(const char *method, const char *extra, double dt, int p)
{
    double a = damped(method, extra, dt), b = damped(method, extra, 0.5 * dt);
    double c = damped(method, extra, 0.25 * dt), measured = log2(fabs((a - b) / (b - c)));
    printf("%s%s: order %.3f\n", method, extra, measured);
    CHECK_NEAR(measured, p, 0.25);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    order("stepper: strang", 0.1, 2, 0.05);
    order("stepper: split4", 0.3, 4, 0.1);
    order("stepper: split6", 0.35, 6, 0.3);
    order("stepper: verlet", 0.05, 2, 0.05);
    order("stepper: verlet, form: position", 0.05, 2, 0.05);
    order("stepper: yoshida4", 0.05, 4, 0.1);
    order("stepper: yoshida4, form: position", 0.05, 4, 0.1);
    order("stepper: yoshida6", 0.075, 6, 0.2);
    order("stepper: yoshida6, form: position", 0.075, 6, 0.2);
    order("stepper: rk4", 0.05, 4, 0.1);
    damped_order("stepper: strang", ", damping: 0.3", 0.2, 2);
    damped_order("stepper: split4", ", damping: 0.3", 0.5, 4);
    const char *sponge = ", damping: 0.2, boundary: absorbing, sponge_width: 38, laplacian: fd8";
    damped_order("stepper: verlet", sponge, 0.1, 2);
    damped_order("stepper: yoshida4", sponge, 0.08, 4);
    damped_order("stepper: yoshida4, form: position", sponge, 0.08, 4);
    damped_order("stepper: rk4", sponge, 0.05, 4);
    /* all of them tend to the same */
    double limit = damped("stepper: rk4", sponge, 0.0125);
    CHECK_NEAR(damped("stepper: yoshida6", sponge, 0.05), limit, 1e-7);
    CHECK_NEAR(damped("stepper: split6", ", damping: 0.3", 0.2),
               damped("stepper: rk4", ", damping: 0.3, laplacian: fd8", 0.0125), 1e-5);
    return check_end();
}

/* The examples of docs/dev/extending.md against exact results. */
#include "check.h"
#include "run.h"

/* A mode of the heat equation decays at the rate of the discrete operator, by the factor
 * 1 - dt D (2 - 2 cos(k dx))/dx^2 in each step of Euler's method. */
static void heat(void)
{
    test_run r;
    double expected = 1;
    run_open(&r, "model: heat\n"
                 "grid: {n: [64], length: [64.0]}\n"
                 "heat: {diffusion: 0.5}\n"
                 "initial: {type: wave}\n"
                 "time: {dt: 0.25, end: 100.0}\n");
    CHECK_TEXT(r.input->stepper->name, "euler");
    run_to(&r, 100);
    for (int i = 0; i < 400; i++)
        expected *= 1 - 0.25 * 0.5 * (2 - 2 * cos(2 * M_PI / 64));
    CHECK_NEAR(run_value(&r, "u_max"), expected, 1e-13);
    run_close(&r);
}

/* The root mean square of a Swift-Hohenberg field in a box of 10 natural wavelengths along x. */
static double swift_hohenberg(double r_value, int mode, double amplitude, double dt, double end)
{
    test_run r;
    char text[512];
    snprintf(text, sizeof text,
             "model: swift_hohenberg\n"
             "grid: {n: [8, 64], length: [8.0, 62.83185307179586]}\n"
             "swift_hohenberg: {r: %.17g}\n"
             "initial: {type: wave, mode: %d, amplitude: %.17g}\n"
             "time: {dt: %.17g, end: %.17g}\n",
             r_value, mode, amplitude, dt, end);
    run_open(&r, "%s", text);
    CHECK_TEXT(r.input->stepper->name, "etdrk4");
    run_to(&r, end);
    double rms = run_value(&r, "u_rms");
    run_close(&r);
    return rms;
}

/* A small wave grows or decays as exp(L(k) t), here for k = 1 and k = 1.2; what the cube takes off
 * is of the order of its square. */
static void small_waves(void)
{
    const double a = 1e-6, half = sqrt(0.5), off = 1 - 1.2 * 1.2;
    CHECK_NEAR(swift_hohenberg(0.2, 10, a, 0.5, 10) / (half * a * exp(0.2 * 10)), 1, 1e-9);
    CHECK_NEAR(swift_hohenberg(0.2, 12, a, 0.5, 10) / (half * a * exp((0.2 - off * off) * 10)), 1,
               1e-9);
}

/* A uniform state obeys u_t = g u - u^3 with g = r - 1: u^2 = g/(1 + (g/a^2 - 1) exp(-2 g t)). The
 * error falls as dt^4. */
static void uniform(void)
{
    const double g = 1, a = 0.1, t = 4;
    const double exact = sqrt(g / (1 + (g / (a * a) - 1) * exp(-2 * g * t)));
    const double coarse = swift_hohenberg(2, 0, a, 0.2, t) - exact;
    const double fine = swift_hohenberg(2, 0, a, 0.1, t) - exact;
    CHECK(fabs(fine) < 1e-5);
    CHECK(coarse / fine > 12 && coarse / fine < 20);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    heat();
    small_waves();
    uniform();
    return check_end();
}

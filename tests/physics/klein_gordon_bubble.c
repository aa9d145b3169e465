/* phi^4 in two and three dimensions: collapsing bubbles against a radial integration and the table
 * of reference values, the domain-wall ring. */
#include "run.h"

/* Energy and phi(0, t) of phi = 1 - 1.5 exp(-r^2/6) at rest, in two dimensions: radial code of
 * sixth order, dr = 0.02 and 0.01 agree to all digits but the last. */
static void plane(const char *stepper, const char *boundary, double dt, double tolerance)
{
    static const double table[][2] = {{0.5, -0.42401737}, {1, -0.21109164}, {2, 0.73257965},
                                      {3, 1.77191701},    {4, 0.28916745},  {5, -0.41373620},
                                      {8, 1.32117992},    {10, 0.03869502}};
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [128, 128], length: [32.0, 32.0]}\n"
             "klein_gordon: {potential: phi4, boundary: %s}\ninitial: {type: bubble}\n"
             "time: {stepper: %s, dt: %.17g, end: 100}\n",
             boundary, stepper, dt);
    double energy = run_value(&r, "energy"), worst = 0;
    CHECK_NEAR(energy, 9.4984, 5e-5);
    for (int i = 0; i < 8; i++) {
        run_to(&r, table[i][0]);
        worst = fmax(worst, fabs(run_value(&r, "phi_center") - table[i][1]));
    }
    printf("bubble in 2D, %s, %s: error %.2e, energy drift %.1e\n", stepper, boundary, worst,
           run_value(&r, "energy") / energy - 1);
    CHECK_NEAR(worst, 0, tolerance);
    CHECK_NEAR(run_value(&r, "energy"), energy, 1e-6 * energy);
    run_close(&r);
}

/* Three dimensions: u = r (phi - 1) obeys u_tt = u_rr - 2u - 3u^2/r - u^3/r^2, odd in r. Second
 * differences of order 6 and the Verlet method at small steps; phi(0) = 1 + u_r(0). */
enum { RADII = 1600, EVERY = 500 }; /* steps a time unit */

static void radial(double end, double *center)
{
    static double line[2 * RADII + 1], p[RADII];
    double *u = line + RADII, dr = 0.02, dt = 1.0 / EVERY;
    for (int i = 0; i < RADII; i++) {
        u[i] = -1.5 * dr * i * exp(-dr * dr * i * i / 6);
        u[-i] = -u[i];
        p[i] = 0;
    }
    for (int n = 1; n <= (int)(end * EVERY); n++) {
        for (int half = 0; half < 2; half++) {
            for (int i = 1; i < RADII - 3; i++) {
                double s = (-49.0 / 18 * u[i] + 1.5 * (u[i + 1] + u[i - 1]) -
                            0.15 * (u[i + 2] + u[i - 2]) + (u[i + 3] + u[i - 3]) / 90) /
                           (dr * dr);
                double h = u[i] / (dr * i);
                p[i] += 0.5 * dt * (s - u[i] * (2 + h * (3 + h)));
            }
            for (int i = 1; half == 0 && i < RADII - 3; i++) {
                u[i] += dt * p[i];
                u[-i] = -u[i];
            }
        }
        if (n % EVERY == 0)
            center[n / EVERY] = 1 + (1.5 * u[1] - 0.3 * u[2] + u[3] / 30) / dr;
    }
}

static void space(void)
{
    double center[6], second[6];
    radial(5, center);
    test_run r;
    run_open(&r, "model: klein_gordon\ngrid: {n: [54, 60, 56], length: [18.0, 20.0, 19.0]}\n"
                 "klein_gordon: {potential: phi4}\ninitial: {type: bubble}\n"
                 "time: {stepper: split4, dt: 0.25, end: 100}\n");
    CHECK_NEAR(run_value(&r, "energy"), 41.16854, 1e-5);
    for (int t = 1; t <= 5; t++) {
        run_to(&r, t);
        second[t] = run_value(&r, "phi_center");
        printf("bubble in 3D, t = %d: %.6f, radial %.6f\n", t, second[t], center[t]);
        CHECK_NEAR(second[t], center[t], 5e-5);
    }
    CHECK_NEAR(run_value(&r, "energy"), 41.16854, 1e-3);
    run_close(&r);
}

/* Ring of radius 20 in a quadrant with mirrors: R = R0 cos(t/R0), R(10) = 17.5514, R(20) = 10.804.
 */
static void ring(void)
{
    enum { N = 136 };
    test_run r;
    run_open(&r, "model: klein_gordon\ngrid: {n: [136, 136], length: [34.0, 34.0]}\n"
                 "klein_gordon: {potential: phi4, boundary: neumann}\n"
                 "initial: {type: ring, radius: 20, center: [-17, -17]}\n"
                 "time: {stepper: split4, dt: 0.25, end: 100}\n");
    static const double table[][3] = {{0, 20, 2e-3}, {10, 17.5514, 3e-3}, {20, 10.804, 3e-3}};
    for (int i = 0; i < 3; i++) {
        run_to(&r, table[i][0]);
        double area = run_value(&r, "wall_area"), radius = 4 * area / (2 * M_PI);
        printf("ring, t = %g: R = %.4f\n", table[i][0], radius);
        CHECK_NEAR(radius, table[i][1], table[i][2]);
    }
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    plane("split6", "periodic", 0.1, 5e-8);
    plane("split4", "[neumann, periodic]", 0.05, 2e-6);
    space();
    ring();
    return check_end();
}

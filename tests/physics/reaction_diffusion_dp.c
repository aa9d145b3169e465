/* The exact sampling of square-root noise against the law of rho' = alpha + beta rho + s sqrt(rho)
 * xi, and the decay of directed percolation. Statistical bounds are 4 standard errors. */
#include "run.h"

/* Cells without hops, to time T in steps of dt: any step has the exact law, e = exp(beta T):
 *     mean = rho e + alpha (e - 1)/beta,
 *     variance = s^2 (rho e (e - 1)/beta + alpha (e - 1)^2/(2 beta^2)),
 *     P(rho = 0) = exp(-2 beta rho e/(s^2 (e - 1))) for alpha = 0. */
static void check_law(double rho, double alpha, double beta, double s, double T, double dt)
{
    enum { N = 1 << 17 };
    char source[80] = "";
    if (alpha > 0)
        snprintf(source, sizeof source, ", {reaction: \"0 -> A\", rate: %.17g}", alpha);
    test_run run;
    run_open(&run,
             "model: reaction_diffusion\ngrid: {n: %d, length: %d}\nreaction_diffusion:\n"
             "  species: [A]\n  noise: dp\n  sigma: %.17g\n"
             "  reactions: [{reaction: \"A -> %s\", rate: %.17g}%s]\n"
             "initial: {type: homogeneous, density: %.17g}\ntime: {end: 100, dt: %.17g}\n",
             N, N, s, beta > 0 ? "2 A" : "0", fabs(beta), source, rho, dt);
    run_to(&run, T);
    double e = exp(beta * T), f = expm1(beta * T) / beta;
    double mean = rho * e + alpha * f, variance = s * s * (rho * e * f + alpha * f * f / 2);
    double *x = run_field(&run, "density", 0), fourth = 0, extinct = 0, found = 0;
    for (int i = 0; i < N; i++) {
        fourth += pow(x[i] - mean, 4) / N;
        found += (x[i] - mean) * (x[i] - mean) / N;
        extinct += x[i] == 0 ? 1.0 / N : 0;
    }
    printf("rho %g alpha %g beta %g s %g T %g dt %g: mean %.5f (%.5f), variance %.5f (%.5f)\n", rho,
           alpha, beta, s, T, dt, run_value(&run, "density_A"), mean, found, variance);
    CHECK_NEAR(run_value(&run, "density_A"), mean, 4 * sqrt(variance / N));
    CHECK_NEAR(found, variance, 4 * sqrt((fourth - variance * variance) / N));
    double p = alpha > 0 ? 0 : exp(-2 * rho * e / (s * s * f));
    CHECK_NEAR(extinct, p, 4 * sqrt(p * (1 - p) / N));
    weft_free(x);
    run_close(&run);
}

/* Without saturation the mean grows as exp(a t) wherever the particles hop (the neighbours that are
 * held make an error of first order in dt, which vanishes for a homogeneous mean to second). */
static void test_hops(void)
{
    enum { N = 1 << 14 };
    test_run run;
    run_open(
        &run,
        "model: reaction_diffusion\ngrid: {n: %d, length: %d}\nreaction_diffusion:\n"
        "  species: [A]\n  noise: dp\n  sigma: 0.2\n  diffusion: 0.25\n"
        "  reactions: [{reaction: \"2 A -> A\", rate: 0.5}, {reaction: \"A -> 2 A\", rate: 1}]\n"
        "initial: {type: homogeneous, density: 0.1}\ntime: {end: 100, dt: 0.01}\n",
        N, N);
    run_to(&run, 2);
    /* rho = 2/(1 + 19 exp(-t)); noise lowers it by less than its variance times the curvature */
    double mean = run_value(&run, "density_A"), v = run_value(&run, "variance_A");
    CHECK_NEAR(mean, 2 / (1 + 19 * exp(-2.0)), 4 * sqrt(v / N) * 3 + v);
    run_close(&run);
}

/* Growth by pairs, limited by triples, from far above: rho_t = 1.5 rho^2 - rho^3 - 0.1 rho goes to
 * the larger root of 1.5 rho - rho^2 = 0.1, and does not pass through a pole on the way. Without
 * the limit the run ends in an error and not in the absorbing state. */
static void test_growth(void)
{
    static const char *const limits[] = {"", ", {reaction: \"3 A -> 2 A\", rate: 1}"};
    const double root = 0.75 + sqrt(0.75 * 0.75 - 0.1);
    for (int limited = 0; limited < 2; limited++) {
        test_run run;
        run_open(
            &run,
            "model: reaction_diffusion\ngrid: {n: 64, length: 64}\nreaction_diffusion:\n"
            "  species: [A]\n  noise: dp\n  sigma: 1e-3\n"
            "  reactions: [{reaction: \"2 A -> 3 A\", rate: 1.5}, {reaction: \"A -> 0\", rate: "
            "0.1}%s]\n"
            "initial: {type: homogeneous, density: 200}\ntime: {end: 100, dt: 0.01}\n",
            limits[limited]);
        run_to(&run, 30);
        double mean = run_value(&run, "density_A");
        printf("growth by pairs: %g\n", mean);
        if (limited)
            CHECK_NEAR(mean, root, 0.03);
        else
            CHECK(!weft_state_finite(run.sim->state));
        run_close(&run);
    }
}

/* At the critical point the density falls as t^-0.1595 in one dimension. For D = 1/4, b = 1,
 * sigma^2 = 2, spacing 1 and steps of 0.1 it lies at a = 1.787(2), by slopes of other runs on both
 * sides. The bound is 4 standard errors for independent pieces of t^(1/z) sites. */
static void test_decay(void)
{
    const bool slow = getenv("WEFT_SLOW") != NULL;
    const int n = slow ? 1 << 17 : 1 << 14;
    const double t1 = slow ? 50 : 10, t2 = slow ? 500 : 100;
    test_run run;
    run_open(&run,
             "model: reaction_diffusion\ngrid: {n: %d, length: %d}\nreaction_diffusion:\n"
             "  species: [A]\n  noise: dp\n  sigma: 1.4142135623730951\n  diffusion: 0.25\n"
             "  reactions: [{reaction: \"2 A -> A\", rate: 1}, "
             "{reaction: \"A -> 2 A\", rate: 1.788}]\n"
             "initial: {type: homogeneous, density: 1}\ntime: {end: 1000, dt: 0.1}\n",
             n, n);
    run_to(&run, t1);
    double a = run_value(&run, "density_A");
    run_to(&run, t2);
    double slope = -log(run_value(&run, "density_A") / a) / log(t2 / t1);
    double error = sqrt(pow(t2, 1 / 1.5807) / n) / log(t2 / t1);
    printf("decay: %.4f +- %.4f, directed percolation 0.1595\n", slope, error);
    CHECK_NEAR(slope, 0.1595, 4 * error);
    run_close(&run);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    check_law(0.5, 0, -0.5, 1, 1, 1);
    check_law(0.5, 0, -0.5, 1, 1, 0.25);
    check_law(0.3, 0.2, 0.7, 1.2, 0.5, 0.5);
    check_law(0.3, 0.2, 0.7, 1.2, 0.5, 0.1);
    check_law(1, 0.02, -1, 0.1, 0.5, 0.25);
    check_law(0.02, 0, 1, 0.5, 0.2, 0.2);
    test_hops();
    test_growth();
    test_decay();
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

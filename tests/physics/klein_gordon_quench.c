/* The quench of T. W. B. Kibble (J. Phys. A 9, 1387 (1976)) and W. H. Zurek (Nature 317, 505
 * (1985)) in one dimension: V = phi^4/4 - eps(t) phi^2/2 with eps from -1 to 1 in the time 2 tau,
 * in a bath that is cold against the barrier of the end.
 *
 * With strong friction a mode of wavenumber 0 relaxes in the time gamma/|eps|. It falls behind eps
 * = t/tau when that is the time to the transition, at eps^2 = gamma/tau; domains have the
 * correlation length of that moment, eps^(-1/2), so that the number of kinks goes as
 * (tau/gamma)^(-1/4). P. Laguna, W. H. Zurek, Phys. Rev. Lett. 78, 2519 (1997), found 0.28(2) for
 * gamma = 1. WEFT_SLOW: longer quenches, more replicas. */
#include "run.h"

enum { N = 8192, MOST = 8 };

typedef struct mean {
    double value, error;
} mean;

/* Kinks a unit of length at the end of a quench. */
static mean kinks(double tau, double gamma, int replicas)
{
    const double dx = 0.5;
    double sum = 0, square = 0;
    test_run r;
    run_open(&r,
             "model: klein_gordon\ngrid: {n: [%d], length: [%g]}\n"
             "klein_gordon: {potential: formula, formula: \"phi^4/4 - (t/tau - 1)*phi^2/2\", "
             "parameters: {tau: %g}, laplacian: fd2, damping: %g, temperature: 0.01}\n"
             "initial: {type: random, amplitude: 0.01}\n"
             "time: {stepper: baoab, dt: 0.1, end: %g}\n",
             N, N * dx, tau, gamma, 2 * tau);
    for (int i = 0; i < replicas; i++) {
        run_replica(&r, (uint32_t)i);
        run_to(&r, 2 * tau);
        double n = run_value(&r, "kinks") / (N * dx);
        sum += n / replicas;
        square += n * n / replicas;
    }
    run_close(&r);
    mean m = {sum, sqrt(fmax(square - sum * sum, 0) / (replicas - 1))};
    printf("gamma = %g, tau = %5g: %.5f(%.5f) kinks a length, %.4f (gamma/tau)^(1/4)\n", gamma, tau,
           m.value, m.error, m.value * pow(tau / gamma, 0.25));
    return m;
}

/* The power between the first and the last quench, and its error. */
static mean power(int n, const double *tau, double gamma, int replicas)
{
    mean first = {0, 0}, last = {0, 0};
    for (int i = 0; i < n; i++) {
        last = kinks(tau[i], gamma, replicas);
        first = i == 0 ? last : first;
    }
    const double decades = log(tau[n - 1] / tau[0]);
    return (mean){log(first.value / last.value) / decades,
                  hypot(first.error / first.value, last.error / last.value) / decades};
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    static const double quick[] = {64, 192, 576}, slow[] = {64, 256, 1024, 4096};
    const bool full = getenv("WEFT_SLOW") != NULL;
    mean p = full ? power(4, slow, 3, 16) : power(3, quick, 3, 8);
    printf("power %.3f(%.3f), theory 1/4\n", p.value, p.error);
    CHECK_NEAR(p.value, 0.25, 0.03 + 4 * p.error);
    CHECK(p.error < 0.02);
    /* without inertia time counts in units of gamma */
    mean a = kinks(128, 3, 4), b = kinks(256, 6, 4);
    CHECK_NEAR(a.value / b.value, 1, 0.02 + 4 * hypot(a.error / a.value, b.error / b.value));
    return check_end();
}

/* Reaction-diffusion fields against exact results. Statistical bounds are 4 standard errors. */
#include "run.h"

/* ---- rate equations ---- */

/* Pulled fronts, U. Ebert, W. van Saarloos, Physica D 146, 1 (2000), eq. (1.10): v(t) = v* -
 * 3/(2 l t) + 3 sqrt(pi)/(2 l^2 t^(3/2) sqrt(D)), here with v* = min (r + 2 D (cosh(l dx) -
 * 1)/dx^2)/l of the grid; 2 sqrt(D r) for dx -> 0. */
static void test_fisher(void)
{
    const double r = 0.8, D = 1.3, dx = 0.5, t1 = 100, t2 = 200;
    double v = INFINITY, l = 0;
    for (double q = 0.3; q < 2; q += 1e-5) {
        double now = (r + 2 * D * (cosh(q * dx) - 1) / (dx * dx)) / q;
        l = now < v ? q : l;
        v = now < v ? now : v;
    }
    CHECK_NEAR(v, 2 * sqrt(D * r), 0.03);
    test_run run;
    run_open(&run,
             "model: reaction_diffusion\ngrid: {n: 1000, length: 500}\nreaction_diffusion:\n"
             "  species: [A]\n  reactions:\n    - {reaction: \"A -> 2 A\", rate: %g}\n"
             "    - {reaction: \"2 A -> A\", rate: %g}\n  diffusion: %g\n  boundary: neumann\n"
             "initial: {type: front, left: 1, right: 0, position: -230}\n"
             "time: {end: 200, dt: 0.05}\n",
             r, r, D);
    run_to(&run, t1);
    double x1 = run_value(&run, "front_position_A");
    run_to(&run, t2);
    double x2 = run_value(&run, "front_position_A");
    double expected = v * (t2 - t1) - 1.5 / l * log(t2 / t1) -
                      3 * sqrt(M_PI) / (l * l * sqrt(D)) * (1 / sqrt(t2) - 1 / sqrt(t1));
    printf("Fisher: mean speed %.5f, expected %.5f, 2 sqrt(D r) = %.5f\n", (x2 - x1) / (t2 - t1),
           expected / (t2 - t1), 2 * sqrt(D * r));
    CHECK_NEAR((x2 - x1) / (t2 - t1), expected / (t2 - t1), 2e-3);
    run_close(&run);
}

#define BRUSSELATOR                                                                                \
    "model: reaction_diffusion\ngrid: {n: %d, length: %g}\nreaction_diffusion:\n"                  \
    "  species: [X, Y]\n  reactions:\n    - {reaction: \"0 -> X\", rate: 3}\n"                     \
    "    - {reaction: \"X -> Y\", rate: %g}\n    - {reaction: \"2 X + Y -> 3 X\", rate: 1}\n"      \
    "    - {reaction: \"X -> 0\", rate: 1}\n  diffusion: {X: 1, Y: 8}\n"                           \
    "initial: {type: homogeneous, density: {X: 3, Y: %.17g}, perturbation: %g}\n"                  \
    "observe: {list: [structure_factor_X]}\ntime: {end: 1000, dt: 0.01}\n"

/* Growth rate of each mode: the larger eigenvalue of J - k^2 D (k^2 of the grid). */
static double growth(double b, double k2)
{
    double j11 = b - 1 - k2, j12 = 9, j21 = -b, j22 = -9 - 8 * k2;
    double trace = j11 + j22, det = j11 * j22 - j12 * j21, d = trace * trace - 4 * det;
    return d > 0 ? 0.5 * (trace + sqrt(d)) : 0.5 * trace;
}

static void test_turing(void)
{
    enum { N = 128 };
    const double b = 4.8, length = 8 * 2 * M_PI / sqrt(3 / sqrt(8.0)), dx = length / N;
    double s1[N], s2[N];
    test_run run;
    run_open(&run, BRUSSELATOR, N, length, b, b / 3, 1e-6);
    run_to(&run, 10);
    run_get(&run, "structure_factor_X", s1);
    run_to(&run, 20);
    run_get(&run, "structure_factor_X", s2);
    for (int m = 6; m <= 11; m++) {
        double k2 = (2 - 2 * cos(2 * M_PI * m / N)) / (dx * dx);
        CHECK_NEAR(0.5 * log(s2[m - 1] / s1[m - 1]) / 10, growth(b, k2), 1e-5);
    }
    run_to(&run, 120);
    run_get(&run, "structure_factor_X", s1);
    int best = 1;
    for (int m = 1; m <= N / 2; m++)
        best = s1[m - 1] > s1[best - 1] ? m : best;
    printf("Turing: %d wavelengths in the box, fastest mode 8\n", best);
    CHECK(best >= 7 && best <= 9);
    CHECK(run_value(&run, "variance_X") > 0.1);
    run_close(&run);
}

/* The Jacobian of a network with powers and room against central differences of the rates. */
static void test_jacobian(void)
{
    test_run run;
    run_open(&run,
             "model: reaction_diffusion\ngrid: {n: 300, length: 300}\nreaction_diffusion:\n"
             "  species: [A, B, C]\n  capacity: 5\n  reactions:\n"
             "    - {reaction: \"2 A + B -> 3 C\", rate: 0.7}\n"
             "    - {reaction: \"A + 0 -> 2 A\", rate: 1.3}\n"
             "    - {reaction: \"B -> 2 B + C\", rate: 0.4}\n"
             "    - {reaction: \"C + B -> A\", rate: 0.9}\n    - {reaction: \"0 -> B\", rate: 2}\n"
             "initial: {type: random, density: {A: 0.8, B: 0.6, C: 1.1}}\n"
             "time: {end: 1, dt: 0.01}\n");
    enum { N = 300, S = 3 };
    weft_sim *sim = run.sim;
    weft_field *u = &sim->state->field[0];
    weft_state *du[2];
    double *J = weft_alloc(N * S * S, sizeof *J), worst = 0;
    sim->model->families.jacobian(sim, 0, sim->state, 0, 0, J);
    for (int i = 0; i < 2; i++)
        run_must(weft_state_like(sim->state, &du[i]));
    for (int j = 0; j < S; j++) {
        const double h = 1e-4;
        double *x = weft_field_data(u, j) + u->extent.origin;
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < N; i++)
                x[i] += side ? -2 * h : h;
            CHECK(sim->model->families.rhs(sim, 0, sim->state, du[side]) == WEFT_OK);
        }
        for (int i = 0; i < N; i++)
            x[i] += h;
        for (int k = 0; k < S; k++)
            for (int i = 0; i < N; i++) {
                double a = weft_field_data(&du[0]->field[0], k)[u->extent.origin + i];
                double b = weft_field_data(&du[1]->field[0], k)[u->extent.origin + i];
                worst = fmax(worst, fabs((a - b) / (2 * h) - J[(k * S + j) * N + i]));
            }
    }
    CHECK_NEAR(worst, 0, 1e-6);
    weft_free(J);
    weft_state_free(du[0]);
    weft_state_free(du[1]);
    run_close(&run);
}

/* The logistic equation, and a Dirichlet mode that decays by D times the eigenvalue of the grid. */
static void test_rates(void)
{
    test_run run;
    run_open(&run,
             "model: reaction_diffusion\ngrid: {n: 8, length: 8}\nreaction_diffusion:\n"
             "  species: [A]\n  capacity: 2\n  reactions: [{reaction: \"A -> 2 A\", rate: 1.5}]\n"
             "initial: {type: homogeneous, density: 0.1}\ntime: {end: 10, dt: 0.02}\n");
    run_to(&run, 3);
    CHECK_NEAR(run_value(&run, "density_A"), 2 / (1 + 19 * exp(-4.5)), 1e-7);
    run_close(&run);
    run_open(&run, "model: reaction_diffusion\ngrid: {n: [20, 30], length: [10, 15]}\n"
                   "reaction_diffusion: {species: [A], diffusion: 0.5, boundary: dirichlet}\n"
                   "initial: {type: patch, patch: 1, radius: 3}\ntime: {end: 100, dt: 0.02}\n");
    run_to(&run, 60);
    double a = run_value(&run, "total_A");
    run_to(&run, 80);
    double rate = -log(run_value(&run, "total_A") / a) / 20;
    double exact = 0.5 * ((2 - 2 * cos(M_PI / 20)) + (2 - 2 * cos(M_PI / 30))) / 0.25;
    CHECK_NEAR(rate, exact, 1e-5);
    run_close(&run);
}

/* ---- chemical Langevin ---- */

/* Birth and death with hops: each mode is linear, its stationary variance under Euler-Maruyama is
 * rho/(V (1 - lambda dt/2)), lambda = death + D q^2; exactly Poisson, rho/V, for dt -> 0. */
static void check_birth_death(double death, double D, double dt, double end)
{
    enum { N = 64 };
    const double rho = 5, particles = 20;
    test_run run;
    run_open(
        &run,
        "model: reaction_diffusion\ngrid: {n: [%d, %d], length: [%d, %d]}\nreaction_diffusion:\n"
        "  species: [A]\n  reactions:\n    - {reaction: \"0 -> A\", rate: %g}\n"
        "    - {reaction: \"A -> 0\", rate: %g}\n  diffusion: %g\n  noise: chemical_langevin\n"
        "  particles: %g\ninitial: {type: homogeneous, density: %g}\n"
        "ensemble: {seed: 3}\ntime: {end: 1000, dt: %g}\n",
        N, N, N, N, rho * death, death, D, particles, rho, dt);
    double mean = 0, variance = 0, exact = 0, square = 0;
    int records = 12;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double q2 = 4 - 2 * cos(2 * M_PI * i / N) - 2 * cos(2 * M_PI * j / N);
            double v = rho / particles / (1 - 0.5 * dt * (death + D * q2));
            bool still = i + j == 0 && death == 0; /* the total is conserved */
            exact += i + j > 0 ? v / (N * N) : 0;
            square += i + j > 0 && !still ? 2 * v * v / pow(N, 4) : 0;
        }
    for (int k = 1; k <= records; k++) {
        run_to(&run, end * k);
        mean += run_value(&run, "density_A") / records;
        variance += run_value(&run, "variance_A") / records;
    }
    printf("birth-death: variance %.5f, exact %.5f +- %.5f\n", variance, exact,
           sqrt(square / records));
    CHECK_NEAR(variance, exact, 4 * sqrt(square / records));
    double s = death > 0 ? sqrt(rho / particles / (N * N) / records * 2) : 1e-13;
    CHECK_NEAR(mean, rho, 4 * s);
    run_close(&run);
}

/* Correlated noise of a pair reaction: A + B -> 2 A moves A and B against each other, so that A + B
 * stays as it is at each site (no hops). */
static void test_pair(void)
{
    test_run run;
    run_open(&run, "model: reaction_diffusion\ngrid: {n: 4096, length: 4096}\nreaction_diffusion:\n"
                   "  species: [A, B]\n  noise: chemical_langevin\n  particles: 1000\n"
                   "  reactions: [{reaction: \"A + B -> 2 A\", rate: 1}]\n"
                   "initial: {type: homogeneous, density: {A: 0.5, B: 0.5}}\n"
                   "time: {end: 1, dt: 0.01}\n");
    run_to(&run, 0.01);
    double v = 0.25 * 0.01 / 1000; /* <z_A z_A> = lambda a b dt/V */
    CHECK_NEAR(run_value(&run, "variance_A"), v, 4 * v * sqrt(2.0 / 4096));
    run_to(&run, 0.5);
    double *a = run_field(&run, "density", 0), *b = run_field(&run, "density", 1), worst = 0;
    for (int i = 0; i < 4096; i++)
        worst = fmax(worst, fabs(a[i] + b[i] - 1));
    CHECK_NEAR(worst, 0, 1e-13);
    weft_free(a);
    weft_free(b);
    run_close(&run);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_fisher();
    test_turing();
    test_jacobian();
    test_rates();
    check_birth_death(1.0, 0.0, 0.1, 4.0);
    check_birth_death(1.0, 0.5, 0.05, 4.0);
    check_birth_death(0.0, 1.0, 0.05, 20.0);
    test_pair();
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

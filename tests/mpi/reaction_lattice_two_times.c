/* Two-time correlations of reaction lattices on any number of ranks: closed forms of sites that do
 * not touch each other, and the same bits as on one rank. */
#include "reaction.h"
#include "weft/memory.h"

static lattice make(MPI_Comm comm, const char *n, const char *model, const char *initial)
{
    lattice l;
    char text[2048];
    snprintf(text, sizeof text,
             "%sobserve: {list: [density, autocorrelation, autocorrelation(1.3)]}\n", model);
    CHECK(lattice_make(comm, n, text, initial, 6, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    return l;
}

/* As the time loop does it. */
static void remember(lattice *l, const char *written)
{
    const weft_observable *row;
    double s;
    CHECK(weft_observable_find(l->input->model, l->input->params, written, &row, &s) == WEFT_OK);
    CHECK(lattice_advance(l, s) == WEFT_OK);
    CHECK(row->remember(l->sim, s) == WEFT_OK);
}

/* A -> 0 at rate 1 without hops: who lives at t lived at s, so C = rho(t) (1 - rho(s)) in every
 * sample, and rho = 0.6 e^-t with the scatter of independent sites. */
static void death(void)
{
    lattice l = make(MPI_COMM_WORLD, "[120, 128]",
                     "  species: [A]\n  reactions: [{reaction: A -> 0, rate: 1}]\n",
                     "{type: random, density: 0.6}");
    double rho0 = lattice_observe(&l, "density_A", NULL);
    remember(&l, "autocorrelation");
    CHECK_NEAR(lattice_observe(&l, "autocorrelation", NULL), rho0 * (1 - rho0), 1e-15);
    CHECK(isnan(lattice_observe(&l, "autocorrelation(1.3)", NULL)));
    remember(&l, "autocorrelation(1.3)");
    double s = 1.3, rho_s = lattice_observe(&l, "density_A", NULL);
    for (double t = 1.5; t < 3.6; t += 0.5) {
        CHECK(lattice_advance(&l, t) == WEFT_OK);
        double rho = lattice_observe(&l, "density_A", NULL);
        CHECK_NEAR(lattice_observe(&l, "autocorrelation", NULL), rho * (1 - rho0), 1e-15);
        CHECK_NEAR(lattice_observe(&l, "autocorrelation(1.3)", NULL), rho * (1 - rho_s), 1e-15);
        double p = 0.6 * exp(-t), q = 0.6 * exp(-s);
        CHECK_NEAR(lattice_observe(&l, "autocorrelation(1.3)", NULL), p * (1 - q),
                   4.5 * sqrt((p + q) / (120 * 128.0)));
    }
    lattice_free(&l);
}

/* A -> 0 at rate 0.3, 0 -> A at rate 0.7: C(t, s) = rho(s) (1 - rho(s)) e^-(t - s), with
 * rho(s) = 0.7 - 0.5 e^-s from 0.2. The product of the deviations of a site has a variance below
 * rho(s) (1 - rho(s)) rho(t) (1 - rho(t)) + its largest square times |C|; 1/16 + 1/4 bounds it. */
static void two_states(const char *method)
{
    char model[512];
    const double sites = 120 * 128;
    snprintf(model, sizeof model,
             "  species: [A]\n  method: %s\n  reactions:\n    - {reaction: A -> 0, rate: 0.3}\n"
             "    - {reaction: 0 -> A, rate: 0.7}\n",
             method);
    lattice l = make(MPI_COMM_WORLD, "[120, 128]", model, "{type: random, density: 0.2}");
    remember(&l, "autocorrelation");
    remember(&l, "autocorrelation(1.3)");
    for (double t = 1.3; t < 3.5; t += 0.7) {
        const double rho = 0.7 - 0.5 * exp(-1.3), error = sqrt(0.3125 / sites);
        CHECK(lattice_advance(&l, t) == WEFT_OK);
        CHECK_NEAR(lattice_observe(&l, "autocorrelation", NULL), 0.16 * exp(-t), 4.5 * error);
        CHECK_NEAR(lattice_observe(&l, "autocorrelation(1.3)", NULL),
                   rho * (1 - rho) * exp(1.3 - t), 4.5 * error);
    }
    lattice_free(&l);
}

/* Against a sum over the gathered lattices of then and now, and the same lattice on one rank. */
static void ranks(const char *model)
{
    enum { NY = 36, NX = 64, N = NY * NX };
    static uint8_t then[3][N], now[3][N];
    double all[2][3], alone[2][3];
    lattice l[2] = {make(MPI_COMM_WORLD, "[36, 64]", model, "{type: random, density: 0.3}"),
                    make(MPI_COMM_SELF, "[36, 64]", model, "{type: random, density: 0.3}")};
    int species =
        weft_list_size(weft_params_section(l[0].input->params, "reaction_lattice"), "species");
    int components = l[0].input->plan.field[0].components;
    for (int k = 0; k < 2; k++) {
        remember(&l[k], "autocorrelation");
        remember(&l[k], "autocorrelation(1.3)");
    }
    for (int c = 0; c < components; c++)
        lattice_component(&l[0], c, then[c]);
    for (int k = 0; k < 2; k++) {
        CHECK(lattice_advance(&l[k], 2.5) == WEFT_OK);
        lattice_observe(&l[k], "autocorrelation", k ? alone[0] : all[0]);
        lattice_observe(&l[k], "autocorrelation(1.3)", k ? alone[1] : all[1]);
    }
    for (int c = 0; c < components; c++)
        lattice_component(&l[0], c, now[c]);
    for (int s = 0; s < species; s++) {
        double sum[3] = {0};
        for (int i = 0; i < N; i++) {
            double a = components > 1 ? then[s][i] : then[0][i] == s + 1;
            double b = components > 1 ? now[s][i] : now[0][i] == s + 1;
            sum[0] += a * b;
            sum[1] += a;
            sum[2] += b;
        }
        CHECK_NEAR(all[1][s], sum[0] / N - sum[1] / N * (sum[2] / N), 1e-15);
        CHECK(all[1][s] == alone[1][s] && all[0][s] == alone[0][s]);
    }
    lattice_free(&l[0]);
    lattice_free(&l[1]);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    death();
    two_states("exact");
    two_states("fast");
    ranks(LOTKA_VOLTERRA);
    ranks("  capacity: 3\n" LOTKA_VOLTERRA);
    ranks("  capacity: 0\n  method: rdme\n" LOTKA_VOLTERRA);
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

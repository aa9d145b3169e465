/* rdme: a step that is chosen from reactions and hops is short enough, its bias is what is said of
 * it, and records change nothing. The smallest diffusion-limited reaction, 2 A -> 0 of one pair on
 * a ring of two sites, is solved exactly here by the matrix exponential of its two states. */
#include "model/reaction_lattice/rdme/rdme.h"
#include "reaction.h"

/* Survival at time t of a pair that begins on two sites: rate k on one site, h between. */
static double survival(double k, double h, double t)
{
    const double root = sqrt(k * k + 4 * h * h), fast = (k + 2 * h + root) / 2;
    const double slow = 2 * k * h / (k + 2 * h + root);
    /* S' = -k P(same), which is 0 at first, so S(0) = 1 and S'(0) = 0 */
    return (fast * exp(-slow * t) - slow * exp(-fast * t)) / (fast - slow);
}

static void pair_on_two_sites(double hopping, double rate, double every)
{
    enum { REPLICAS = 10000 };
    char model[512];
    snprintf(model, sizeof model,
             "  species: [A]\n  capacity: 0\n  method: rdme\n  hopping: %g\n"
             "  reactions: [{reaction: 2 A -> 0, rate: %g}]\n",
             hopping, rate);
    lattice l = lattice_open("[2]", model, "{type: full, species: A}", 11);
    double alive = 0, expected = survival(2 * rate, 2 * hopping, 1);
    for (int r = 0; r < REPLICAS; r++) {
        lattice_restart(&l, (uint32_t)r);
        alive += !lattice_run(&l, every, 1);
    }
    CHECK_NEAR(alive / REPLICAS, expected, 4 * sqrt(expected * (1 - expected) / REPLICAS));
    lattice_free(&l);
}

/* The bias of a step that is far too long is the one that is said: of the rate, from two times.
 * slow is the exact rate, bias what is said; the particles begin on both of the two sites. */
static void bias_is(const char *reaction, const char *initial, double slow, double bias)
{
    enum { REPLICAS = 20000 };
    char text[256];
    snprintf(text, sizeof text,
             "  species: [A]\n  capacity: 0\n  method: rdme\n  hopping: 1\n"
             "  tau: 0.25\n  reactions: [{reaction: %s}]\n",
             reaction);
    lattice l = lattice_open("[2]", text, initial, 12);
    double alive[2] = {0, 0};
    for (int r = 0; r < REPLICAS; r++) {
        lattice_restart(&l, (uint32_t)r);
        for (int i = 0; i < 2; i++)
            alive[i] += !lattice_run(&l, 0.25, i ? 1 : 0.25);
    }
    const double rate = log(alive[0] / alive[1]) / 0.75;
    const double error = sqrt(1 / alive[1] - 1 / alive[0]) / 0.75;
    CHECK(bias < -0.15 && alive[1] > 100);
    CHECK_NEAR(rate / slow - 1, bias, 4 * error / slow);
    lattice_free(&l);
}

/* Slower eigenvalue of -[k + out, -back; -out, back]. */
static double slow_rate(double k, double out, double back)
{
    const double sum = k + out + back;
    return 2 * k * back / (sum + sqrt(sum * sum - 4 * k * back));
}

/* A pair: either of the two hops. Three: S is left by three hops and reached by that of the one. */
static void bias_is_as_said(void)
{
    bias_is("2 A -> 0, rate: 50", "{type: full, species: A}", slow_rate(100, 2, 2),
            rl_meeting_bias(100, 2, 2, 0.25));
    bias_is("3 A -> 0, rate: 20", "{type: seed, species: A, count: 2, around: A}",
            slow_rate(120, 3, 1), rl_meeting_bias(120, 3, 1, 0.25));
}

/* Hops are free walks on a lattice that is thin along one axis, too: <dx^2> = hopping t/2 along the
 * other, and an odd number of hops along the thin one with (1 - exp(-hopping t))/2. */
static void thin_lattice(void)
{
    enum { PARTICLES = 1000000 };
    const double t = 10, along = t / 2, across = (1 - exp(-t)) / 2;
    lattice l = lattice_open("[2, 200]",
                             "  species: [A]\n  capacity: 0\n  method: rdme\n  hopping: 1\n"
                             "  tau: 0.5\n",
                             "{type: seed, species: A, count: 1000000}", 13);
    CHECK(lattice_advance(&l, t) == WEFT_OK);
    /* the variance of dx^2 of a Poisson number of hops of one site: 2 along^2 + along */
    CHECK_NEAR(lattice_observe(&l, "mean_square_spread", NULL), along + across,
               4 * sqrt(3 * along * along / PARTICLES));
    lattice_free(&l);
}

static void limits_of_the_bias(void)
{
    CHECK(rl_meeting_bias(0, 1, 1, 0.1) == 0 && rl_meeting_bias(1, 0, 0, 0.1) == 0);
    CHECK_NEAR(rl_meeting_bias(1e9, 1, 1, 1e-3), -0.5e-3, 1e-6); /* -h tau/2 */
    CHECK_NEAR(rl_meeting_bias(1e-40, 1, 1, 0.1), 0, 1e-10);
    CHECK_NEAR(rl_meeting_bias(1e200, 1, 1, 1e-3), -0.5e-3, 1e-6);
    double coarse = rl_meeting_bias(1, 1, 1, 0.02), fine = rl_meeting_bias(1, 1, 1, 0.01);
    CHECK_NEAR(coarse / fine, 4, 0.05); /* second order */
}

/* The same bits at the same times, whatever was looked at between, on and off the steps. */
static void records_change_nothing(void)
{
    static const double every[4] = {5, 0.5, 0.07, 0.0113};
    static uint8_t first[2][240], now[240];
    double events[4], pairs[4];
    for (int i = 0; i < 4; i++) {
        lattice l =
            lattice_open("[12, 20]",
                         "  species: [A, B]\n  capacity: 0\n  method: rdme\n  hopping: "
                         "{A: 1, B: 0.3}\n  reactions: [{reaction: A + B -> 2 B, rate: 0.5}, "
                         "{reaction: B -> 0, rate: 0.4, name: death}, {reaction: 0 -> A, "
                         "rate: 0.2}]\n",
                         "{type: random, density: {A: 0.8, B: 0.6}}", 4);
        CHECK(!lattice_run(&l, every[i], 5));
        for (int s = 0; s < 2; s++) {
            lattice_component(&l, s, i ? now : first[s]);
            CHECK(i == 0 || memcmp(now, first[s], sizeof now) == 0);
        }
        events[i] = lattice_observe(&l, "events_death", NULL);
        pairs[i] = lattice_observe(&l, "events_hop", NULL);
        CHECK(events[i] > 50 && events[i] == events[0] && pairs[i] == pairs[0]);
        lattice_free(&l);
    }
}

/* Free walkers at times within a step: <x^2> = hopping t, from the first record on. */
static void hops_are_those_of_the_time(void)
{
    const double times[] = {0.004, 0.013, 0.17, 1.04};
    lattice l = lattice_open("[64, 64]",
                             "  species: [A]\n  capacity: 0\n  method: rdme\n  hopping: 0.5\n"
                             "  tau: 0.1\n  reactions: [{reaction: 3 A -> 0, rate: 1e-30}]\n",
                             "{type: seed, species: A, count: 20000}", 6);
    for (int i = 0; i < 4; i++) {
        CHECK(lattice_advance(&l, times[i]) == WEFT_OK);
        const double mean = 0.5 * times[i];
        const double spread = lattice_observe(&l, "mean_square_spread", NULL);
        CHECK_NEAR(spread, mean, 4 * sqrt((mean + 3 * mean * mean) / 20000));
    }
    lattice_free(&l);
}

/* A state that is shown within a step is as likely to be empty as the walk at that time, which ends
 * the run: particles of a linear death at times within steps that are far too long for hops. Every
 * record is a look at one and the same history, so none that is empty may be followed by life. */
static void ends_within_a_step(const char *n, int sites, double hopping, double tau,
                               const char *more)
{
    enum { REPLICAS = 10000, TIMES = 6 };
    char model[256];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  capacity: 0\n  method: rdme\n  hopping: %g\n  tau: %g\n"
             "  reactions: [{reaction: A -> 0, rate: 1.0}%s]\n",
             hopping, tau, more);
    lattice l = lattice_open(n, model, "{type: full, species: A}", 14);
    double alive[TIMES] = {0}, number[TIMES] = {0};
    int contradictions = 0;
    for (int r = 0; r < REPLICAS; r++) {
        bool gone = false;
        lattice_restart(&l, (uint32_t)r);
        for (int i = 0; i < TIMES; i++) {
            if (lattice_run(&l, 0.25 * (i + 1), 0.25 * (i + 1)))
                break; /* all are gone */
            const bool there = lattice_observe(&l, "survival_A", NULL) > 0;
            const double end = lattice_observe(&l, "extinction_time_A", NULL);
            contradictions += there != (end >= 0.25 * (i + 1)) || (gone && there);
            gone = !there;
            alive[i] += there;
            number[i] += lattice_observe(&l, "density_A", NULL) * sites;
        }
    }
    CHECK(contradictions == 0);
    for (int i = 0; i < TIMES; i++) {
        const double one = exp(-0.25 * (i + 1)), all = 1 - pow(1 - one, sites);
        CHECK_NEAR(alive[i] / REPLICAS, all, 4 * sqrt(all * (1 - all) / REPLICAS));
        CHECK_NEAR(number[i] / REPLICAS, sites * one, 4 * sqrt(sites * one * (1 - one) / REPLICAS));
    }
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    ends_within_a_step("[1]", 1, 0, 1, "");
    ends_within_a_step("[3]", 3, 0.5, 0.8, "");
    ends_within_a_step("[3]", 3, 0.5, 0.8, ", {reaction: 0 -> B, rate: 0.1}");
    pair_on_two_sites(1, 100, 0.5);
    pair_on_two_sites(1, 10, 0.3);
    pair_on_two_sites(0.1, 100, 1);
    bias_is_as_said();
    thin_lattice();
    limits_of_the_bias();
    records_change_nothing();
    hops_are_those_of_the_time();
    return check_end();
}

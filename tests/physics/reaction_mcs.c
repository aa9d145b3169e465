/* Monte Carlo steps: the law of two steps on a ring of four sites from an enumeration of the rules,
 * closed forms, conserved numbers, sublattices beside serial steps. */
#include "reaction.h"
#include "weft/memory.h"

/* ---- Lotka-Volterra on a ring of four sites: every outcome of every pick, with its probability
 * ---- */

enum { SITES = 4, STATES = 81, EMPTY = 0, A = 1, B = 2 };
static const double h = 0.4, mu = 0.2, sigma = 0.5,
                    lambda = 0.6; /* hop, A dies, B breeds, A eats B */
static const int power[SITES] = {1, 3, 9, 27};

static int get(int state, int site)
{
    return state / power[(site + SITES) % SITES] % 3;
}

static int put(int state, int site, int value)
{
    return state + (value - get(state, site)) * power[(site + SITES) % SITES];
}

static int number(int state, int kind)
{
    int n = 0;
    for (int i = 0; i < SITES; i++)
        n += kind ? get(state, i) == kind : get(state, i) != EMPTY;
    return n;
}

/* After the hop: death, then predation on both neighbours in turn; or birth into a free one. */
static void reactions(int state, int i, double p, double *out)
{
    if (get(state, i) == A) {
        out[put(state, i, EMPTY)] += p * mu;
        p *= 1 - mu;
        for (int eaten = 0; eaten < 4; eaten++) {
            double q = p;
            int then = state;
            for (int k = 0; k < 2; k++) {
                int j = k ? i + 1 : i - 1;
                bool prey = get(state, j) == B, eats = eaten >> k & 1;
                q *= !prey ? !eats : eats ? lambda : 1 - lambda;
                then = prey && eats ? put(then, j, A) : then;
            }
            out[then] += q;
        }
        return;
    }
    int free = (get(state, i - 1) == EMPTY) + (get(state, i + 1) == EMPTY);
    out[state] += p * (free ? 1 - sigma : 1);
    for (int k = -1; k < 2; k += 2)
        if (get(state, i + k) == EMPTY)
            out[put(state, i + k, B)] += p * sigma / free;
}

static void pick_particles(int state, double p, double *out)
{
    for (int i = 0; i < SITES; i++) {
        if (get(state, i) == EMPTY)
            continue;
        double q = p / number(state, 0);
        reactions(state, i, q * (1 - h), out);
        for (int k = -1; k < 2; k += 2) {
            if (get(state, i + k) == EMPTY)
                reactions(put(put(state, i + k, get(state, i)), i, EMPTY), i + k, q * h / 2, out);
            else
                reactions(state, i, q * h / 2, out);
        }
    }
}

static void pick_neighbour(int state, double p, double *out)
{
    for (int i = 0; i < SITES; i++)
        for (int k = -1; k < 2; k += 2) {
            if (get(state, i) == EMPTY)
                continue;
            double q = p / number(state, 0) / 2;
            int there = get(state, i + k);
            if (there == EMPTY) {
                out[put(put(state, i + k, get(state, i)), i, EMPTY)] += q * h;
                q *= 1 - h;
            }
            if (get(state, i) == A) {
                out[put(state, i, EMPTY)] += q * mu;
                q *= 1 - mu;
            }
            double pair =
                get(state, i) == A ? (there == B ? lambda : 0) : (there == EMPTY ? sigma : 0);
            out[put(state, i + k, get(state, i))] += q * pair;
            out[state] += q * (1 - pair);
        }
}

static void pick_species(int state, double p, double *out)
{
    const double of_A = h + mu + lambda, of_B = h + sigma;
    double weight = number(state, A) * of_A + number(state, B) * of_B;
    for (int i = 0; i < SITES; i++) {
        const int s = get(state, i), wanted = s == A ? B : EMPTY;
        if (s == EMPTY)
            continue;
        int there = (get(state, i - 1) == wanted) + (get(state, i + 1) == wanted);
        double pair = s == A ? lambda : sigma;
        if (s == A)
            out[put(state, i, EMPTY)] += p / weight * mu;
        if (!there)
            out[state] += p / weight * pair;
        for (int k = -1; k < 2; k += 2) {
            bool free = get(state, i + k) == EMPTY;
            out[free ? put(put(state, i + k, s), i, EMPTY) : state] += p / weight * h / 2;
            if (get(state, i + k) == wanted)
                out[put(state, i + k, s)] += p / weight * pair / there;
        }
    }
}

/* Steps of as many picks as there are particles at their start. */
static void enumerate(void (*pick)(int, double, double *), int steps, int start, double *p)
{
    memset(p, 0, STATES * sizeof *p);
    p[start] = 1;
    for (int t = 0; t < steps; t++) {
        double after[STATES] = {0};
        for (int from = 0; from < STATES; from++) {
            double now[STATES] = {0};
            now[from] = p[from];
            for (int k = 0; k < number(from, 0); k++) {
                double next[STATES] = {0};
                for (int s = 0; s < STATES; s++) {
                    if (now[s] > 0 && number(s, 0) > 0)
                        pick(s, now[s], next);
                    else
                        next[s] += now[s];
                }
                memcpy(now, next, sizeof now);
            }
            for (int s = 0; s < STATES; s++)
                after[s] += now[s];
        }
        memcpy(p, after, sizeof after);
    }
}

static void law(const char *rule, void (*pick)(int, double, double *))
{
    enum { SAMPLES = 30000, STEPS = 2 };
    const int start = put(put(put(0, 0, A), 1, B), 3, B);
    double p[STATES], sum = 0, worst = 0;
    int64_t seen[STATES] = {0};
    char model[512];
    enumerate(pick, STEPS, start, p);
    snprintf(model, sizeof model,
             "  species: [A, B]\n  clock: mcs\n  rule: %s\n  hopping: %g\n  reactions:\n"
             "    - {reaction: A -> 0, rate: %g}\n    - {reaction: A + B -> 2 A, rate: %g}\n"
             "    - {reaction: B -> 2 B, rate: %g}\n",
             rule, h, mu, lambda, sigma);
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, "[4]", model, "{type: random, density: 0}", 3, &l) ==
          WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    weft_field *f = weft_state_find(l.sim->state, "species");
    for (int r = 0; r < SAMPLES; r++) {
        uint8_t *cell = weft_field_bytes(f, 0) + f->extent.origin;
        CHECK(weft_sim_start(l.sim, l.input, (uint32_t)r, false) == WEFT_OK);
        for (int i = 0; i < SITES; i++)
            cell[i] = (uint8_t)get(start, i);
        CHECK(l.sim->model->begin(l.sim) == WEFT_OK);
        CHECK(lattice_advance(&l, STEPS) == WEFT_OK);
        int state = 0;
        for (int i = 0; i < SITES; i++)
            state = put(state, i, cell[i]);
        seen[state]++;
    }
    for (int s = 0; s < STATES; s++) {
        double off = (double)seen[s] - SAMPLES * p[s], scale = sqrt(SAMPLES * p[s] * (1 - p[s]));
        sum += p[s];
        if (p[s] == 0)
            CHECK(seen[s] == 0);
        if (SAMPLES * p[s] < 20)
            continue;
        worst = fmax(worst, fabs(off) / scale);
        CHECK(fabs(off) < 4.5 * scale);
    }
    printf("rule %s on four sites: largest deviation %.2f standard errors\n", rule, worst);
    CHECK_NEAR(sum, 1, 1e-12);
    lattice_free(&l);
}

/* ---- larger lattices ---- */

static lattice make(const char *n, const char *model, const char *initial)
{
    return lattice_open(n, model, initial, 8);
}

/* Of N picks each kills with the probability of the channel, so a step leaves N (1 - p) on average.
 */
static void death(const char *rule, double p)
{
    char model[256];
    snprintf(model, sizeof model,
             "  species: [A]\n  clock: mcs\n  rule: %s\n"
             "  hopping: 1\n  reactions: [{reaction: A -> 0, rate: 0.2}]\n",
             rule);
    lattice l = make("[208, 208]", model, "{type: random, density: 0.9}");
    double before = lattice_observe(&l, "active_sites", NULL);
    CHECK(lattice_advance(&l, 0.5) == WEFT_OK);
    CHECK(lattice_observe(&l, "active_sites", NULL) == before);
    CHECK(lattice_advance(&l, 5) == WEFT_OK);
    double left = lattice_observe(&l, "active_sites", NULL) / before, q = pow(1 - p, 5);
    double error = sqrt(q * (1 - q) / before);
    printf("rule %s: %.4f +- %.4f left, expected %.4f\n", rule, left, error, q);
    CHECK_NEAR(left, q, 4.5 * error);
    lattice_free(&l);
}

/* Every particle is picked once a step on average and hops with probability h: <r^2> = h t. */
static void walks(void)
{
    lattice l = make("[64, 64]", "  species: [A]\n  capacity: 0\n  clock: mcs\n  hopping: 0.7\n",
                     "{type: seed, species: A, count: 50000}");
    CHECK(lattice_advance(&l, 10) == WEFT_OK);
    double spread = lattice_observe(&l, "mean_square_spread", NULL);
    printf("walks: <r^2> = %.4f, expected 7\n", spread);
    CHECK_NEAR(spread, 7, 4.5 * sqrt((49.0 + 7) / 50000));
    CHECK(lattice_observe(&l, "density_A", NULL) * 4096 == 50000);
    lattice_free(&l);
}

/* Unlimited sites, A + B -> 0 tested with every partner: with rate 1 the first picked particle of a
 * site takes one partner, then it is gone; A - B stays (the guard fails otherwise). */
static void conserved(void)
{
    lattice l = make("[32, 32]",
                     "  species: [A, B]\n  capacity: 0\n  clock: mcs\n  hopping: 0.5\n"
                     "  reactions: [{reaction: A + B -> 0, rate: 1}]\n",
                     "{type: random, density: {A: 2, B: 1.5}}");
    double d[2], difference = lattice_observe(&l, "density_A", NULL) -
                              lattice_observe(&l, "density_B", NULL);
    CHECK(lattice_advance(&l, 30) == WEFT_OK);
    lattice_observe(&l, "density", d);
    CHECK_NEAR(d[0] - d[1], difference, 1e-12);
    CHECK(d[1] < 0.1);
    double events = lattice_observe(&l, "events_r1", NULL);
    CHECK(events > 1000);
    lattice_free(&l);
}

/* Lotka-Volterra by both rules: predators and prey are there after 100 steps, in numbers between
 * the rules' own fluctuations and the full lattice. */
static void lotka_volterra(const char *rule)
{
    char model[512];
    double d[2];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  clock: mcs\n  rule: %s\n  hopping: 1\n  reactions:\n"
             "    - {reaction: A -> 0, rate: 0.1}\n    - {reaction: B -> 2 B, rate: 0.2}\n"
             "    - {reaction: A + B -> 2 A, rate: 0.5}\n",
             rule);
    lattice l = make("[64, 64]", model, "{type: random, density: 0.3}");
    CHECK(lattice_advance(&l, 100) == WEFT_OK);
    lattice_observe(&l, "density", d);
    printf("Lotka-Volterra, rule %s: %.3f %.3f\n", rule, d[0], d[1]);
    CHECK(d[0] > 0.02 && d[1] > 0.005 && d[0] + d[1] < 1);
    lattice_free(&l);
}

/* Densities after ten steps, mean over samples. */
static void mean_densities(const char *rule, const char *update, double *mean, double *error)
{
    enum { SAMPLES = 12 };
    char model[512];
    double sum[2] = {0}, squares[2] = {0}, d[2];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  clock: mcs\n  rule: %s\n  update: %s\n  hopping: 0.5\n"
             "  reactions:\n    - {reaction: A -> 0, rate: 0.1}\n"
             "    - {reaction: B -> 2 B, rate: 0.2}\n    - {reaction: A + B -> 2 A, rate: 0.5}\n",
             rule, update);
    lattice l = make("[64, 64]", model, "{type: random, density: 0.3}");
    for (int r = 0; r < SAMPLES; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, 10) == WEFT_OK);
        lattice_observe(&l, "density", d);
        for (int s = 0; s < 2; s++) {
            sum[s] += d[s];
            squares[s] += d[s] * d[s];
        }
    }
    for (int s = 0; s < 2; s++) {
        mean[s] = sum[s] / SAMPLES;
        error[s] = sqrt((squares[s] / SAMPLES - mean[s] * mean[s]) / (SAMPLES - 1));
    }
    lattice_free(&l);
}

static void sublattice(const char *rule)
{
    double serial[2], blocks[2], e[2], f[2];
    mean_densities(rule, "serial", serial, e);
    mean_densities(rule, "sublattice", blocks, f);
    for (int s = 0; s < 2; s++) {
        printf("rule %s, %c: serial %.5f(%.5f), sublattice %.5f(%.5f)\n", rule, 'A' + s, serial[s],
               e[s], blocks[s], f[s]);
        CHECK_NEAR(serial[s], blocks[s], 4.5 * sqrt(e[s] * e[s] + f[s] * f[s]));
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    law("particles", pick_particles);
    law("neighbour", pick_neighbour);
    law("species", pick_species);
    death("particles", 0.2);
    death("species", 0.2 / 1.2);
    death("particles\n  update: sublattice", 0.2);
    death("species\n  update: sublattice", 0.2 / 1.2);
    sublattice("particles");
    sublattice("neighbour");
    sublattice("species");
    walks();
    conserved();
    lotka_volterra("particles");
    lotka_volterra("species");
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

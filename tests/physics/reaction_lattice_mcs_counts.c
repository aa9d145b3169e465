/* Monte Carlo steps of unlimited sites against the enumeration of their rule on a ring of two. */
#include "reaction.h"
#include "weft/memory.h"

/* Numbers of A on both sites, then of B. */
enum { MOST_A = 7, MOST_B = 4, STATES = MOST_A * MOST_A * MOST_B * MOST_B };
static const double hop_A = 0.5, hop_B = 0.3, death = 0.2, eats = 0.4, annihilates = 0.3,
                    decays = 0.1;

typedef struct state {
    int a[2], b[2];
} state;

static int number_of(state s)
{
    return ((s.a[0] * MOST_A + s.a[1]) * MOST_B + s.b[0]) * MOST_B + s.b[1];
}

static state state_of(int number)
{
    return (state){{number / (MOST_A * MOST_B * MOST_B), number / (MOST_B * MOST_B) % MOST_A},
                   {number / MOST_B % MOST_B, number % MOST_B}};
}

static int particles(state s)
{
    return s.a[0] + s.a[1] + s.b[0] + s.b[1];
}

/* An A on site i that is still there may take a B with it; each is tried until one does. */
static void annihilate(state s, int i, double p, double *out)
{
    double spared = pow(1 - annihilates, s.b[i]);
    out[number_of(s)] += p * spared;
    if (spared < 1) {
        s.a[i]--;
        s.b[i]--;
        out[number_of(s)] += p * (1 - spared);
    }
}

/* The reactions of an A on site i in their order: it dies; or eats each B with a probability. */
static void react_A(state s, int i, double p, double *out)
{
    state dead = s;
    dead.a[i]--;
    out[number_of(dead)] += p * death;
    p *= 1 - death;
    const int prey = s.b[i];
    double ways = 1;
    for (int k = 0; k <= prey; k++) {
        annihilate(s, i, p * ways * pow(eats, k) * pow(1 - eats, prey - k), out);
        ways *= (double)(prey - k) / (k + 1);
        if (k < prey) {
            s.a[i]++;
            s.b[i]--;
        }
    }
}

static void react_B(state s, int i, double p, double *out)
{
    out[number_of(s)] += p * (1 - decays);
    s.b[i]--;
    out[number_of(s)] += p * decays;
}

/* One pick from a state. */
static void pick(state s, double p, double *out)
{
    for (int i = 0; i < 2; i++) {
        state moved = s;
        double q = p / particles(s);
        if (s.a[i] > 0) {
            react_A(s, i, q * s.a[i] * (1 - hop_A), out);
            moved.a[i]--;
            moved.a[1 - i]++;
            react_A(moved, 1 - i, q * s.a[i] * hop_A, out);
        }
        moved = s;
        if (s.b[i] > 0) {
            react_B(s, i, q * s.b[i] * (1 - hop_B), out);
            moved.b[i]--;
            moved.b[1 - i]++;
            react_B(moved, 1 - i, q * s.b[i] * hop_B, out);
        }
    }
}

/* As many picks as there are particles. */
static void step(double *p)
{
    static double after[STATES], now[STATES], next[STATES];
    memset(after, 0, sizeof after);
    for (int from = 0; from < STATES; from++) {
        if (p[from] == 0)
            continue;
        memset(now, 0, sizeof now);
        now[from] = p[from];
        for (int k = 0; k < particles(state_of(from)); k++) {
            memset(next, 0, sizeof next);
            for (int s = 0; s < STATES; s++) {
                if (now[s] > 0 && particles(state_of(s)) > 0)
                    pick(state_of(s), now[s], next);
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

static void sample(state start, int steps, int samples, int64_t *seen)
{
    char model[512];
    snprintf(model, sizeof model,
             "  species: [A, B]\n  capacity: 0\n  clock: mcs\n  hopping: {A: %g, B: %g}\n"
             "  reactions:\n    - {reaction: A -> 0, rate: %g}\n"
             "    - {reaction: A + B -> 2 A, rate: %g}\n    - {reaction: A + B -> 0, rate: %g}\n"
             "    - {reaction: B -> 0, rate: %g}\n",
             hop_A, hop_B, death, eats, annihilates, decays);
    lattice l = lattice_open("[2]", model, "{type: random, density: 0}", 5);
    weft_field *f = weft_state_find(l.sim->state, "species");
    double *a = weft_field_data(f, 0) + f->extent.origin;
    double *b = weft_field_data(f, 1) + f->extent.origin;
    for (int k = 0; k < samples; k++) {
        CHECK(weft_sim_start(l.sim, l.input, (uint32_t)k, false) == WEFT_OK);
        for (int i = 0; i < 2; i++) {
            a[i] = start.a[i];
            b[i] = start.b[i];
        }
        CHECK(l.sim->model->begin(l.sim) == WEFT_OK);
        CHECK(lattice_advance(&l, steps) == WEFT_OK);
        seen[number_of((state){{(int)a[0], (int)a[1]}, {(int)b[0], (int)b[1]}})]++;
    }
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    enum { SAMPLES = 60000, STEPS = 2 };
    const state start = {{2, 1}, {1, 2}};
    static double p[STATES];
    static int64_t seen[STATES];
    double sum = 0, worst = 0;
    int compared = 0;
    MPI_Init(&argc, &argv);
    p[number_of(start)] = 1;
    for (int t = 0; t < STEPS; t++)
        step(p);
    sample(start, STEPS, SAMPLES, seen);
    for (int s = 0; s < STATES; s++) {
        double off = (double)seen[s] - SAMPLES * p[s], scale = sqrt(SAMPLES * p[s] * (1 - p[s]));
        sum += p[s];
        if (p[s] == 0)
            CHECK(seen[s] == 0);
        if (SAMPLES * p[s] < 20)
            continue;
        compared++;
        worst = fmax(worst, fabs(off) / scale);
        CHECK(fabs(off) < 4.5 * scale);
    }
    printf("%d states of two unlimited sites: largest deviation %.2f standard errors\n", compared,
           worst);
    CHECK_NEAR(sum, 1, 1e-12);
    CHECK(compared > 50 && weft_memory_blocks() == 0);
    return check_end();
}

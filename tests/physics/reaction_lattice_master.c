/* Small lattices against their master equation, which is solved here by uniformisation, from rates
 * written down here and not from the model's tables. Every number must agree within 4.5 standard
 * errors of the sample. */
#include "reaction.h"

enum { MAX_SITES = 16, MAX_STATES = 65536, MAX_MOVES = 8 };

/* (site, neighbour) becomes (to_site, to_neighbour) at rate, for a neighbour chosen at random; site
 * moves have neighbour -1. */
typedef struct move {
    int site, neighbour, to_site, to_neighbour;
    double rate;
} move;

typedef struct problem {
    const char *name, *n, *model, *initial;
    int dim, extent[3]; /* slowest first */
    int base;           /* states of a site */
    move moves[MAX_MOVES];
    double start[3]; /* probability of each state of a site */
    double time;
    int samples;
} problem;

static const problem problems[] = {
    {"LV 3x3",
     "[3, 3]",
     LOTKA_VOLTERRA,
     "{type: random, density: {A: 0.3, B: 0.2068}}",
     2,
     {3, 3},
     3,
     {{1, -1, 0, 0, 0.1},
      {2, 0, 2, 2, 0.5},
      {1, 2, 1, 1, 1.0},
      {1, 0, 0, 1, 1.0},
      {2, 0, 0, 2, 1.0}},
     {0.4932, 0.3, 0.2068},
     2.0,
     25000},
    {"LV ring of 8",
     "[8]",
     LOTKA_VOLTERRA,
     "{type: random, density: {A: 0.2, B: 0.3}}",
     1,
     {8},
     3,
     {{1, -1, 0, 0, 0.1},
      {2, 0, 2, 2, 0.5},
      {1, 2, 1, 1, 1.0},
      {1, 0, 0, 1, 1.0},
      {2, 0, 0, 2, 1.0}},
     {0.5, 0.2, 0.3},
     4.0,
     25000},
    {"contact process 4x4",
     "[4, 4]",
     "  species: [A]\n  reactions:\n    - {reaction: A -> 0, rate: 1}\n"
     "    - {reaction: A -> 2 A, rate: 1.6488}\n",
     "{type: random, density: 0.5}",
     2,
     {4, 4},
     2,
     {{1, -1, 0, 0, 1.0}, {1, 0, 1, 1, 1.6488}},
     {0.5, 0.5},
     2.0,
     25000},
    {"annihilation by contact, exchange, ring of 7",
     "[7]",
     "  species: [A, B]\n  hopping: {A: 1}\n  exchange: 0.5\n  reactions:\n"
     "    - {reaction: 2 A -> 0, rate: contact}\n    - {reaction: A + B -> B, rate: 0.3}\n"
     "    - {reaction: 0 -> B, rate: 0.2}\n",
     "{type: random, density: {A: 0.4, B: 0.3}}",
     1,
     {7},
     3,
     {{1, 0, 0, 1, 1.0},
      {1, 1, 0, 0, 1.0},
      {1, 2, 2, 1, 0.5},
      {2, 1, 1, 2, 0.5},
      {1, 2, 0, 2, 0.3},
      {0, -1, 2, 0, 0.2}},
     {0.3, 0.4, 0.3},
     2.0,
     25000},
};

/* ---- the lattice ---- */

typedef struct small {
    int sites, directions, neighbour[MAX_SITES][6];
    int states, weight[MAX_SITES]; /* weight of a site in the number of a state */
} small;

static void make_small(const problem *p, small *s)
{
    s->sites = 1;
    s->directions = 2 * p->dim;
    for (int a = 0; a < p->dim; a++)
        s->sites *= p->extent[a];
    for (int i = 0; i < s->sites; i++) {
        int stride = 1;
        for (int a = p->dim - 1; a >= 0; a--) {
            int n = p->extent[a], x = i / stride % n;
            s->neighbour[i][2 * a] = i + ((x + 1) % n - x) * stride;
            s->neighbour[i][2 * a + 1] = i + ((x + n - 1) % n - x) * stride;
            stride *= n;
        }
    }
    s->states = 1;
    for (int i = 0; i < s->sites; i++) {
        s->weight[i] = s->states;
        s->states *= p->base;
    }
}

/* out += rates of p(state): one application of the generator, divided by big. */
static void generator(const problem *p, const small *s, double big, const double *in, double *out)
{
    memcpy(out, in, (size_t)s->states * sizeof *out);
    for (int state = 0; state < s->states; state++)
        for (int i = 0; i < s->sites; i++) {
            int c = state / s->weight[i] % p->base;
            for (const move *m = p->moves; m->rate > 0; m++) {
                if (m->site != c)
                    continue;
                for (int d = 0; d < (m->neighbour < 0 ? 1 : s->directions); d++) {
                    int j = s->neighbour[i][d], e = state / s->weight[j] % p->base;
                    int to = state + (m->to_site - c) * s->weight[i];
                    double flow = m->rate / big * in[state];
                    if (m->neighbour >= 0) {
                        if (e != m->neighbour)
                            continue;
                        to += (m->to_neighbour - e) * s->weight[j];
                        flow /= s->directions;
                    }
                    out[state] -= flow;
                    out[to] += flow;
                }
            }
        }
}

/* Probabilities at the time, and their integrals over time up to it. */
static void solve(const problem *p, const small *s, double *probability, double *integral)
{
    double *v = malloc((size_t)s->states * sizeof *v), *w = malloc((size_t)s->states * sizeof *w);
    double rate = 0, left = 1;
    for (const move *m = p->moves; m->rate > 0; m++)
        rate += m->rate;
    double big = rate * s->sites, mean = big * p->time;
    for (int state = 0; state < s->states; state++) {
        v[state] = 1;
        for (int i = 0; i < s->sites; i++)
            v[state] *= p->start[state / s->weight[i] % p->base];
        probability[state] = integral[state] = 0;
    }
    for (int k = 0; left > 1e-10; k++) {
        double weight = exp(k * log(mean) - mean - lgamma(k + 1.0));
        left -= weight;
        for (int state = 0; state < s->states; state++) {
            probability[state] += weight * v[state];
            integral[state] += fmax(left, 0) / big * v[state];
        }
        generator(p, s, big, v, w);
        double *t = v;
        v = w;
        w = t;
    }
    free(v);
    free(w);
}

/* ---- densities, and probabilities of ordered pairs along bonds ---- */

enum { MAX_NUMBERS = 2 + 3 };

static int measure(const problem *p, const small *s, const int *x, double *out)
{
    int n = 0;
    for (int a = 1; a < p->base; a++, n++) {
        out[n] = 0;
        for (int i = 0; i < s->sites; i++)
            out[n] += (x[i] == a) / (double)s->sites;
    }
    for (int a = 1; a < p->base; a++)
        for (int b = a; b < p->base; b++, n++) {
            out[n] = 0;
            for (int i = 0; i < s->sites; i++)
                for (int d = 0; d < s->directions; d++)
                    out[n] += (x[i] == a && x[s->neighbour[i][d]] == b) /
                              (double)(s->sites * s->directions);
        }
    return n;
}

/* integrals: over time up to the time, in place of values at it. */
static void expected(const problem *p, const small *s, bool integrals, double *out)
{
    double *both = malloc(2 * (size_t)s->states * sizeof *both), one[MAX_NUMBERS];
    const double *probability = integrals ? both + s->states : both;
    int x[MAX_SITES];
    solve(p, s, both, both + s->states);
    memset(out, 0, MAX_NUMBERS * sizeof *out);
    for (int state = 0; state < s->states; state++) {
        for (int i = 0; i < s->sites; i++)
            x[i] = state / s->weight[i] % p->base;
        int n = measure(p, s, x, one);
        for (int q = 0; q < n; q++)
            out[q] += probability[state] * one[q];
    }
    free(both);
}

/* Counted events at each place of the ring: the rate times the time that a site spends as A, or as
 * A with B at its side. */
static void events_by_place(const problem *p)
{
    enum { SAMPLES = 12000, SITES = 8 };
    static const char *const names[2] = {"event_profile_death", "event_profile_predation"};
    small s;
    lattice l;
    char model[1024];
    double integral[MAX_NUMBERS], one[SITES], sum[2][SITES] = {{0}}, squares[2][SITES] = {{0}};
    double worst = 0;
    make_small(p, &s);
    expected(p, &s, true, integral);
    const double exact[2] = {0.1 * integral[0], 1.0 * integral[3]}; /* A; the pair AB */
    snprintf(model, sizeof model, "%sobserve: {list: [event_profile_death]}\n", p->model);
    CHECK(lattice_make(MPI_COMM_SELF, p->n, model, p->initial, 12, &l) == WEFT_OK);
    for (int r = 0; r < SAMPLES; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, p->time) == WEFT_OK);
        for (int k = 0; k < 2; k++) {
            lattice_observe(&l, names[k], one);
            for (int x = 0; x < SITES; x++) {
                sum[k][x] += one[x];
                squares[k][x] += one[x] * one[x];
            }
        }
    }
    for (int k = 0; k < 2; k++)
        for (int x = 0; x < SITES; x++) {
            double mean = sum[k][x] / SAMPLES;
            double error = sqrt((squares[k][x] / SAMPLES - mean * mean) / SAMPLES);
            worst = fmax(worst, fabs(mean - exact[k]) / error);
            CHECK(fabs(mean - exact[k]) < 4.5 * error);
        }
    printf("%s: events at 8 places, %.5f deaths and %.5f predations expected, worst deviation %.1f "
           "standard errors\n",
           p->name, exact[0], exact[1], worst);
    lattice_free(&l);
}

static void sample(const problem *p, const small *s, const char *method, const double *exact)
{
    lattice l;
    char model[1024];
    uint8_t bytes[MAX_SITES];
    int x[MAX_SITES], n = 0;
    double sum[MAX_NUMBERS] = {0}, square[MAX_NUMBERS] = {0}, one[MAX_NUMBERS];
    snprintf(model, sizeof model, "%s  method: %s\n", p->model, method);
    CHECK(lattice_make(MPI_COMM_SELF, p->n, model, p->initial, 11, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    for (int r = 0; r < p->samples; r++) {
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, p->time) == WEFT_OK);
        lattice_gather(&l, bytes);
        for (int i = 0; i < s->sites; i++)
            x[i] = bytes[i];
        n = measure(p, s, x, one);
        for (int q = 0; q < n; q++) {
            sum[q] += one[q];
            square[q] += one[q] * one[q];
        }
    }
    for (int q = 0; q < n; q++) {
        double mean = sum[q] / p->samples;
        double error = sqrt((square[q] / p->samples - mean * mean) / p->samples);
        printf("%-45s %-10s number %d: %.5f +- %.5f, exact %.5f\n", p->name, method, q, mean, error,
               exact[q]);
        CHECK_NEAR(mean, exact[q], 4.5 * error);
    }
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        small s;
        double exact[MAX_NUMBERS];
        make_small(&problems[i], &s);
        expected(&problems[i], &s, false, exact);
        sample(&problems[i], &s, "exact", exact);
    }
    events_by_place(&problems[1]);
    return check_end();
}

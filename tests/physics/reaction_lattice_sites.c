/* Sites that hold counts against their master equation, and rates that vary in space and time
 * against closed forms. */
#include "reaction.h"

/* ---- a ring of three sites of capacity 3, two species: 10^3 states ---- */

enum { SITES = 3, CAPACITY = 3, LOCAL = 10, STATES = LOCAL * LOCAL * LOCAL };

static int number_of[CAPACITY + 1][CAPACITY + 1], counts_of[LOCAL][2];

static void number_states(void)
{
    int n = 0;
    for (int a = 0; a <= CAPACITY; a++)
        for (int b = 0; a + b <= CAPACITY; b++, n++) {
            number_of[a][b] = n;
            counts_of[n][0] = a;
            counts_of[n][1] = b;
        }
}

static const int weight[SITES] = {1, LOCAL, LOCAL *LOCAL};

static void flow(const double *in, double *out, int state, int i, int da, int db, int j, int ja,
                 int jb, double rate)
{
    const int *n = counts_of[state / weight[i] % LOCAL], *m = counts_of[state / weight[j] % LOCAL];
    if (rate == 0 || n[0] + n[1] + da + db > CAPACITY || m[0] + m[1] + ja + jb > CAPACITY)
        return;
    int to = state + (number_of[n[0] + da][n[1] + db] - number_of[n[0]][n[1]]) * weight[i];
    if (j != i)
        to += (number_of[m[0] + ja][m[1] + jb] - number_of[m[0]][m[1]]) * weight[j];
    out[state] -= rate * in[state];
    out[to] += rate * in[state];
}

/* A -> 0 (0.4), B -> 2 B (0.7), A + B -> 2 A (1.1), 2 A -> A (0.3), hops A 0.8, B 0.5. */
static void generator(const double *in, double *out)
{
    memset(out, 0, STATES * sizeof *out);
    for (int s = 0; s < STATES; s++)
        for (int i = 0; i < SITES; i++) {
            const int *n = counts_of[s / weight[i] % LOCAL];
            double a = n[0], b = n[1];
            flow(in, out, s, i, -1, 0, i, 0, 0, 0.4 * a);
            flow(in, out, s, i, 0, 1, i, 0, 0, 0.7 * b);
            flow(in, out, s, i, 1, -1, i, 0, 0, 1.1 * a * b);
            flow(in, out, s, i, -1, 0, i, 0, 0, 0.3 * a * (a - 1));
            for (int d = 1; d <= 2; d++) {
                int j = (i + d) % SITES;
                flow(in, out, s, i, -1, 0, j, 1, 0, 0.8 / 2 * a);
                flow(in, out, s, i, 0, -1, j, 0, 1, 0.5 / 2 * b);
            }
        }
}

static double choose(int n, int k)
{
    return tgamma(n + 1.0) / tgamma(k + 1.0) / tgamma(n - k + 1.0);
}

/* <A>, <B>, <A^2>, <AB>, P(site empty), <A_0 A_1>. */
enum { NUMBERS = 6 };
static void measure(const int *a, const int *b, double *out)
{
    memset(out, 0, NUMBERS * sizeof *out);
    for (int i = 0; i < SITES; i++) {
        out[0] += a[i] / 3.0;
        out[1] += b[i] / 3.0;
        out[2] += a[i] * a[i] / 3.0;
        out[3] += a[i] * b[i] / 3.0;
        out[4] += (a[i] + b[i] == 0) / 3.0;
        out[5] += a[i] * a[(i + 1) % SITES] / 3.0;
    }
}

static void expected(double time, double *out)
{
    static double v[STATES], k[4][STATES], w[STATES];
    const double pa = 0.9 / CAPACITY, pb = 0.6 / CAPACITY;
    for (int s = 0; s < STATES; s++) {
        v[s] = 1;
        for (int i = 0; i < SITES; i++) {
            int a = counts_of[s / weight[i] % LOCAL][0], b = counts_of[s / weight[i] % LOCAL][1];
            v[s] *= choose(CAPACITY, a) * choose(CAPACITY - a, b) * pow(pa, a) * pow(pb, b) *
                    pow(1 - pa - pb, CAPACITY - a - b);
        }
    }
    const int steps = 400; /* Runge-Kutta, error 1e-9 */
    double h = time / steps;
    for (int q = 0; q < steps; q++) {
        generator(v, k[0]);
        for (int r = 1; r < 4; r++) {
            for (int s = 0; s < STATES; s++)
                w[s] = v[s] + (r == 3 ? h : h / 2) * k[r - 1][s];
            generator(w, k[r]);
        }
        for (int s = 0; s < STATES; s++)
            v[s] += h / 6 * (k[0][s] + 2 * k[1][s] + 2 * k[2][s] + k[3][s]);
    }
    memset(out, 0, NUMBERS * sizeof *out);
    for (int s = 0; s < STATES; s++) {
        int a[SITES], b[SITES];
        double one[NUMBERS];
        for (int i = 0; i < SITES; i++) {
            a[i] = counts_of[s / weight[i] % LOCAL][0];
            b[i] = counts_of[s / weight[i] % LOCAL][1];
        }
        measure(a, b, one);
        for (int q = 0; q < NUMBERS; q++)
            out[q] += v[s] * one[q];
    }
}

static void capacity_three(void)
{
    enum { SAMPLES = 40000 };
    double exact[NUMBERS], sum[NUMBERS] = {0}, square[NUMBERS] = {0}, one[NUMBERS];
    lattice l;
    number_states();
    expected(1.5, exact);
    CHECK(lattice_make(MPI_COMM_SELF, "[3]",
                       "  species: [A, B]\n  capacity: 3\n  hopping: {A: 0.8, B: 0.5}\n"
                       "  reactions:\n    - {reaction: A -> 0, rate: 0.4}\n"
                       "    - {reaction: B -> 2 B, rate: 0.7}\n"
                       "    - {reaction: A + B -> 2 A, rate: 1.1}\n"
                       "    - {reaction: 2 A -> A, rate: 0.3}\n",
                       "{type: random, density: {A: 0.9, B: 0.6}}", 17, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    for (int r = 0; r < SAMPLES; r++) {
        uint8_t x[2][SITES];
        int a[SITES], b[SITES];
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, 1.5) == WEFT_OK);
        for (int c = 0; c < 2; c++)
            lattice_component(&l, c, x[c]);
        for (int i = 0; i < SITES; i++) {
            a[i] = x[0][i];
            b[i] = x[1][i];
        }
        measure(a, b, one);
        for (int q = 0; q < NUMBERS; q++) {
            sum[q] += one[q];
            square[q] += one[q] * one[q];
        }
    }
    lattice_free(&l);
    for (int q = 0; q < NUMBERS; q++) {
        double mean = sum[q] / SAMPLES;
        double error = sqrt((square[q] / SAMPLES - mean * mean) / SAMPLES);
        printf("capacity 3, number %d: %.5f +- %.5f, exact %.5f\n", q, mean, error, exact[q]);
        CHECK_NEAR(mean, exact[q], 4.5 * error);
    }
}

/* ---- decay with rates that vary: every site on its own ---- */

static double left_of(const lattice *l, int64_t from, int64_t to)
{
    enum { N = 1 << 16 };
    static uint8_t s[N];
    double sum = 0;
    lattice_gather(l, s);
    for (int64_t i = 0; i < N; i++)
        sum += i % 256 >= from && i % 256 < to ? s[i] : 0;
    return sum / (256.0 * (double)(to - from));
}

static void near_probability(double got, double p, double n)
{
    printf("decay: %.5f, exact %.5f +- %.5f\n", got, p, sqrt(p * (1 - p) / n));
    CHECK_NEAR(got, p, 4.5 * sqrt(p * (1 - p) / n));
}

static void varying(void)
{
    const double pi = 3.14159265358979323846;
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, "[256, 256]",
                       "  species: [A]\n  reactions:\n"
                       "    - {reaction: A -> 0, rate: 0.5, space: {type: halves, factor: 3}}\n",
                       "{type: full, species: A}", 1, &l) == WEFT_OK);
    CHECK(lattice_advance(&l, 1.2) == WEFT_OK);
    near_probability(left_of(&l, 0, 128), exp(-0.6), 32768);
    near_probability(left_of(&l, 128, 256), exp(-1.8), 32768);
    lattice_free(&l);
    CHECK(lattice_make(MPI_COMM_SELF, "[256, 256]",
                       "  species: [A]\n  reactions:\n"
                       "    - {reaction: A -> 0, rate: 0.5, time: {period: 4, amplitude: 0.8}}\n",
                       "{type: full, species: A}", 1, &l) == WEFT_OK);
    for (int k = 1; k <= 4; k++) {
        double t = 0.7 * k, w = 2 * pi / 4;
        CHECK(lattice_advance(&l, t) == WEFT_OK);
        near_probability(left_of(&l, 0, 256), exp(-0.5 * (t + 0.8 * (1 - cos(w * t)) / w)), 65536);
    }
    lattice_free(&l);
    CHECK(lattice_make(MPI_COMM_SELF, "[256, 256]",
                       "  species: [A]\n  reactions:\n    - {reaction: A -> 0, rate: 0.5, "
                       "time: {period: 2, amplitude: 1, form: square}}\n",
                       "{type: full, species: A}", 1, &l) == WEFT_OK);
    CHECK(lattice_advance(&l, 1.9) == WEFT_OK);
    near_probability(left_of(&l, 0, 256), exp(-1.0), 65536); /* rate 1, then 0 */
    lattice_free(&l);
}

/* A capacity that switches: creation fills the sites up to the capacity of the time. */
static void switching(void)
{
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, "[64]",
                       "  species: [A]\n  capacity: {first: 2, second: 7, period: 40}\n"
                       "  reactions: [{reaction: 0 -> A, rate: 1}]\n",
                       "{type: random, density: 0.5}", 1, &l) == WEFT_OK);
    CHECK(lattice_advance(&l, 19.9) == WEFT_OK);
    CHECK(lattice_observe(&l, "density_A", NULL) == 2);
    CHECK(lattice_advance(&l, 39.9) == WEFT_OK);
    CHECK(lattice_observe(&l, "density_A", NULL) == 7);
    CHECK(lattice_advance(&l, 59.9) == WEFT_OK);
    CHECK(lattice_observe(&l, "density_A", NULL) == 7);
    lattice_free(&l);
}

/* ---- unlimited capacity: 0 -> A (1.2), 2 A -> 0 (0.4), hops 1, on a ring of three sites ---- */

enum { MOST = 13, SIZE = MOST * MOST * MOST };

static void add_flow(const double *in, double *out, const int *n, int i, int change, int j,
                     double rate)
{
    int m[3] = {n[0], n[1], n[2]};
    m[i] += change;
    m[j] += j != i;
    int from = (n[0] * MOST + n[1]) * MOST + n[2], to = (m[0] * MOST + m[1]) * MOST + m[2];
    out[from] -= rate * in[from];
    if (m[0] < MOST && m[1] < MOST && m[2] < MOST && rate > 0)
        out[to] += rate * in[from];
}

static void unlimited_generator(const double *in, double *out)
{
    int n[3];
    memset(out, 0, SIZE * sizeof *out);
    for (n[0] = 0; n[0] < MOST; n[0]++)
        for (n[1] = 0; n[1] < MOST; n[1]++)
            for (n[2] = 0; n[2] < MOST; n[2]++)
                for (int i = 0; i < 3; i++) {
                    add_flow(in, out, n, i, 1, i, 1.2);
                    if (n[i] > 1)
                        add_flow(in, out, n, i, -2, i, 0.4 * n[i] * (n[i] - 1));
                    for (int d = 1; d <= 2 && n[i] > 0; d++)
                        add_flow(in, out, n, i, -1, (i + d) % 3, 0.5 * n[i]);
                }
}

static void unlimited(void)
{
    enum { SAMPLES = 30000 };
    static double v[SIZE], k[SIZE], w[SIZE];
    const double time = 2, h = 0.005;
    double exact[3] = {0}, sum[3] = {0}, square[3] = {0}, lost = 1;
    v[0] = 1;
    for (int q = 0; q < 400; q++) { /* the midpoint rule twice over: Taylor to third order */
        memcpy(w, v, sizeof w);
        for (int order = 1; order <= 4; order++) {
            unlimited_generator(w, k);
            for (int s = 0; s < SIZE; s++) {
                w[s] = k[s] * h / order;
                v[s] += w[s];
            }
        }
    }
    for (int s = 0; s < SIZE; s++) {
        int a = s / MOST / MOST, b = s / MOST % MOST;
        exact[0] += v[s] * a;
        exact[1] += v[s] * a * a;
        exact[2] += v[s] * a * b;
        lost -= v[s];
    }
    CHECK(time == 400 * h && lost < 1e-6);
    lattice l;
    CHECK(lattice_make(MPI_COMM_SELF, "[3]",
                       "  species: [A]\n  capacity: 0\n  method: rdme\n  hopping: 1\n  tau: 0.05\n"
                       "  reactions:\n    - {reaction: 0 -> A, rate: 1.2}\n"
                       "    - {reaction: 2 A -> 0, rate: 0.4}\n",
                       "{type: random, density: 0}", 23, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    for (int r = 0; r < SAMPLES; r++) {
        uint8_t n[3];
        lattice_restart(&l, (uint32_t)r);
        CHECK(lattice_advance(&l, time) == WEFT_OK);
        lattice_component(&l, 0, n);
        double one[3] = {0};
        for (int i = 0; i < 3; i++) {
            one[0] += n[i] / 3.0;
            one[1] += n[i] * n[i] / 3.0;
            one[2] += n[i] * n[(i + 1) % 3] / 3.0;
        }
        for (int q = 0; q < 3; q++) {
            sum[q] += one[q];
            square[q] += one[q] * one[q];
        }
    }
    lattice_free(&l);
    for (int q = 0; q < 3; q++) {
        double mean = sum[q] / SAMPLES;
        double error = sqrt((square[q] / SAMPLES - mean * mean) / SAMPLES);
        printf("rdme, number %d: %.5f +- %.5f, exact %.5f\n", q, mean, error, exact[q]);
        CHECK_NEAR(mean, exact[q], 4.5 * error);
    }
}

/* Walks alone: from one site, <x^2> = D t a axis for total hop rate D = 2 d (D/2d). */
static void walks(void)
{
    lattice l;
    CHECK(
        lattice_make(MPI_COMM_SELF, "[64, 64]",
                     "  species: [A]\n  capacity: 0\n  method: rdme\n  hopping: 1.5\n  tau: 0.25\n",
                     "{type: seed, species: A, count: 100000}", 3, &l) == WEFT_OK);
    CHECK(lattice_advance(&l, 4) == WEFT_OK);
    CHECK(lattice_observe(&l, "density_A", NULL) * 64 * 64 == 100000);
    /* variance of r^2 in two dimensions: 2 (sum of the variances)^2 / 2 = 36, plus the kurtosis */
    double spread = lattice_observe(&l, "mean_square_spread_A", NULL);
    printf("walks: <r^2> = %.4f, exact 6\n", spread);
    CHECK_NEAR(spread, 6, 4.5 * sqrt(42.0 / 100000));
    double hops = lattice_observe(&l, "events_hop", NULL), expected = 1.5 * 4 * 100000;
    printf("walks: %.0f hops, expected %.0f\n", hops, expected);
    CHECK_NEAR(hops, expected, 4.5 * sqrt(expected));
    lattice_free(&l);
}

/* A network without bound ends with an error, and in a finite time. */
static void runaway(const char *how)
{
    char model[256];
    snprintf(model, sizeof model,
             "  species: [A]\n  capacity: 0\n  %s\n  hopping: 1\n"
             "  reactions: [{reaction: 2 A -> 3 A, rate: 0.9}]\n",
             how);
    lattice l = lattice_open("[8]", model, "{type: full, species: A, count: 5}", 3);
    CHECK(lattice_advance(&l, 100) == WEFT_FAILED);
    CHECK(strstr(weft_error_message(), "nothing limits their number") != NULL);
    weft_error_clear();
    lattice_free(&l);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    capacity_three();
    varying();
    switching();
    unlimited();
    walks();
    runaway("method: rdme");
    runaway("clock: mcs");
    return check_end();
}

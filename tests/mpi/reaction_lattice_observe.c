/* Observables of reaction lattices against direct sums over the gathered lattice, on any number of
 * ranks. */
#include "reaction.h"
#include "weft/memory.h"

enum { NY = 36, NX = 64, N = NY * NX };

static const char *const model = "  species: [A, B, C]\n  hopping: 1\n  reactions:\n"
                                 "    - {reaction: A + B -> A, rate: 1, name: eat}\n"
                                 "    - {reaction: C -> 0, rate: 0.3, name: die}\n"
                                 "    - {reaction: A -> 2 A, rate: 1, name: birth}\n"
                                 "observe: {list: [structure_factor_A]}\n";

static int at(const uint8_t *s, int y, int x)
{
    return s[(y + 10 * NY) % NY * NX + (x + 10 * NX) % NX];
}

static void pairs(lattice *l, const uint8_t *s)
{
    double out[32];
    lattice_observe(l, "pair_AB", out);
    for (int r = 0; r <= 16; r++) {
        double sum = 0, a = 0, b = 0;
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                a += at(s, y, x) == 1;
                b += at(s, y, x) == 2;
                if (at(s, y, x) == 1)
                    sum += (at(s, y, x + r) == 2) + (at(s, y, x - r) == 2) +
                           (at(s, y + r, x) == 2) + (at(s, y - r, x) == 2);
            }
        CHECK_NEAR(out[r], sum / (4.0 * N) - a / N * (b / N), 1e-14);
    }
}

/* Variance, structure factor and domain size from sums over the lattice and its modes; the front
 * from the layers. */
static void moments_and_modes(lattice *l, const uint8_t *s)
{
    enum { MOST = 33 };
    static double re[NY][NX], im[NY][NX], layer[NX];
    double power[MOST] = {0}, out[MOST], n = 0, dk = 2 * M_PI / NX, most = 0;
    int modes[MOST] = {0};
    for (int i = 0; i < N; i++) {
        n += s[i] == 1;
        layer[i % NX] += (s[i] == 1) / (double)NY;
    }
    double variance = n / N - n / N * (n / N);
    CHECK_NEAR(lattice_observe(l, "variance_A", NULL), variance, 1e-14);
    for (int y = 0; y < NY; y++) /* along x, then along y */
        for (int k = 0; k < NX; k++)
            for (int x = 0; x < NX; x++) {
                re[y][k] += (s[y * NX + x] == 1) * cos(2 * M_PI * k * x / NX);
                im[y][k] -= (s[y * NX + x] == 1) * sin(2 * M_PI * k * x / NX);
            }
    for (int j = 0; j < NY; j++)
        for (int k = 0; k < NX; k++) {
            double a = 0, b = 0, c, d, ky = 2 * M_PI / NY * (j < NY - j ? j : NY - j);
            double kx = 2 * M_PI / NX * (k < NX - k ? k : NX - k);
            for (int y = 0; y < NY; y++) {
                c = cos(2 * M_PI * j * y / NY);
                d = -sin(2 * M_PI * j * y / NY);
                a += re[y][k] * c - im[y][k] * d;
                b += re[y][k] * d + im[y][k] * c;
            }
            int shell = (int)floor(sqrt(kx * kx + ky * ky) / dk * (1 + 1e-12) + 0.5);
            if (shell >= MOST || (j == 0 && k == 0))
                continue;
            power[shell] += (a * a + b * b) / N;
            modes[shell]++;
        }
    lattice_observe(l, "structure_factor_A", out);
    for (int b = 1; b < MOST; b++)
        CHECK_NEAR(out[b], power[b] / modes[b], 1e-11);
    for (int x = 0; x < NX; x++)
        most = fmax(most, layer[x]);
    int at = NX - 2; /* the last fall; what reaches over the seam is none */
    while (layer[at] < most / 2 || layer[at + 1] >= most / 2)
        at--;
    CHECK_NEAR(lattice_observe(l, "front_position_A", NULL),
               at + (layer[at] - most / 2) / (layer[at] - layer[at + 1]), 1e-12);
    printf("front %.3f\n", lattice_observe(l, "front_position_A", NULL));
}

static void profiles(lattice *l, const uint8_t *s)
{
    double density[NX], eat[NX], die[NX], birth[NX];
    lattice_observe(l, "profile_C", density);
    lattice_observe(l, "reaction_profile_eat", eat);
    lattice_observe(l, "reaction_profile_die", die);
    lattice_observe(l, "reaction_profile_birth", birth);
    for (int x = 0; x < NX; x++) {
        double c = 0, ab = 0, a0 = 0;
        for (int y = 0; y < NY; y++) {
            c += at(s, y, x) == 3;
            const int beside[4] = {at(s, y, x + 1), at(s, y, x - 1), at(s, y + 1, x),
                                   at(s, y - 1, x)};
            for (int d = 0; d < 4; d++) {
                ab += at(s, y, x) == 1 && beside[d] == 2;
                a0 += at(s, y, x) == 1 && beside[d] == 0;
            }
        }
        CHECK_NEAR(density[x], c / NY, 1e-14);
        CHECK_NEAR(die[x], 0.3 * c / NY, 1e-14);
        CHECK_NEAR(eat[x], ab / 4 / NY, 1e-14);
        CHECK_NEAR(birth[x], a0 / 4 / NY, 1e-14);
    }
}

static double phase_at(const uint8_t *s, int radius, int y, int x)
{
    double n[4] = {0};
    for (int j = -radius; j <= radius; j++)
        for (int i = -radius; i <= radius; i++)
            n[at(s, y + j, x + i)]++;
    return atan2(sqrt(0.75) * (n[2] - n[3]), n[1] - 0.5 * (n[2] + n[3]));
}

static double turn(double from, double to)
{
    return to - from - 2 * M_PI * round((to - from) / (2 * M_PI));
}

/* Plaquettes around which the phase turns, counted over the gathered lattice. */
static void count_cores(lattice *l, const uint8_t *s, int radius)
{
    char name[32];
    int cores = 0;
    for (int y = 0; y < NY; y++)
        for (int x = 0; x < NX; x++) {
            double a = phase_at(s, radius, y, x), b = phase_at(s, radius, y, x + 1),
                   c = phase_at(s, radius, y + 1, x + 1), d = phase_at(s, radius, y + 1, x);
            cores += fabs(turn(a, b) + turn(b, c) + turn(c, d) + turn(d, a)) > M_PI;
        }
    snprintf(name, sizeof name, "spiral_cores(%d)", radius);
    CHECK(lattice_observe(l, name, NULL) == cores);
    CHECK(cores > 10);
}

/* A made-up spiral: three sectors around two points of opposite winding. */
static void cores(void)
{
    lattice l;
    double now, before;
    CHECK(lattice_make(MPI_COMM_WORLD, "[36, 64]", model,
                       "{type: stripes, species: [A, B, C], width: 5}", 1, &l) == WEFT_OK);
    lattice_observe(&l, "spiral_cores(3)", &before);
    CHECK(before == 0); /* straight stripes have none */
    weft_field *f = weft_state_find(l.sim->state, "species");
    const weft_grid *g = l.sim->grid;
    for (int64_t y = 0; y < g->local[1]; y++)
        for (int64_t x = 0; x < g->local[2]; x++) {
            double dy = (double)(g->start[1] + y) - 17.4, dx = (double)(g->start[2] + x);
            double angle = atan2(dy, dx - 15.7) - atan2(dy, dx - 47.3) + 20 * 3.14159265358979;
            weft_field_bytes(f, 0)[f->extent.origin + y * f->extent.stride[1] + x] =
                (uint8_t)(1 + (int)(angle / 2.0943951023931953) % 3);
        }
    lattice_observe(&l, "spiral_cores(3)", &now);
    CHECK(now >= 2 && now <= 6); /* the two, and what the edges of the box make */
    lattice_free(&l);
}

/* Counted events by place: their sums are the counts, and all numbers are those of one rank. */
static void events(const char *n, int ny, int nx, const char *model_text, const char *start)
{
    static const char *const kinds[3] = {"death", "predation", "hop"};
    char text[1024];
    double all[256], alone[256];
    lattice l, one;
    snprintf(text, sizeof text, "%s" LOTKA_VOLTERRA "observe: {list: [event_profile_death]}\n",
             model_text);
    CHECK(lattice_make(MPI_COMM_WORLD, n, text, start, 4, &l) == WEFT_OK);
    CHECK(lattice_make(MPI_COMM_SELF, n, text, start, 4, &one) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    CHECK(lattice_advance(&l, 2) == WEFT_OK && lattice_advance(&one, 2) == WEFT_OK);
    for (int k = 0; k < 3; k++) {
        char name[64];
        double sum = 0;
        snprintf(name, sizeof name, "event_profile_%s", kinds[k]);
        lattice_observe(&l, name, all);
        lattice_observe(&one, name, alone);
        CHECK(memcmp(all, alone, (size_t)nx * sizeof *all) == 0);
        for (int x = 0; x < nx; x++)
            sum += all[x] * ny;
        snprintf(name, sizeof name, "events_%s", kinds[k]);
        CHECK_NEAR(sum, lattice_observe(&l, name, NULL), 1e-9 * sum);
        CHECK(sum > 0);
    }
    lattice_free(&l);
    lattice_free(&one);
}

/* A fills the first half along x and dies at rate 1 without hops: a site of it has had its event by
 * time t with probability 1 - e^-t, the other half none. */
static void deaths(void)
{
    double out[NX], p = 1 - exp(-0.7), half = 0;
    lattice l;
    CHECK(lattice_make(MPI_COMM_WORLD, "[36, 64]",
                       "  species: [A, B]\n  reactions: [{reaction: A -> 0, rate: 1}]\n"
                       "observe: {list: [event_profile_r1]}\n",
                       "{type: segregated, first: A, second: B}", 3, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    CHECK(lattice_advance(&l, 0.7) == WEFT_OK);
    lattice_observe(&l, "event_profile_r1", out);
    for (int x = 0; x < NX / 2; x++) {
        half += out[x] / (NX / 2);
        CHECK_NEAR(out[x], p, 4.5 * sqrt(p * (1 - p) / NY));
        CHECK(out[x + NX / 2] == 0);
    }
    CHECK_NEAR(half, p, 4.5 * sqrt(p * (1 - p) / NY / (NX / 2)));
    lattice_free(&l);
}

/* A + B -> 0 from halves: events, counted where A was, lie at both ends of the half of A alike. */
static void two_fronts(void)
{
    double out[NX], low = 0, high = 0, middle = 0;
    lattice l;
    CHECK(lattice_make(MPI_COMM_WORLD, "[36, 64]",
                       "  species: [A, B]\n  hopping: 1\n"
                       "  reactions: [{reaction: A + B -> 0, rate: 2}]\n"
                       "observe: {list: [event_profile_r1]}\n",
                       "{type: segregated, first: A, second: B}", 3, &l) == WEFT_OK);
    CHECK(lattice_advance(&l, 12) == WEFT_OK);
    lattice_observe(&l, "event_profile_r1", out);
    for (int x = 0; x < NX; x++) {
        int from = x < NX / 4 ? x : x < 3 * NX / 4 ? NX / 2 - 1 - x : x - NX;
        low += (x < NX / 4 || x >= 3 * NX / 4) * out[x] * NY;
        high += (x >= NX / 4 && x < 3 * NX / 4) * out[x] * NY;
        middle += (from > 10 || from < -10) * out[x];
    }
    CHECK(middle == 0);
    CHECK(low > 40 && high > 40);
    printf("two fronts: %.0f and %.0f events\n", low, high);
    CHECK_NEAR(low, high, 4.5 * sqrt(low + high));
    lattice_free(&l);
}

/* A lattice that one species fills has no front, an empty species neither; a slab that reaches over
 * the seam (the last stripe of A) does not count. */
static void where_fronts_are(void)
{
    static const char *const initial[] = {
        "{type: full, species: A}",
        "{type: front, species: A, position: 20}",
        "{type: stripes, species: [B, A], width: 20}",
    };
    const double a[] = {NAN, 19.5, 39.5}, b[] = {NAN, NAN, 59.5};
    for (int i = 0; i < 3; i++) {
        lattice l;
        CHECK(lattice_make(MPI_COMM_WORLD, "[36, 64]", "  species: [A, B]\n  hopping: 1\n",
                           initial[i], 3, &l) == WEFT_OK);
        const double found[] = {lattice_observe(&l, "front_position_A", NULL),
                                lattice_observe(&l, "front_position_B", NULL)};
        CHECK(isnan(a[i]) ? isnan(found[0]) : found[0] == a[i]);
        CHECK(isnan(b[i]) ? isnan(found[1]) : found[1] == b[i]);
        lattice_free(&l);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    lattice l;
    static uint8_t s[N];
    CHECK(lattice_make(MPI_COMM_WORLD, "[36, 64]", model, "{type: random, density: 0.25}", 4, &l) ==
          WEFT_OK);
    CHECK(lattice_advance(&l, 1) == WEFT_OK);
    lattice_gather(&l, s);
    const weft_observable *row;
    double argument;
    CHECK(weft_observable_find(l.input->model, l.input->params, "pair_AB", &row, &argument) ==
          WEFT_OK);
    if (row->check(l.sim, argument) == WEFT_OK) /* the same on all ranks */
        pairs(&l, s);
    weft_error_clear();
    profiles(&l, s);
    moments_and_modes(&l, s);
    count_cores(&l, s, 1);
    count_cores(&l, s, 3);
    /* observables keep what they work in: a second record takes no memory */
    static const char *const list[] = {
        "variance_A",           "profile_A",       "structure_factor_A", "domain_size_A",
        "reaction_profile_die", "spiral_cores(3)", "front_position_A"};
    double out[2][256];
    int64_t calls = 0;
    for (int turn = 0; turn < 2; turn++) {
        calls = weft_memory_calls();
        for (int i = 0; i < 7; i++)
            lattice_observe(&l, list[i], out[turn]);
    }
    CHECK(weft_memory_calls() == calls);
    lattice_free(&l);
    cores();
    deaths();
    two_fronts();
    where_fronts_are();
    events("[36, 64]", 36, 64, "", "{type: random, density: 0.3}");
    events("[36, 64]", 36, 64, "  capacity: 3\n", "{type: random, density: 0.3}");
    events("[36, 64]", 36, 64, "  capacity: 0\n  method: rdme\n", "{type: random, density: 0.3}");
    events("[64, 64]", 64, 64, "  clock: mcs\n  rule: species\n  update: sublattice\n",
           "{type: random, density: 0.3}");
    events("[256]", 1, 256, "", "{type: random, density: 0.3}");
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

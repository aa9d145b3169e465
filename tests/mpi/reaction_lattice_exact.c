/* The exact lattice: the same bits on any number of ranks, for any window and halo, and as a plain
 * serial replay of the marks gives them. */
#include "model/reaction_lattice/exact/exact.h"
#include "philox.h"
#include "reaction.h"

/* ---- an independent replay: scalar generator, one sorted list, the whole lattice ---- */

typedef struct plain_mark {
    uint32_t time;
    int64_t tile;
    int index;
    uint32_t in, v;
} plain_mark;

static int in_order(const void *a, const void *b)
{
    const plain_mark *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->tile != y->tile)
        return x->tile < y->tile ? -1 : 1;
    return x->index - y->index;
}

static int64_t tile_marks(const weft_noise *noise, uint64_t slice, int64_t tile,
                          const uint64_t *poisson, plain_mark *out)
{
    uint32_t key[2] = {noise->seed, noise->replica}, w[4];
    uint64_t block = (uint64_t)tile * RL_BLOCKS;
    uint32_t c[4] = {(uint32_t)block, (uint32_t)slice,
                     (uint32_t)(slice >> 32) | (uint32_t)(block >> 32) << 16, WEFT_STREAM_MODEL};
    test_philox(c, key, w);
    uint64_t v = (uint64_t)w[0] << 32 | w[1];
    int k = 0;
    while (k < RL_COUNTS - 1 && v >= poisson[k])
        k++;
    for (int q = 0; q < k; q++) {
        c[0] = (uint32_t)(block + 1 + (uint64_t)q / 2);
        test_philox(c, key, w);
        uint32_t a = q % 2 ? w[2] : w[0], b = q % 2 ? w[3] : w[1];
        out[q] = (plain_mark){a >> 10, tile, q, a & 1023, b};
    }
    return k;
}

/* Where a mark acts: false if its site is beyond the lattice. */
static bool locate(const weft_grid *g, const rl_region *r, const plain_mark *m, int64_t *site,
                   int64_t *to, uint32_t *u)
{
    int total = r->bits[0] + r->bits[1] + r->bits[2];
    int64_t in = m->in >> (10 - total), tile = m->tile, x[3], y[3];
    for (int a = 2; a >= 0; a--) {
        int64_t width = INT64_C(1) << r->bits[a];
        x[a] = tile % r->tiles[a] * width + in % width;
        tile /= r->tiles[a];
        in /= width;
        if (x[a] >= g->n[a])
            return false;
    }
    uint64_t product = (uint64_t)m->v * 2 * (uint64_t)g->dim;
    int d = (int)(product >> 32), axis = 2 - d / 2;
    *u = (uint32_t)product;
    memcpy(y, x, sizeof x);
    y[axis] = (x[axis] + (d % 2 ? -1 : 1) + g->n[axis]) % g->n[axis];
    *site = (x[0] * g->n[1] + x[1]) * g->n[2] + x[2];
    *to = (y[0] * g->n[1] + y[1]) * g->n[2] + y[2];
    return true;
}

static void replay_mark(const rl_tables *t, uint8_t *s, int64_t i, int64_t j, uint32_t u)
{
    int shift = 32 - t->slot_bits;
    rl_alias a = t->alias[(uint32_t)s[i] << t->slot_bits | u >> shift];
    uint16_t row = (u & ((UINT32_C(1) << shift) - 1)) < a.threshold ? a.below : a.above;
    uint32_t act = t->act[row + s[j]];
    s[i] = (uint8_t)act;
    s[j] = (uint8_t)(act >> 8);
}

static void replay(const lattice *l, double time, uint8_t *s)
{
    const rl_lattice *lat = l->sim->data;
    const weft_grid *g = l->sim->grid;
    rl_region region;
    rl_marks marks;
    static rl_tables tables;
    rl_region_make(g, 0, -1, &region); /* for the shape of the tiles */
    rl_marks_make(&region, g->dim, &marks);
    rl_tables_make(&lat->channels, &tables);
    int64_t n_tiles = region.tiles[0] * region.tiles[1] * region.tiles[2], i, j;
    const double rate = lat->channels.R *
                        (double)(1 << (region.bits[0] + region.bits[1] + region.bits[2])) /
                        RL_MARKS_MEAN * 4194304.0;
    uint64_t end = (uint64_t)(time * rate + 0.5);
    plain_mark *m = malloc((size_t)n_tiles * RL_COUNTS * sizeof *m);
    for (uint64_t k = 0; k << 22 < end; k++) {
        int64_t n = 0;
        for (int64_t tile = 0; tile < n_tiles; tile++)
            n += tile_marks(&l->sim->noise, k, tile, marks.poisson, m + n);
        qsort(m, (size_t)n, sizeof *m, in_order);
        uint32_t u;
        for (int64_t q = 0; q < n; q++)
            if ((k << 22 | m[q].time) < end && locate(g, &region, &m[q], &i, &j, &u))
                replay_mark(&tables, s, i, j, u);
    }
    free(m);
    rl_region_free(&region);
    rl_marks_free(&marks);
}

/* ---- cases ---- */

typedef struct problem {
    const char *n, *model, *initial;
    double time;
} problem;

enum { SMALL = 8 }; /* of the following */
static const problem problems[] = {
    {"[64, 72]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 3},
    {"[75, 41]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 2},
    {"[3000]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.4}}", 3},
    {"[20, 18, 26]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 1.5},
    {"[70, 70]",
     "  species: [A, B, C]\n  exchange: 0.7\n  hopping: {A: 0.5, C: 2}\n  reactions:\n"
     "    - {reaction: A + B -> A, rate: 1}\n    - {reaction: B + C -> B, rate: 1}\n"
     "    - {reaction: C + A -> C, rate: 1}\n    - {reaction: A + 0 -> 2 A, rate: 1}\n"
     "    - {reaction: B -> 2 B, rate: 1}\n    - {reaction: C -> 2 C, rate: 1}\n",
     "{type: random, density: 0.2}", 1.5},
    {"[2100]",
     "  species: [A]\n  hopping: 1\n  reactions:\n    - {reaction: 2 A -> 0, rate: contact}\n"
     "    - {reaction: 0 -> A, rate: 0.02}\n",
     "{type: random, density: 0.1}", 15},
    {"[90, 90]",
     "  species: [A]\n  reactions:\n    - {reaction: A -> 0, rate: 1}\n"
     "    - {reaction: A -> 2 A, rate: 2.5}\n",
     "{type: seed, species: A, radius: 3}", 6},
    {"[4, 500]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 2},
    /* large enough for several patches along each axis, the last ones small, and for more slices
       than are replayed together; the first on 4 ranks too; rows that are padded on one rank */
    {"[1300, 4100]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 0.19},
    {"[1300000]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.4}}", 0.21},
    {"[70, 140, 150]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 0.2},
    {"[600, 2304]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 0.17},
    {"[36, 140, 256]", LOTKA_VOLTERRA, "{type: random, density: {A: 0.3, B: 0.2}}", 0.18},
    {"[600, 2100]",
     "  species: [A]\n  reactions:\n    - {reaction: A -> 0, rate: 1}\n"
     "    - {reaction: A -> 2 A, rate: 4}\n",
     "{type: seed, species: A, radius: 70}", 0.3},
};

static const char *const varying =
    "  species: [A, B]\n  hopping: 1.0\n  reactions:\n"
    "    - {reaction: A -> 0, rate: 0.1, time: {period: 3, amplitude: 0.9}}\n"
    "    - {reaction: B -> 2 B, rate: 0.5, space: {type: checkerboard, width: 6, factor: 2}}\n"
    "    - {reaction: A + B -> 2 A, rate: 1.0, space: {type: halves, factor: 0.1}, "
    "time: {period: 2, amplitude: 1, form: square}}\n";

static int64_t sites(const lattice *l)
{
    return weft_grid_sites(l->sim->grid);
}

static void compare(const problem *p, const char *options, bool redone)
{
    lattice serial, l;
    char model[2048];
    snprintf(model, sizeof model, "%s  method: sequential\n", p->model);
    CHECK(lattice_make(MPI_COMM_SELF, p->n, model, p->initial, 7, &serial) == WEFT_OK);
    uint8_t *s = malloc((size_t)sites(&serial)), *t = malloc((size_t)sites(&serial));
    lattice_gather(&serial, s);
    replay(&serial, p->time, s);
    CHECK(lattice_advance(&serial, p->time) == WEFT_OK);
    lattice_gather(&serial, t);
    CHECK(memcmp(s, t, (size_t)sites(&serial)) == 0);
    snprintf(model, sizeof model, "%s%s", p->model, options);
    CHECK(lattice_make(MPI_COMM_WORLD, p->n, model, p->initial, 7, &l) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    CHECK(lattice_advance(&l, p->time / 3) == WEFT_OK);
    CHECK(lattice_advance(&l, p->time) == WEFT_OK);
    lattice_gather(&l, t);
    CHECK(memcmp(s, t, (size_t)sites(&l)) == 0);
    double a[40], b[40];
    lattice_observe(&serial, "events", a);
    lattice_observe(&l, "events", b);
    const rl_lattice *lat = l.sim->data;
    for (int e = 0; e < lat->cfg.net.n_reactions + 2; e++)
        CHECK(a[e] == b[e]);
    CHECK(!redone || l.sim->grid->size == 1 || ((const rl_replay *)lat->method_data)->redone > 0);
    lattice_free(&serial);
    lattice_free(&l);
    free(s);
    free(t);
}

/* A method on one rank and on all. */
static void compare_ranks(const char *n, const char *model, const char *method, double time)
{
    lattice one, all;
    char text[2048];
    const char *start = "{type: random, density: 0.2}\nobserve: {list: [events]}";
    double a[40], b[40];
    snprintf(text, sizeof text, "%s  method: %s\n", model,
             strcmp(method, "exact") == 0 ? "sequential" : method);
    CHECK(lattice_make(MPI_COMM_SELF, n, text, start, 3, &one) == WEFT_OK);
    snprintf(text, sizeof text, "%s  method: %s\n", model, method);
    CHECK(lattice_make(MPI_COMM_WORLD, n, text, start, 3, &all) == WEFT_OK);
    CHECK_TEXT(weft_error_message(), "");
    uint8_t *s = malloc((size_t)sites(&one)), *t = malloc((size_t)sites(&one));
    lattice_gather(&one, s);
    CHECK(lattice_advance(&one, time / 2) == WEFT_OK && lattice_advance(&one, time) == WEFT_OK);
    CHECK(lattice_advance(&all, time / 2) == WEFT_OK && lattice_advance(&all, time) == WEFT_OK);
    lattice_gather(&all, t);
    CHECK(memcmp(s, t, (size_t)sites(&one)) != 0);
    for (int c = 0; c < all.input->plan.field[0].components; c++) {
        lattice_component(&one, c, s);
        lattice_component(&all, c, t);
        CHECK(memcmp(s, t, (size_t)sites(&one)) == 0);
    }
    lattice_observe(&one, "events", a);
    lattice_observe(&all, "events", b);
    for (int e = 0; e < ((rl_lattice *)one.sim->data)->cfg.net.n_reactions + 2; e++)
        CHECK(a[e] == b[e]);
    lattice_free(&one);
    lattice_free(&all);
    free(s);
    free(t);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        compare(&problems[i], "", false);
        if (i < SMALL)
            compare(&problems[i], "  window: 0.8\n  halo: 7\n", false);
    }
    /* patches with rates that vary, with counts, and with tiles that are passed over */
    compare_ranks("[600, 2060]", varying, "exact", 0.15);
    compare_ranks("[640, 2048]", varying, "exact", 0.15);
    compare_ranks("[600, 2060]", "  capacity: 3\n" LOTKA_VOLTERRA, "exact", 0.1);
    compare(&problems[0], "  window: 50\n  halo: 2\n", true); /* tainted, halved */
    compare(&problems[0], "  halo: 0\n", true);
    compare(&problems[2], "  halo: 0\n", true);
    compare(&problems[3], "  halo: 0\n", true);
    compare_ranks("[22, 384]", LOTKA_VOLTERRA, "fast", 4);
    compare_ranks("[10, 6, 128]", problems[4].model, "fast", 2);
    compare_ranks("[1536]", problems[4].model, "fast", 3);
    compare_ranks("[1536]", problems[5].model, "fast", 15);
    compare_ranks("[50, 60]", "  capacity: 3\n" LOTKA_VOLTERRA, "exact", 1);
    compare_ranks("[1200]",
                  "  capacity: {first: 2, second: 5, period: 2}\n" LOTKA_VOLTERRA
                  "    - {reaction: 0 -> A, rate: 0.1}\n",
                  "exact", 3);
    compare_ranks("[50, 60]", varying, "exact", 3);
    compare_ranks("[40, 36]", "  capacity: 0\n" LOTKA_VOLTERRA, "rdme", 2);
    compare_ranks("[12, 12, 24]", "  capacity: 0\n" LOTKA_VOLTERRA, "rdme", 0.5);
    compare_ranks("[2, 60]", "  capacity: 0\n" LOTKA_VOLTERRA, "rdme", 2);
    return check_end();
}

/* Points of a scan (src/scan/points.c): all combinations, with seeds and identities that depend on
 * a point's own parameters alone. */
#include "scans.h"

static const scan_point *find(const weft_scan *s, double coupling, double noise)
{
    for (int64_t i = 0; i < s->n; i++) {
        double x[2] = {NAN, NAN};
        for (int a = 0; a < 2; a++)
            x[strcmp(s->axis[a].path, "kuramoto.noise") == 0] = scan_value(s, &s->point[i], a);
        if (x[0] == coupling && x[1] == noise)
            return &s->point[i];
    }
    return NULL;
}

static void combinations(test_scan *t)
{
    scan_must(scan_load(t, "base: base.yaml\naxes:\n  kuramoto.coupling: {values: [0.5, 1]}\n"
                           "  kuramoto.noise: {linspace: [0, 1, 3]}\n"));
    const weft_scan *s = t->scan;
    CHECK(s->n == 6 && s->n_dims == 2);
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t j = 0; j < i; j++)
            CHECK(memcmp(s->point[i].id, s->point[j].id, sizeof s->point[i].id) != 0 &&
                  s->point[i].seed != s->point[j].seed);
    for (int c = 1; c <= 2; c++)
        for (int n = 0; n < 3; n++)
            CHECK(find(s, 0.5 * c, 0.5 * n) != NULL);
}

/* Another order of the axes and more values leave a point what it is. */
static void identities(test_scan *t)
{
    scan_point before = *find(t->scan, 1, 0.5);
    scan_must(scan_load(t, "base: base.yaml\naxes:\n"
                           "  kuramoto.noise: {values: [0.25, 0.5]}\n"
                           "  kuramoto.coupling: {values: [2, 1, 3]}\n"));
    const scan_point *after = find(t->scan, 1, 0.5);
    CHECK(t->scan->n == 6 && after);
    CHECK(after->seed == before.seed && memcmp(after->id, before.id, sizeof before.id) == 0);
    weft_input *input;
    scan_must(scan_input(t->scan, after - t->scan->point, &input));
    CHECK((uint32_t)input->ensemble->seed == before.seed);
    weft_input_free(input);
}

static void common_seeds(test_scan *t)
{
    scan_must(scan_load(t, "base: base.yaml\nseeds: common\naxes:\n"
                           "  kuramoto.noise: {values: [0.25, 0.5]}\n"));
    CHECK(t->scan->n == 2 && t->scan->point[0].seed == 1 && t->scan->point[1].seed == 1);
}

/* Zipped axes share a dimension; costs compare the work. */
static void zipped(test_scan *t)
{
    scan_must(scan_load(t, "base: base.yaml\nzip: [[grid.n, time.end]]\naxes:\n"
                           "  grid.n: {values: [8, 16]}\n  time.end: {values: [2, 4]}\n"));
    CHECK(t->scan->n == 2 && t->scan->n_dims == 1);
    CHECK_NEAR(t->scan->point[1].cost / t->scan->point[0].cost, 4, 1e-12);
}

static void refused(test_scan *t)
{
    CHECK(scan_load(t, "base: base.yaml\naxes:\n  kuramoto.noise: {values: [0.5, -1]}\n") ==
          WEFT_INPUT);
    CHECK(strstr(weft_error_message(), "scan.yaml:3") &&
          strstr(weft_error_message(), "-1 is out of range"));
    weft_error_clear();
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_scan t;
    scan_begin(&t);
    combinations(&t);
    identities(&t);
    common_seeds(&t);
    zipped(&t);
    refused(&t);
    scan_end(&t);
    return check_end();
}

/* Reductions over a decomposed field: bit-equal to those of the whole field on one rank, for 1 to 3
 * axes, both layouts, views with and without ghosts.
 *
 * Each rank also reduces the whole field by itself, with no communication; sums are exact before
 * they are rounded once, so that equal bits are the law and not luck of the order. */
#include "weft/observe.h"
#include "check.h"
#include "weft/memory.h"
#include "weft/noise.h"
#include <stdbool.h>

static const weft_noise noise = {.seed = 5, .replica = 1};

static weft_view view_of(const weft_grid *grid, int ghost, const double *data)
{
    weft_extent e = weft_grid_extent(grid, ghost);
    weft_view v = {.data = data, .origin = e.origin};
    memcpy(v.local, grid->local, sizeof v.local);
    memcpy(v.stride, e.stride, sizeof v.stride);
    return v;
}

typedef struct results {
    double sum, dot, rows[3], moments[4], max, min, at;
    int64_t histogram[10];
} results;

typedef struct pair {
    const weft_view *f, *g;
} pair;

static void row_kernel(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const pair *p = context;
    const double *f = weft_row(p->f, z, y), *g = weft_row(p->g, z, y);
    for (int64_t i = 0; i < n; i++) {
        out[i] = f[i] * f[i] * g[i];
        out[n + i] = f[i] - g[i];
        out[2 * n + i] = 1.0;
    }
}

static void row_square(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const double *f = weft_row(context, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = f[i] * f[i];
}

static void measure(const weft_grid *grid, int ghost, results *r, double *whole)
{
    weft_extent e = weft_grid_extent(grid, ghost);
    double *a = weft_alloc((size_t)e.size, sizeof *a), *b = weft_alloc((size_t)e.size, sizeof *b);
    for (int64_t i = 0; i < e.size; i++)
        a[i] = b[i] = 1e30; /* ghosts must not be read */
    weft_noise_fill(&noise, 0, 0, WEFT_LAW_NORMAL, grid, ghost, a);
    weft_noise_fill(&noise, 1, 0, WEFT_LAW_LORENTZIAN, grid, ghost, b);
    weft_noise_add(&noise, 2, 7, 1e-9, grid, ghost, a);
    weft_view f = view_of(grid, ghost, a), g = view_of(grid, ghost, b);
    pair context = {&f, &g};
    r->sum = weft_view_sum(grid->comm, &f);
    r->dot = weft_view_dot(grid->comm, &f, &g);
    CHECK(weft_rows_sum(grid, row_square, &f) == weft_view_dot(grid->comm, &f, &f));
    int64_t calls = weft_memory_calls();
    weft_rows_sums(grid, 3, row_kernel, &context, r->rows);
    weft_view_moments(grid->comm, &f, weft_grid_sites(grid), r->moments);
    CHECK(weft_view_variance(grid->comm, &f, weft_grid_sites(grid)) == r->moments[1]);
    r->max = weft_view_max(grid->comm, &g);
    r->min = weft_view_min(grid->comm, &g);
    int64_t site[3];
    for (int i = 0; i < 3; i++)
        site[i] = 2 * grid->n[i] / 3;
    r->at = weft_view_at(grid, &f, site);
    weft_view_histogram(grid->comm, &f, -2.0, 2.0, 10, r->histogram);
    weft_view_gather(grid, &g, whole);
    CHECK(weft_memory_calls() == calls);
    CHECK(r->rows[2] == (double)weft_grid_sites(grid));
    weft_free(a);
    weft_free(b);
}

static void compare(int dim, const int64_t *n, weft_layout layout, int ghost)
{
    double length[3] = {1, 1, 1};
    weft_boundary periodic[3] = {WEFT_PERIODIC, WEFT_PERIODIC, WEFT_PERIODIC};
    weft_grid *all, *one;
    CHECK(weft_grid_create(MPI_COMM_WORLD, dim, n, length, periodic, layout, &all) == WEFT_OK);
    CHECK(weft_grid_create(MPI_COMM_SELF, dim, n, length, periodic, layout, &one) == WEFT_OK);
    size_t sites = (size_t)weft_grid_sites(all);
    double *whole[2] = {weft_alloc(sites, sizeof(double)), weft_alloc(sites, sizeof(double))};
    results r[2];
    memset(r, 0, sizeof r);
    measure(all, ghost, &r[0], whole[0]);
    measure(one, ghost, &r[1], whole[1]);
    CHECK(memcmp(&r[0], &r[1], sizeof r[0]) == 0);
    CHECK(memcmp(whole[0], whole[1], sites * sizeof(double)) == 0);

    /* plain loops, to rounding */
    double *a = weft_alloc(sites, sizeof *a), sum = 0, m[3] = {0}, high = -INFINITY;
    int64_t count[10] = {0};
    weft_noise_fill(&noise, 0, 0, WEFT_LAW_NORMAL, one, 0, a);
    weft_noise_add(&noise, 2, 7, 1e-9, one, 0, a);
    for (size_t i = 0; i < sites; i++)
        sum += a[i];
    for (size_t i = 0; i < sites; i++) {
        double d = a[i] - sum / (double)sites, b = (a[i] + 2.0) * 2.5;
        m[0] += d * d, m[1] += d * d * d, m[2] += d * d * d * d;
        count[b < 0 ? 0 : b >= 10 ? 9 : (int)b]++;
        high = fmax(high, whole[0][i]);
    }
    CHECK_NEAR(r[0].sum, sum, 1e-9);
    CHECK_NEAR(r[0].moments[0], sum / (double)sites, 1e-12);
    for (int p = 0; p < 3; p++)
        CHECK_NEAR(r[0].moments[p + 1], m[p] / (double)sites, 1e-11);
    CHECK(r[0].max == high && r[0].min < 0.0);
    CHECK(r[0].at ==
          a[((size_t)(2 * all->n[0] / 3 * all->n[1] + 2 * all->n[1] / 3)) * (size_t)all->n[2] +
            (size_t)(2 * all->n[2] / 3)]);
    CHECK(memcmp(count, r[0].histogram, sizeof count) == 0);

    /* nan is not lost */
    weft_view v = view_of(one, 0, a);
    a[sites - 1] = NAN;
    CHECK(isnan(weft_view_max(MPI_COMM_SELF, &v)) && isnan(weft_view_min(MPI_COMM_SELF, &v)));
    CHECK(isnan(weft_view_sum(MPI_COMM_SELF, &v)));
    CHECK(weft_view_histogram(MPI_COMM_SELF, &v, -2.0, 2.0, 10, count) == 1);
    int64_t counted = 0;
    for (int b = 0; b < 10; b++)
        counted += count[b];
    CHECK(counted == (int64_t)sites - 1);

    weft_free(a);
    weft_free(whole[0]);
    weft_free(whole[1]);
    weft_grid_free(all);
    weft_grid_free(one);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    compare(1, (int64_t[]){1001}, WEFT_BLOCKS, 0);
    compare(1, (int64_t[]){5000}, WEFT_BLOCKS, 2);
    compare(2, (int64_t[]){37, 130}, WEFT_BLOCKS, 1);
    compare(2, (int64_t[]){36, 64}, WEFT_SLAB, 0);
    compare(3, (int64_t[]){9, 10, 67}, WEFT_BLOCKS, 1);
    compare(3, (int64_t[]){12, 5, 20}, WEFT_SLAB, 3);
    CHECK(weft_memory_blocks() == 0);
    return check_end();
}

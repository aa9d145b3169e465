/* Oscillators on a grid: order, winding, frequencies, clusters. Observables that look along
 * links or lines of oscillators.
 *
 * The frequency of an oscillator at a record is its mean since the record before: the
 * difference of its phase over the time between (the window). A link is locked if its two
 * frequencies differ by so little that it has not turned by pi in the window; a cluster is
 * a connected set of sites by locked links.
 *
 * Invariants. (1) Frequencies are updated once a record, whichever observables ask for them
 * and in whatever order. (2) Sums over sites are exact or whole numbers; what needs the
 * whole line (unfolding, clusters) is gathered, and computed by every rank in the same
 * order. So values do not depend on the number of ranks. */
#include "phases.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>
#include <string.h>

static const double turn = 2.0 * M_PI;

/* Does it apply? Slips are taken out link after link along a line. */
weft_status phases_line_check(weft_sim *sim, double argument)
{
    (void)argument;
    const phases_data *phases = sim->phases;
    if (sim->grid->dim != 1 || !phases->links)
        return weft_fail(WEFT_INPUT,
                         "width2_folded takes slips out link after link along a line; it "
                         "needs a ring or chain of one axis");
    return WEFT_OK;
}

/* Without a periodic axis phases at the ends are free, and a number of turns is not conserved. */
weft_status phases_ring_check(weft_sim *sim, double argument)
{
    (void)argument;
    const phases_data *phases = sim->phases;
    if (!phases->links || sim->grid->boundary[2] != WEFT_PERIODIC)
        return weft_fail(WEFT_INPUT, "a winding number needs a periodic x axis (a ring)");
    return WEFT_OK;
}

/* ---- order parameter ---- */

/* For weft_rows_sums: cosines, then sines, of a row. weft_sincos gives the same bits on all
 * machines. */
static void cosine_and_sine(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const double *phase = weft_row(context, z, y);
    double *restrict c = out, *restrict s = out + n;
    for (int64_t i = 0; i < n; i++)
        weft_sincos(phase[i], &s[i], &c[i]);
}

/* The kernel takes a view that it may not change, through a pointer that is not const. */
void phases_sums(const weft_grid *grid, const weft_view *phase, double sums[2])
{
    weft_view view = *phase;
    weft_rows_sums(grid, 2, cosine_and_sine, &view, sums);
}

/* The Kuramoto order parameter r = |sum of exp(i phase)|/N. */
weft_status phases_order(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    phases_data *phases = sim->phases;
    front_follow(sim);
    weft_view view = weft_field_view(sim->state, &sim->state->field[phases->front.field], 0, NULL);
    double sums[2];
    phases_sums(sim->grid, &view, sums);
    *out = sqrt(sums[0] * sums[0] + sums[1] * sums[1]) / (double)weft_grid_sites(sim->grid);
    return WEFT_OK;
}

/* ---- winding, folded front ---- */

/* Around a ring the unwrapped differences sum to zero, so that what folding takes off is
 * the winding. phase[n] is a ghost. */
static void folded_turns(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const double *phase = weft_row(context, z, y);
    for (int64_t i = 0; i < n; i++)
        out[i] = -rint((phase[i + 1] - phase[i]) / turn);
}

/* The mean over all rows along x; a whole number on a single ring. */
weft_status phases_winding(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    phases_data *phases = sim->phases;
    front_follow(sim);
    weft_field *field = &sim->state->field[phases->front.field];
    weft_field_exchange(field);
    weft_view view = weft_field_view(sim->state, field, 0, NULL);
    double rows = (double)(weft_grid_sites(sim->grid) / sim->grid->n[2]);
    *out = weft_rows_sum(sim->grid, folded_turns, &view) / rows;
    return WEFT_OK;
}

/* The line is put together again from differences folded to (-pi, pi], so that slips are
 * gone; differences first, since only their sum has to wait for the one before. On a ring what is
 * left after one round is the winding, a mean slope, which is taken off like that of a tilted
 * front. */
weft_status phases_width2_folded(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    const weft_grid *grid = sim->grid;
    const int64_t n = grid->n[2];
    phases_data *phases = sim->phases;
    front_follow(sim);
    double *line = front_scratch(sim->front, 2 * n), *mine = line + grid->start[2];
    double *restrict step = line + n;
    weft_view view = weft_field_view(sim->state, &sim->state->field[phases->front.field], 0, NULL);
    weft_view_gather(grid, &view, line);
    const double first = line[0], last = line[n - 1];
    double height = first;
    for (int64_t x = 1; x < n; x++) {
        const double d = line[x] - line[x - 1];
        step[x] = d - turn * rint(d / turn);
    }
    for (int64_t x = 1; x < n; x++)
        line[x] = height += step[x];
    double closing = first - last, tilt = 0.0;
    if (grid->boundary[2] == WEFT_PERIODIC) /* the winding is a mean slope */
        tilt = (height + closing - turn * rint(closing / turn) - first) / (double)n;
    for (int64_t x = 0; x < n; x++)
        line[x] -= tilt * (double)x;
    weft_view flat = {.data = mine,
                      .local = {1, 1, grid->local[2]},
                      .stride = {grid->local[2], grid->local[2], 1}};
    *out = weft_view_variance(grid->comm, &flat, n);
    return WEFT_OK;
}

/* ---- frequencies ---- */

/* Once a record: the mean frequency since the previous one. `marked` then holds the phases
 * of now. At the first record there is no window, and frequencies are nan. */
void phases_update_frequency(weft_sim *sim)
{
    phases_data *phases = sim->phases;
    const weft_grid *grid = sim->grid;
    if (sim->time == phases->frequency_at)
        return;
    front_follow(sim);
    const double window = phases->frequency_at < 0.0 ? 0.0 : sim->time - phases->frequency_at;
    weft_field *marked = &sim->state->field[phases->marked];
    weft_field *frequency = &sim->state->field[phases->frequency];
    weft_view phase = weft_field_view(sim->state, &sim->state->field[phases->front.field], 0, NULL);
    weft_view old = weft_field_view(sim->state, marked, 0, NULL);
    weft_view out = weft_field_view(sim->state, frequency, 0, NULL);
    WEFT_FOR_ROWS(grid, z, y) {
        const double *now = weft_row(&phase, z, y);
        double *before = (double *)weft_row(&old, z, y), *f = (double *)weft_row(&out, z, y);
        for (int64_t x = 0; x < grid->local[2]; x++) {
            f[x] = window > 0.0 ? (now[x] - before[x]) / window : NAN;
            before[x] = now[x];
        }
    }
    phases->window = window;
    phases->frequency_at = sim->time;
}

/* Valid until the next update. */
static weft_view frequency_view(weft_sim *sim)
{
    const phases_data *phases = sim->phases;
    return weft_field_view(sim->state, &sim->state->field[phases->frequency], 0, NULL);
}

/* Extremes do not depend on any order. nan at the first record, which has no window. */
weft_status phases_spread(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    phases_update_frequency(sim);
    weft_view view = frequency_view(sim);
    const double spread =
        weft_view_max(sim->grid->comm, &view) - weft_view_min(sim->grid->comm, &view);
    *out = ((const phases_data *)sim->phases)->window > 0.0 ? spread : NAN;
    return WEFT_OK;
}

/* What broken_links needs of a record. */
typedef struct broken {
    const weft_grid *grid;
    const weft_view *frequency;
    double limit; /* a difference of frequencies that turns a link by pi in the window */
} broken;

/* How many of the links that start at a site have turned by pi. Ghosts of the frequency
 * must be exchanged. */
static void broken_links(void *context, int64_t z, int64_t y, int64_t n, double *out)
{
    const broken *b = context;
    const double *f = weft_row(b->frequency, z, y);
    memset(out, 0, (size_t)n * sizeof *out);
    for (int a = 3 - b->grid->dim; a < 3; a++) {
        const double *next = f + b->frequency->stride[a];
        for (int64_t i = 0; i < n; i++)
            out[i] += fabs(next[i] - f[i]) >= b->limit ? 1.0 : 0.0;
    }
}

/* Without links (all to all) any two oscillators are compared: the spread decides. The
 * first record has no window, and says nothing: nan. */
weft_status phases_locked(weft_sim *sim, double argument, double *out)
{
    const phases_data *phases = sim->phases;
    phases_update_frequency(sim);
    if (phases->window <= 0.0) {
        *out = NAN;
        return WEFT_OK;
    }
    broken context = {.grid = sim->grid, .limit = M_PI / phases->window};
    if (!phases->links) {
        double spread;
        WEFT_TRY(phases_spread(sim, argument, &spread));
        *out = spread < context.limit ? 1.0 : 0.0;
        return WEFT_OK;
    }
    weft_field_exchange(&sim->state->field[phases->frequency]);
    weft_view view = frequency_view(sim);
    context.frequency = &view;
    *out = weft_rows_sum(sim->grid, broken_links, &context) == 0.0 ? 1.0 : 0.0;
    return WEFT_OK;
}

/* ---- clusters ---- */

/* Bins of sizes 1, 2-3, 4-7, ...: the number of binary digits of n. */
static int size_bins(int64_t n)
{
    int bins = 0;
    while (n >> bins)
        bins++;
    return bins;
}

/* Powers of two up to the number of sites. */
weft_status phases_clusters_shape(weft_sim *sim, double argument, weft_axis *axes)
{
    (void)argument;
    const int bins = size_bins(weft_grid_sites(sim->grid));
    axes[0] = (weft_axis){.name = "cluster_size",
                          .n = bins,
                          .unit = "",
                          .long_name = "smallest size of the bin",
                          .values = weft_alloc((size_t)bins, sizeof(double))};
    for (int b = 0; b < bins; b++)
        axes[0].values[b] = (double)(INT64_C(1) << b);
    return WEFT_OK;
}

/* Union-find: the root of a site's tree. Each step halves the path, so that later searches
 * are short (R. E. Tarjan, J. ACM 22, 215 (1975)). */
static int64_t root_of(int64_t *parent, int64_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* Join the sites i .. i + n - 1 with j .. j + n - 1 where frequencies differ by less than
 * limit. The smaller root becomes the parent, so that no parent comes after its child,
 * which count_roots needs. */
static void join(const double *f, double limit, int64_t n, int64_t i, int64_t j, int64_t *parent)
{
    for (int64_t x = 0; x < n; x++) {
        if (!(fabs(f[j + x] - f[i + x]) < limit))
            continue;
        int64_t a = root_of(parent, i + x), b = root_of(parent, j + x);
        parent[a > b ? a : b] = a > b ? b : a;
    }
}

/* Runs of joined sites along the rows; the parent of each site is the first of its run. */
static void join_rows(const weft_grid *grid, const double *f, double limit, int64_t *parent)
{
    const int64_t sites = weft_grid_sites(grid), n = grid->n[2];
    for (int64_t row = 0; row < sites; row += n) {
        int64_t first = parent[row] = row;
        for (int64_t i = row + 1; i < row + n; i++)
            parent[i] = first = fabs(f[i] - f[i - 1]) < limit ? first : i;
        if (grid->boundary[2] == WEFT_PERIODIC)
            join(f, limit, 1, row + n - 1, row, parent);
    }
}

/* Rows and planes along the axis z or y: all sites of a plane at once, as they lie behind
 * each other in memory. */
static void join_axis(const weft_grid *grid, int axis, const double *f, double limit,
                      int64_t *parent)
{
    const int64_t sites = weft_grid_sites(grid), n = grid->n[axis];
    const int64_t stride = axis == 1 ? grid->n[2] : grid->n[1] * grid->n[2];
    for (int64_t i = 0; i < sites; i += n * stride) {
        join(f, limit, (n - 1) * stride, i, i + stride, parent);
        if (grid->boundary[axis] == WEFT_PERIODIC)
            join(f, limit, stride, i + (n - 1) * stride, i, parent);
    }
}

/* How many sites have each site as their root. No parent comes after its child, so that one pass
 * finds all roots; sites of one cluster mostly follow each other. */
static void count_roots(int64_t sites, int64_t *parent, int64_t *size)
{
    int64_t last = 0, run = 0;
    memset(size, 0, (size_t)sites * sizeof *size);
    for (int64_t i = 0; i < sites; i++) {
        int64_t root = parent[i] = parent[parent[i]];
        if (root != last) {
            size[last] += run;
            last = root;
            run = 0;
        }
        run++;
    }
    size[last] += run;
}

/* A cluster is a connected set of sites by links that did not turn by pi since the previous
 * record. Every rank does all of it; the memory is three numbers a site. The first
 * record has no window: nan. */
weft_status phases_clusters(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    const phases_data *phases = sim->phases;
    const weft_grid *grid = sim->grid;
    const int64_t sites = weft_grid_sites(grid);
    phases_update_frequency(sim);
    for (int b = 0; b < size_bins(sites); b++)
        out[b] = NAN;
    if (!(phases->window > 0.0))
        return WEFT_OK;
    double *f = front_scratch(sim->front, 3 * sites);
    int64_t *parent = (int64_t *)(f + sites), *size = parent + sites;
    weft_view view = frequency_view(sim);
    weft_view_gather(grid, &view, f);
    const double limit = M_PI / phases->window;
    join_rows(grid, f, limit, parent);
    for (int a = 1; a >= 3 - grid->dim; a--)
        join_axis(grid, a, f, limit, parent);
    count_roots(sites, parent, size);
    memset(out, 0, (size_t)size_bins(sites) * sizeof *out);
    for (int64_t i = 0; i < sites; i++)
        if (size[i] > 0)
            out[size_bins(size[i]) - 1] += 1.0;
    return WEFT_OK;
}

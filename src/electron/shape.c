/* The window around a site: rows along x in a padded box.
 *
 * Invariants. A window is either a ball of sites, or, where the ball would meet itself around the
 * torus along some axis, a box that is whole along those axes and as long as the ball along the
 * others. Only a box that is whole along every axis is the lattice itself: one short axis does not
 * make the other axes whole. The padding (one site, two along a chain with second neighbours) is
 * never part of the window: it is zero where the window ends and the periodic continuation where it
 * is whole, so that the loops over rows need no test of the border. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The largest whole number whose square is not above: sqrt may round to either side. */
static int64_t whole_root(int64_t square)
{
    int64_t r = (int64_t)sqrt((double)square);
    while (r * r > square)
        r--;
    while ((r + 1) * (r + 1) <= square)
        r++;
    return r;
}

/* The next sum of dim squares. */
int64_t el_radius_next(int dim, int64_t radius2)
{
    for (int64_t q = radius2 + 1;; q++)
        for (int64_t z = 0; z * z <= (dim > 2 ? q : 0); z++)
            for (int64_t y = 0; z * z + y * y <= q && (dim > 1 || y == 0); y++) {
                int64_t x = whole_root(q - z * z - y * y);
                if (x * x + y * y + z * z == q)
                    return q;
            }
}

/* Extents, padding and strides. An axis is whole where the ball would meet itself around
 * it; then the window becomes a box. The part of a whole axis below the centre is n/2
 * sites, so that every site is in it once. Axes that the lattice does not have are one site
 * long and have no padding. */
static void lay_out(el_shape *s, const int64_t n[3], int64_t reach)
{
    bool box = s->radius2 < 0;
    for (int a = 3 - s->dim; a < 3; a++)
        box |= s->wrap[a] = s->radius2 < 0 || 2 * reach + 1 >= n[a];
    if (box)
        s->radius2 = -1;
    s->pad = s->dim == 1 && s->next ? 2 : 1;
    for (int a = 0; a < 3; a++) {
        bool used = a >= 3 - s->dim;
        s->low[a] = !used ? 0 : s->wrap[a] ? n[a] / 2 : reach;
        s->high[a] = !used ? 0 : s->wrap[a] ? n[a] - 1 - n[a] / 2 : reach;
        s->n[a] = s->low[a] + s->high[a] + 1 + (used ? 2 * s->pad : 0);
    }
    s->stride[2] = 1;
    s->stride[1] = s->n[2];
    s->stride[0] = s->n[2] * s->n[1];
    s->size = s->stride[0] * s->n[0];
    for (int a = 3 - s->dim; a < 3; a++)
        s->centre += (s->pad + s->low[a]) * s->stride[a];
}

static int64_t least(int64_t d)
{
    return d < 0 ? -d : d;
}

/* The row at (z, y): in a ball it is shorter. */
static void add_row(el_shape *s, int64_t ball, int64_t z, int64_t y)
{
    int64_t low = s->low[2], high = s->high[2];
    if (s->radius2 >= 0) {
        int64_t rest = ball - z * z - y * y;
        if (rest < 0)
            return;
        low = high = whole_root(rest);
    }
    /* Along the diagonal of a plaquette one hop crosses two rows. */
    int64_t far = s->next && s->dim == 3 ? (least(z) + least(y) + 1) / 2 : least(z) + least(y);
    s->row[s->n_rows++] = (el_row){
        .at = s->centre + z * s->stride[0] + y * s->stride[1] - low,
        .n = low + high + 1,
        .d = {z, y, -low},
        .far = far,
    };
    s->sites += low + high + 1;
}

/* There are at most as many rows as the box has. */
void el_shape_make(int dim, const int64_t n[3], int64_t radius2, bool next, el_shape *s)
{
    *s = (el_shape){.dim = dim, .next = next, .radius2 = radius2};
    lay_out(s, n, radius2 < 0 ? 0 : whole_root(radius2));
    s->row = weft_alloc((size_t)((s->low[0] + s->high[0] + 1) * (s->low[1] + s->high[1] + 1)),
                        sizeof *s->row);
    for (int64_t z = -s->low[0]; z <= s->high[0]; z++)
        for (int64_t y = -s->low[1]; y <= s->high[1]; y++)
            add_row(s, radius2, z, y);
}

/* Whole along every axis, not along some. */
bool el_shape_whole(const el_shape *s)
{
    bool all = true;
    for (int a = 3 - s->dim; a < 3; a++)
        all &= s->wrap[a];
    return all;
}

/* Is the site at a displacement from the centre in the window? */
static bool inside(const el_shape *s, const int64_t d[3])
{
    int64_t square = 0;
    for (int a = 0; a < 3; a++) {
        if (!s->wrap[a] && (d[a] < -s->low[a] || d[a] > s->high[a]))
            return false;
        square += d[a] * d[a];
    }
    return s->radius2 < 0 || square <= s->radius2;
}

/* How many nearest (first) and second neighbours of a site the window's border cuts off. */
static void count_cut(const el_shape *s, const int64_t site[3], int *first, int *second)
{
    *first = *second = 0;
    for (int a = 3 - s->dim; a < 3; a++)
        for (int step = -1; step < 2; step += 2) {
            int64_t d[3] = {site[0], site[1], site[2]};
            d[a] += step;
            *first += !inside(s, d);
            d[a] += step;
            *second += s->dim == 1 && !inside(s, d);
            d[a] -= step;
            for (int b = a + 1; b < 3; b++)
                for (int other = -1; other < 2; other += 2) {
                    d[b] = site[b] + other;
                    *second += !inside(s, d);
                    d[b] = site[b];
                }
        }
}

/* A cut neighbour is replaced by the site itself: the hopping to it becomes a shift of the
 * site's energy. */
void el_shape_mirror(const el_shape *s, double t, double t2, double *shift)
{
    for (int64_t k = 0; k < s->n_rows; k++)
        for (int64_t x = 0; x < s->row[k].n; x++) {
            const int64_t *d = s->row[k].d, site[3] = {d[0], d[1], d[2] + x};
            int first, second;
            count_cut(s, site, &first, &second);
            *shift++ = -t * first - t2 * second;
        }
}

void el_shape_free(el_shape *s)
{
    weft_free(s->row);
    *s = (el_shape){0};
}

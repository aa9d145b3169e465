/* The coupling of the phase oscillators: the rate of each phase,
 *
 *     dphi_i/dt = omega_i + sum over the neighbours j of Gamma(phi_j - phi_i),
 *
 * with Gamma(d) = odd(d) + even(d), where odd(d) = sum_n a_n sin(n d), even(d) = sum_n b_n (cos(n
 * d) - 1), and a_1 = K cos(delta), b_1 = K sin(delta) (H. Sakaguchi, Y. Kuramoto, Prog. Theor.
 * Phys. 76, 576 (1986)).
 *
 * A link is a pair of neighbours. Each link is computed once and gives two numbers: Gamma(d) for
 * the site at its start and Gamma(-d) = even(d) - odd(d) for the site at its end, which costs one
 * sine and one cosine in place of two of each. A link between two ranks is computed by both of
 * them.
 *
 * Invariants. (1) Both ranks find the same bits for such a link: the arguments are the same two
 * doubles, and the kernel does the same operations for every site, without a sum that would depend
 * on its place in a row. Hence rates are equal to the bit on any number of ranks. (2) The
 * contributions to a site are added in one order, x (forward + back), then y backward and forward,
 * then z, wherever the cut between ranks falls; that is why links across begin one layer before
 * the local part. (3) With odd coupling (b = 0) the rates of the two ends of a link sum to exactly
 * zero, so that the mean frequency is conserved but for the rounding of the sums. (4) One ghost
 * layer is enough, and corners are never read.
 *
 * Sine and cosine are weft_sincos, since the bits of libm's depend on the processor. */
#include "kuramoto.h"
#include "weft/vmath.h"

/* Sites of a row whose links are computed at one go: small enough for the first cache, long enough
 * to fill vector registers. */
enum { PART = 512 };

/* Gamma of n links: forward[i] = Gamma(d), back[i] = Gamma(-d), d = next[i] - here[i]. */
static void links_sine(double odd, double even, int64_t n, const double *restrict here,
                       const double *restrict next, double *restrict forward, double *restrict back)
{
    for (int64_t i = 0; i < n; i++) {
        double s, c;
        weft_sincos(next[i] - here[i], &s, &c);
        double a = odd * s, b = even * (c - 1.0);
        forward[i] = b + a;
        back[i] = b - a;
    }
}

/* The same with harmonics: sin(n d) and cos(n d) from those of (n-1) d by a rotation through d. Its
 * rounding grows as n, and n is at most 8. A loop over harmonics inside the one over sites is not
 * vectorised over sites; links_sine exists because the plain sine is by far the most frequent case.
 */
static void links_series(const kuramoto_data *m, int64_t n, const double *restrict here,
                         const double *restrict next, double *restrict forward,
                         double *restrict back)
{
    for (int64_t i = 0; i < n; i++) {
        double s, c;
        weft_sincos(next[i] - here[i], &s, &c);
        double sn = s, cn = c, a = m->odd[1] * s, b = m->even[1] * (c - 1.0);
        for (int j = 2; j <= m->harmonics; j++) {
            double rotated = sn * c + cn * s;
            cn = cn * c - sn * s;
            sn = rotated;
            a += m->odd[j] * sn;
            b += m->even[j] * (cn - 1.0);
        }
        forward[i] = b + a;
        back[i] = b - a;
    }
}

/* Forward and back of n links, by the kernel that is cheapest for this coupling. */
static void links(const kuramoto_data *m, int64_t n, const double *here, const double *next,
                  double *forward, double *back)
{
    if (m->harmonics == 1)
        links_sine(m->odd[1], m->even[1], n, here, next, forward, back);
    else
        links_series(m, n, here, next, forward, back);
}

/* du = omega + the links along x of one row of n sites; the row has a ghost at either end. The link
 * before the first site is computed alone and only its back value is kept; from then on back[0]
 * carries the last link of a part over to the next part, so that every link is computed once. */
static void row_x(const kuramoto_data *m, int64_t n, const double *phase,
                  const double *restrict omega, double *restrict du)
{
    double forward[PART] __attribute__((aligned(64))), back[PART + 1] __attribute__((aligned(64)));
    double unused;
    links(m, 1, phase - 1, phase, &unused, &back[0]);
    for (int64_t x = 0; x < n; x += PART) {
        int64_t length = n - x < PART ? n - x : PART;
        links(m, length, phase + x, phase + x + 1, forward, back + 1);
        for (int64_t i = 0; i < length; i++)
            du[x + i] = omega[x + i] + (forward[i] + back[i]);
        back[0] = back[length];
    }
}

static void add(int64_t n, const double *restrict from, double *restrict to)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += from[i];
}

/* The arrays of one evaluation, by their first owned sites, and their strides. */
typedef struct arrays {
    const kuramoto_data *m;
    const weft_grid *grid;
    const double *phase, *omega;
    double *du;
    const int64_t *phase_stride, *omega_stride, *du_stride;
} arrays;

/* Add the links from row (z, y) to the next one along axis (0 z, 1 y), in parts that stay in cache.
 * A row on a ghost layer takes nothing: at the low end the first row, at the high end the second.
 */
static void links_across(const arrays *s, int axis, int64_t z, int64_t y)
{
    double forward[PART] __attribute__((aligned(64))), back[PART] __attribute__((aligned(64)));
    const int64_t n = s->grid->local[2], layer = axis == 0 ? z : y;
    const double *here = s->phase + z * s->phase_stride[0] + y * s->phase_stride[1];
    double *to = s->du + z * s->du_stride[0] + y * s->du_stride[1];
    for (int64_t x = 0; x < n; x += PART) {
        const int64_t length = n - x < PART ? n - x : PART;
        links(s->m, length, here + x, here + x + s->phase_stride[axis], forward, back);
        if (layer >= 0)
            add(length, forward, to + x);
        if (layer + 1 < s->grid->local[axis])
            add(length, back, to + x + s->du_stride[axis]);
    }
}

/* The rates of the sites of one z, but for links along z: row y + 1 is set just before the links
 * from row y are added to it, while its phases and rates are in cache. The order for a site is:
 * links along x, the link from below, the link upward. */
static void plane(const arrays *s, int64_t z)
{
    const int dim = s->grid->dim;
    for (int64_t y = -1; y < s->grid->local[1]; y++) {
        if (y + 1 < s->grid->local[1])
            row_x(s->m, s->grid->local[2],
                  s->phase + z * s->phase_stride[0] + (y + 1) * s->phase_stride[1],
                  s->omega + z * s->omega_stride[0] + (y + 1) * s->omega_stride[1],
                  s->du + z * s->du_stride[0] + (y + 1) * s->du_stride[1]);
        if (dim > 1)
            links_across(s, 1, z, y);
    }
}

/* Rates on a grid, in one pass over memory: in three dimensions plane z + 1 is set just before the
 * links from plane z are added to it. */
static void lattice(weft_sim *sim, weft_field *phase, weft_field *du)
{
    const weft_grid *grid = sim->grid;
    weft_field *omega = &sim->state->field[WEFT_OMEGA];
    const arrays s = {.m = sim->data,
                      .grid = grid,
                      .phase = weft_field_data(phase, 0) + phase->extent.origin,
                      .omega = weft_field_data(omega, 0) + omega->extent.origin,
                      .du = weft_field_data(du, 0) + du->extent.origin,
                      .phase_stride = phase->extent.stride,
                      .omega_stride = omega->extent.stride,
                      .du_stride = du->extent.stride};
    weft_field_exchange(phase);
    if (grid->dim < 3) {
        plane(&s, 0);
        return;
    }
    for (int64_t z = -1; z < grid->local[0]; z++) {
        if (z + 1 < grid->local[0])
            plane(&s, z + 1);
        for (int64_t y = 0; y < grid->local[1]; y++)
            links_across(&s, 0, z, y);
    }
}

/* ---- all to all: (K/N) sum_j [sin(phi_j - phi_i + delta) - sin delta] through the mean field ----
 */

/* All to all: the sum over all sites is taken through the mean field. With C = sum cos(phi_j) and S
 * = sum sin(phi_j), which phases_sums adds up exactly (so independent of the ranks),
 *
 *     (K/N) sum_j sin(phi_j + delta - phi_i) = A cos(phi_i) - B sin(phi_i).
 *
 * The cost is N and not N^2. Collective through phases_sums; no ghosts are read. */
static void all_to_all(weft_sim *sim, weft_state *u, weft_field *phase, weft_field *du)
{
    const kuramoto_data *m = sim->data;
    weft_view rate = weft_field_view(sim->state, du, 0, NULL);
    weft_view omega = weft_field_view(sim->state, &sim->state->field[WEFT_OMEGA], 0, NULL);
    weft_view field = weft_field_view(u, phase, 0, NULL);
    double mean[2], s, c;
    phases_sums(sim->grid, &field, mean);
    /* (K/N) sum sin(phi_j + delta - phi_i) = A cos(phi_i) - B sin(phi_i) */
    const double strength = m->p->coupling / (double)weft_grid_sites(sim->grid);
    weft_sincos(m->p->phase_lag, &s, &c);
    const double a = strength * (mean[1] * c + mean[0] * s);
    const double b = strength * (mean[0] * c - mean[1] * s), constant = m->p->coupling * s;
    WEFT_FOR_ROWS(sim->grid, z, y) {
        const double *p = weft_row(&field, z, y), *w = weft_row(&omega, z, y);
        double *restrict f = (double *)weft_row(&rate, z, y);
        for (int64_t i = 0; i < sim->grid->local[2]; i++) {
            double si, ci;
            weft_sincos(p[i], &si, &ci);
            f[i] = w[i] + (a * ci - b * si) - constant;
        }
    }
}

/* The family rhs. The branch is a parameter of the run and thus the same on all ranks; both sides
 * are collective. */
weft_status kuramoto_rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    (void)t;
    const kuramoto_data *m = sim->data;
    if (m->all_to_all)
        all_to_all(sim, u, &u->field[WEFT_PHASE], &du->field[WEFT_PHASE]);
    else
        lattice(sim, &u->field[WEFT_PHASE], &du->field[WEFT_PHASE]);
    return WEFT_OK;
}

/* nu = Gamma'(0) = sum_n n a_n; the even part has no slope at zero. */
double kuramoto_nu(const kuramoto_data *m)
{
    double nu = 0.0;
    for (int n = 1; n <= m->harmonics; n++)
        nu += n * m->odd[n];
    return nu;
}

/* The learned force: the ball of 13 sites with its outer neighbours, whose poles carry trained
 * numbers. The kernel is that of rational windows (rational.h); this file says which numbers it
 * gets and whether the result may be used.
 *
 * With z = i y, u = 1/(z - v), n_k the neighbours of a site, d_k the corners between n_k and n_k+1,
 * a_k the sites two steps along the axes, S the sum of u over the neighbours of a site, and the
 * factors c of a pole:
 *
 *   d_k = 1/(z - v - c_outer (S - u(n_k) - u(n_k+1))),   a_k = 1/(z - v - c_outer (S - u(n_k))),
 *   A_kk = z - v(n_k) - c_axial a_k - c_corner (d_k + d_k-1),   A_k,k+1 = -c_ring d_k,
 *   n - 1/2 = sum over poles of w Re 1/(z - v - c_centre 1^T A^-1 1).
 *
 * Invariants. With factors >= 0 and |c_ring| <= c_corner the imaginary part of A is at least y:
 * that of d_k is negative, and ((c_corner, c_ring), (c_ring, c_corner)) has no negative eigenvalue.
 * So no denominator vanishes, |G| <= 1/y, and n is bounded whatever the state; weft_learned_flaw
 * refuses other numbers. The symmetries of the square and n(-v) = 1 - n(v) hold for any numbers. */
#include "internal.h"
#include <math.h>

/* The conditions under which the head of this file proves that the density is bounded, and no
 * others: numbers may be as large as a training makes them. */
const char *weft_learned_flaw(const weft_learned *l)
{
    if (l->poles < (l->depth == 0) || l->poles > WEFT_LEARNED_POLES)
        return "the number of poles is not 1 to 12";
    for (int64_t i = 0; i < l->weights; i++)
        if (!isfinite(l->weight[i]))
            return "a weight of the network is not finite";
    for (int i = 0; i < WEFT_LEARNED_SCALES && l->depth > 0; i++)
        if (!(l->scale[i] > 0 && isfinite(l->scale[i])))
            return "a scale of the network is not positive";
    for (int p = 0; p < l->poles; p++) {
        const double *x = l->number[p], *c = x + 2;
        for (int j = 0; j < WEFT_LEARNED_NUMBERS; j++)
            if (!isfinite(x[j]) || (j < 6 && x[j] < 0))
                return "a number is negative or not finite";
        if (x[0] == 0)
            return "a pole lies on the real axis";
        if (fabs(c[EL_RING]) > c[EL_CORNER])
            return "the factor of a bond is larger than that of its corner, so that the density "
                   "would not be bounded";
    }
    return NULL;
}

/* An error cannot be measured with a reference that errs as much. */
double el_resolution(const weft_electron *e)
{
    const weft_electron_options *o = &e->own->options;
    return o->solver == WEFT_ELECTRON_LEARNED
               ? fmax(fmin(o->tolerance, 0.3 * o->learned->error), 1e-5)
               : o->tolerance;
}

/* Numbers are kept in units of the temperature, so that the poles next to the real axis, which make
 * the step, follow it where it differs from that of the training. */
void el_learned_poles(const weft_electron *e, double temperature, el_poles *out)
{
    const weft_learned *l = e->own->options.learned;
    const double unit = fabs(e->own->options.hopping);
    out->trained = true;
    out->even = false;
    out->count = l->poles;
    for (int p = 0; p < l->poles; p++) {
        out->y[p] = l->number[p][0] * temperature / unit;
        out->w[p] = l->number[p][1] * temperature / unit;
        for (int j = 0; j < EL_COUPLINGS; j++)
            out->c[p][j] = l->number[p][2 + j];
    }
}

/* Others of the list are exact: they choose samples where the error is measured. */
bool el_learned_window(const weft_electron *e, const el_window *w)
{
    return e->own->options.solver == WEFT_ELECTRON_LEARNED && w->kind == EL_BALL_EMBEDDED;
}

/* The list of windows holds only those that fit the lattice. */
bool el_learned_make(weft_electron *e)
{
    el_private *p = e->own;
    for (int i = 0; i < p->windows; i++)
        if (el_learned_window(e, &p->window[i])) {
            p->chosen = i;
            if (p->options.learned->depth > p->window[i].reach) /* the halo is that of both */
                p->window[i].reach = p->options.learned->depth;
        }
    return p->chosen >= 0;
}

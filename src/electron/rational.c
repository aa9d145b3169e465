/* Rational windows: which there are, what they cost, how many poles they need, and what they give
 * at samples.
 *
 * Invariant. A window must not meet itself around the torus (its reach, outer sites included, is
 * less than half of every axis), since its sites are taken to be different ones. Energies are in
 * units of |t|. */
#include "calibrate.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* ---- the windows, from the cheapest to the dearest ---- */

/* A window that is tried: its squared radius, and whether outer sites are folded in. */
typedef struct candidate {
    int64_t radius2;
    bool embed;
} candidate;

/* Squared radii of the windows that are tried, and whether the outer neighbours are folded
 * in; `crossed` is the square lattice with second neighbours. From the cheapest to the
 * dearest: indicate.c compares the second with the third. */
static const candidate chain[] = {{1, true},  {4, true},   {9, true},   {16, true},  {36, true},
                                  {64, true}, {144, true}, {256, true}, {576, true}, {1024, true}};
static const candidate square[] = {{1, false}, {4, false}, {4, true}, {5, true},
                                   {8, true},  {10, true}, {16, true}};
static const candidate crossed[] = {{1, true}, {2, true}, {4, true}, {5, true}, {8, true}};
static const candidate cubic[] = {{1, false}, {1, true}, {2, true},
                                  {3, true},  {4, true}, {5, true}};

/* The square lattice's smallest windows have formulas of their own (rational.h), several
 * times as fast as a program. */
static bool closed_form(const weft_electron *e, const candidate *c, int *kind)
{
    *kind = c->radius2 == 1 ? EL_STAR : c->embed ? EL_BALL_EMBEDDED : EL_BALL;
    return e->grid->dim == 2 && e->own->options.next_hopping == 0 && c->radius2 <= 4;
}

/* Hopping is counted in units of |t|. On bipartite lattices the sign of t does not matter,
 * but it does with second neighbours. */
static void make_window(const weft_electron *e, const candidate *c, el_window *w)
{
    const weft_electron_options *o = &e->own->options;
    double unit = fabs(o->hopping);
    w->radius2 = c->radius2;
    w->embed = c->embed;
    el_program_make(e->grid->dim, c->radius2, o->next_hopping != 0, c->embed, &w->program);
    w->program.first = o->hopping < 0 ? -1 : 1;
    w->program.next = o->next_hopping / unit;
    w->program.next2 = w->program.next * w->program.next;
    if (!closed_form(e, c, &w->kind))
        w->kind = EL_PROGRAM;
    w->cost = el_window_cost(e, w);
}

/* A window must not meet itself. Closed forms read a border of three sites whatever their
 * own reach is. */
void el_rational_make(weft_electron *e)
{
    el_private *p = e->own;
    const weft_electron_options *o = &p->options;
    static const struct {
        const candidate *list;
        int count;
    } all[] = {{chain, 10}, {square, 7}, {cubic, 6}, {crossed, 5}};
    int which = e->grid->dim == 2 && o->next_hopping != 0 ? 3 : e->grid->dim - 1;
    if (o->hopping == 0)
        return;
    for (int i = 0; i < all[which].count; i++) {
        const candidate *c = &all[which].list[i];
        el_window *w = &p->window[p->windows];
        if (o->radius > 0 && fabs((double)c->radius2 - o->radius * o->radius) > 0.01)
            continue;
        make_window(e, c, w);
        int64_t reach = w->kind == EL_PROGRAM ? w->program.reach : 3;
        bool fits = true;
        for (int a = 3 - e->grid->dim; a < 3; a++)
            fits &= e->grid->n[a] > 2 * w->program.reach;
        w->reach = reach;
        if (fits)
            p->windows++;
        else
            el_program_free(&w->program);
    }
}

void el_rational_free(el_private *p)
{
    for (int i = 0; i < p->windows; i++)
        el_program_free(&p->window[i].program);
    el_poles_free(&p->poles);
    weft_free(p->plane);
}

/* ---- poles ---- */

/* Gershgorin's bound: the potential's distance from mu, and all hopping amplitudes of a
 * site. */
double el_rational_bound(const weft_electron *e, const weft_electron_mark *mark)
{
    const weft_electron_options *o = &e->own->options;
    int dim = e->grid->dim;
    double z2 = dim == 1 ? 2 : dim == 2 ? 4 : 12;
    return fmax(fabs(mark->low - e->mu), fabs(mark->high - e->mu)) + 2 * dim * fabs(o->hopping) +
           z2 * fabs(o->next_hopping);
}

/* The fewest poles whose error leaves most of the tolerance to the window, in units of |t|; the
 * grand potential's error is in units of |t|, too. */
bool el_rational_poles(weft_electron *e, bool even, double temperature, double bound, el_poles *out)
{
    el_private *p = e->own;
    double unit = fabs(p->options.hopping), best = INFINITY;
    double wanted = 0.25 * p->options.tolerance * (even ? unit / temperature : 1);
    for (int count = 4; count <= (even ? EL_POLES_MAX : EL_ODD_POLES_MAX) && best > wanted;
         count += 2) {
        const el_poles *poles = el_poles_get(&p->poles, even, count, bound / temperature);
        if (poles->error < best) {
            best = poles->error;
            *out = *poles;
        }
    }
    for (int k = 0; k < out->count; k++) {
        out->y[k] *= temperature / unit;
        out->w[k] *= even ? 1 : temperature / unit;
    }
    return best <= wanted;
}

/* ---- at the samples ---- */

/* V in units of |t| around EL_DOUBLE samples from number k on, for the program. */
static void sample_values(const weft_electron *e, const el_samples *s, const el_window *w, int k,
                          double shift, double *v)
{
    double unit = 1 / fabs(e->own->options.hopping);
    for (int i = 0; i < w->program.sites; i++)
        for (int l = 0; l < EL_DOUBLE; l++) {
            const int64_t *d = w->program.d[i];
            const double *at = s->v + (k + l) * s->size + s->centre;
            v[i * EL_DOUBLE + l] =
                (at[d[0] * s->stride[0] + d[1] * s->stride[1] + d[2]] - e->mu - shift) * unit;
        }
}

/* n - 1/2 at mu + shift, or Omega, in double precision. Every rank does all of them. */
static void sample_sum(const weft_electron *e, const el_samples *s, const el_window *w,
                       const el_poles *poles, double shift, double out[EL_SAMPLES])
{
    int64_t size = 2 * el_program_room(&w->program) + 4;
    double *work = weft_alloc((size_t)(size * EL_DOUBLE), sizeof *work);
    double *v = weft_alloc((size_t)(w->program.sites * EL_DOUBLE), sizeof *v);
    for (int k = 0; k < EL_SAMPLES; k += EL_DOUBLE) {
        sample_values(e, s, w, k, shift, v);
        el_program_run_f64(&w->program, poles, v, work, out + k);
    }
    weft_free(v);
    weft_free(work);
}

/* As a difference of densities at mu + 3T and mu - 3T; these need poles that reach 3T
 * farther. */
void el_rational_family(weft_electron *e, const el_samples *s, const el_window *w,
                        double temperature, double bound, el_family out)
{
    el_poles odd, even;
    double up[EL_SAMPLES], down[EL_SAMPLES], near = EL_NEAR * temperature;
    el_rational_poles(e, false, temperature, bound + near, &odd);
    el_rational_poles(e, true, temperature, bound, &even);
    sample_sum(e, s, w, &odd, 0, out[0]);
    sample_sum(e, s, w, &odd, near, up);
    sample_sum(e, s, w, &odd, -near, down);
    sample_sum(e, s, w, &even, 0, out[3]);
    for (int k = 0; k < EL_SAMPLES; k++) {
        out[1][k] = 0.5 * (up[k] + down[k]);
        out[2][k] = 0.5 * (up[k] - down[k]);
        out[3][k] = -temperature * (log(2) + out[3][k]);
    }
}

/* Functions of H at the sample sites, in windows of any shape, with a hard wall or a mirror as the
 * window's border.
 *
 * Invariants. The potential around the samples is collected on every rank, groups of sixteen
 * samples are shared out over the ranks, and results are added to zeros: the numbers do not depend
 * on the number of ranks. The spectral bound of mirrored windows is Gershgorin's, since the tighter
 * one of (H - mu)^2 does not hold when a site is its own neighbour. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

static const el_function family_list[EL_MEMBERS] = {EL_DENSITY, EL_NEAR_ODD, EL_NEAR_EVEN,
                                                    EL_OMEGA};

/* V at a global site: from the gathered lattice, else from the owned part, else 0. */
static double value_at(const weft_electron *e, const double *owned, const int64_t site[3])
{
    const weft_grid *g = e->grid;
    int64_t i = 0;
    for (int a = 0; a < 3; a++) {
        int64_t x = site[a] - g->start[a];
        if (x < 0 || x >= g->local[a])
            return 0;
        i = i * g->local[a] + x;
    }
    return owned[i];
}

/* 0 where another rank owns the site: the sum over ranks is then the value. */
static double potential_at(const weft_electron *e, const int64_t site[3])
{
    const int64_t *n = e->grid->n;
    if (e->own->whole)
        return e->own->whole[(site[0] * n[1] + site[1]) * n[2] + site[2]];
    return value_at(e, e->potential, site);
}

/* Each site has one owner, others add 0. */
void el_samples_values(const weft_electron *e, const el_samples *s, const double *owned,
                       double *out)
{
    for (int k = 0; k < EL_SAMPLES; k++)
        out[k] = value_at(e, owned, s->site[k]);
    MPI_Allreduce(MPI_IN_PLACE, out, EL_SAMPLES, MPI_DOUBLE, MPI_SUM, e->grid->comm);
}

/* The potential in a box around sample k, around the torus where it has to. */
static void fill_box(const weft_electron *e, const el_samples *s, int k)
{
    double *to = s->v + k * s->size;
    int64_t d[3], site[3];
    for (d[0] = -s->half[0]; d[0] <= s->half[0]; d[0]++)
        for (d[1] = -s->half[1]; d[1] <= s->half[1]; d[1]++)
            for (d[2] = -s->half[2]; d[2] <= s->half[2]; d[2]++) {
                for (int a = 0; a < 3; a++)
                    site[a] = el_wrapped(s->site[k][a] + d[a], e->grid->n[a]);
                *to++ = potential_at(e, site);
            }
}

/* Collect boxes that hold the windows of a shape and one site more. Collective. */
static void collect(const weft_electron *e, const el_shape *shape, el_samples *s)
{
    const weft_grid *g = e->grid;
    s->size = 1;
    for (int a = 2; a >= 0; a--) {
        bool used = a >= 3 - g->dim;
        int64_t reach = shape->low[a] > shape->high[a] ? shape->low[a] : shape->high[a];
        s->half[a] = used ? reach + 1 : 0;
        s->stride[a] = s->size;
        s->size *= 2 * s->half[a] + 1;
    }
    s->centre = s->half[0] * s->stride[0] + s->half[1] * s->stride[1] + s->half[2];
    weft_free(s->v);
    s->v = weft_alloc((size_t)(EL_SAMPLES * s->size), sizeof *s->v);
    for (int k = 0; k < EL_SAMPLES; k++)
        fill_box(e, s, k);
    if (!e->own->whole)
        MPI_Allreduce(MPI_IN_PLACE, s->v, (int)(EL_SAMPLES * s->size), MPI_DOUBLE, MPI_SUM,
                      g->comm);
}

void el_samples_free(el_samples *s)
{
    weft_free(s->v);
    s->v = NULL;
}

/* Gershgorin's bound over all that was collected: one bound, so that one set of
 * coefficients serves all groups, radii and borders. All ranks have the same collection,
 * and so the same bound. */
double el_samples_bound(const weft_electron *e, const el_samples *s)
{
    const weft_electron_options *o = &e->own->options;
    int dim = e->grid->dim;
    double z2 = dim == 1 ? 2 : dim == 2 ? 4 : 12, most = 0;
    for (int64_t k = 0; k < EL_SAMPLES * s->size; k++)
        most = fmax(most, fabs(s->v[k] - e->mu));
    return most + 2 * dim * fabs(o->hopping) + z2 * fabs(o->next_hopping);
}

/* +1: a mirror that keeps the bottom of the band, -1: one that keeps its top (the sign of t can be
 * turned by a change of sign on every other site). */
static double *mirror(const weft_electron *e, const el_shape *shape, int border)
{
    if (border == 0)
        return NULL;
    const weft_electron_options *o = &e->own->options;
    double *shift = weft_alloc((size_t)shape->sites, sizeof *shift);
    el_shape_mirror(shape, border * o->hopping, o->next_hopping, shift);
    return shift;
}

/* The family at all samples in windows of one shape, in groups of sixteen, which the ranks
 * share out. The potential around the samples is collected anew only where the windows
 * reach farther than what is there. Only one rank has a result other than zero, so that the sum
 * over ranks is that result, to the bit. */
void el_samples_solve(const weft_electron *e, double temperature, el_samples *s,
                      const el_shape *shape, const el_accuracy *how, el_family out)
{
    const weft_electron_options *o = &e->own->options;
    bool fits = s->v != NULL;
    for (int a = 3 - e->grid->dim; a < 3; a++)
        fits &= shape->low[a] < s->half[a] && shape->high[a] < s->half[a];
    if (!fits)
        collect(e, shape, s);
    el_private *p = e->own;
    el_table *table = &p->sample_table;
    el_table_set(table, temperature, how->exponent, how->order);
    double bound = el_samples_bound(e, s);
    double *shift = mirror(e, shape, how->border);
    el_engine engine = {.shape = shape, .shift = shift, .single = how->single};
    memset(out, 0, sizeof(el_family));
    for (int k = 0; k < EL_SAMPLES; k += EL_TILE) {
        if (k / EL_TILE % e->grid->size != e->grid->rank)
            continue;
        const double *centre[EL_TILE];
        double result[EL_MEMBERS * EL_TILE];
        for (int l = 0; l < EL_TILE; l++)
            centre[l] = s->v + (k + l) * s->size + s->centre;
        el_engine_run(&engine, table, o->hopping, o->next_hopping, e->mu, bound, centre, s->stride,
                      EL_MEMBERS, family_list, result);
        for (int j = 0; j < EL_MEMBERS; j++)
            memcpy(&out[j][k], result + j * EL_TILE, EL_TILE * sizeof(double));
    }
    el_engine_free(&engine);
    weft_free(shift);
    MPI_Allreduce(MPI_IN_PLACE, out, EL_MEMBERS * EL_SAMPLES, MPI_DOUBLE, MPI_SUM, e->grid->comm);
}

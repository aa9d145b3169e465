/* Hops of a step of rdme: independent walks along one axis after the other. A walk of n hops ends
 * by sites away with the probability of a binomial, and n is a Poisson number; what lies beyond the
 * reach ends there. The random numbers of a walk belong to the site it begins at, so that a rank
 * makes the walks of the particles in its halo, too, and keeps those that end on its own sites: all
 * ranks agree without a word.
 *
 * Invariants. Every particle ends on exactly one site: the owner of that site keeps it, every other
 * rank that sees the walk drops it. On an axis that is thinner than the reach the halo holds images
 * of the same site, whose walks are the same; just one of the images ends on an owned site. The
 * number of particles is thus conserved exactly. Each site has one sequence of random numbers a
 * species, axis and step, read particle by particle. Events of hops are counted where a particle
 * ends. */
#include "../method.h"
#include "rdme.h"
#include "weft/draws.h"
#include "weft/vmath.h"
#include <string.h>

/* n hops, of which any number go back: the probability of each walk. What lies beyond the reach
 * ends there. */
void rl_rdme_walks(const rl_lattice *l, const rl_rdme *x, int dim, double tau, rl_walks *out)
{
    for (int s = 0; s < l->cfg.net.n_species; s++) {
        const double mean = l->cfg.hop[s] * tau / dim;
        rl_walks *w = &out[s];
        double sum = 0, all_back = weft_exp(-mean);
        int i = 0;
        for (int n = 0; n <= RL_MOST_HOPS; n++) {
            /* Probability of n hops of which all go back, then of one fewer, and so on: the
             * binomial. */
            double p = all_back;
            for (int back = n; back >= 0; back--, i++) {
                int by = n - 2 * back;
                by = by > x->reach ? x->reach : by < -x->reach ? -x->reach : by;
                w->below[i] = sum += p;
                w->by[i] = (int8_t)by;
                w->hops[i] = (uint8_t)n;
                p *= (double)back / (n - back + 1);
            }
            all_back *= mean / 2 / (n + 1);
        }
        /* Whatever is left of the probability belongs to the last walk. */
        w->below[RL_WALKS - 1] = 2;
    }
}

/* Particles of one line, ghosts included, go their ways; those that end on owned sites are kept. */
static void walk_line(const weft_sim *sim, const rl_rdme *x, const rl_walks *w, int species,
                      int axis, const int64_t *first)
{
    const weft_grid *g = sim->grid;
    rl_lattice *l = sim->data;
    const int hops = rl_event_hop(&l->cfg.net);
    const int64_t stride = x->extent.stride[axis], n = g->local[axis];
    int64_t at = x->extent.origin, global[3];
    for (int a = 0; a < 3; a++) {
        at += first[a] * x->extent.stride[a];
        global[a] = g->start[a] + first[a];
    }
    const int32_t *from = x->n + species * x->extent.size + at;
    int32_t *to = x->next + at;
    const int use = WEFT_DRAWS_HOP + species * 3 + axis;
    for (int64_t i = -x->reach; i < n + x->reach; i++) {
        if (from[i * stride] == 0)
            continue;
        /* A site of the halo has the random numbers of the site that it is an image of. */
        global[axis] = ((g->start[axis] + i) % g->n[axis] + g->n[axis]) % g->n[axis];
        int64_t site = (global[0] * g->n[1] + global[1]) * g->n[2] + global[2];
        weft_draws s;
        weft_draws_begin(&s, &sim->noise, use, rl_first_step(x->start) + x->steps, (uint64_t)site);
        for (int32_t p = 0; p < from[i * stride]; p++) {
            double u = weft_draws_uniform(&s);
            int k = 0;
            while (u >= w->below[k])
                k++;
            int64_t j = i + w->by[k];
            /* Another rank, or another image of the site, keeps it. */
            if (j < 0 || j >= n)
                continue;
            to[j * stride]++;
            rl_events_at(l, axis == 2 ? j : first[2])[hops] += w->hops[k];
        }
    }
}

/* Axis after axis: hops along different axes are independent. next gathers the new numbers, since
 * particles must not walk twice. */
static void walk_species(weft_sim *sim, rl_rdme *x, const rl_walks *w, int species)
{
    const weft_grid *g = sim->grid;
    int32_t *n = x->n + species * x->extent.size;
    for (int axis = 3 - g->dim; axis < 3; axis++) {
        weft_halo_exchange(x->halo, n);
        memset(x->next, 0, (size_t)x->extent.size * sizeof *n);
        int64_t size[3] = {g->local[0], g->local[1], g->local[2]}, first[3];
        size[axis] = x->too_many ? 0 : 1; /* the run fails after this call */
        for (first[0] = 0; first[0] < size[0]; first[0]++)
            for (first[1] = 0; first[1] < size[1]; first[1]++)
                for (first[2] = 0; first[2] < size[2]; first[2]++)
                    walk_line(sim, x, w, species, axis, first);
        memcpy(n, x->next, (size_t)x->extent.size * sizeof *n);
    }
}

/* The species are independent of each other. */
void rl_rdme_hop(weft_sim *sim, rl_rdme *x, const rl_walks *of)
{
    const rl_lattice *l = sim->data;
    for (int s = 0; s < l->cfg.net.n_species; s++)
        if (l->cfg.hop[s] > 0)
            walk_species(sim, x, &of[s], s);
}

/* Plans: the part of a grid that is measured, and the memory of a run from what the part took.
 *
 * Memory grows with the block of a rank. Beside its share of what one rank takes, each of several
 * takes the ghost layers around its own block and the messages of their exchange, the messages of
 * transforms, and tables that one rank keeps once for two modes; what was there before the run was
 * set up (the input) does not grow. Where the part is measured on several ranks, their messages and
 * tables are in what is measured, and only the growth is left to do. */
#include "plan.h"
#include "method.h"
#include "weft/fft.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A plan is measured on at most 8 times as many sites, where axes can be cut so far. */
static const double part_sites = 1 << 20;

double run_plan_sites(const weft_input *input)
{
    double product = 1;
    for (int a = 0; a < input->dim; a++)
        product *= (double)input->n[a];
    return product;
}

/* Along an axis that is cut a rank has two ghost layers of its own, of which its share of those of
 * the part is a part, and two messages on each side. */
static double halos(const weft_grid *part, const weft_grid *planned)
{
    double points = 0;
    for (int a = 0; a < 3; a++)
        if (planned->procs[a] > part->procs[a])
            points += (double)weft_grid_local_sites(planned) / (double)planned->local[a] *
                      (4 + 2 * (1 - (double)planned->local[a] / (double)part->local[a]));
    return points * (double)weft_halo_layers();
}

/* What several ranks take beside their share of what one takes. Transforms cut blocks anew. Only on
 * slabs in three dimensions do two modes of one table lie on different ranks; the first index of
 * other transforms is not cut. */
static double beside(const run_member *m, const weft_grid *planned)
{
    const weft_fft *fft = m->sim->fft;
    weft_grid cut = *planned;
    if (!fft || planned->size == 1 || m->sim->grid->size > 1)
        return 0;
    if (planned->layout == WEFT_BLOCKS)
        weft_grid_foresee(planned->dim, planned->n + 3 - planned->dim, WEFT_TRANSFORM,
                          planned->size, &cut);
    const double tables = cut.layout == WEFT_SLAB ? (double)weft_memory_shared() : 0,
                 part = (double)weft_grid_local_sites(&cut) / (double)weft_grid_sites(fft->grid);
    return tables * part + weft_fft_foresee_messages(fft, &cut);
}

void run_plan_say_memory(const run_member *m, const weft_grid *planned, double before, double peak,
                         double writing)
{
    const weft_grid *here = m->sim->grid;
    const double growth =
                     (double)weft_grid_local_sites(planned) / (double)weft_grid_local_sites(here),
                 more = beside(m, planned);
    run_say_bytes("memory a rank, about", before + (peak - before) * growth + halos(here, planned) +
                                              (isnan(more) ? 0 : more) + writing);
    if (isnan(more))
        weft_say("%-24s %s", "",
                 "measured on one rank; in one dimension a run with transforms takes two to three "
                 "times as much on several: mpirun -n 2 weft check --ranks counts it");
}

/* All axes are cut alike, so that the part has the shape of the whole: what belongs to surfaces
 * (ghost layers, rows) is then too large in the plan rather than too small. Halving keeps the
 * factors of n, on which transforms depend. */
static int64_t cut(int64_t n, int64_t times)
{
    const int64_t shortest = n < 16 ? n : 16, part = (n + times - 1) / times;
    return part > shortest ? part : shortest;
}

void weft_run_plan_part(const weft_input *input, char text[2][256])
{
    int64_t times = 1;
    for (double part = run_plan_sites(input), before = 0;
         part > 8 * part_sites && part != before;) {
        before = part;
        part = 1;
        times *= 2;
        for (int a = 0; a < input->dim; a++)
            part *= (double)cut(input->n[a], times);
    }
    snprintf(text[0], 256, "grid.n=[");
    snprintf(text[1], 256, "grid.length=[");
    for (int a = 0; a < input->dim; a++) {
        const int64_t n = cut(input->n[a], times);
        const double length = input->length[a] * (double)n / (double)input->n[a];
        const char *end = a < input->dim - 1 ? ", " : "]";
        snprintf(text[0] + strlen(text[0]), 64, "%lld%s", (long long)n, end);
        snprintf(text[1] + strlen(text[1]), 64, "%.17g%s", length, end);
    }
    if (input->model->lattice)
        text[1][0] = '\0';
}

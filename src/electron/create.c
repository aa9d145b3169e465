/* The life of an electronic solver: made, remembered in checkpoints, freed. The memory that a
 * solver needs is asked for before anything is made, on all ranks together, so that too large a
 * lattice is one message and no crash. */
#include "dense.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of OpenBLAS, where it is that: another BLAS has no such function. */
extern void openblas_set_num_threads(int threads) __attribute__((weak));

/* Ranks take the cores: OpenBLAS's own threads would only get in their way, unless they are
 * asked for. */
static void quiet_threads(void)
{
    if (openblas_set_num_threads && !getenv("OPENBLAS_NUM_THREADS") && !getenv("OMP_NUM_THREADS"))
        openblas_set_num_threads(1);
}

/* One rank holds the matrix, or each its part of it. */
static weft_status check_memory(const weft_grid *g, double sites)
{
    bool holds = g->rank == 0 || el_distributed(g->size, sites);
    double bytes = holds ? weft_electron_dense_bytes(sites, g->size) : 0;
    if (weft_memory_claim(g->comm, bytes) == WEFT_OK)
        return WEFT_OK;
    return weft_error_within(WEFT_INPUT,
                             "a dense matrix for %.0f sites does not fit; use chebyshev, or "
                             "chebyshev_full",
                             sites);
}

/* Why a solver that needs rational windows has none. */
static const char *no_window(const weft_electron_options *o)
{
    return o->hopping == 0 ? "rational windows need a hopping; use chebyshev or dense"
                           : "no rational window of this radius fits the lattice: an axis must be "
                             "longer than twice the window's reach, outer neighbours included; "
                             "radii are 1, 2, 2.236, 2.828, 3.162 and 4 on a square, 1, 2, "
                             "3, 4, 6, 8, 12, 16, 24, 32 on a chain, 1, 1.414, 1.732, 2, 2.236 on "
                             "a cubic lattice; use auto, chebyshev or dense";
}

/* Memory is claimed before it is taken, so that an input that does not fit is an error and
 * not a kill. A tile is EL_TILE sites. */
weft_status weft_electron_create(const weft_grid *grid, const weft_electron_options *options,
                                 weft_electron **out)
{
    *out = NULL;
    double sites = (double)weft_grid_sites(grid);
    if (options->solver == WEFT_ELECTRON_DENSE)
        WEFT_TRY(check_memory(grid, sites));
    quiet_threads();
    weft_electron *e = weft_alloc(1, sizeof *e);
    el_private *p = e->own = weft_alloc(1, sizeof *p);
    e->grid = grid;
    e->mu = options->mu;
    p->options = *options;
    p->sites = weft_grid_sites(grid);
    p->local_sites = weft_grid_local_sites(grid);
    e->potential = weft_alloc((size_t)p->local_sites, sizeof *e->potential);
    e->density = weft_alloc((size_t)p->local_sites, sizeof *e->density);
    static const int64_t tiles[3][3] = {{1, 1, 16}, {1, 4, 4}, {2, 2, 4}};
    memcpy(p->tile, tiles[grid->dim - 1], sizeof p->tile);
    p->exponent = log(2 / (options->tolerance * M_PI));
    bool windows =
        options->solver != WEFT_ELECTRON_DENSE && options->solver != WEFT_ELECTRON_CHEBYSHEV_FULL;
    p->engine.single = windows && options->tolerance >= EL_SINGLE_TOLERANCE;
    p->chosen = -1;
    p->strict = p->strict_chebyshev = 1;
    p->tried = -1;
    const bool learned = options->solver == WEFT_ELECTRON_LEARNED;
    if (learned || options->solver == WEFT_ELECTRON_RATIONAL ||
        options->solver == WEFT_ELECTRON_AUTO)
        el_rational_make(e);
    if (learned && !el_learned_make(e)) {
        weft_electron_free(e);
        return weft_fail(WEFT_INPUT, "trained numbers belong to windows of 7 x 7 sites on a square "
                                     "lattice without next_hopping: both axes must be longer than "
                                     "6; use auto, chebyshev or dense");
    }
    if (options->solver == WEFT_ELECTRON_RATIONAL && p->windows == 0) {
        weft_electron_free(e);
        return weft_fail(WEFT_INPUT, "%s", no_window(options));
    }
    if (options->solver == WEFT_ELECTRON_DENSE) {
        p->whole = weft_alloc((size_t)p->sites, sizeof *p->whole);
        p->levels = weft_alloc((size_t)p->sites, sizeof *p->levels);
        e->radius = NAN;
    } else {
        el_set_radius(e, windows ? (int64_t)(options->radius * options->radius + 1e-9) : -1);
        p->share = weft_alloc((size_t)(3 * p->local_sites), sizeof *p->share);
    }
    *out = e;
    return WEFT_OK;
}

/* Also frees what el_rational_make and a failed creation left: parts that were never made are NULL
 * or zero. */
void weft_electron_free(weft_electron *e)
{
    if (!e)
        return;
    el_private *p = e->own;
    el_source_free(&p->source);
    el_shape_free(&p->shape);
    el_engine_free(&p->engine);
    el_table_free(&p->table);
    el_table_free(&p->sample_table);
    el_rational_free(p);
    el_repair_free(&p->exact);
    weft_free(p->whole);
    weft_free(p->share);
    weft_free(p->levels);
    weft_free(p);
    weft_free(e->potential);
    weft_free(e->density);
    weft_free(e);
}

/* What was needed for the last solve, before it: a resume repeats that solve. */
weft_electron_memory weft_electron_remember(const weft_electron *e)
{
    return e->own->before;
}

/* What the next solve will start from. */
weft_electron_memory weft_electron_now(const weft_electron *e)
{
    const el_private *p = e->own;
    return (weft_electron_memory){
        e->mu,     p->exponent, p->radius2, p->solves,           p->chosen,
        p->repair, p->tried,    p->strict,  p->strict_chebyshev, p->mark};
}

/* The next solve then repeats what it did when the memory was taken. Sources and shapes are
 * made again where the radius differs. */
void weft_electron_restore(weft_electron *e, const weft_electron_memory *memory)
{
    el_private *p = e->own;
    e->mu = memory->mu;
    p->exponent = memory->exponent;
    p->solves = memory->solves;
    p->mark = memory->mark;
    p->chosen = (int)memory->window;
    p->repair = memory->repair;
    p->tried = memory->tried;
    p->strict = memory->strict;
    p->strict_chebyshev = memory->strict_chebyshev;
    if (p->options.solver != WEFT_ELECTRON_DENSE && memory->radius2 != p->radius2) {
        el_set_radius(e, memory->radius2);
        el_source_free(&p->source);
    }
}

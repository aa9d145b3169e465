/* Making a distributed transform, and its public functions.
 *
 * A transform owns a grid that is cut as it needs it; where the caller's grid is cut otherwise,
 * values are redistributed on the way in and out. Real values and coefficients share one buffer,
 * which every step of the transform (steps.c) may use whole; so a transform needs no memory beyond
 * the buffer and its plans.
 *
 * Invariants: (1) A transform is a list of steps; forward takes them in order, backward undoes them
 * in the opposite order. (2) All ranks have the same list, and plan and run each step together,
 * also ranks without points: several steps are collective. (3) Nothing is normalised on the way;
 * the caller multiplies by `scale` once. (4) With planning WEFT_ESTIMATE plans do not depend on
 * timing, so the same run has the same bits on the same number of ranks. */
#include "internal.h"
#include "weft/memory.h"
#include <fftw3-mpi.h>
#include <stdio.h>
#include <string.h>

/* fftw_version is "fftw-3.3.10-sse2-avx". */
const char *weft_fft_version(void)
{
    static char text[64];
    snprintf(text, sizeof text, "FFTW %s", fftw_version + strlen("fftw-"));
    return text;
}

/* Make the grid that is cut as the transform is. Blocks are replaced by slabs or pencils; the
 * verdict depends on what all ranks know. Collective. */
static weft_status cut_grid(const weft_grid *grid, weft_grid **cut)
{
    int first = 3 - grid->dim;
    weft_layout layout = grid->layout == WEFT_BLOCKS ? WEFT_TRANSFORM : grid->layout;
    int most = weft_grid_max_ranks(grid->dim, grid->n + first, layout, grid->size);
    if (most < grid->size)
        return weft_fail(WEFT_INPUT,
                         "%d ranks are too many for transforms of this grid; "
                         "%d can be used",
                         grid->size, most);
    return weft_grid_create(grid->comm, grid->dim, grid->n + first, grid->length + first,
                            grid->boundary + first, layout, cut);
}

/* FFTW-MPI takes time and communication to start, which a run on one rank need not pay. */
static void start_mpi(const weft_grid *grid)
{
    static bool started;
    if (grid->size > 1 && !started) {
        fftw_mpi_init();
        started = true;
    }
}

/* Indexed by weft_rigor. */
static unsigned flags_of(const weft_fft_options *options)
{
    const unsigned flags[] = {FFTW_ESTIMATE, FFTW_MEASURE, FFTW_PATIENT};
    return flags[options ? options->rigor : WEFT_ESTIMATE];
}

/* A rank that fails goes on planning, because the plans of FFTW-MPI are collective and the others
 * wait for it there; the first error is agreed upon at the end. Planning writes into the buffer,
 * hence the zeros. */
static weft_status plan_steps(weft_fft *fft, unsigned flags)
{
    weft_status status = WEFT_OK;
    for (int i = 0; i < fft->plan->n_steps; i++) {
        fft_step *step = &fft->plan->step[i];
        weft_status mine = step->method->plan(step, fft->work, flags);
        if (status == WEFT_OK)
            status = mine;
    }
    memset(fft->work, 0, (size_t)fft->plan->size * sizeof(double));
    return weft_agree(fft->grid->comm, status);
}

/* Whether every rank holds the same points in the grid and in the transform: then values are
 * copied, not redistributed. A rank without points has no start that could differ. Collective, the
 * same answer everywhere. */
static bool cut_alike(const weft_fft *fft)
{
    int alike = 1;
    for (int a = 0; a < 3; a++)
        if (fft->grid->local[a] != fft->real.local[a] ||
            (fft->grid->local[a] > 0 && fft->grid->start[a] != fft->real.start[a]))
            alike = 0;
    MPI_Allreduce(MPI_IN_PLACE, &alike, 1, MPI_INT, MPI_MIN, fft->grid->comm);
    return alike;
}

/* Wisdom (plans that were found before) is read before planning and written after it. */
static weft_status plan_all(weft_fft *fft, const weft_fft_options *options)
{
    const char *wisdom = options ? options->wisdom : NULL;
    MPI_Comm comm = fft->grid->comm;
    if (wisdom)
        WEFT_TRY(fft_wisdom_read(comm, wisdom));
    WEFT_TRY(plan_steps(fft, flags_of(options)));
    if (wisdom)
        WEFT_TRY(fft_wisdom_write(comm, wisdom));
    return WEFT_OK;
}

/* The shape of everything is known before memory is claimed, and memory is claimed before planning,
 * which fills the buffer. A cosine or sine axis of n points is a period of 2n points: hence the 2
 * in scale. */
weft_status weft_fft_create(const weft_grid *grid, const weft_boundary *boundary,
                            const weft_fft_options *options, weft_fft **out)
{
    weft_grid *cut;
    *out = NULL;
    WEFT_TRY(cut_grid(grid, &cut));
    start_mpi(grid);
    weft_fft *fft = weft_alloc(1, sizeof *fft);
    fft->grid = grid;
    fft->plan = weft_alloc(1, sizeof *fft->plan);
    fft->scale = 1;
    for (int a = 0; a < 3; a++) {
        bool used = a >= 3 - grid->dim;
        weft_boundary b = !used      ? WEFT_PERIODIC
                          : boundary ? boundary[a - (3 - grid->dim)]
                                     : grid->boundary[a];
        fft->plan->boundary[a] = b;
        if (used)
            fft->scale /= (double)grid->n[a] * (fft_real_axis(b) ? 2 : 1);
    }
    fft_layout(fft, cut);
    weft_grid_free(cut);
    fft_tables(fft);
    fft->plan->direct = cut_alike(fft);
    weft_status status =
        weft_memory_claim(grid->comm, (double)fft->plan->size * (double)sizeof(double));
    if (status == WEFT_OK) {
        fft->work = weft_fft_buffer(fft);
        status = plan_all(fft, options);
    }
    if (status != WEFT_OK) {
        weft_fft_free(fft);
        return status;
    }
    *out = fft;
    return WEFT_OK;
}

/* Plans are destroyed by every rank in the same order, as FFTW-MPI asks for. The remaps of ghost
 * layers that were never used are NULL. */
void weft_fft_free(weft_fft *fft)
{
    if (!fft)
        return;
    weft_fft_plan *plan = fft->plan;
    for (int i = 0; i < plan->n_steps; i++)
        fft_step_free(&plan->step[i]);
    for (int g = 0; g <= WEFT_FFT_MAX_GHOST; g++) {
        weft_remap_free(plan->load[g]);
        weft_remap_free(plan->store[g]);
    }
    weft_free(plan->sums);
    weft_free(plan->shell);
    fft_tables_free(fft);
    weft_fft_buffer_free(fft, fft->work);
    weft_free(plan);
    weft_free(fft);
}

/* An exchange of slabs takes a message to one rank (count_buffer in steps.c). Of the two exchanges
 * of pencils one packs all that leaves, the other also sorts what arrives (plan_exchange). */
double weft_fft_foresee_messages(const weft_fft *fft, const weft_grid *foreseen)
{
    if (foreseen->size == 1)
        return 0;
    if (foreseen->dim == 1)
        return NAN;
    const double part =
                     (double)weft_grid_local_sites(foreseen) / (double)weft_grid_sites(fft->grid),
                 buffer = (double)fft->plan->size * (double)sizeof(double) * part;
    if (foreseen->layout == WEFT_SLAB)
        return buffer / foreseen->size;
    return buffer * ((foreseen->procs[0] > 1 ? 1 : 0) + (foreseen->procs[1] > 1 ? 2 : 0));
}

/* weft_alloc's alignment of 64 bytes is more than FFTW's vector code wants, so that plans made for
 * one buffer hold for all. */
double *weft_fft_buffer(const weft_fft *fft)
{
    return weft_alloc((size_t)fft->plan->size, sizeof(double));
}

void weft_fft_buffer_free(const weft_fft *fft, double *buffer)
{
    (void)fft;
    weft_free(buffer);
}

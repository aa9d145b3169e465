/* Between ghosted arrays of the grid and buffers of a transform.
 *
 * Invariant: `direct` (grid and transform cut the points alike) was agreed upon by all ranks, so
 * either all of them copy or all of them redistribute. Ghosts are neither read nor written. */
#include "internal.h"

/* The plan that moves a field with this ghost width, made when it is first wanted. All ranks want
 * it at the same call, since load and store are collective. The boxes come from one grid, so making
 * the plan fails only when two ranks would exchange more than 2^31 values. */
static weft_remap *remap_of(weft_fft *fft, weft_remap **cache, const weft_box *from,
                            const weft_box *to)
{
    if (!*cache)
        WEFT_ASSERT(weft_remap_create(fft->grid->comm, from, to, sizeof(double), cache) == WEFT_OK);
    return *cache;
}

/* Rows are contiguous in both arrays; only the distances between them differ. */
static void copy_rows(const int64_t local[3], const double *from, const int64_t *from_stride,
                      double *restrict to, const int64_t *to_stride, double factor)
{
    for (int64_t z = 0; z < local[0]; z++)
        for (int64_t y = 0; y < local[1]; y++) {
            const double *source = from + z * from_stride[0] + y * from_stride[1];
            double *target = to + z * to_stride[0] + y * to_stride[1];
            for (int64_t x = 0; x < local[2]; x++)
                target[x] = factor * source[x];
        }
}

/* A plan for each number of ghost layers is made at its first use and kept: models use one or two
 * of them, and what is asked for once is asked for in every step. */
void weft_fft_load(weft_fft *fft, const double *field, int ghost, double *buffer)
{
    weft_box box = weft_grid_box(fft->grid, ghost);
    WEFT_ASSERT(ghost >= 0 && ghost <= WEFT_FFT_MAX_GHOST);
    if (fft->plan->direct)
        copy_rows(box.local, field + box.origin, box.stride, buffer, fft->real.stride, 1);
    else
        weft_remap_run(remap_of(fft, &fft->plan->load[ghost], &box, &fft->real), field, buffer);
}

/* The redistribution moves bits; the factor is applied afterwards, to the owned points. */
void weft_fft_store(weft_fft *fft, const double *buffer, double factor, double *field, int ghost)
{
    weft_box box = weft_grid_box(fft->grid, ghost);
    WEFT_ASSERT(ghost >= 0 && ghost <= WEFT_FFT_MAX_GHOST);
    double *owned = field + box.origin;
    if (fft->plan->direct) {
        copy_rows(box.local, buffer, fft->real.stride, owned, box.stride, factor);
        return;
    }
    weft_remap_run(remap_of(fft, &fft->plan->store[ghost], &fft->real, &box), buffer, field);
    WEFT_FOR_ROWS(&box, z, y)
        for (int64_t x = 0; x < box.local[2]; x++)
            owned[z * box.stride[0] + y * box.stride[1] + x] *= factor;
}

/* What observables work in, kept from one record to the next: a run takes no memory once it goes
 * on.
 *
 * A slot is a piece of memory that grows to what its users ask for. Invariant: what a slot holds is
 * valid until the next use of the same slot; functions that need several at once use different
 * ones. Halos are kept by their width, since making one is collective and costly. */
#include "observe.h"
#include "weft/memory.h"

/* Grows and never shrinks; what was in it is lost when it grows. */
void *rl_work(weft_sim *sim, rl_slot slot, int64_t count, size_t size)
{
    rl_kept *w = ((rl_lattice *)sim->data)->kept;
    int64_t bytes = count * (int64_t)size;
    if (bytes > w->bytes[slot]) {
        weft_free(w->memory[slot]);
        w->memory[slot] = weft_alloc((size_t)count, size);
        w->bytes[slot] = bytes;
    }
    return w->memory[slot];
}

/* The last place serves all widths beyond the first ones. */
weft_halo *rl_halo(weft_sim *sim, int width)
{
    rl_kept *w = ((rl_lattice *)sim->data)->kept;
    int i = 0;
    while (i < RL_MAX_HALOS - 1 && w->halo[i] && w->width[i] != width)
        i++;
    if (w->halo[i] && w->width[i] == width)
        return w->halo[i];
    weft_halo_free(w->halo[i]);
    w->width[i] = width;
    weft_status status =
        weft_halo_create(sim->grid, width, width, sizeof(double), 1, NULL, &w->halo[i]);
    WEFT_ASSERT(status == WEFT_OK);
    return w->halo[i];
}

/* One buffer of the transform for all spectra. */
double *rl_transform(weft_sim *sim)
{
    rl_kept *w = ((rl_lattice *)sim->data)->kept;
    if (!w->transform)
        w->transform = weft_fft_buffer(sim->fft);
    return w->transform;
}

/* Memory of observables is made at the first record that needs it, so any part may be NULL. */
void rl_kept_free(weft_sim *sim)
{
    rl_lattice *l = sim->data;
    rl_kept *w = l->kept;
    if (!w)
        return;
    for (int i = 0; i < RL_SLOTS; i++)
        weft_free(w->memory[i]);
    for (int i = 0; i < RL_MAX_HALOS; i++)
        weft_halo_free(w->halo[i]);
    if (w->transform)
        weft_fft_buffer_free(sim->fft, w->transform);
    weft_free(w);
    l->kept = NULL;
}

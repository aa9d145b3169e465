/* The list of configurations, and whether somebody has asked to stop.
 *
 * All configurations are kept in memory on every rank: 16 bytes a site, one megabyte for 74
 * lattices of 30 x 30. Ranks share the work on them and not the data, so that a batch may be any of
 * them.
 *
 * Invariant: c->v has a margin as wide as the trained window reaches, filled by the periodic
 * continuation, so that sums over a configuration never ask where its border is. */
#include "internal.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include <unistd.h>

/* The list doubles its room, so that each entry is copied a bounded number of times. */
train_configuration *train_append(train *t, int64_t rows, int64_t n)
{
    if (t->count == t->room) {
        t->room = 2 * t->room + 16;
        t->configuration = weft_grow(t->configuration, (size_t)t->count, (size_t)t->room,
                                     sizeof *t->configuration);
    }
    train_configuration *c = &t->configuration[t->count++];
    *c = (train_configuration){.rows = rows, .n = n};
    c->v = weft_alloc((size_t)((rows + 2 * EL_MARGIN) * (n + 2 * EL_MARGIN)), sizeof *c->v);
    c->density = weft_alloc((size_t)(rows * n), sizeof *c->density);
    return c;
}

void train_set_energies(train_configuration *c, const double *energies)
{
    const int64_t w = c->n + 2 * EL_MARGIN;
    for (int64_t y = 0; y < c->rows + 2 * EL_MARGIN; y++)
        for (int64_t x = 0; x < w; x++)
            c->v[y * w + x] = energies[(y - EL_MARGIN + c->rows) % c->rows * c->n +
                                       (x - EL_MARGIN + c->n) % c->n];
}

/* One look of all ranks at clocks, signals and the file stop. */
weft_status train_stopped(const train *t)
{
    char *path = weft_format("%s/stop", t->dir);
    int stop = weft_signal_pending() != 0 || (t->until > 0 && weft_now() > t->until) ||
               access(path, F_OK) == 0;
    weft_free(path);
    MPI_Allreduce(MPI_IN_PLACE, &stop, 1, MPI_INT, MPI_MAX, t->comm);
    return stop ? weft_fail(WEFT_STOPPED, "asked to stop") : WEFT_OK;
}

/* The table of where the time of a run went: shown with -v, kept as attributes of series.nc.
 *
 * Invariant: the seconds of a rank add up to its time in the loop, so that the means add up to the
 * mean time. What differs between ranks shows who waits for whom: a rank with less to compute waits
 * longer. */
#include "account.h"
#include "weft/log.h"
#include "weft/timing.h"
#include <stdio.h>

/* The last entries after the activities: messages, bytes and transforms a step. */
enum { MESSAGES = WEFT_ACTIVITIES, BYTES, TRANSFORMS, COUNT };

typedef struct spread {
    double least[COUNT], mean[COUNT], most[COUNT];
} spread;

static void gather(MPI_Comm comm, spread *s)
{
    const weft_account a = weft_timing_account();
    double mine[COUNT];
    int size;
    for (int i = 0; i < WEFT_ACTIVITIES; i++)
        mine[i] = a.seconds[i];
    mine[MESSAGES] = a.messages;
    mine[BYTES] = a.bytes;
    mine[TRANSFORMS] = a.transforms;
    MPI_Comm_size(comm, &size);
    MPI_Allreduce(mine, s->least, COUNT, MPI_DOUBLE, MPI_MIN, comm);
    MPI_Allreduce(mine, s->mean, COUNT, MPI_DOUBLE, MPI_SUM, comm);
    MPI_Allreduce(mine, s->most, COUNT, MPI_DOUBLE, MPI_MAX, comm);
    for (int i = 0; i < COUNT; i++)
        s->mean[i] /= size;
}

/* Activities that took no time are left out. */
static void show(const spread *s)
{
    double total = 0;
    for (int i = 0; i < WEFT_ACTIVITIES; i++)
        total += s->mean[i];
    weft_detail("where the time went      least      mean      most   share");
    for (int i = 0; i < WEFT_ACTIVITIES; i++)
        if (s->most[i] > 0)
            weft_detail("  %-18s %8.3g s %8.3g s %8.3g s  %4.1f %%", weft_timing_name(i),
                        s->least[i], s->mean[i], s->most[i],
                        total > 0 ? 100 * s->mean[i] / total : 0);
    weft_detail("  a step sends, mean over the ranks: %.4g messages, %.4g bytes", s->mean[MESSAGES],
                s->mean[BYTES]);
    if (s->most[TRANSFORMS] > 0)
        weft_detail("  a step makes %.4g transforms of whole fields", s->mean[TRANSFORMS]);
}

weft_status run_account_report(MPI_Comm comm, weft_file *series)
{
    spread s;
    gather(comm, &s);
    show(&s);
    for (int i = 0; i < WEFT_ACTIVITIES && series; i++) {
        const double value[3] = {s.least[i], s.mean[i], s.most[i]};
        char name[64];
        snprintf(name, sizeof name, "seconds_%s", weft_timing_name(i));
        WEFT_TRY(weft_file_set_real(series, NULL, name, 3, value));
    }
    if (!series)
        return WEFT_OK;
    WEFT_TRY(weft_file_set_real(series, NULL, "messages_per_step", 1, &s.mean[MESSAGES]));
    WEFT_TRY(weft_file_set_real(series, NULL, "bytes_per_step", 1, &s.mean[BYTES]));
    return weft_file_set_real(series, NULL, "transforms_per_step", 1, &s.mean[TRANSFORMS]);
}

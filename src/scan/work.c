/* Points are handed out to groups of ranks by a counter, longest first.
 *
 * World rank 0 keeps the counter (counter.c): the leader (first rank) of a group takes the chunk
 * whose number it is told. No rank is set aside to hand out work. Rank 0 answers within its own
 * points too; and a group whose chunk has several points asks for the next one at once, so that no
 * answer is waited for.
 *
 * Invariants. (1) Every chunk is taken by exactly one group. (2) The order of chunks does not
 * matter for results, since a point is the same whoever computes it. (3) A group that stops
 * ends the hand-out for all. (4) All ranks of a group do the same: the leader alone looks at
 * the counter, signals, clock and files, and tells the group. (5) The counter is opened and
 * closed by all ranks of the world, also those without a group and those that had an error,
 * so that nobody waits for ever. */
#include "run.h"
#include "weft/clock.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include <math.h>
#include <unistd.h>

/* A rank with fewer sites waits for messages longer than it computes. A chunk has at most 8
 * points: a group that is asked to stop, or ends last, holds few. */
enum { SITES_PER_RANK = 1000, LONGEST_CHUNK = 8 };

static const double seconds_between_lines = 10;

/* ---- groups and chunks ---- */

/* One rank a point as long as there are enough points; else as many as a point can use. All
 * ranks compute the same from the same numbers. */
static int choose_ranks(const scan_runner *r)
{
    const weft_input *in = r->scan->base;
    if (r->options->ranks_per_point > 0)
        return r->options->ranks_per_point < r->size ? r->options->ranks_per_point : r->size;
    if (r->n_todo >= r->size || r->n_todo == 0)
        return 1;
    double sites = 1;
    for (int a = 0; a < in->dim; a++)
        sites *= (double)in->n[a];
    double replicas = (double)in->ensemble->replicas;
    double useful = replicas * fmax(1, floor(sites / SITES_PER_RANK));
    return (int)fmin((double)(r->size / r->n_todo), useful);
}

/* Ranks that are left over have no group, and wait at the end. */
static void make_groups(scan_runner *r)
{
    r->ranks_per_point = choose_ranks(r);
    r->groups = r->size / r->ranks_per_point;
    r->group_index = r->rank / r->ranks_per_point;
    bool left_over = r->group_index >= r->groups;
    MPI_Comm_split(r->world, left_over ? MPI_UNDEFINED : r->group_index, r->rank, &r->group);
    r->group_rank = r->rank % r->ranks_per_point;
}

/* Chunks shrink towards the end: handing out costs little, and all groups end together.
 * Each is a quarter of what is left for a group, at least one point. */
static void make_chunks(scan_runner *r)
{
    weft_free(r->chunks);
    r->chunks = weft_alloc((size_t)r->n_todo + 1, sizeof *r->chunks);
    r->n_chunks = 0;
    for (int64_t first = 0; first < r->n_todo;) {
        int64_t n = (r->n_todo - first) / (4 * r->groups);
        n = n < 1 ? 1 : n > LONGEST_CHUNK ? LONGEST_CHUNK : n;
        r->chunks[r->n_chunks++] = first;
        first += n;
    }
    r->chunks[r->n_chunks] = r->n_todo;
}

/* ---- one point ---- */

/* The leader writes the log. A failure of the point is no failure of the scan: its message
 * goes into the log and is forgotten here. */
static weft_status record(scan_runner *r, const scan_point *p, weft_status status, double seconds,
                          const ens_outcome *out)
{
    if (r->group_rank != 0)
        return WEFT_OK;
    if (status == WEFT_OK)
        return scan_log_done(r->log, p->id, seconds, out);
    char *why = weft_strdup(weft_error_message());
    weft_error_clear();
    weft_status logged = scan_log_failed(r->log, p->id, seconds, (int)status, why);
    weft_free(why);
    return logged;
}

/* A stopped point is simply not done, and its checkpoints wait for the next start; the time that it
 * took counts for what is told of the time that is left. Collective over the group. */
static weft_status stopped(scan_runner *r, const scan_point *p, double seconds)
{
    weft_status logged = r->group_rank == 0 ? scan_log_stopped(r->log, p->id, seconds) : WEFT_OK;
    logged = weft_agree(r->group, logged);
    return logged != WEFT_OK ? logged : WEFT_STOPPED;
}

/* Run one point and record what became of it: results, the message of its failure, or how long it
 * took until it was stopped. WEFT_IO is not recorded. The entry "started" comes before, so that a
 * status shows what is running. The input is made anew by each rank from the same texts, and fails
 * alike on all. Collective over the group. */
static weft_status run_point(scan_runner *r, int64_t number)
{
    const scan_point *p = &r->scan->point[number];
    weft_input *input = NULL;
    ens_outcome out = {0};
    weft_status status = r->group_rank == 0 ? scan_log_start(r->log, p->id) : WEFT_OK;
    WEFT_TRY(weft_agree(r->group, status));
    char *dir = scan_point_dir(r->scan, p);
    ens_outcome_options options = {.dir = dir,
                                   .deadline = r->deadline,
                                   .stop_file = r->stop_path,
                                   .attend = r->rank == 0 ? scan_counter_attend : NULL,
                                   .attended = &r->counter,
                                   .n_derives = r->scan->n_derives,
                                   .derive = r->scan->derive};
    double begin = weft_now();
    status = scan_input(r->scan, number, &input);
    if (r->group_rank == 0)
        scan_warn_about(r->scan, p);
    if (status == WEFT_OK)
        status = ens_outcome_run(r->group, input, &options, &out);
    weft_warn_case(NULL);
    double seconds = weft_now() - begin;
    r->busy += seconds;
    if (status == WEFT_OK || status == WEFT_FAILED || status == WEFT_INPUT) {
        r->done += status == WEFT_OK;
        r->failed += status != WEFT_OK;
        weft_status recorded = record(r, p, status, seconds, &out);
        if (recorded == WEFT_OK) /* the point's own message is in the log */
            weft_error_clear();
        status = weft_agree(r->group, recorded);
    }
    if (status == WEFT_STOPPED)
        status = stopped(r, p, seconds);
    ens_outcome_free(&out);
    weft_input_free(input);
    weft_free(dir);
    return status;
}

/* ---- a group at work ---- */

/* By the leader's signal, clock and file. */
static bool asked_to_stop(const scan_runner *r)
{
    return weft_signal_pending() || (r->deadline > 0 && weft_now() >= r->deadline) ||
           access(r->stop_path, F_OK) == 0;
}

/* Cost of the points in places from ... to - 1 of the list. */
static double cost_of(const scan_runner *r, int64_t from, int64_t to)
{
    double cost = 0;
    for (int64_t i = from; i < to; i++)
        cost += r->scan->point[r->todo[i]].cost;
    return cost;
}

/* When a group takes a chunk: what was handed out before is done, but for the chunks of the other
 * groups, the last ones, of which half is done on the average. */
static void show(scan_runner *r, int64_t chunk, double begin)
{
    const int64_t handed_out = r->chunks[chunk], others = chunk - (r->groups - 1);
    double now = weft_now();
    if (r->rank != 0 || now - r->shown < seconds_between_lines || handed_out == 0)
        return;
    char left[32];
    r->shown = now;
    const double done = cost_of(r, 0, handed_out) -
                        0.5 * cost_of(r, r->chunks[others > 0 ? others : 0], handed_out);
    weft_duration_text((now - begin) * (cost_of(r, 0, r->n_todo) - done) / done, left, sizeof left);
    weft_say("%lld of %lld points handed out, %s left", (long long)handed_out, (long long)r->n_todo,
             left);
}

/* Number of the next chunk for the group, -1: there is none any more, -2: somebody asked to
 * stop (also another group, as the counter tells). Collective over the group. */
static int64_t next_chunk(scan_runner *r, double begin)
{
    int64_t chunk = -1;
    if (r->group_rank == 0) {
        bool stop = asked_to_stop(r);
        if (stop)
            scan_counter_stop(&r->counter);
        chunk = stop ? -2 : scan_counter_next(&r->counter);
        if (chunk >= 0)
            show(r, chunk, begin);
    }
    MPI_Bcast(&chunk, 1, MPI_INT64_T, 0, r->group);
    r->stopped |= chunk == -2;
    return chunk;
}

/* Chunk after chunk until there is none. Within a chunk the leader asks before each further
 * point whether to stop, and tells the group. After an error or a stop it ends the hand-out
 * for all, so that other groups finish the point they are at and no more, and leaves: a point
 * stops before the budget is used up, when the leader would not yet find that it has to stop,
 * and a counter that is closed gives no numbers. */
static weft_status work(scan_runner *r)
{
    double begin = weft_now();
    for (int64_t chunk; (chunk = next_chunk(r, begin)) >= 0;) {
        if (r->group_rank == 0 && r->chunks[chunk + 1] - r->chunks[chunk] > 1)
            scan_counter_order(&r->counter);
        for (int64_t i = r->chunks[chunk]; i < r->chunks[chunk + 1]; i++) {
            int stop = r->group_rank == 0 && i > r->chunks[chunk] && asked_to_stop(r);
            MPI_Bcast(&stop, 1, MPI_INT, 0, r->group);
            weft_status status = stop ? WEFT_STOPPED : run_point(r, r->todo[i]);
            if (status == WEFT_OK)
                continue;
            if (r->group_rank == 0)
                scan_counter_stop(&r->counter);
            r->stopped |= status == WEFT_STOPPED;
            return status == WEFT_STOPPED ? WEFT_OK : status;
        }
    }
    return WEFT_OK;
}

/* A rank whose results directory is another one under the same name would lose what it computes.
 * The log of world rank 0 was made by this process, so that no other directory has it. */
static weft_status one_directory(const scan_runner *r)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", r->rank == 0 ? scan_log_path(r->log) : "");
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, r->world);
    return weft_seen_by_all(r->world, path);
}

/* A leader keeps its log over several rounds of refinement. Errors of one group are agreed
 * on at the end, after all have closed the counter. */
weft_status scan_hand_out(scan_runner *r)
{
    weft_status status = WEFT_OK;
    r->shown = weft_now();
    make_groups(r);
    make_chunks(r);
    if (r->group != MPI_COMM_NULL && r->group_rank == 0 && !r->log)
        status = scan_log_open(r->scan->dir, r->options->task, r->options->tasks, r->group_index,
                               r->ranks_per_point, &r->log);
    status = weft_agree(r->world, status);
    if (status == WEFT_OK)
        status = one_directory(r);
    if (status == WEFT_OK) {
        if (r->rank == 0)
            weft_say("%lld points for %d group%s of %d rank%s", (long long)r->n_todo, r->groups,
                     r->groups == 1 ? "" : "s", r->ranks_per_point,
                     r->ranks_per_point == 1 ? "" : "s");
        scan_counter_open(r->world, r->n_chunks, r->groups - 1, &r->counter);
        if (r->group != MPI_COMM_NULL)
            status = work(r);
        scan_counter_close(&r->counter);
        weft_warn_count(r->world, "point");
        int stopped = r->stopped;
        MPI_Allreduce(MPI_IN_PLACE, &stopped, 1, MPI_INT, MPI_MAX, r->world);
        r->stopped = stopped;
        status = weft_agree(r->world, status);
    }
    if (r->group != MPI_COMM_NULL)
        MPI_Comm_free(&r->group);
    return status;
}

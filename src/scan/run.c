/* Running a scan: what is to be done, round by round of refinement.
 *
 * World rank 0 reads the results, finds out what is to be done, and tells the others;
 * groups of ranks then take points (work.c). After that the results are read again: a
 * refined scan may have new points, which are the next turn.
 *
 * Invariants. (1) What is done is not done again: points are found by their identity in the
 * logs. (2) A point belongs to one task of an array (scan_share), which every task works
 * out for itself in the same way. (3) Two processes with the same share are kept apart by
 * their logs' locks. (4) A start that was killed needs no cleaning up: its logs stay, and
 * points under way have checkpoints of their own. */
#include "run.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Another process that is about to end is waited for so long. */
static const double patience = 10;

/* ---- what is to be done ---- */

/* A point with what decides its place in the order of work. */
typedef struct ranked {
    int64_t point;
    int round;
    double cost;
} ranked;

/* By round, then by cost, then by number: a complete order, so that all tasks sort alike.
 * Long points first: the last ones to be handed out are then short, and all groups end
 * together. */
static int longest_first(const void *x, const void *y)
{
    const ranked *a = x, *b = y;
    if (a->round != b->round)
        return a->round < b->round ? -1 : 1;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    return a->point < b->point ? -1 : 1;
}

/* Points are dealt like cards in the order of their cost, so that tasks have about equal
 * work; each round begins with the first task again. */
int64_t *scan_share(const weft_scan *s, int task, int tasks, int64_t *n)
{
    ranked *all = weft_alloc((size_t)s->n, sizeof *all);
    int64_t *share = weft_alloc((size_t)s->n, sizeof *share), position = 0;
    for (int64_t i = 0; i < s->n; i++)
        all[i] = (ranked){i, s->point[i].round, s->point[i].cost};
    qsort(all, (size_t)s->n, sizeof *all, longest_first);
    *n = 0;
    for (int64_t i = 0; i < s->n; i++) {
        position = i > 0 && all[i].round != all[i - 1].round ? 0 : position;
        if (tasks <= 0 || position % tasks == task)
            share[(*n)++] = all[i].point;
        position++;
    }
    weft_free(all);
    return share;
}

/* Points of this task's share that have neither results nor failed. A point that shows as
 * running belongs to a process of another share, or to one that has ended since: it is done
 * here. World rank 0. */
static void find_todo(scan_runner *r, const scan_results *results)
{
    int64_t n;
    int64_t *share = scan_share(r->scan, r->options->task, r->options->tasks, &n);
    r->n_todo = 0;
    for (int64_t i = 0; i < n; i++) {
        int state = scan_state(results, &r->scan->point[share[i]]);
        if (state == SCAN_WAITING || state == SCAN_RUNNING)
            share[r->n_todo++] = share[i];
    }
    weft_free(r->todo);
    r->todo = share;
}

/* All ranks need the list, since any of them may be given any chunk of it. */
static void share_todo(scan_runner *r)
{
    MPI_Bcast(&r->n_todo, 1, MPI_INT64_T, 0, r->world);
    if (r->rank != 0) {
        weft_free(r->todo);
        r->todo = weft_alloc((size_t)r->n_todo, sizeof *r->todo);
    }
    MPI_Bcast(r->todo, (int)r->n_todo, MPI_INT64_T, 0, r->world);
}

/* ---- the directory ---- */

/* Another process at the same share would do the same work twice. One that is about to end
 * (its job was put back into the queue) is waited for; one that goes on is an error that
 * says how to stop it. Tasks of the same array with other numbers are welcome. World rank
 * 0. */
static weft_status alone(scan_runner *r)
{
    const weft_scan_options *o = r->options;
    double begin = weft_now();
    for (;;) {
        scan_results *results;
        WEFT_TRY(scan_results_open(r->scan->dir, &results));
        int others = scan_results_alive(results, o->tasks > 0 ? o->task : -1, o->tasks);
        scan_results_close(results);
        if (others == 0)
            return WEFT_OK;
        if (weft_now() - begin > patience)
            return weft_fail(WEFT_INPUT,
                             "another process is at work on this scan in %s; wait for it, or stop "
                             "it (a file %s does)",
                             r->scan->dir, r->stop_path);
        usleep(200000);
    }
}

/* For people: what was run. Nothing reads these files again. */
static weft_status write_about(scan_runner *r)
{
    weft_scan *s = r->scan;
    char *path = weft_format("%s/scan.yaml", s->dir);
    weft_status status = weft_write_text(MPI_COMM_SELF, path, s->text);
    weft_free(path);
    if (status != WEFT_OK)
        return status;
    char *yaml = weft_params_yaml(s->base->params);
    path = weft_format("%s/params.first.yaml", s->dir);
    status = weft_write_text(MPI_COMM_SELF, path, yaml);
    weft_free(path);
    weft_free(yaml);
    return status;
}

/* A request to stop that was left from before does not stop a whole scan; but a task does not know
 * whether others have seen it. World rank 0. */
static weft_status old_request(const scan_runner *r)
{
    if (r->options->tasks > 0 && access(r->stop_path, F_OK) == 0)
        return weft_fail(
            WEFT_STOPPED,
            "%s asks all tasks to stop; remove it ('weft scan resubmit' does) to go on",
            r->stop_path);
    unlink(r->stop_path);
    return WEFT_OK;
}

/* Directory, company, and an old request to stop. */
static weft_status prepare(scan_runner *r)
{
    char *folder = weft_format("%s/results", r->scan->dir);
    weft_status status = weft_make_directory(r->world, folder);
    weft_free(folder);
    WEFT_TRY(status);
    if (r->rank == 0) {
        status = alone(r);
        if (status == WEFT_OK)
            status = write_about(r);
        if (status == WEFT_OK)
            status = old_request(r);
    }
    return weft_agree(r->world, status);
}

/* ---- the whole ---- */

/* Results so far: refined points, and what is to be done. *left: points of all shares
 * without results after the last round that is known. Rank 0 reads and decides; the others
 * get its points and its list, whatever they see of the file system. Collective. */
static weft_status survey(scan_runner *r, int64_t *left)
{
    weft_status status = WEFT_OK;
    *left = 0;
    if (r->rank == 0) {
        scan_results *results;
        status = scan_results_open(r->scan->dir, &results);
        if (status == WEFT_OK)
            status = scan_refine_points(r->scan, results);
        if (status == WEFT_OK) {
            find_todo(r, results);
            for (int64_t i = 0; i < r->scan->n; i++) {
                int state = scan_state(results, &r->scan->point[i]);
                *left += state != SCAN_DONE && state != SCAN_FAILED;
            }
        }
        scan_results_close(results);
    }
    WEFT_TRY(weft_agree(r->world, status));
    WEFT_TRY(scan_broadcast(r->world, r->scan));
    share_todo(r);
    MPI_Bcast(left, 1, MPI_INT64_T, 0, r->world);
    return WEFT_OK;
}

/* Points are counted by the leader of each group, the busy time by every rank. */
static weft_status summary(scan_runner *r, double seconds, int64_t left)
{
    double sums[3] = {(double)r->done, (double)r->failed, r->busy};
    if (r->group_rank != 0)
        sums[0] = sums[1] = 0;
    MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPI_DOUBLE, MPI_SUM, r->world);
    char text[32];
    weft_duration_text(seconds, text, sizeof text);
    if (sums[0] + sums[1] > 0)
        weft_say("%.0f points done and %.0f failed in %s; cores were busy for %.1f %% of it",
                 sums[0], sums[1], text, 100 * sums[2] / (seconds * r->size));
    if (r->stopped)
        return weft_fail(WEFT_STOPPED, "stopped with %lld points left; run it again to go on",
                         (long long)left);
    if (left > 0)
        weft_say("%lld points are left to other tasks", (long long)left);
    return WEFT_OK;
}

/* Failed points end the scan with their code. World rank 0 knows. */
static weft_status judge(scan_runner *r)
{
    weft_status status = WEFT_OK;
    if (r->rank == 0) {
        scan_results *results;
        int64_t failed = 0, n;
        const char *first = "";
        status = scan_results_open(r->scan->dir, &results);
        int64_t *share = scan_share(r->scan, r->options->task, r->options->tasks, &n);
        for (int64_t i = 0; status == WEFT_OK && i < n; i++) {
            const scan_entry *e = scan_results_find(results, r->scan->point[share[i]].id);
            if (e && e->state == SCAN_FAILED) {
                first = failed++ ? first : e->message;
            }
        }
        if (failed > 0)
            status = weft_fail(WEFT_FAILED, "%lld point%s failed; the first: %s", (long long)failed,
                               failed == 1 ? "" : "s", first);
        weft_free(share);
        scan_results_close(results);
    }
    return weft_agree(r->world, status);
}

/* The loop ends because every turn leaves each of its points done or failed, unless
 * somebody asks to stop. */
static weft_status run(scan_runner *r)
{
    int64_t left;
    WEFT_TRY(scan_validate(r->world, r->scan, false));
    WEFT_TRY(prepare(r));
    weft_signals_install();
    double begin = weft_now(), spent = 0;
    WEFT_TRY(survey(r, &left));
    if (r->n_todo == 0 && left == 0)
        weft_say("%s: all points are done", r->scan->dir);
    while (r->n_todo > 0 && !r->stopped) {
        begin = weft_now();
        WEFT_TRY(scan_hand_out(r));
        spent += weft_now() - begin;
        WEFT_TRY(survey(r, &left));
    }
    WEFT_TRY(summary(r, spent, left));
    return judge(r);
}

/* The log of a leader stays open over all rounds: it tells others that this process is
 * alive. */
weft_status weft_scan_run(MPI_Comm comm, weft_scan *scan, const weft_scan_options *options)
{
    scan_runner r = {.world = comm,
                     .group = MPI_COMM_NULL,
                     .scan = scan,
                     .options = options,
                     .stop_path = weft_format("%s/stop", scan->dir),
                     .deadline = options->wall > 0 ? weft_now() + options->wall : 0};
    MPI_Comm_rank(comm, &r.rank);
    MPI_Comm_size(comm, &r.size);
    weft_status status = run(&r);
    weft_status closed = weft_agree(comm, scan_log_close(r.log));
    weft_free(r.todo);
    weft_free(r.chunks);
    weft_free(r.stop_path);
    return status != WEFT_OK ? status : closed;
}

/* Running a scan: points are handed out to groups of ranks, longest first. */
#include "scan.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/signals.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SITES_PER_RANK = 1000, LONGEST_CHUNK = 8 };

/* Another process that is about to end is waited for so long. */
static const double patience = 10, seconds_between_lines = 10;

/* Added to the counter: nothing more is handed out. */
static const int64_t no_more = (int64_t)1 << 40;

typedef struct runner {
    MPI_Comm world, group; /* group: MPI_COMM_NULL on ranks that are left over */
    int rank, size, groups, group_index, group_rank, ranks_per_point;
    weft_scan *scan;
    const weft_scan_options *options;
    scan_log *log; /* leaders */
    char *stop_path;
    double deadline;
    int64_t n_todo, *todo;     /* points, in the order in which they are handed out */
    int64_t n_chunks, *chunks; /* first of each chunk; n_todo behind the last */
    MPI_Win window;
    int64_t *counter;     /* in the window of world rank 0 */
    bool stopped;         /* somebody asked to stop */
    int64_t done, failed; /* by this group */
    double busy;          /* seconds in points */
    double shown;         /* weft_now() of the last line */
} runner;

/* ---- what is to be done ---- */

typedef struct ranked {
    int64_t point;
    int round;
    double cost;
} ranked;

static int longest_first(const void *x, const void *y)
{
    const ranked *a = x, *b = y;
    if (a->round != b->round)
        return a->round < b->round ? -1 : 1;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    return a->point < b->point ? -1 : 1;
}

int64_t *weft_scan_share(const weft_scan *s, int task, int tasks, int64_t *n)
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

int weft_scan_state(const scan_results *results, const scan_point *p)
{
    const scan_entry *e = weft_scan_results_find(results, p->id);
    return e ? e->state : SCAN_WAITING;
}

/* Points of this task's share that have neither results nor failed. Two points of the same identity
 * are one. World rank 0. */
static void find_todo(runner *r, const scan_results *results)
{
    int64_t n;
    int64_t *share = weft_scan_share(r->scan, r->options->task, r->options->tasks, &n);
    r->n_todo = 0;
    for (int64_t i = 0; i < n; i++) {
        int state = weft_scan_state(results, &r->scan->point[share[i]]);
        if (state == SCAN_WAITING || state == SCAN_RUNNING)
            share[r->n_todo++] = share[i];
    }
    weft_free(r->todo);
    r->todo = share;
}

static void share_todo(runner *r)
{
    MPI_Bcast(&r->n_todo, 1, MPI_INT64_T, 0, r->world);
    if (r->rank != 0) {
        weft_free(r->todo);
        r->todo = weft_alloc((size_t)r->n_todo, sizeof *r->todo);
    }
    MPI_Bcast(r->todo, (int)r->n_todo, MPI_INT64_T, 0, r->world);
}

/* ---- groups and the counter ---- */

/* One rank a point as long as there are enough points; else as many as a point can use. */
static int choose_ranks(const runner *r)
{
    const weft_input *in = r->scan->base;
    if (r->options->ranks_per_point > 0)
        return r->options->ranks_per_point < r->size ? r->options->ranks_per_point : r->size;
    if (r->n_todo >= r->size || r->n_todo == 0)
        return 1;
    double sites = 1;
    for (int a = 0; a < in->dim; a++)
        sites *= (double)in->n[a];
    double replicas = (double)weft_get_int(weft_params_section(in->params, "ensemble"), "replicas");
    double useful = replicas * fmax(1, floor(sites / SITES_PER_RANK));
    return (int)fmin((double)(r->size / r->n_todo), useful);
}

static void make_groups(runner *r)
{
    r->ranks_per_point = choose_ranks(r);
    r->groups = r->size / r->ranks_per_point;
    r->group_index = r->rank / r->ranks_per_point;
    bool left_over = r->group_index >= r->groups;
    MPI_Comm_split(r->world, left_over ? MPI_UNDEFINED : r->group_index, r->rank, &r->group);
    r->group_rank = r->rank % r->ranks_per_point;
}

/* Chunks shrink towards the end: handing out costs little, and all groups end together. */
static void make_chunks(runner *r)
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

static void open_counter(runner *r)
{
    MPI_Win_allocate(r->rank == 0 ? (MPI_Aint)sizeof(int64_t) : 0, sizeof(int64_t), MPI_INFO_NULL,
                     r->world, &r->counter, &r->window);
    MPI_Win_lock_all(0, r->window);
    if (r->rank == 0) {
        *r->counter = 0;
        MPI_Win_sync(r->window);
    }
    MPI_Barrier(r->world);
}

static int64_t add_to_counter(runner *r, int64_t more)
{
    int64_t before = 0;
    MPI_Fetch_and_op(&more, &before, MPI_INT64_T, 0, 0, MPI_SUM, r->window);
    MPI_Win_flush(0, r->window);
    return before;
}

static void close_counter(runner *r)
{
    MPI_Barrier(r->world);
    MPI_Win_unlock_all(r->window);
    MPI_Win_free(&r->window);
}

/* ---- one point ---- */

static weft_status record(runner *r, const scan_point *p, weft_status status, double seconds,
                          const weft_outcome *out)
{
    if (r->group_rank != 0)
        return WEFT_OK;
    if (status == WEFT_OK)
        return weft_scan_log_done(r->log, p->id, seconds, out);
    char *why = weft_strdup(weft_error_message());
    weft_error_clear();
    weft_status logged = weft_scan_log_failed(r->log, p->id, seconds, (int)status, why);
    weft_free(why);
    return logged;
}

static weft_status run_point(runner *r, int64_t number)
{
    const scan_point *p = &r->scan->point[number];
    weft_input *input = NULL;
    weft_outcome out = {0};
    weft_status status = r->group_rank == 0 ? weft_scan_log_start(r->log, p->id) : WEFT_OK;
    WEFT_TRY(weft_agree(r->group, status));
    char *dir = weft_scan_point_dir(r->scan, p);
    weft_outcome_options options = {dir, r->deadline, r->stop_path};
    double begin = weft_now();
    status = weft_scan_input(r->scan, number, &input);
    if (status == WEFT_OK)
        status = weft_outcome_run(r->group, input, &options, &out);
    double seconds = weft_now() - begin;
    r->busy += seconds;
    if (status == WEFT_OK || status == WEFT_FAILED || status == WEFT_INPUT) {
        r->done += status == WEFT_OK;
        r->failed += status != WEFT_OK;
        status = record(r, p, status, seconds, &out);
        weft_error_clear();
        status = weft_agree(r->group, status);
    }
    weft_outcome_free(&out);
    weft_input_free(input);
    weft_free(dir);
    return status;
}

/* ---- a group at work ---- */

static bool asked_to_stop(const runner *r)
{
    return weft_signal_pending() || (r->deadline > 0 && weft_now() >= r->deadline) ||
           access(r->stop_path, F_OK) == 0;
}

static void show(runner *r, int64_t handed_out, double begin)
{
    double now = weft_now();
    if (r->rank != 0 || now - r->shown < seconds_between_lines || handed_out == 0)
        return;
    char left[32];
    r->shown = now;
    weft_duration_text((now - begin) * (double)(r->n_todo - handed_out) / (double)handed_out, left,
                       sizeof left);
    weft_say("%lld of %lld points handed out, %s left", (long long)handed_out, (long long)r->n_todo,
             left);
}

/* Number of the next chunk for the group, -1: none. */
static int64_t next_chunk(runner *r, double begin)
{
    int64_t chunk = -1;
    if (r->group_rank == 0) {
        if (asked_to_stop(r))
            add_to_counter(r, no_more);
        chunk = add_to_counter(r, 1);
        if (chunk >= r->n_chunks)
            chunk = chunk >= no_more ? -2 : -1;
        else
            show(r, r->chunks[chunk], begin);
    }
    MPI_Bcast(&chunk, 1, MPI_INT64_T, 0, r->group);
    r->stopped |= chunk == -2;
    return chunk;
}

static weft_status work(runner *r)
{
    double begin = weft_now();
    for (int64_t chunk; (chunk = next_chunk(r, begin)) >= 0;)
        for (int64_t i = r->chunks[chunk]; i < r->chunks[chunk + 1]; i++) {
            int stop = r->group_rank == 0 && i > r->chunks[chunk] && asked_to_stop(r);
            MPI_Bcast(&stop, 1, MPI_INT, 0, r->group);
            weft_status status = stop ? WEFT_STOPPED : run_point(r, r->todo[i]);
            if (status == WEFT_OK)
                continue;
            if (r->group_rank == 0)
                add_to_counter(r, no_more);
            r->stopped |= status == WEFT_STOPPED;
            if (status != WEFT_STOPPED)
                return status;
        }
    return WEFT_OK;
}

/* Hand out all of todo. Collective over the world. */
static weft_status hand_out(runner *r)
{
    weft_status status = WEFT_OK;
    r->shown = weft_now();
    make_groups(r);
    make_chunks(r);
    if (r->group != MPI_COMM_NULL && r->group_rank == 0 && !r->log)
        status = weft_scan_log_open(r->scan->dir, r->options->task, r->options->tasks,
                                    r->group_index, r->ranks_per_point, &r->log);
    status = weft_agree(r->world, status);
    if (status == WEFT_OK) {
        if (r->rank == 0)
            weft_say("%lld points for %d group%s of %d rank%s", (long long)r->n_todo, r->groups,
                     r->groups == 1 ? "" : "s", r->ranks_per_point,
                     r->ranks_per_point == 1 ? "" : "s");
        open_counter(r);
        if (r->group != MPI_COMM_NULL)
            status = work(r);
        close_counter(r);
        int stopped = r->stopped;
        MPI_Allreduce(MPI_IN_PLACE, &stopped, 1, MPI_INT, MPI_MAX, r->world);
        r->stopped = stopped;
        status = weft_agree(r->world, status);
    }
    if (r->group != MPI_COMM_NULL)
        MPI_Comm_free(&r->group);
    return status;
}

/* ---- the directory ---- */

/* Another process at the same share would do the same work. World rank 0. */
static weft_status alone(runner *r)
{
    const weft_scan_options *o = r->options;
    double begin = weft_now();
    for (;;) {
        scan_results *results;
        WEFT_TRY(weft_scan_results_open(r->scan->dir, &results));
        int others = weft_scan_results_alive(results, o->tasks > 0 ? o->task : -1, o->tasks);
        weft_scan_results_close(results);
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

static weft_status write_about(runner *r)
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

static weft_status prepare(runner *r)
{
    char *folder = weft_format("%s/results", r->scan->dir);
    weft_status status = weft_make_directory(r->world, folder);
    weft_free(folder);
    WEFT_TRY(status);
    if (r->rank == 0) {
        status = alone(r);
        if (status == WEFT_OK)
            status = write_about(r);
        unlink(r->stop_path);
    }
    return weft_agree(r->world, status);
}

/* ---- the whole ---- */

/* Results so far: refined points, and what is to be done. *left: points of all shares without
 * results after the last round that is known. Collective. */
static weft_status survey(runner *r, int64_t *left)
{
    weft_status status = WEFT_OK;
    *left = 0;
    if (r->rank == 0) {
        scan_results *results;
        status = weft_scan_results_open(r->scan->dir, &results);
        if (status == WEFT_OK)
            status = weft_scan_refine(r->scan, results);
        if (status == WEFT_OK) {
            find_todo(r, results);
            for (int64_t i = 0; i < r->scan->n; i++) {
                int state = weft_scan_state(results, &r->scan->point[i]);
                *left += state != SCAN_DONE && state != SCAN_FAILED;
            }
        }
        weft_scan_results_close(results);
    }
    WEFT_TRY(weft_agree(r->world, status));
    WEFT_TRY(weft_scan_broadcast(r->world, r->scan));
    share_todo(r);
    MPI_Bcast(left, 1, MPI_INT64_T, 0, r->world);
    return WEFT_OK;
}

static weft_status summary(runner *r, double seconds, int64_t left)
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
static weft_status judge(runner *r)
{
    weft_status status = WEFT_OK;
    if (r->rank == 0) {
        scan_results *results;
        int64_t failed = 0, n;
        const char *first = "";
        status = weft_scan_results_open(r->scan->dir, &results);
        int64_t *share = weft_scan_share(r->scan, r->options->task, r->options->tasks, &n);
        for (int64_t i = 0; status == WEFT_OK && i < n; i++) {
            const scan_entry *e = weft_scan_results_find(results, r->scan->point[share[i]].id);
            if (e && e->state == SCAN_FAILED) {
                first = failed++ ? first : e->message;
            }
        }
        if (failed > 0)
            status = weft_fail(WEFT_FAILED, "%lld point%s failed; the first: %s", (long long)failed,
                               failed == 1 ? "" : "s", first);
        weft_free(share);
        weft_scan_results_close(results);
    }
    return weft_agree(r->world, status);
}

static weft_status run(runner *r)
{
    int64_t left;
    WEFT_TRY(weft_scan_validate(r->world, r->scan, false));
    WEFT_TRY(prepare(r));
    double begin = weft_now(), spent = 0;
    WEFT_TRY(survey(r, &left));
    if (r->n_todo == 0 && left == 0)
        weft_say("%s: all points are done", r->scan->dir);
    while (r->n_todo > 0 && !r->stopped) {
        begin = weft_now();
        WEFT_TRY(hand_out(r));
        spent += weft_now() - begin;
        WEFT_TRY(survey(r, &left));
    }
    WEFT_TRY(summary(r, spent, left));
    return judge(r);
}

weft_status weft_scan_run(MPI_Comm comm, weft_scan *scan, const weft_scan_options *options)
{
    runner r = {.world = comm,
                .group = MPI_COMM_NULL,
                .scan = scan,
                .options = options,
                .stop_path = weft_format("%s/stop", scan->dir),
                .deadline = options->wall > 0 ? weft_now() + options->wall : 0};
    MPI_Comm_rank(comm, &r.rank);
    MPI_Comm_size(comm, &r.size);
    weft_status status = run(&r);
    weft_status closed = weft_agree(comm, weft_scan_log_close(r.log));
    weft_free(r.todo);
    weft_free(r.chunks);
    weft_free(r.stop_path);
    return status != WEFT_OK ? status : closed;
}

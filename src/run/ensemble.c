/* Ensembles: blocks of replicas are farmed over groups of ranks, merged in the order of the blocks,
 * so that results do not depend on the farming. */
#include "average.h"
#include "internal.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number of blocks is fixed, for any number of ranks: it bounds the number of groups and is the
 * number of samples of the jackknife. */
enum { MAX_BLOCKS = 256, SITES_PER_RANK = 1000 };

typedef struct ensemble {
    MPI_Comm world, group; /* group: MPI_COMM_NULL on ranks that are left over */
    int rank, groups, group_index, ranks_per_replica;
    const weft_input *input;
    const weft_run_options *options;
    weft_results *results;
    weft_member *member; /* NULL without a group */
    int64_t replicas;
    int blocks, merged; /* blocks in all, and merged into total */
    bool keep_all;

    int64_t records, numbers;  /* entries of the calendar; numbers of one replica */
    int block;                 /* being worked on */
    int64_t replica;           /* being worked on */
    double *own;               /* records of the replica being worked on */
    weft_average average;      /* of the block */
    double *replicas_of_block; /* keep_all: their records */

    weft_average total;               /* world rank 0 */
    int inputs;                       /* how many observers derived quantities need */
    int input_of[WEFT_MAX_OBSERVERS]; /* their numbers among those, -1: not needed */
    double *block_means;              /* world rank 0: their means (block, record, input) */
    double *received;                 /* world rank 0: a block from another group */
    weft_file *series, *fields;       /* world rank 0 alone; group 0 during replica 0 */
    weft_control control;
    bool resumed;
} ensemble;

static int64_t first_replica(const ensemble *e, int block)
{
    return e->replicas * block / e->blocks;
}

static int64_t block_size(const ensemble *e, int block)
{
    return first_replica(e, block + 1) - first_replica(e, block);
}

/* ---- groups ---- */

static int choose_ranks(const weft_input *input, int64_t replicas, int size)
{
    const weft_section *s = weft_params_section(input->params, "ensemble");
    int fixed =
        weft_get_word(s, "ranks_per_replica") ? 0 : (int)weft_get_int(s, "ranks_per_replica");
    if (fixed > 0)
        return fixed < size ? fixed : size;
    if (replicas >= size)
        return 1;
    double sites = 1;
    for (int a = 0; a < input->dim; a++)
        sites *= (double)input->n[a];
    int most = (int)fmin((double)(size / replicas), fmax(1, floor(sites / SITES_PER_RANK)));
    weft_layout layout = input->stepper->space == WEFT_K ? WEFT_SLAB : input->plan.layout;
    return weft_grid_max_ranks(input->dim, input->n, layout, most);
}

static void make_groups(ensemble *e)
{
    int size;
    MPI_Comm_rank(e->world, &e->rank);
    MPI_Comm_size(e->world, &size);
    e->ranks_per_replica = choose_ranks(e->input, e->replicas, size);
    e->groups = size / e->ranks_per_replica;
    if (e->groups > e->blocks)
        e->groups = e->blocks;
    e->group_index = e->rank / e->ranks_per_replica;
    bool left_over = e->group_index >= e->groups;
    MPI_Comm_split(e->world, left_over ? MPI_UNDEFINED : e->group_index, e->rank, &e->group);
}

static bool leader(const ensemble *e)
{
    return e->group != MPI_COMM_NULL && e->rank % e->ranks_per_replica == 0;
}

/* ---- what the loop of one replica asks for ---- */

static weft_status on_record(void *context, weft_member *m, int64_t entry)
{
    ensemble *e = context;
    memcpy(e->own + entry * m->observers.total, m->record,
           (size_t)m->observers.total * sizeof *e->own);
    return WEFT_OK;
}

static weft_status on_snapshot(void *context, weft_member *m, int64_t entry)
{
    ensemble *e = context;
    return e->fields ? weft_fields_append(e->fields, m, entry) : WEFT_OK;
}

/* ---- checkpoint of the block that a group works on ---- */

typedef struct flight {
    int64_t replica; /* in progress; the next block's first one if the block is done */
    int64_t count;   /* replicas in the average */
    int64_t under_way;
} flight;

static char *flight_path(const ensemble *e, int block)
{
    return weft_format("%s/ckpt-block-%06d.h5", e->results->dir, block);
}

static weft_status put_flight(ensemble *e, weft_file *file, bool under_way)
{
    flight f = {e->replica, e->average.count, under_way};
    char *yaml = weft_params_yaml(e->input->params);
    weft_status status = weft_file_set_text(file, NULL, "input", yaml);
    weft_free(yaml);
    WEFT_TRY(status);
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    WEFT_TRY(weft_file_put(file, "flight", &f, sizeof f));
    WEFT_TRY(weft_file_put(file, "mean", e->average.mean, bytes));
    WEFT_TRY(weft_file_put(file, "m2", e->average.m2, bytes));
    if (e->keep_all)
        WEFT_TRY(weft_file_put(file, "replicas", e->replicas_of_block, e->average.count * bytes));
    if (!under_way)
        return WEFT_OK;
    WEFT_TRY(weft_file_put(file, "records", e->own, bytes));
    return weft_member_save(e->member, file);
}

static weft_status write_flight(ensemble *e, bool under_way)
{
    char *path = flight_path(e, e->block);
    weft_file *file;
    weft_status status = weft_checkpoint_begin(e->group, path, &file);
    weft_free(path);
    WEFT_TRY(status);
    status = put_flight(e, file, under_way);
    if (status == WEFT_OK)
        return weft_checkpoint_commit(file);
    weft_checkpoint_abandon(file);
    return status;
}

static weft_status on_checkpoint(void *context, weft_member *m)
{
    (void)m;
    return write_flight(context, true);
}

static weft_status get_flight(ensemble *e, weft_file *file, const char *path, bool *under_way)
{
    flight f;
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    WEFT_TRY(weft_restart_same(file, e->input, path));
    WEFT_TRY(weft_file_get(file, "flight", &f, sizeof f));
    WEFT_TRY(weft_file_get(file, "mean", e->average.mean, bytes));
    WEFT_TRY(weft_file_get(file, "m2", e->average.m2, bytes));
    if (e->keep_all)
        WEFT_TRY(weft_file_get(file, "replicas", e->replicas_of_block, f.count * bytes));
    e->replica = f.replica;
    e->average.count = f.count;
    *under_way = f.under_way;
    if (!f.under_way)
        return WEFT_OK;
    WEFT_TRY(weft_file_get(file, "records", e->own, bytes));
    return weft_member_load(e->member, (uint32_t)f.replica, file);
}

/* Take up the block from its checkpoint if there is a sound one. */
static void resume_block(ensemble *e, bool *under_way)
{
    char *path = flight_path(e, e->block);
    int there = 0;
    *under_way = false;
    if (leader(e))
        there = access(path, F_OK) == 0;
    MPI_Bcast(&there, 1, MPI_INT, 0, e->group);
    if (there) {
        weft_file *file;
        weft_status status = weft_checkpoint_open(e->group, path, &file);
        if (status == WEFT_OK) {
            status = get_flight(e, file, path, under_way);
            weft_file_close(file);
        }
        if (status != WEFT_OK) { /* it only saves work: do the block again */
            weft_warn("passing over %s: %s", path, weft_error_message());
            weft_error_clear();
            weft_average_clear(&e->average);
            e->replica = first_replica(e, e->block);
            *under_way = false;
        }
    }
    weft_free(path);
}

/* ---- one block ---- */

static weft_status open_fields(ensemble *e, bool under_way)
{
    if (e->replica != 0 || e->member->fields.n == 0)
        return WEFT_OK;
    return weft_fields_open(e->results->fields_path, under_way, e->member, e->options->command,
                            &e->fields);
}

static weft_status close_fields(ensemble *e, const char *state)
{
    if (!e->fields)
        return WEFT_OK;
    weft_status status = weft_file_set_text(e->fields, NULL, "status", state);
    weft_status closed = weft_file_close(e->fields);
    e->fields = NULL;
    return status != WEFT_OK ? status : closed;
}

/* A replica that ended early stays as it is: its last state fills the remaining records. */
static void fill_records(ensemble *e)
{
    weft_member *m = e->member;
    if (m->observe.next >= e->records)
        return;
    weft_observers_compute(&m->observers, m->sim, m->record);
    while (m->observe.next < e->records)
        on_record(e, m, m->observe.next++);
}

static weft_status run_replica(ensemble *e, bool under_way)
{
    weft_member *m = e->member;
    weft_listener listener = {e, on_record, m->fields.n ? on_snapshot : NULL, on_checkpoint};
    if (!under_way)
        WEFT_TRY(weft_member_start(m, (uint32_t)e->replica));
    WEFT_TRY(open_fields(e, under_way));
    weft_status status = weft_loop(m, &listener, &e->control);
    weft_status closed = close_fields(e, status == WEFT_OK ? "complete" : "stopped");
    if (status != WEFT_OK)
        return status;
    WEFT_TRY(closed);
    fill_records(e);
    if (e->keep_all)
        memcpy(e->replicas_of_block + e->average.count * e->numbers, e->own,
               (size_t)e->numbers * sizeof *e->own);
    weft_average_add(&e->average, e->own);
    return WEFT_OK;
}

static weft_status run_block(ensemble *e)
{
    bool under_way = false;
    weft_average_clear(&e->average);
    e->replica = first_replica(e, e->block);
    if (e->resumed)
        resume_block(e, &under_way);
    double length =
        e->member->timing.dt > 0 ? (double)e->member->timing.steps : e->member->timing.end;
    for (; e->replica < first_replica(e, e->block + 1); e->replica++) {
        WEFT_TRY(run_replica(e, under_way));
        under_way = false;
        e->control.progress_base += length;
    }
    return WEFT_OK;
}

/* ---- merging ---- */

/* World rank 0 gets the n doubles of a group's leader. */
static void move_to_root(ensemble *e, int group, double *data, double *target, int64_t n)
{
    enum { PIECE = 1 << 26 };
    int from = group * e->ranks_per_replica;
    if (from == 0)
        return;
    for (int64_t done = 0; done < n; done += PIECE) {
        int count = (int)(n - done < PIECE ? n - done : PIECE);
        if (e->rank == from)
            MPI_Send(data + done, count, MPI_DOUBLE, 0, 0, e->world);
        else if (e->rank == 0)
            MPI_Recv(target + done, count, MPI_DOUBLE, from, 0, e->world, MPI_STATUS_IGNORE);
    }
}

static weft_status store_replicas(ensemble *e, int block, const double *data);

static void keep_inputs(ensemble *e, int block, const double *mean)
{
    const weft_observers *o = &e->member->observers;
    double *out = e->block_means + (int64_t)block * e->records * e->inputs;
    for (int64_t t = 0; t < e->records; t++)
        for (int i = 0; i < o->n; i++)
            if (e->input_of[i] >= 0)
                out[t * e->inputs + e->input_of[i]] = mean[t * o->total + o->item[i].offset];
}

/* Block number merged + group, which is done, goes into the total. Collective over the world. */
static weft_status merge_block(ensemble *e, int group)
{
    int block = e->merged;
    int64_t count = block_size(e, block), n = e->numbers;
    bool mine = group == 0;
    double *mean = mine ? e->average.mean : e->received;
    double *m2 = mine ? e->average.m2 : e->received + n;
    double *all = mine ? e->replicas_of_block : e->received + 2 * n;
    move_to_root(e, group, e->average.mean, e->received, n);
    move_to_root(e, group, e->average.m2, e->received ? e->received + n : NULL, n);
    if (e->keep_all)
        move_to_root(e, group, e->replicas_of_block, e->received ? e->received + 2 * n : NULL,
                     count * n);
    e->merged++;
    if (e->rank != 0)
        return WEFT_OK;
    weft_average_merge(&e->total, count, mean, m2);
    keep_inputs(e, block, mean);
    return e->keep_all ? store_replicas(e, block, all) : WEFT_OK;
}

/* ---- series.nc, by world rank 0 alone ---- */

/* Jackknife error of a derived quantity at a record: leave out one block after the other. */
static double derived_error(ensemble *e, const weft_observer *item, int64_t entry, double *left_out)
{
    const weft_observers *o = &e->member->observers;
    double count = (double)e->total.count;
    for (int b = 0; b < e->merged; b++) {
        double in[WEFT_MAX_INPUTS] = {0}, nb = (double)block_size(e, b);
        const double *means = e->block_means + ((int64_t)b * e->records + entry) * e->inputs;
        for (int k = 0; k < WEFT_MAX_INPUTS && item->derived->inputs[k]; k++) {
            double all = e->total.mean[entry * o->total + o->item[item->input[k]].offset];
            in[k] = (all * count - means[e->input_of[item->input[k]]] * nb) / (count - nb);
        }
        left_out[b] = item->derived->value(in);
    }
    return weft_jackknife_error(left_out, e->merged);
}

static weft_status write_record(ensemble *e, int64_t entry, double *errors, double *left_out)
{
    const weft_member *m = e->member;
    const weft_observers *o = &m->observers;
    const double *means = e->total.mean + entry * o->total;
    double time = weft_calendar_time(&m->observe, entry, m->timing.dt);
    WEFT_TRY(weft_file_write(e->series, "time", entry, &time));
    for (int i = 0; i < o->n; i++) {
        const weft_observer *item = &o->item[i];
        if (item->hidden)
            continue;
        double derived;
        const double *values = means + item->offset;
        for (int64_t j = 0; j < item->count; j++)
            errors[j] = weft_average_error(&e->total, entry * o->total + item->offset + j);
        if (item->derived) {
            derived = weft_observers_derive(o, item, means);
            values = &derived;
            errors[0] = derived_error(e, item, entry, left_out);
        }
        char name[128];
        WEFT_TRY(weft_file_write(e->series, item->name, entry, values));
        snprintf(name, sizeof name, "%s_stderr", item->name);
        WEFT_TRY(weft_file_write(e->series, name, entry, errors));
    }
    return WEFT_OK;
}

static weft_status open_series(ensemble *e, bool append)
{
    static const char *const time[] = {"time"}, *const replica[] = {"replica", "time"};
    const weft_observers *o = &e->member->observers;
    if (append) {
        WEFT_TRY(weft_file_open(MPI_COMM_SELF, e->results->series_path, WEFT_APPEND, &e->series));
        return weft_file_set_text(e->series, NULL, "status", "running");
    }
    WEFT_TRY(weft_file_open(MPI_COMM_SELF, e->results->series_path, WEFT_CREATE, &e->series));
    WEFT_TRY(weft_results_describe(e->series, MPI_COMM_SELF, e->member,
                                   "observables of an ensemble", e->options->command, NULL));
    WEFT_TRY(weft_file_dimension(e->series, "time", 0, NULL, "time", "time"));
    WEFT_TRY(weft_series_define(e->series, o, "", 1, time));
    WEFT_TRY(weft_series_define(e->series, o, "_stderr", 1, time));
    if (e->keep_all) {
        WEFT_TRY(weft_file_dimension(e->series, "replica", 0, NULL, "", "replica"));
        WEFT_TRY(weft_series_define(e->series, o, "_replica", 2, replica));
    }
    WEFT_TRY(weft_file_resize(e->series, "time", e->records));
    return weft_file_flush(e->series);
}

static weft_status store_replicas(ensemble *e, int block, const double *data)
{
    const weft_observers *o = &e->member->observers;
    for (int64_t r = 0; r < block_size(e, block); r++) {
        double number = (double)(first_replica(e, block) + r);
        int64_t entry = first_replica(e, block) + r;
        WEFT_TRY(weft_file_write(e->series, "replica", entry, &number));
        for (int i = 0; i < o->n; i++) {
            const weft_observer *item = &o->item[i];
            if (item->hidden)
                continue;
            char name[128];
            double *packed = weft_alloc((size_t)(e->records * item->count), sizeof *packed);
            for (int64_t t = 0; t < e->records; t++)
                memcpy(packed + t * item->count,
                       data + r * e->numbers + t * o->total + item->offset,
                       (size_t)item->count * sizeof *packed);
            snprintf(name, sizeof name, "%s_replica", item->name);
            weft_status status = weft_file_write(e->series, name, entry, packed);
            weft_free(packed);
            WEFT_TRY(status);
        }
    }
    return WEFT_OK;
}

static weft_status write_series(ensemble *e, const char *state)
{
    int64_t widest = 1;
    for (int i = 0; i < e->member->observers.n; i++)
        if (e->member->observers.item[i].count > widest)
            widest = e->member->observers.item[i].count;
    double *errors = weft_alloc((size_t)widest, sizeof *errors);
    double *left_out = weft_alloc((size_t)e->blocks, sizeof *left_out);
    weft_status status = WEFT_OK;
    for (int64_t t = 0; t < e->records && status == WEFT_OK && e->merged > 0; t++)
        status = write_record(e, t, errors, left_out);
    weft_free(errors);
    weft_free(left_out);
    WEFT_TRY(status);
    WEFT_TRY(weft_file_set_int(e->series, NULL, "replicas_done", 1, &e->total.count));
    WEFT_TRY(weft_file_set_text(e->series, NULL, "status", state));
    return weft_file_flush(e->series);
}

/* ---- checkpoint of the total, by world rank 0 alone ---- */

static weft_status put_total(ensemble *e, weft_file *file)
{
    char *yaml = weft_params_yaml(e->input->params);
    weft_status status = weft_file_set_text(file, NULL, "input", yaml);
    weft_free(yaml);
    WEFT_TRY(status);
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    WEFT_TRY(weft_file_put(file, "merged", &e->merged, sizeof e->merged));
    WEFT_TRY(weft_file_put(file, "count", &e->total.count, sizeof e->total.count));
    WEFT_TRY(weft_file_put(file, "mean", e->total.mean, bytes));
    WEFT_TRY(weft_file_put(file, "m2", e->total.m2, bytes));
    return weft_file_put(file, "block_means", e->block_means,
                         e->merged * e->records * e->inputs * (int64_t)sizeof(double));
}

static weft_status get_total(ensemble *e, weft_file *file, const char *path)
{
    int64_t bytes = e->numbers * (int64_t)sizeof(double);
    WEFT_TRY(weft_restart_same(file, e->input, path));
    WEFT_TRY(weft_file_get(file, "merged", &e->merged, sizeof e->merged));
    WEFT_TRY(weft_file_get(file, "count", &e->total.count, sizeof e->total.count));
    WEFT_TRY(weft_file_get(file, "mean", e->total.mean, bytes));
    WEFT_TRY(weft_file_get(file, "m2", e->total.m2, bytes));
    return weft_file_get(file, "block_means", e->block_means,
                         e->merged * e->records * e->inputs * (int64_t)sizeof(double));
}

static weft_status write_total(ensemble *e)
{
    char *path = weft_format("%s/ckpt-ensemble-%06d.h5", e->results->dir, e->merged);
    weft_file *file;
    weft_status status = weft_checkpoint_begin(MPI_COMM_SELF, path, &file);
    weft_free(path);
    WEFT_TRY(status);
    status = put_total(e, file);
    if (status != WEFT_OK) {
        weft_checkpoint_abandon(file);
        return status;
    }
    WEFT_TRY(weft_checkpoint_commit(file));
    const weft_section *s = weft_params_section(e->input->params, "checkpoint");
    weft_restart_prune(MPI_COMM_SELF, e->results->dir, "ckpt-ensemble-",
                       (int)weft_get_int(s, "keep"));
    return WEFT_OK;
}

static void remove_flights(ensemble *e, int from, int to)
{
    for (int b = from; b < to; b++) {
        char *path = flight_path(e, b);
        unlink(path);
        weft_free(path);
    }
}

static weft_status resume_total(ensemble *e)
{
    char *path;
    weft_status status = WEFT_OK;
    if (e->rank == 0) {
        WEFT_TRY(weft_restart_find(MPI_COMM_SELF, e->results->dir, "ckpt-ensemble-", &path));
        if (path) {
            weft_file *file;
            status = weft_checkpoint_open(MPI_COMM_SELF, path, &file);
            if (status == WEFT_OK) {
                status = get_total(e, file, path);
                weft_file_close(file);
            }
            if (status == WEFT_OK)
                weft_say("resumed from %s: %lld replicas done", path, (long long)e->total.count);
        }
        weft_free(path);
    }
    return status;
}

/* ---- the whole ---- */

static void find_inputs(ensemble *e)
{
    const weft_observers *o = &e->member->observers;
    for (int i = 0; i < o->n; i++)
        e->input_of[i] = -1;
    for (int i = 0; i < o->n; i++)
        for (int k = 0; o->item[i].derived && k < WEFT_MAX_INPUTS && o->item[i].derived->inputs[k];
             k++)
            if (e->input_of[o->item[i].input[k]] < 0)
                e->input_of[o->item[i].input[k]] = e->inputs++;
}

static weft_status setup(ensemble *e)
{
    const weft_section *s = weft_params_section(e->input->params, "ensemble");
    e->replicas = weft_get_int(s, "replicas");
    e->blocks = (int)(e->replicas < MAX_BLOCKS ? e->replicas : MAX_BLOCKS);
    e->keep_all = strcmp(weft_get_text(s, "keep"), "all") == 0;
    make_groups(e);
    weft_status status = WEFT_OK;
    if (e->group != MPI_COMM_NULL)
        status = weft_member_create(e->group, e->input, &e->member);
    WEFT_TRY(weft_agree(e->world, status));
    if (!e->member)
        return WEFT_OK;
    find_inputs(e);
    e->records = e->member->observe.n;
    e->numbers = e->records * e->member->observers.total;
    size_t kept = e->keep_all ? (size_t)(e->replicas / e->blocks + 1) : 0;
    e->own = weft_alloc((size_t)e->numbers, sizeof *e->own);
    e->replicas_of_block = weft_alloc(kept * (size_t)e->numbers, sizeof *e->replicas_of_block);
    weft_average_init(&e->average, e->numbers);
    if (e->rank == 0) {
        weft_average_init(&e->total, e->numbers);
        e->block_means = weft_alloc((size_t)(e->blocks * e->records * e->inputs), sizeof(double));
        e->received = weft_alloc((2 + kept) * (size_t)e->numbers, sizeof *e->received);
    }
    return WEFT_OK;
}

static void cleanup(ensemble *e)
{
    weft_free(e->own);
    weft_free(e->replicas_of_block);
    weft_average_free(&e->average);
    weft_average_free(&e->total);
    weft_free(e->block_means);
    weft_free(e->received);
    weft_member_free(e->member);
    if (e->group != MPI_COMM_NULL)
        MPI_Comm_free(&e->group);
}

static void start_control(ensemble *e)
{
    const weft_section *s = weft_params_section(e->input->params, "checkpoint");
    double now = weft_now();
    e->control = (weft_control){.deadline = e->options->wall > 0 ? now + e->options->wall : 0,
                                .checkpoint_every = weft_get_real(s, "every"),
                                .last_checkpoint = now,
                                .stop_file = e->results->stop_path};
    if (e->rank != 0)
        return;
    const weft_member *m = e->member;
    double length = m->timing.dt > 0 ? (double)m->timing.steps : m->timing.end;
    int64_t left = e->replicas - first_replica(e, e->merged);
    e->control.progress =
        weft_progress_create(0, length * (double)((left + e->groups - 1) / e->groups),
                             (double)weft_grid_sites(m->sim->grid) * e->groups);
}

/* One block for each group, then a merge in order. *stopped: somebody was asked to stop. */
static weft_status round_of_blocks(ensemble *e, bool *stopped)
{
    weft_status status = WEFT_OK;
    e->block = e->merged + e->group_index;
    bool busy = e->group != MPI_COMM_NULL && e->block < e->blocks;
    if (busy)
        status = run_block(e);
    int state[2] = {busy && status == WEFT_STOPPED ? e->block : e->blocks, e->blocks}, first_open;
    MPI_Allreduce(&state[0], &first_open, 1, MPI_INT, MPI_MIN, e->world);
    if (status == WEFT_STOPPED)
        status = WEFT_OK;
    WEFT_TRY(weft_agree(e->world, status));
    *stopped = first_open < e->blocks;
    if (busy && *stopped && e->block > first_open && e->replica == first_replica(e, e->block + 1))
        status = write_flight(e, false); /* done, but not yet in order */
    int last = e->merged + e->groups < e->blocks ? e->merged + e->groups : e->blocks;
    if (last > first_open)
        last = first_open;
    int before = e->merged;
    for (int group = 0; before + group < last && status == WEFT_OK; group++) {
        status = merge_block(e, group);
        status = weft_agree(e->world, status);
    }
    return weft_agree(e->world, status);
}

static weft_status save(ensemble *e, int *saved, const char *state)
{
    weft_status status = WEFT_OK;
    if (e->rank == 0) {
        status = write_series(e, state);
        if (status == WEFT_OK && strcmp(state, "complete") != 0)
            status = write_total(e);
        if (status == WEFT_OK)
            remove_flights(e, *saved, e->merged);
        *saved = e->merged;
    }
    return weft_agree(e->world, status);
}

static weft_status rounds(ensemble *e)
{
    int saved = e->merged;
    double last = weft_now();
    const weft_section *s = weft_params_section(e->input->params, "checkpoint");
    while (e->merged < e->blocks) {
        bool stopped;
        WEFT_TRY(round_of_blocks(e, &stopped));
        int due = weft_now() - last > weft_get_real(s, "every");
        MPI_Bcast(&due, 1, MPI_INT, 0, e->world);
        if (stopped) {
            WEFT_TRY(save(e, &saved, "stopped"));
            char why[128];
            snprintf(why, sizeof why, "%s", e->control.why ? e->control.why : "asked to stop");
            MPI_Bcast(why, sizeof why, MPI_CHAR, 0, e->world);
            return weft_fail(WEFT_STOPPED,
                             "stopped with %d of %d blocks of replicas done (%s); run "
                             "again with --resume",
                             e->merged, e->blocks, why);
        }
        if (due && e->merged < e->blocks) {
            WEFT_TRY(save(e, &saved, "running"));
            last = weft_now();
        }
    }
    return save(e, &saved, "complete");
}

static weft_status go(ensemble *e)
{
    WEFT_TRY(setup(e));
    WEFT_TRY(weft_results_prepare(e->world, e->input, e->options, e->results));
    weft_status status = e->options->resume ? resume_total(e) : WEFT_OK;
    WEFT_TRY(weft_agree(e->world, status));
    e->resumed = e->options->resume;
    MPI_Bcast(&e->merged, 1, MPI_INT, 0, e->world);
    if (e->rank == 0) {
        unlink(e->results->stop_path);
        weft_run_announce(e->member, e->results, e->replicas);
        weft_say("%lld replicas in %d blocks, %d group%s of %d rank%s", (long long)e->replicas,
                 e->blocks, e->groups, e->groups == 1 ? "" : "s", e->ranks_per_replica,
                 e->ranks_per_replica == 1 ? "" : "s");
        bool there = access(e->results->series_path, F_OK) == 0;
        status = open_series(e, e->resumed && there && e->merged > 0);
    }
    WEFT_TRY(weft_agree(e->world, status));
    start_control(e);
    double begin = weft_now();
    status = rounds(e);
    if (e->control.progress) {
        weft_progress_end(e->control.progress);
        weft_progress_free(e->control.progress);
    }
    if (e->rank == 0) {
        char text[32];
        weft_duration_text(weft_now() - begin, text, sizeof text);
        if (status == WEFT_OK)
            weft_say("done in %s, %lld replicas", text, (long long)e->replicas);
        weft_status closed = weft_file_close(e->series);
        status = status == WEFT_OK ? closed : status;
    }
    return weft_agree(e->world, status);
}

weft_status weft_ensemble_run(MPI_Comm comm, const weft_input *input,
                              const weft_run_options *options, weft_results *results)
{
    ensemble e = {.world = comm,
                  .input = input,
                  .options = options,
                  .results = results,
                  .group = MPI_COMM_NULL};
    weft_status status = go(&e);
    cleanup(&e);
    return status;
}

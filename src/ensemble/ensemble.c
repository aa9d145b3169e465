/* Ensembles: groups of ranks, merging, and the run of an ensemble. */
#include "ensemble.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number of blocks is fixed, for any number of ranks: it bounds the number of groups and is the
 * number of samples of the jackknife. */
enum { MAX_BLOCKS = 256, SITES_PER_RANK = 1000, SMALL = 8 };

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
    weft_layout layout = input->stepper->space == WEFT_K ? WEFT_TRANSFORM : input->plan.layout;
    return weft_grid_max_ranks(input->dim, input->n, layout, most);
}

static void make_groups(ens_ensemble *e)
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

/* ---- merging ---- */

/* World rank 0 gets the n doubles of a group's leader. */
static void move_to_root(ens_ensemble *e, int group, double *data, double *target, int64_t n)
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

static void keep_inputs(ens_ensemble *e, int block, const double *mean)
{
    const run_observers *o = &e->member->observers;
    double *out = e->block_means + (int64_t)block * e->records * e->inputs;
    for (int64_t t = 0; t < e->records; t++)
        for (int i = 0; i < o->n; i++)
            if (e->input_of[i] >= 0)
                memcpy(out + t * e->inputs + e->input_of[i],
                       mean + t * o->total + o->item[i].offset,
                       (size_t)o->item[i].count * sizeof *out);
}

/* Block number merged + group, which is done, goes into the total. Collective over the world. */
static weft_status merge_block(ens_ensemble *e, int group)
{
    int block = e->merged;
    int64_t count = ens_size(e, block), n = e->numbers;
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
    ens_average_merge(&e->total, count, mean, m2);
    keep_inputs(e, block, mean);
    return e->keep_all && e->series ? ens_store_replicas(e, block, all) : WEFT_OK;
}

/* ---- the whole ---- */

static void keep_observer(ens_ensemble *e, int observer)
{
    if (e->input_of[observer] >= 0)
        return;
    e->input_of[observer] = e->inputs;
    e->inputs += (int)e->member->observers.item[observer].count;
}

/* The block means of what derived quantities are made of, and of what a scan may reduce. */
static void find_inputs(ens_ensemble *e)
{
    const run_observers *o = &e->member->observers;
    for (int i = 0; i < o->n; i++)
        e->input_of[i] = -1;
    for (int i = 0; i < o->n; i++) {
        const run_observer *item = &o->item[i];
        for (int k = 0; item->derived && k < WEFT_MAX_INPUTS && item->derived->inputs[k]; k++)
            keep_observer(e, item->input[k]);
        if (e->keep_small && !item->derived && item->count <= SMALL)
            keep_observer(e, i);
    }
}

weft_status ens_setup(ens_ensemble *e)
{
    const weft_section *s = weft_params_section(e->input->params, "ensemble");
    e->replicas = weft_get_int(s, "replicas");
    e->blocks = (int)(e->replicas < MAX_BLOCKS ? e->replicas : MAX_BLOCKS);
    e->keep_all = strcmp(weft_get_text(s, "keep"), "all") == 0;
    make_groups(e);
    weft_status status = WEFT_OK;
    if (e->group != MPI_COMM_NULL)
        status = run_member_create(e->group, e->input, &e->member);
    WEFT_TRY(weft_agree(e->world, status));
    if (!e->member)
        return WEFT_OK;
    find_inputs(e);
    e->records = e->member->observe.n;
    e->numbers = e->records * e->member->observers.total;
    size_t kept = e->keep_all ? (size_t)(e->replicas / e->blocks + 1) : 0;
    e->own = weft_alloc((size_t)e->numbers, sizeof *e->own);
    e->replicas_of_block = weft_alloc(kept * (size_t)e->numbers, sizeof *e->replicas_of_block);
    ens_average_init(&e->average, e->numbers);
    if (e->rank == 0) {
        ens_average_init(&e->total, e->numbers);
        e->block_means = weft_alloc((size_t)(e->blocks * e->records * e->inputs), sizeof(double));
        e->received = weft_alloc((2 + kept) * (size_t)e->numbers, sizeof *e->received);
    }
    return WEFT_OK;
}

void ens_cleanup(ens_ensemble *e)
{
    weft_free(e->own);
    weft_free(e->replicas_of_block);
    ens_average_free(&e->average);
    ens_average_free(&e->total);
    weft_free(e->block_means);
    weft_free(e->received);
    run_member_free(e->member);
    if (e->group != MPI_COMM_NULL)
        MPI_Comm_free(&e->group);
}

static void start_control(ens_ensemble *e, const weft_run_options *options)
{
    const weft_section *s = weft_params_section(e->input->params, "checkpoint");
    double now = weft_now();
    e->control = (run_control){.deadline = options->wall > 0 ? now + options->wall : 0,
                               .checkpoint_every = weft_get_real(s, "every"),
                               .last_checkpoint = now,
                               .stop_file = e->results->stop_path};
    if (e->rank != 0)
        return;
    const run_member *m = e->member;
    double length = m->timing.dt > 0 ? (double)m->timing.steps : m->timing.end;
    int64_t left = e->replicas - ens_first(e, e->merged);
    e->control.progress =
        run_progress_create(0, length * (double)((left + e->groups - 1) / e->groups),
                            (double)weft_grid_sites(m->sim->grid) * e->groups);
}

/* One block for each group, then a merge in order. *stopped: somebody was asked to stop. */
weft_status ens_round(ens_ensemble *e, bool *stopped)
{
    weft_status status = WEFT_OK;
    e->block = e->merged + e->group_index;
    bool busy = e->group != MPI_COMM_NULL && e->block < e->blocks;
    if (busy)
        status = ens_run_block(e);
    int state[2] = {busy && status == WEFT_STOPPED ? e->block : e->blocks, e->blocks}, first_open;
    MPI_Allreduce(&state[0], &first_open, 1, MPI_INT, MPI_MIN, e->world);
    if (status == WEFT_STOPPED)
        status = WEFT_OK;
    WEFT_TRY(weft_agree(e->world, status));
    *stopped = first_open < e->blocks;
    if (busy && *stopped && e->block > first_open && e->replica == ens_first(e, e->block + 1))
        status = ens_keep_block(e); /* done, but not yet in order */
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

static weft_status save(ens_ensemble *e, int *saved, const char *state)
{
    weft_status status = WEFT_OK;
    if (e->rank == 0) {
        status = ens_write_series(e, state);
        if (status == WEFT_OK && strcmp(state, "complete") != 0)
            status = ens_write_total(e);
        if (status == WEFT_OK)
            ens_forget_blocks(e, *saved, e->merged);
        *saved = e->merged;
    }
    return weft_agree(e->world, status);
}

static weft_status rounds(ens_ensemble *e)
{
    int saved = e->merged;
    double last = weft_now();
    const weft_section *s = weft_params_section(e->input->params, "checkpoint");
    while (e->merged < e->blocks) {
        bool stopped;
        WEFT_TRY(ens_round(e, &stopped));
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

static weft_status go(ens_ensemble *e, const weft_run_options *options)
{
    bool complete = false;
    WEFT_TRY(ens_setup(e));
    if (options->resume)
        WEFT_TRY(run_results_resumable(e->world, e->input, e->results, &complete));
    if (complete) {
        weft_say("%s is already complete", e->results->dir);
        return WEFT_OK;
    }
    WEFT_TRY(run_results_claim(e->world, options, e->results));
    WEFT_TRY(run_results_prepare(e->world, e->input, options, e->results));
    weft_status status = options->resume ? ens_resume_total(e) : WEFT_OK;
    WEFT_TRY(weft_agree(e->world, status));
    e->resumed = options->resume;
    MPI_Bcast(&e->merged, 1, MPI_INT, 0, e->world);
    if (e->rank == 0) {
        unlink(e->results->stop_path);
        run_announce(e->member, e->results, e->replicas);
        weft_say("%lld replicas in %d blocks, %d group%s of %d rank%s", (long long)e->replicas,
                 e->blocks, e->groups, e->groups == 1 ? "" : "s", e->ranks_per_replica,
                 e->ranks_per_replica == 1 ? "" : "s");
        bool there = access(e->results->series_path, F_OK) == 0;
        status = ens_open_series(e, e->resumed && there && e->merged > 0);
    }
    WEFT_TRY(weft_agree(e->world, status));
    start_control(e, options);
    double begin = weft_now();
    status = rounds(e);
    if (e->control.progress) {
        run_progress_end(e->control.progress);
        run_progress_free(e->control.progress);
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

weft_status ens_run(MPI_Comm comm, const weft_input *input, const weft_run_options *options,
                    run_results *results)
{
    ens_ensemble e = {.world = comm,
                      .input = input,
                      .command = options->command,
                      .results = results,
                      .group = MPI_COMM_NULL};
    weft_status status = go(&e, options);
    ens_cleanup(&e);
    return status;
}

/* One run in memory: an ensemble (of one replica, say) that writes nothing but checkpoints;
 * what a scan keeps of a point. An outcome has a layout (names, units, axes and times: what
 * the numbers mean, as bytes) and the numbers themselves. Points with equal layouts share
 * one in the log of the scan.
 *
 * Invariants. (1) The numbers are those that series.nc of the same input would hold, bit
 * for bit; after a run that ended early they go on with its last state. (2) The layout that
 * is read back comes from a log on the disk: every count in it is bounded by the bytes that
 * are there, and products are checked for overflow, before anything is allocated. So a
 * damaged log is an error and never a crash. (3) A point has results only if at least one
 * replica was done. */
#include "outcome.h"
#include "ensemble.h"
#include "weft/clock.h"
#include "weft/memory.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- layout ---- */

/* The words of a variable, in fields of fixed length: 256 bytes, a multiple of 8, so that
 * the numbers behind it are aligned. Zeros fill the rest, so that equal layouts have equal
 * bytes. */
typedef struct text {
    char name[64], unit[32], long_name[160];
} text;

/* Longer words are cut; NULL counts as empty. */
static text make_text(const char *name, const char *unit, const char *long_name)
{
    text t = {0};
    snprintf(t.name, sizeof t.name, "%s", name ? name : "");
    snprintf(t.unit, sizeof t.unit, "%s", unit ? unit : "");
    snprintf(t.long_name, sizeof t.long_name, "%s", long_name ? long_name : "");
    return t;
}

/* Whole numbers are stored as 64 bits of the machine. */
static void add_int(ens_bytes *b, int64_t value)
{
    ens_bytes_add(b, &value, sizeof value);
}

/* records, errors, items; times; then for each visible observer its words and its axes with
 * their coordinates. */
static void ens_outcome_layout_write(const run_member *m, bool errors, ens_bytes *out)
{
    int visible = 0;
    for (int i = 0; i < m->observers.n; i++)
        visible += !m->observers.item[i].hidden;
    add_int(out, run_calendar_records(&m->observe));
    add_int(out, errors);
    add_int(out, visible);
    for (int64_t t = m->observe.first; t < m->observe.n; t++) {
        double time = run_calendar_time(&m->observe, t, m->timing.dt);
        ens_bytes_add(out, &time, sizeof time);
    }
    for (int i = 0; i < m->observers.n; i++) {
        const run_observer *item = &m->observers.item[i];
        if (item->hidden)
            continue;
        text about = make_text(item->name, item->unit, item->long_name);
        ens_bytes_add(out, &about, sizeof about);
        add_int(out, item->n_axes);
        for (int a = 0; a < item->n_axes; a++) {
            const weft_axis *axis = &item->axes[a];
            about = make_text(axis->name, axis->unit, axis->long_name);
            ens_bytes_add(out, &about, sizeof about);
            add_int(out, axis->n);
            ens_bytes_add(out, axis->values, (size_t)axis->n * sizeof(double));
        }
    }
}

/* A place in the bytes that are read. bad: something did not fit, and nothing that was
 * taken since is to be used; so one test at the end is enough. */
typedef struct cursor {
    const char *at, *end;
    bool bad;
} cursor;

/* The next n bytes, NULL if there are not so many. */
static const void *take(cursor *c, size_t n)
{
    const char *p = c->at;
    if (c->bad || (size_t)(c->end - c->at) < n) {
        c->bad = true;
        return NULL;
    }
    c->at += n;
    return p;
}

/* 0 where there are no bytes left. */
static int64_t take_int(cursor *c)
{
    int64_t value = 0;
    const void *p = take(c, sizeof value);
    if (p)
        memcpy(&value, p, sizeof value);
    return value;
}

/* n doubles; the bytes are aligned since all that comes before them are multiples of 8. The
 * limit keeps n*8 from overflowing. */
static const double *take_reals(cursor *c, int64_t n)
{
    if (n < 0 || n > (1LL << 40)) {
        c->bad = true;
        return NULL;
    }
    return take(c, (size_t)n * sizeof(double));
}

/* Fields of equal lengths, zeros included. */
static void take_text(cursor *c, char *name, char *unit, char *long_name)
{
    const text *t = take(c, sizeof *t);
    if (!t)
        return;
    memcpy(name, t->name, sizeof t->name);
    memcpy(unit, t->unit, sizeof t->unit);
    memcpy(long_name, t->long_name, sizeof t->long_name);
    /* texts of a damaged log need not end */
    name[sizeof t->name - 1] = unit[sizeof t->unit - 1] = '\0';
    long_name[sizeof t->long_name - 1] = '\0';
}

/* One item. Its numbers are counted with checks for overflow, since they become sizes of
 * arrays. */
static void take_item(cursor *c, ens_outcome_item *item, ens_outcome_layout *l)
{
    take_text(c, item->name, item->unit, item->long_name);
    item->n_axes = (int)take_int(c);
    c->bad |= item->n_axes < 0 || item->n_axes > WEFT_MAX_SHAPE;
    item->count = 1;
    for (int a = 0; !c->bad && a < item->n_axes; a++) {
        ens_outcome_axis *axis = &item->axis[a];
        take_text(c, axis->name, axis->unit, axis->long_name);
        axis->n = take_int(c);
        axis->values = take_reals(c, axis->n);
        c->bad |= __builtin_mul_overflow(item->count, axis->n, &item->count);
    }
    int64_t numbers = 0;
    c->bad |= item->count < 0 || __builtin_mul_overflow(l->records, item->count, &numbers);
    item->offset = l->numbers;
    c->bad |= __builtin_add_overflow(l->numbers, numbers, &l->numbers);
}

/* The layout and a copy of the bytes lie in one piece of memory; names are copied into the
 * items, arrays point into the bytes. NULL: the bytes are no layout. */
ens_outcome_layout *ens_outcome_layout_read(const void *data, size_t n)
{
    size_t head = (sizeof(ens_outcome_layout) + 63) / 64 * 64;
    char *memory = weft_alloc(head + n, 1);
    ens_outcome_layout *l = (ens_outcome_layout *)memory;
    memcpy(memory + head, data, n);
    cursor c = {memory + head, memory + head + n, false};
    l->records = take_int(&c);
    l->errors = take_int(&c) != 0;
    l->n = (int)take_int(&c);
    l->times = take_reals(&c, l->records);
    c.bad |= l->n < 0 || l->n > WEFT_MAX_OBSERVERS;
    if (!c.bad)
        l->item = weft_alloc((size_t)l->n, sizeof *l->item);
    for (int i = 0; !c.bad && i < l->n; i++)
        take_item(&c, &l->item[i], l);
    if (!c.bad)
        return l;
    ens_outcome_layout_free(l);
    return NULL;
}

void ens_outcome_layout_free(ens_outcome_layout *l)
{
    if (!l)
        return;
    weft_free(l->item);
    weft_free(l);
}

/* ---- the numbers ---- */

/* A run of one replica: its records as they are, sorted by observers: (observer, record,
 * number). */
static void gather_single(ens_ensemble *e, ens_outcome *out)
{
    const run_observers *o = &e->member->observers;
    double *to = out->values;
    for (int i = 0; i < o->n; i++) {
        const run_observer *item = &o->item[i];
        if (item->hidden)
            continue;
        for (int64_t t = 0; t < e->records; t++, to += item->count)
            for (int64_t j = 0; j < item->count; j++)
                to[j] = e->own[t * o->total + item->offset + j];
    }
}

/* Means of all observers, then, `numbers` behind them, their errors. */
static void gather_ensemble(ens_ensemble *e, ens_outcome *out)
{
    const run_observers *o = &e->member->observers;
    double *to = out->values, *left_out = weft_alloc((size_t)e->blocks, sizeof *left_out);
    for (int i = 0; i < o->n; i++) {
        const run_observer *item = &o->item[i];
        if (item->hidden)
            continue;
        for (int64_t t = 0; t < e->records; t++, to += item->count)
            ens_record(e, item, t, to, to + out->numbers, left_out);
    }
    weft_free(left_out);
}

/* The error of each reduction that the scan wants, under its name, so that a later
 * collection finds it whatever the order is then. With them goes the number of replicas: means of
 * 3 replicas of 100, where 97 failed and were dropped, must not pass for means of 100. */
static void gather_errors(const ens_ensemble *e, const ens_outcome_options *options,
                          ens_outcome *out)
{
    double *times = ens_times(e);
    for (int b = 0; b < e->blocks; b++)
        out->n_left_out += e->counted[b] > 0;
    out->n_derived = options->n_derives + 1;
    out->derived = weft_alloc((size_t)out->n_derived, sizeof *out->derived);
    out->left_out = weft_alloc((size_t)(options->n_derives * out->n_left_out) + 1, sizeof(double));
    for (int i = 0; i < options->n_derives; i++) {
        double *to = out->left_out + i * out->n_left_out;
        memcpy(out->derived[i].name, options->derive[i].name, sizeof out->derived[i].name);
        ens_leave_out(e, &options->derive[i], times, to);
        out->derived[i].error = ens_jackknife_error(to, (int)out->n_left_out);
    }
    out->derived[options->n_derives] =
        (scan_error){.name = ENS_REPLICAS_DONE, .error = (double)e->total.count};
    weft_free(times);
}

/* On rank 0 alone, after the last merge. */
static void gather(ens_ensemble *e, const ens_outcome_options *options, ens_outcome *out)
{
    bool errors = e->replicas > 1;
    const run_observers *o = &e->member->observers;
    for (int i = 0; i < o->n; i++)
        out->numbers += o->item[i].hidden ? 0 : o->item[i].count * e->records;
    out->count = errors ? 2 * out->numbers : out->numbers;
    out->values = weft_alloc((size_t)out->count, sizeof *out->values);
    ens_outcome_layout_write(e->member, errors, &out->layout);
    if (!errors) {
        gather_single(e, out);
        return;
    }
    gather_ensemble(e, out);
    gather_errors(e, options, out);
}

/* ---- the run ---- */

/* Is there a file, as rank 0 sees it? Collective. */
static bool exists(MPI_Comm comm, int rank, const char *path)
{
    int there = 0;
    if (rank == 0)
        there = access(path, F_OK) == 0;
    MPI_Bcast(&there, 1, MPI_INT, 0, comm);
    return there;
}

/* The point is done: its directory of checkpoints goes. A directory that holds anything
 * else stays, as rmdir removes empty ones only. */
static void forget_checkpoints(const char *dir)
{
    DIR *d = opendir(dir);
    for (struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d))
        if (strncmp(entry->d_name, "ckpt-", 5) == 0) {
            char *path = weft_format("%s/%s", dir, entry->d_name);
            unlink(path);
            weft_free(path);
        }
    if (d)
        closedir(d);
    rmdir(dir);
}

/* From the total, where there is one; blocks then look for their flights themselves. */
static weft_status resume(ens_ensemble *e)
{
    WEFT_TRY(weft_agree(e->world, ens_resume_total(e)));
    MPI_Bcast(&e->merged, 1, MPI_INT, 0, e->world);
    e->resumed = true;
    return WEFT_OK;
}

/* Only a stop writes the total: a kill loses what was merged, not the flights. */
static weft_status rounds(ens_ensemble *e)
{
    while (e->merged < e->blocks) {
        bool stopped;
        WEFT_TRY(ens_round(e, &stopped));
        if (!stopped)
            continue;
        weft_status status = e->rank == 0 && e->merged > 0 ? ens_write_total(e) : WEFT_OK;
        WEFT_TRY(weft_agree(e->world, status));
        return WEFT_STOPPED;
    }
    return WEFT_OK;
}

/* Where every replica failed and was left out (on_failure: drop), there is nothing to average: the
 * point has failed, and zeros must not be taken for its results. */
static weft_status some_done(const ens_ensemble *e)
{
    weft_status status = WEFT_OK;
    if (e->rank == 0 && e->total.count == 0) {
        const char *end = memchr(e->failures.data, '\n', e->failures.n);
        int length = (int)(end - e->failures.data);
        status = e->replicas == 1
                     ? weft_fail(WEFT_FAILED, "%.*s", length, e->failures.data)
                     : weft_fail(WEFT_FAILED, "all %lld replicas failed; the first: %.*s",
                                 (long long)e->replicas, length, e->failures.data);
    }
    return weft_agree(e->world, status);
}

/* A directory of checkpoints says that the point was begun before. */
static weft_status run(ens_ensemble *e, const ens_outcome_options *options, ens_outcome *out)
{
    WEFT_TRY(ens_setup(e));
    if (e->member)
        e->member->fields.n = 0; /* no snapshots */
    bool begun = exists(e->world, e->rank, options->dir);
    if (begun)
        WEFT_TRY(resume(e));
    e->control = (run_control){.deadline = options->deadline,
                               .checkpoint_every = e->input->checkpoint->every,
                               .last_checkpoint = weft_now(),
                               .stop_file = options->stop_file,
                               .attend = options->attend,
                               .attended = options->attended};
    WEFT_TRY(rounds(e));
    WEFT_TRY(some_done(e));
    if (e->rank == 0) {
        gather(e, options, out);
        if (begun || exists(MPI_COMM_SELF, 0, options->dir))
            forget_checkpoints(options->dir);
    }
    return WEFT_OK;
}

/* The results of a run have paths only for its checkpoints. */
weft_status ens_outcome_run(MPI_Comm comm, const weft_input *input,
                            const ens_outcome_options *options, ens_outcome *out)
{
    *out = (ens_outcome){0};
    ens_ensemble e = {.world = comm,
                      .input = input,
                      .results = run_results_create(input, options->dir),
                      .group = MPI_COMM_NULL,
                      .in_memory = true,
                      .n_derives = options->n_derives,
                      .derive = options->derive};
    weft_status status = run(&e, options, out);
    run_results_free(e.results);
    ens_cleanup(&e);
    return status;
}

void ens_outcome_free(ens_outcome *out)
{
    ens_bytes_free(&out->layout);
    weft_free(out->values);
    weft_free(out->derived);
    weft_free(out->left_out);
    *out = (ens_outcome){0};
}

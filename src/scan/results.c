/* Reading the logs of all groups: what is known about the points.
 *
 * Invariants. (1) Logs are read in any order and by machines whose clocks differ, so that
 * no decision may rest on times. (2) Results of a point are the same whoever computed them:
 * any sound ones do. (3) Failures are counted, and "try again" says how many it knew of: a
 * point has failed if there are more than that, whichever clock was ahead. (4) An entry
 * counts if its checksum is right; behind the first that is not, the rest of the log was
 * not written whole and is passed over. (5) Nothing that stands in a log is used as a size
 * before it was compared with the bytes that are there.
 *
 * Logs are mapped into memory, and results point into them: nothing is copied, and a scan
 * of a million points opens in seconds. Everything here is local, and read-only. */
#include "log.h"
#include "weft/memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A layout and the digest by which results refer to it. */
typedef struct known_layout {
    uint64_t id[2];
    ens_outcome_layout *layout;
} known_layout;

/* What is known about one point while logs are read; `entry` is what others see. */
typedef struct record {
    scan_entry entry;
    bool running;
    double last;      /* seconds of the start that did it, or in which it failed */
    double stopped;   /* seconds of starts that were stopped */
    double failed_at; /* of the newest failure, by the clock of its machine: for its message */
    int64_t left_out_rows;
    int64_t pardoned; /* failures that were known when it was told to try again */
} record;

/* A log in memory. alive: its process holds the lock; changed: when it was written last. */
typedef struct mapped {
    void *data;
    size_t bytes;
    log_opened about;
    bool alive;
    time_t changed;
} mapped;

struct scan_results {
    int n_files, file_room;
    mapped *file;
    int n_layouts, layout_room;
    known_layout *layout;
    /* A hash table with open addressing: the identity's first word says where to begin, and at most
     * half of the slots are in use, so that a search is short. A slot holds the number of a record
     * from 1, 0: free. */
    int64_t n_records, room, slots, *table;
    record *record;
};

/* The slot of an identity, or the free one where it belongs. Identities are digests, so
 * that their bits are as good as those of a hash. */
static int64_t *find_slot(const scan_results *r, const uint64_t id[2])
{
    uint64_t mask = (uint64_t)r->slots - 1, i = id[0] & mask;
    for (; r->table[i]; i = (i + 1) & mask) {
        const scan_entry *e = &r->record[r->table[i] - 1].entry;
        if (e->id[0] == id[0] && e->id[1] == id[1])
            break;
    }
    return &r->table[i];
}

static void more_slots(scan_results *r)
{
    r->slots = r->slots ? 2 * r->slots : 1024;
    weft_free(r->table);
    r->table = weft_alloc((size_t)r->slots, sizeof *r->table);
    for (int64_t i = 0; i < r->n_records; i++)
        *find_slot(r, r->record[i].entry.id) = i + 1;
}

/* Records move when there are more of them: a pointer that was found before is then not valid any
 * more. */
static record *find_or_add(scan_results *r, const uint64_t id[2])
{
    if (2 * (r->n_records + 1) > r->slots)
        more_slots(r);
    int64_t *slot = find_slot(r, id);
    if (!*slot) {
        if (r->n_records == r->room) {
            r->room = r->room ? r->room + r->room / 4 : 512;
            r->record =
                weft_grow(r->record, (size_t)r->n_records, (size_t)r->room, sizeof *r->record);
        }
        r->record[r->n_records++] = (record){.entry = {.id = {id[0], id[1]}}};
        *slot = r->n_records;
    }
    return &r->record[*slot - 1];
}

/* Searched from the newest: entries refer to the layout that was written just before. */
static const ens_outcome_layout *find_layout(const scan_results *r, const uint64_t id[2])
{
    for (int i = r->n_layouts - 1; i >= 0; i--)
        if (memcmp(r->layout[i].id, id, sizeof r->layout[i].id) == 0)
            return r->layout[i].layout;
    return NULL;
}

/* An entry LAYOUT: the digest, then the bytes of the layout. One that cannot be read is
 * left out, and so are the results that refer to it. */
static void add_layout(scan_results *r, const char *data, size_t n)
{
    known_layout k;
    if (n < sizeof k.id)
        return;
    memcpy(k.id, data, sizeof k.id);
    if (find_layout(r, k.id))
        return;
    k.layout = ens_outcome_layout_read(data + sizeof k.id, n - sizeof k.id);
    if (!k.layout)
        return;
    if (r->n_layouts == r->layout_room) {
        r->layout_room = r->layout_room ? 2 * r->layout_room : 16;
        r->layout =
            weft_grow(r->layout, (size_t)r->n_layouts, (size_t)r->layout_room, sizeof *r->layout);
    }
    r->layout[r->n_layouts++] = k;
}

/* Results whose number of values does not fit their layout are passed over. */
static void add_done(scan_results *r, const log_event *e, const char *data, size_t n)
{
    const ens_outcome_layout *layout = find_layout(r, e->layout);
    if (!layout || e->count < 0 || (size_t)e->count * sizeof(double) != n ||
        e->count != layout->numbers * (layout->errors ? 2 : 1))
        return;
    record *slot = find_or_add(r, e->id);
    slot->entry.state = SCAN_DONE;
    slot->last = e->seconds;
    slot->entry.layout = layout;
    slot->entry.values = (const double *)data;
}

/* Standard errors of reductions and the number of replicas, whose names must end. */
static bool sound_errors(const log_event *e, const char *data, size_t n)
{
    const scan_error *error = (const scan_error *)data;
    if (e->count <= 0 || e->count > SCAN_DERIVES + 1 || (size_t)e->count * sizeof *error != n)
        return false;
    for (int64_t i = 0; i < e->count; i++)
        if (!memchr(error[i].name, '\0', sizeof error[i].name))
            return false;
    return true;
}

/* Estimates of the reductions without one block each; how many reductions, the entry of the errors
 * tells, which follows. */
static void add_left_out(record *slot, const log_event *e, const char *data, size_t n)
{
    const size_t row = sizeof(double) * (size_t)e->count;
    if (e->count <= 0 || e->count > 1 << 20 || n % row != 0)
        return;
    slot->entry.n_left_out = e->count;
    slot->entry.left_out = (const double *)data;
    slot->left_out_rows = (int64_t)(n / row);
}

/* One sound entry; *running: the start of the point that the log's process works on, from its last
 * entry. data is aligned to 8 bytes. Kinds that are not known, as of a later version, are
 * passed over. The errors of reductions come before their results and belong to the same
 * point. */
static void take_entry(scan_results *r, mapped *m, uint32_t kind, const char *data, size_t n,
                       const log_event **running)
{
    const log_event *e = (const log_event *)data;
    if (kind == LOG_OPENED && n == sizeof m->about)
        memcpy(&m->about, data, n);
    if (kind == LOG_LAYOUT)
        add_layout(r, data, n);
    if (kind < LOG_STARTED || kind == LOG_LAYOUT || n < sizeof *e)
        return;
    data += sizeof *e;
    n -= sizeof *e;
    record *slot = find_or_add(r, e->id);
    if (kind != LOG_ERRORS && kind != LOG_LEFT_OUT)
        *running = kind == LOG_STARTED ? e : NULL;
    if (kind == LOG_STOPPED && isfinite(e->seconds))
        slot->stopped += fmax(e->seconds, 0);
    if (kind == LOG_DONE)
        add_done(r, e, data, n);
    if (kind == LOG_ERRORS && sound_errors(e, data, n)) {
        slot->entry.n_derived = (int)e->count;
        slot->entry.derived = (const scan_error *)data;
        if (slot->left_out_rows != e->count - 1)
            slot->entry.left_out = NULL; /* of an earlier version, or of other reductions */
    }
    if (kind == LOG_LEFT_OUT)
        add_left_out(slot, e, data, n);
    if (kind == LOG_RETRY && e->count > slot->pardoned)
        slot->pardoned = e->count;
    if (kind == LOG_FAILED && n > 0 && data[n - 1] == '\0')
        slot->entry.failures++;
    if (kind == LOG_FAILED && e->time > slot->failed_at && n > 0 && data[n - 1] == '\0') {
        slot->failed_at = e->time;
        if (slot->entry.state != SCAN_DONE) {
            slot->entry.message = data;
            slot->last = e->seconds;
        }
    }
}

/* Entry after entry, up to the first that is not sound: an end that was cut by a kill, or
 * bytes that a disk has spoiled. Whether the process of the log is alive decides if its
 * last "started" means running. */
static void read_log(scan_results *r, mapped *m)
{
    const char *at = m->data, *end = at + m->bytes;
    const log_event *running = NULL;
    while ((size_t)(end - at) >= sizeof(log_head)) {
        log_head h;
        memcpy(&h, at, sizeof h);
        size_t left = (size_t)(end - at) - sizeof h;
        if (h.magic != SCAN_MAGIC || h.bytes > left ||
            h.sum != scan_log_sum(h.kind, at + sizeof h, h.bytes))
            break;
        take_entry(r, m, h.kind, at + sizeof h, h.bytes, &running);
        size_t padded = (h.bytes + 7) / 8 * 8;
        at += sizeof h + (padded < left ? padded : left);
    }
    if (!running || !m->alive)
        return;
    record *slot = find_or_add(r, running->id);
    slot->running = true;
    slot->entry.began = running->time;
}

/* A log that is locked belongs to a process that lives. The lock that is tried here is
 * shared and goes with the file: it is held for a moment only, and never keeps a process
 * from its own log. */
static void map_log(scan_results *r, const char *path)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    mapped m = {.alive = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK};
    if (fstat(file, &about) == 0 && about.st_size > 0) {
        m.bytes = (size_t)about.st_size;
        m.changed = about.st_mtime;
        m.data = mmap(NULL, m.bytes, PROT_READ, MAP_PRIVATE, file, 0);
    }
    close(file);
    if (!m.data || m.data == MAP_FAILED)
        return;
    if (r->n_files == r->file_room) {
        r->file_room = r->file_room ? 2 * r->file_room : 64;
        r->file = weft_grow(r->file, (size_t)r->n_files, (size_t)r->file_room, sizeof *r->file);
    }
    r->file[r->n_files] = m;
    read_log(r, &r->file[r->n_files++]);
}

/* From what was read to states: done before failed before running before waiting. */
static void settle(scan_results *r)
{
    for (int64_t i = 0; i < r->n_records; i++) {
        record *slot = &r->record[i];
        slot->entry.seconds = slot->stopped + slot->last;
        if (slot->entry.state == SCAN_DONE)
            continue;
        bool failed = slot->entry.failures > slot->pardoned;
        slot->entry.state = failed ? SCAN_FAILED : slot->running ? SCAN_RUNNING : SCAN_WAITING;
    }
}

/* In the order of names, so that equal directories give equal messages. A directory that is
 * not there has no results. */
weft_status scan_results_open(const char *dir, scan_results **out)
{
    scan_results *r = weft_alloc(1, sizeof *r);
    char *folder = weft_format("%s/results", dir);
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        size_t length = strlen(names[i]->d_name);
        if (length > 4 && strcmp(names[i]->d_name + length - 4, ".log") == 0) {
            char *path = weft_format("%s/%s", folder, names[i]->d_name);
            map_log(r, path);
            weft_free(path);
        }
        free(names[i]);
    }
    weft_status status = WEFT_OK;
    if (n >= 0)
        free(names);
    else if (errno != ENOENT)
        status = weft_fail(WEFT_IO, "%s: cannot be read: %s", folder, strerror(errno));
    weft_free(folder);
    settle(r);
    *out = r;
    return status;
}

/* Entries that were found point into what is freed here. */
void scan_results_close(scan_results *r)
{
    if (!r)
        return;
    for (int i = 0; i < r->n_files; i++)
        munmap(r->file[i].data, r->file[i].bytes);
    for (int i = 0; i < r->n_layouts; i++)
        ens_outcome_layout_free(r->layout[i].layout);
    weft_free(r->file);
    weft_free(r->layout);
    weft_free(r->table);
    weft_free(r->record);
    weft_free(r);
}

/* The table is empty where no log was found: find_slot needs one slot at least. */
const scan_entry *scan_results_find(const scan_results *r, const uint64_t id[2])
{
    if (r->slots == 0)
        return NULL;
    const int64_t *slot = find_slot(r, id);
    return *slot ? &r->record[*slot - 1].entry : NULL;
}

/* A point of which nothing is known waits. */
int scan_state(const scan_results *results, const scan_point *p)
{
    const scan_entry *e = scan_results_find(results, p->id);
    return e ? e->state : SCAN_WAITING;
}

/* A log of `weft scan resubmit` counts for all only while it is open, which is a moment. */
int scan_results_alive(const scan_results *r, int task, int tasks)
{
    int n = 0;
    for (int i = 0; i < r->n_files; i++)
        n += r->file[i].alive &&
             (task < 0 || (r->file[i].about.task == task && r->file[i].about.tasks == tasks));
    return n;
}

/* For the provenance of scan.nc. */
char *scan_results_makers(const scan_results *r)
{
    ens_bytes b = {0};
    ens_bytes_add(&b, "", 1);
    for (int i = 0; i < r->n_files; i++) {
        const log_opened *o = &r->file[i].about;
        if (o->ranks < 1) /* of weft scan resubmit, or damaged */
            continue;
        char *line = weft_format("weft %.63s (%.63s) on %.127s, %d rank%s a point\n", o->version,
                                 o->git, o->host, o->ranks, o->ranks == 1 ? "" : "s");
        if (!strstr(b.data, line)) {
            b.n--;
            ens_bytes_add(&b, line, strlen(line) + 1);
        }
        weft_free(line);
    }
    char *text = weft_strdup(b.data);
    ens_bytes_free(&b);
    return text;
}

/* The number of tasks of the array is not stored anywhere but in logs. */
int scan_results_tasks(const scan_results *r)
{
    int tasks = 0;
    time_t newest = 0;
    for (int i = 0; i < r->n_files; i++)
        if (r->file[i].about.tasks > 0 && r->file[i].changed >= newest) {
            newest = r->file[i].changed;
            tasks = r->file[i].about.tasks;
        }
    return tasks;
}

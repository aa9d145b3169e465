/* Results of points on disk. Each group of ranks appends to a log of its own, with a checksum for
 * each entry; a log is locked while its process lives. Whatever ends a process, the entries before
 * are there, and a damaged end is passed over. A start of a scan makes new logs. */
#include "scan.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/provenance.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Results reach the disk after so many seconds: what the loss of a machine may cost. */
static const double seconds_between_syncs = 2;

enum { MAGIC = 0x31666577, OPENED = 1, STARTED, LAYOUT, DONE, FAILED, RETRY };

typedef struct head {
    uint32_t magic, kind;
    uint64_t bytes; /* of what follows, less the padding to 8 */
    uint64_t sum;
} head;

typedef struct opened {
    int32_t task, tasks, group, ranks;
    char host[128], version[64], git[64];
} opened;

typedef struct event {
    uint64_t id[2];
    double time; /* seconds since 1970 */
    double seconds;
    uint64_t layout[2]; /* done: digest of the layout; failed: its code */
    int64_t count;      /* doubles that follow; or characters of the message */
} event;

/* ---- writing ---- */

struct scan_log {
    int file;
    char *path;
    double synced; /* weft_now() */
    uint64_t layout[2];
};

static double wall_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static weft_status write_all(scan_log *log, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t written = write(log->file, data, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return weft_fail(WEFT_IO, "%s: cannot write it: %s", log->path, strerror(errno));
        data += written;
        n -= (size_t)written;
    }
    return WEFT_OK;
}

static uint64_t sum_of(uint32_t kind, const void *data, size_t n)
{
    uint64_t digest[2];
    weft_digest(data, n, digest);
    return digest[0] + kind;
}

/* One entry of two parts. */
static weft_status append(scan_log *log, uint32_t kind, const void *a, size_t na, const void *b,
                          size_t nb)
{
    static const char zeros[8];
    head h = {.magic = MAGIC, .kind = kind, .bytes = na + nb};
    weft_bytes entry = {0};
    weft_bytes_add(&entry, &h, sizeof h);
    weft_bytes_add(&entry, a, na);
    weft_bytes_add(&entry, b, nb);
    h.sum = sum_of(kind, entry.data + sizeof h, na + nb);
    memcpy(entry.data, &h, sizeof h);
    weft_bytes_add(&entry, zeros, (8 - entry.n % 8) % 8);
    weft_status status = write_all(log, entry.data, entry.n);
    weft_bytes_free(&entry);
    if (status == WEFT_OK && weft_now() - log->synced > seconds_between_syncs) {
        if (fdatasync(log->file) != 0)
            status = weft_fail(WEFT_IO, "%s: cannot write it: %s", log->path, strerror(errno));
        log->synced = weft_now();
    }
    return status;
}

weft_status weft_scan_log_open(const char *dir, int task, int tasks, int group, int ranks,
                               scan_log **out)
{
    weft_provenance p;
    weft_provenance_now(&p);
    scan_log *log = weft_alloc(1, sizeof *log);
    log->path = weft_format("%s/results/task-%04d-group-%04d-%.8s.log", dir, task, group, p.uuid);
    log->file = open(log->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    log->synced = weft_now();
    *out = log;
    if (log->file < 0)
        return weft_fail(WEFT_IO, "%s: cannot make it: %s", log->path, strerror(errno));
    flock(log->file, LOCK_EX | LOCK_NB); /* where that is not possible, status knows less */
    opened o = {.task = task, .tasks = tasks, .group = group, .ranks = ranks};
    memcpy(o.host, p.host, sizeof o.host);
    memcpy(o.version, p.version, sizeof o.version);
    memcpy(o.git, p.git, sizeof o.git);
    return append(log, OPENED, &o, sizeof o, NULL, 0);
}

static event make_event(const uint64_t id[2], double seconds)
{
    return (event){.id = {id[0], id[1]}, .time = wall_clock(), .seconds = seconds};
}

weft_status weft_scan_log_start(scan_log *log, const uint64_t id[2])
{
    event e = make_event(id, 0);
    return append(log, STARTED, &e, sizeof e, NULL, 0);
}

weft_status weft_scan_log_done(scan_log *log, const uint64_t id[2], double seconds,
                               const weft_outcome *outcome)
{
    event e = make_event(id, seconds);
    e.count = outcome->count;
    weft_digest(outcome->layout.data, outcome->layout.n, e.layout);
    if (memcmp(e.layout, log->layout, sizeof e.layout) != 0)
        WEFT_TRY(append(log, LAYOUT, e.layout, sizeof e.layout, outcome->layout.data,
                        outcome->layout.n));
    memcpy(log->layout, e.layout, sizeof e.layout);
    return append(log, DONE, &e, sizeof e, outcome->values,
                  (size_t)outcome->count * sizeof(double));
}

weft_status weft_scan_log_failed(scan_log *log, const uint64_t id[2], double seconds, int status,
                                 const char *message)
{
    event e = make_event(id, seconds);
    e.layout[0] = (uint64_t)status;
    e.count = (int64_t)strlen(message) + 1;
    return append(log, FAILED, &e, sizeof e, message, (size_t)e.count);
}

weft_status weft_scan_log_retry(scan_log *log, const uint64_t id[2])
{
    event e = make_event(id, 0);
    return append(log, RETRY, &e, sizeof e, NULL, 0);
}

weft_status weft_scan_log_close(scan_log *log)
{
    weft_status status = WEFT_OK;
    if (!log)
        return WEFT_OK;
    if (log->file >= 0 && (fdatasync(log->file) != 0 || close(log->file) != 0))
        status = weft_fail(WEFT_IO, "%s: cannot write it: %s", log->path, strerror(errno));
    weft_free(log->path);
    weft_free(log);
    return status;
}

/* ---- reading ---- */

typedef struct known_layout {
    uint64_t id[2];
    weft_outcome_layout *layout;
} known_layout;

typedef struct record {
    scan_entry entry;
    bool used, running;
    double failed_at, retried_at;
} record;

typedef struct mapped {
    void *data;
    size_t bytes;
    opened about;
    bool alive;
    time_t changed;
} mapped;

struct scan_results {
    int n_files, file_room;
    mapped *file;
    int n_layouts, layout_room;
    known_layout *layout;
    int64_t n_records, slots; /* of a hash table with open addressing */
    record *table;
};

static record *find_slot(const scan_results *r, const uint64_t id[2])
{
    uint64_t mask = (uint64_t)r->slots - 1, i = id[0] & mask;
    while (r->table[i].used &&
           (r->table[i].entry.id[0] != id[0] || r->table[i].entry.id[1] != id[1]))
        i = (i + 1) & mask;
    return &r->table[i];
}

static record *find_or_add(scan_results *r, const uint64_t id[2])
{
    if (2 * (r->n_records + 1) > r->slots) {
        scan_results larger = *r;
        larger.slots = r->slots ? 2 * r->slots : 1024;
        larger.table = weft_alloc((size_t)larger.slots, sizeof *larger.table);
        for (int64_t i = 0; i < r->slots; i++)
            if (r->table[i].used)
                *find_slot(&larger, r->table[i].entry.id) = r->table[i];
        weft_free(r->table);
        *r = larger;
    }
    record *slot = find_slot(r, id);
    if (!slot->used) {
        *slot = (record){.used = true, .entry = {.id = {id[0], id[1]}}};
        r->n_records++;
    }
    return slot;
}

static const weft_outcome_layout *find_layout(const scan_results *r, const uint64_t id[2])
{
    for (int i = r->n_layouts - 1; i >= 0; i--)
        if (memcmp(r->layout[i].id, id, sizeof r->layout[i].id) == 0)
            return r->layout[i].layout;
    return NULL;
}

static void add_layout(scan_results *r, const char *data, size_t n)
{
    known_layout k;
    if (n < sizeof k.id)
        return;
    memcpy(k.id, data, sizeof k.id);
    if (find_layout(r, k.id))
        return;
    k.layout = weft_outcome_layout_read(data + sizeof k.id, n - sizeof k.id);
    if (!k.layout)
        return;
    if (r->n_layouts == r->layout_room) {
        r->layout_room = r->layout_room ? 2 * r->layout_room : 16;
        known_layout *larger = weft_alloc((size_t)r->layout_room, sizeof *larger);
        if (r->n_layouts)
            memcpy(larger, r->layout, (size_t)r->n_layouts * sizeof *larger);
        weft_free(r->layout);
        r->layout = larger;
    }
    r->layout[r->n_layouts++] = k;
}

static void add_done(scan_results *r, const event *e, const char *data, size_t n)
{
    const weft_outcome_layout *layout = find_layout(r, e->layout);
    if (!layout || e->count < 0 || (size_t)e->count * sizeof(double) != n ||
        e->count != layout->numbers * (layout->errors ? 2 : 1))
        return;
    record *slot = find_or_add(r, e->id);
    slot->entry.state = SCAN_DONE;
    slot->entry.seconds = e->seconds;
    slot->entry.layout = layout;
    slot->entry.values = (const double *)data;
}

/* One sound entry; *running: the point that the log's process works on. */
static void take_entry(scan_results *r, mapped *m, uint32_t kind, const char *data, size_t n,
                       const uint64_t **running)
{
    const event *e = (const event *)data;
    if (kind == OPENED && n == sizeof m->about)
        memcpy(&m->about, data, n);
    if (kind == LAYOUT)
        add_layout(r, data, n);
    if (kind < STARTED || kind == LAYOUT || n < sizeof *e)
        return;
    data += sizeof *e;
    n -= sizeof *e;
    record *slot = find_or_add(r, e->id);
    *running = kind == STARTED ? e->id : NULL;
    if (kind == DONE)
        add_done(r, e, data, n);
    if (kind == RETRY && e->time > slot->retried_at)
        slot->retried_at = e->time;
    if (kind == FAILED && e->time > slot->failed_at && n > 0 && data[n - 1] == '\0') {
        slot->failed_at = e->time;
        if (slot->entry.state != SCAN_DONE) {
            slot->entry.message = data;
            slot->entry.seconds = e->seconds;
        }
    }
}

static void read_log(scan_results *r, mapped *m)
{
    const char *at = m->data, *end = at + m->bytes;
    const uint64_t *running = NULL;
    while ((size_t)(end - at) >= sizeof(head)) {
        head h;
        memcpy(&h, at, sizeof h);
        size_t left = (size_t)(end - at) - sizeof h;
        if (h.magic != MAGIC || h.bytes > left || h.sum != sum_of(h.kind, at + sizeof h, h.bytes))
            break;
        take_entry(r, m, h.kind, at + sizeof h, h.bytes, &running);
        size_t padded = (h.bytes + 7) / 8 * 8;
        at += sizeof h + (padded < left ? padded : left);
    }
    if (running && m->alive)
        find_or_add(r, running)->running = true;
}

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
        mapped *larger = weft_alloc((size_t)r->file_room, sizeof *larger);
        if (r->n_files)
            memcpy(larger, r->file, (size_t)r->n_files * sizeof *larger);
        weft_free(r->file);
        r->file = larger;
    }
    r->file[r->n_files] = m;
    read_log(r, &r->file[r->n_files++]);
}

/* From what was read to states. */
static void settle(scan_results *r)
{
    for (int64_t i = 0; i < r->slots; i++) {
        record *slot = &r->table[i];
        if (!slot->used || slot->entry.state == SCAN_DONE)
            continue;
        bool failed = slot->failed_at > slot->retried_at;
        slot->entry.state = failed ? SCAN_FAILED : slot->running ? SCAN_RUNNING : SCAN_WAITING;
    }
}

weft_status weft_scan_results_open(const char *dir, scan_results **out)
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

void weft_scan_results_close(scan_results *r)
{
    if (!r)
        return;
    for (int i = 0; i < r->n_files; i++)
        munmap(r->file[i].data, r->file[i].bytes);
    for (int i = 0; i < r->n_layouts; i++)
        weft_outcome_layout_free(r->layout[i].layout);
    weft_free(r->file);
    weft_free(r->layout);
    weft_free(r->table);
    weft_free(r);
}

const scan_entry *weft_scan_results_find(const scan_results *r, const uint64_t id[2])
{
    if (r->slots == 0)
        return NULL;
    const record *slot = find_slot(r, id);
    return slot->used ? &slot->entry : NULL;
}

int weft_scan_results_alive(const scan_results *r, int task, int tasks)
{
    int n = 0;
    for (int i = 0; i < r->n_files; i++)
        n += r->file[i].alive &&
             (task < 0 || (r->file[i].about.task == task && r->file[i].about.tasks == tasks));
    return n;
}

int weft_scan_results_tasks(const scan_results *r)
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

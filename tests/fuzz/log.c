/* The logs of a scan: the bytes are a log, whose entries get right magic numbers and checksums, so
 * that what lies behind these is reached. Any log is read: what does not fit is passed over, all
 * that is found can be used (times, labels, values, errors, messages), no memory is left behind. */
#include "scan/log.h"
#include "fuzz.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder, *log_path;

static void start(void)
{
    if (log_path)
        return;
    folder = strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/weft_fuzz_XXXXXX"
                                                  : "/tmp/weft_fuzz_XXXXXX");
    FUZZ_MUST(folder && mkdtemp(folder));
    char *results = weft_format("%s/results", folder);
    FUZZ_MUST(mkdir(results, 0777) == 0);
    log_path = weft_format("%s/a.log", results);
    weft_free(results);
}

/* Mend the heads of the entries; the last one is as long as the rest. */
static void mend(char *data, size_t size)
{
    log_head h;
    for (size_t at = 0; size - at >= sizeof h;) {
        const size_t left = size - at - sizeof h;
        memcpy(&h, data + at, sizeof h);
        h.magic = SCAN_MAGIC;
        h.kind %= LOG_STOPPED + 2;
        if (h.bytes > left)
            h.bytes = left;
        h.sum = scan_log_sum(h.kind, data + at + sizeof h, h.bytes);
        memcpy(data + at, &h, sizeof h);
        const size_t padded = (h.bytes + 7) / 8 * 8;
        at += sizeof h + (padded < left ? padded : left);
    }
}

/* Every number and every letter of it. */
static void use_layout(const ens_outcome_layout *l)
{
    double sum = 0;
    size_t letters = 0;
    for (int64_t t = 0; t < l->records; t++)
        sum += l->times[t];
    for (int i = 0; i < l->n; i++) {
        const ens_outcome_item *item = &l->item[i];
        letters += strlen(item->name) + strlen(item->unit) + strlen(item->long_name);
        for (int a = 0; a < item->n_axes; a++) {
            letters += strlen(item->axis[a].name) + strlen(item->axis[a].long_name);
            for (int64_t j = 0; j < item->axis[a].n; j++)
                sum += item->axis[a].values[j];
        }
    }
    FUZZ_MUST(letters < (size_t)1 << 40 && (sum >= 0 || !(sum >= 0)));
}

static void use_entry(const scan_entry *e)
{
    double sum = 0;
    if (e->layout)
        use_layout(e->layout);
    for (int64_t i = 0; e->state == SCAN_DONE && i < e->layout->numbers; i++)
        sum += e->values[i];
    if (e->state == SCAN_DONE)
        sum += scan_derive_error("last_width2", e);
    FUZZ_MUST(!e->message || strlen(e->message) < (size_t)1 << 40);
    FUZZ_MUST(sum >= 0 || !(sum >= 0));
}

/* All points that the log names. */
static void use_points(const scan_results *r, const char *data, size_t size)
{
    for (size_t at = 0; size - at >= sizeof(log_head) + sizeof(log_event);) {
        log_head h;
        log_event e;
        memcpy(&h, data + at, sizeof h);
        memcpy(&e, data + at + sizeof h, sizeof e);
        const scan_entry *entry = scan_results_find(r, e.id);
        if (entry)
            use_entry(entry);
        const size_t left = size - at - sizeof h, padded = (h.bytes + 7) / 8 * 8;
        at += sizeof h + (padded < left ? padded : left);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    start();
    const int64_t before = weft_memory_blocks();
    char *copy = weft_alloc(size + 1, 1);
    memcpy(copy, data, size);
    mend(copy, size);
    int file = open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    FUZZ_MUST(file >= 0 && write(file, copy, size) == (ssize_t)size);
    close(file);
    scan_results *r;
    weft_status status = scan_results_open(folder, &r);
    fuzz_check_error(status);
    use_points(r, copy, size);
    scan_results_alive(r, 0, 1);
    scan_results_tasks(r);
    weft_free(scan_results_makers(r));
    scan_results_close(r);
    weft_free(copy);
    FUZZ_MUST(weft_memory_blocks() == before);
    return 0;
}

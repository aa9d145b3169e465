/* Logs of a scan (src/scan/log.c, results.c): what was written is found again, the newest entry of
 * a point holds, and a damaged end hides nothing before it. */
#include "scans.h"
#include <dirent.h>

static const scan_entry *entry(const scan_results *r, const test_scan *t, int point)
{
    return scan_results_find(r, t->scan->point[point].id);
}

static void write_entries(test_scan *t)
{
    scan_log *log;
    const scan_point *p = t->scan->point;
    scan_must(scan_log_open(t->scan->dir, 0, 1, 0, 1, &log));
    for (int i = 0; i < 6; i++)
        t->outcome.values[i] = 10 + i;
    scan_must(scan_log_start(log, p[0].id));
    scan_must(scan_log_done(log, p[0].id, 1.5, &t->outcome));
    scan_must(scan_log_failed(log, p[1].id, 0.5, WEFT_FAILED, "it blew up"));
    scan_must(scan_log_failed(log, p[2].id, 0.5, WEFT_FAILED, "it blew up"));
    scan_must(scan_log_retry(log, p[2].id, 1));
    scan_must(scan_log_start(log, p[3].id));
    scan_must(scan_log_stopped(log, p[3].id, 1.25));
    scan_must(scan_log_stopped(log, p[3].id, 0.5));
    t->outcome.values[5] = -7;
    scan_must(scan_log_done(log, p[3].id, 2.5, &t->outcome));
    scan_must(scan_log_close(log));
}

static void check_entries(test_scan *t, bool last)
{
    scan_results *r;
    scan_must(scan_results_open(t->scan->dir, &r));
    const scan_entry *e = entry(r, t, 0);
    CHECK(e && e->state == SCAN_DONE && e->seconds == 1.5);
    for (int i = 0; e && i < 6; i++)
        CHECK(e->values[i] == 10 + i);
    CHECK(e && e->layout && e->layout->n == 2 && e->layout->records == 3);
    e = entry(r, t, 1);
    CHECK(e && e->state == SCAN_FAILED);
    CHECK_TEXT(e && e->message ? e->message : "", "it blew up");
    CHECK(scan_state(r, &t->scan->point[2]) == SCAN_WAITING);
    e = entry(r, t, 3);
    CHECK(last ? e && e->state == SCAN_DONE && e->values[5] == -7
               : scan_state(r, &t->scan->point[3]) == SCAN_WAITING);
    /* Starts that were stopped count, too: of a chain of jobs each does a part of a point. */
    CHECK(e && e->seconds == (last ? 4.25 : 1.75));
    scan_results_close(r);
}

static char *only_log(const test_scan *t)
{
    char *folder = weft_format("%s/results", t->scan->dir), *path = NULL;
    DIR *dir = opendir(folder);
    for (struct dirent *d; dir && (d = readdir(dir));)
        if (d->d_name[0] != '.' && !path)
            path = weft_format("%s/%s", folder, d->d_name);
    if (dir)
        closedir(dir);
    weft_free(folder);
    return path;
}

/* The last entry, cut or with one wrong byte. */
static void damage(test_scan *t)
{
    char *path = only_log(t);
    struct stat s;
    CHECK(path && stat(path, &s) == 0);
    FILE *file = fopen(path, "r+");
    CHECK(file && fseek(file, s.st_size - 9, SEEK_SET) == 0 && fputc(0x55, file) != EOF);
    CHECK(fclose(file) == 0);
    check_entries(t, false);
    CHECK(truncate(path, s.st_size - 5) == 0);
    check_entries(t, false);
    weft_free(path);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    test_scan t;
    scan_begin(&t);
    scan_must(
        scan_load(&t, "base: base.yaml\naxes:\n  kuramoto.coupling: {linspace: [1, 4, 4]}\n"));
    scan_outcome(&t);
    write_entries(&t);
    check_entries(&t, true);
    damage(&t);
    scan_end(&t);
    return check_end();
}

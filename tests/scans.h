/* A scan in a folder of its own, with results of the test's choice. */
#ifndef WEFT_TESTS_SCANS_H
#define WEFT_TESTS_SCANS_H

#include "check.h"
#include "scan/internal.h"
#include "weft/memory.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct test_scan {
    char folder[64];
    weft_scan *scan;
    ens_outcome outcome; /* of the base: records of mean and width2 */
} test_scan;

static inline void scan_must(weft_status status)
{
    if (status == WEFT_OK)
        return;
    fprintf(stderr, "%s\n", weft_error_message());
    MPI_Abort(MPI_COMM_WORLD, 1);
    exit(1);
}

static inline void scan_write(const test_scan *t, const char *name, const char *text)
{
    char *path = weft_format("%s/%s", t->folder, name);
    FILE *file = fopen(path, "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
    weft_free(path);
}

/* Load the scan of this text. */
static inline weft_status scan_load(test_scan *t, const char *text)
{
    char *path = weft_format("%s/scan.yaml", t->folder), *out = weft_format("%s/out", t->folder);
    weft_scan_free(t->scan);
    scan_write(t, "scan.yaml", text);
    weft_status status = weft_scan_load(MPI_COMM_SELF, path, out, &t->scan);
    weft_free(path);
    weft_free(out);
    return status;
}

static inline void scan_begin(test_scan *t)
{
    *t = (test_scan){.folder = "/tmp/weft-scan-XXXXXX"};
    CHECK(mkdtemp(t->folder));
    scan_write(t, "base.yaml",
               "model: kuramoto\ngrid: {n: 8}\ninitial: {type: flat}\n"
               "time: {end: 2, dt: 0.1}\nobserve: {every: 1, list: [mean, width2]}\n");
    char *out = weft_format("%s/out", t->folder), *results = weft_format("%s/results", out);
    CHECK(mkdir(out, 0777) == 0 && mkdir(results, 0777) == 0);
    weft_free(out);
    weft_free(results);
}

static inline void scan_end(test_scan *t)
{
    char *command = weft_format("rm -r %s", t->folder);
    weft_scan_free(t->scan);
    ens_outcome_free(&t->outcome);
    CHECK(system(command) == 0);
    weft_free(command);
}

/* The outcome of the base, whose numbers tests replace: three records of mean, then of width2. */
static inline void scan_outcome(test_scan *t)
{
    ens_outcome_options options = {.dir = t->folder};
    scan_must(ens_outcome_run(MPI_COMM_SELF, t->scan->base, &options, &t->outcome));
    CHECK(t->outcome.count == 6);
}

/* The value of an axis at a point. */
static inline double scan_value(const weft_scan *s, const scan_point *p, int axis)
{
    return s->axis[axis].values[p->index[s->axis[axis].dim]];
}

#endif

/* Scans: reading one, and listing its points.
 *
 * Invariant: after weft_scan_load all ranks hold the same scan. The texts of scan and base
 * are read by rank 0 and sent to all; everything else follows from them, but for the
 * contents of files, which enter the identities: those are compared. */
#include "classes.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* The identities hold the contents of the files that points start from, so that a rank which sees
 * other files has other ones: its points would not be those of the scan. A file that another
 * program is writing may differ between two looks, and is no state to start from. */
static weft_status make_points(MPI_Comm comm, weft_scan *s)
{
    int rank, size;
    weft_ranks(comm, &rank, &size);
    WEFT_TRY(weft_agree(comm, scan_make_points(s)));
    if (size == 1)
        return WEFT_OK;
    bool same = true;
    uint64_t *id = weft_alloc((size_t)(2 * s->n), sizeof *id);
    for (int64_t i = 0; i < s->n; i++)
        memcpy(id + 2 * i, s->point[i].id, sizeof s->point[i].id);
    MPI_Bcast(id, (int)(2 * s->n), MPI_UINT64_T, 0, comm); /* at most SCAN_MAX_POINTS */
    for (int64_t i = 0; i < s->n; i++)
        same &= memcmp(s->point[i].id, id + 2 * i, sizeof s->point[i].id) == 0;
    weft_free(id);
    weft_status status = WEFT_OK;
    if (!same)
        status =
            weft_fail(WEFT_IO,
                      "%s: rank %d sees other files than rank 0 (or none) under the names that "
                      "points start from; all ranks must work on one file system",
                      s->path, rank);
    return weft_agree(comm, status);
}

/* Errors of the file system are found before the scan is parsed, and name the place where
 * the file was named. */
static weft_status load(MPI_Comm comm, weft_scan *s)
{
    const char *reason = weft_unreadable(comm, s->path);
    if (reason)
        return weft_fail(WEFT_INPUT, "%s: cannot be read: %s", s->path, reason);
    WEFT_TRY(weft_read_text(comm, s->path, &s->text));
    WEFT_TRY(scan_read(s));
    const weft_section *root = weft_params_section(s->params, "");
    s->base_path = weft_path_beside(s->path, s->keys->base);
    reason = weft_unreadable(comm, s->base_path);
    if (reason)
        return weft_param_fail(root, "base", "%s cannot be read: %s", s->base_path, reason);
    WEFT_TRY(weft_read_text(comm, s->base_path, &s->base_text));
    return make_points(comm, s);
}

/* *scan is NULL after an error. The directory of results is only named here, not made. */
weft_status weft_scan_load(MPI_Comm comm, const char *path, const char *out, weft_scan **scan)
{
    weft_scan *s = weft_alloc(1, sizeof *s);
    weft_warn_forget();
    s->path = weft_strdup(path);
    s->dir = out ? weft_strdup(out) : run_default_directory(path, "scan");
    weft_status status = load(comm, s);
    if (status != WEFT_OK) {
        weft_scan_free(s);
        s = NULL;
    }
    *scan = s;
    return status;
}

/* Works on a scan that was read only in part. */
void weft_scan_free(weft_scan *s)
{
    if (!s)
        return;
    for (int a = 0; a < s->n_axes; a++) {
        for (int i = 0; i < s->axis[a].n; i++) {
            weft_free(s->axis[a].texts[i]);
            weft_free(s->axis[a].written[i]);
        }
        weft_free(s->axis[a].texts);
        weft_free(s->axis[a].written);
        weft_free(s->axis[a].values);
    }
    for (int i = 0; i < s->n_fixed; i++)
        weft_free(s->fixed[i]);
    scan_tied_free(s);
    scan_classes_free(s->classes);
    scan_points_free(s);
    weft_input_free(s->base);
    weft_params_free(s->params);
    weft_document_free(s->document);
    weft_free(s->path);
    weft_free(s->dir);
    weft_free(s->text);
    weft_free(s->base_path);
    weft_free(s->base_text);
    weft_free(s);
}

/* For programs and people: one line a point, in the order in which they were made. */
weft_status weft_scan_expand(const weft_scan *s)
{
    if (weft_log_level() == WEFT_QUIET)
        return WEFT_OK;
    weft_print(stdout, "# point identity seed");
    for (int a = 0; a < s->n_axes; a++)
        weft_print(stdout, " %s", s->axis[a].path);
    weft_print(stdout, "\n");
    for (int64_t i = 0; i < s->n; i++) {
        const scan_point *p = &s->point[i];
        weft_print(stdout, "%lld %016llx%016llx %lu", (long long)i, (unsigned long long)p->id[0],
                   (unsigned long long)p->id[1], (unsigned long)p->seed);
        for (int a = 0; a < s->n_axes; a++)
            weft_print(stdout, " %s", s->axis[a].texts[p->index[s->axis[a].dim]]);
        weft_print(stdout, "\n");
    }
    return WEFT_OK;
}

/* Checkpoints of a run: files ckpt-<tag>.h5, of which the newest sound one is used. A
 * checkpoint is sound if it can be opened, says that it is complete, and all its checksums
 * agree.
 *
 * Invariants. (1) A checkpoint gets its name only when it is whole and on the disk
 * (weft_checkpoint_commit renames it), so that a kill at any moment leaves the older ones
 * untouched, and at worst a temporary file. (2) While there are checkpoints, results are
 * only changed by a run that goes on from one of them: where none can be used (damaged, or
 * not readable for this user), a resume ends with an error instead of beginning again over
 * what is there. (3) Only checkpoints that are whole count among those to keep, so that
 * damaged ones never push sound ones out. (4) A resume is refused if a parameter that could
 * change a number differs. */
#include "parts.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A run keeps at most 100 checkpoints (checkpoint.keep) and an ensemble one more for each
 * of at most 256 blocks. */
enum { MAX_FOUND = 1024, NAME_SIZE = 256 };

/* File names without their directory, the newest first. Of fixed size, so that it can be
 * sent as bytes. */
typedef struct found {
    int n;
    char name[MAX_FOUND][NAME_SIZE];
} found;

/* Tags end in a zero-padded number, so the order of names is the order of age. */
static int newest_first(const void *a, const void *b)
{
    return -strcmp(a, b);
}

/* The files of a directory whose name begins and ends so. A directory that is not there has
 * none. Local. */
static void list(const char *dir, const char *prefix, const char *suffix, found *f)
{
    size_t n = strlen(prefix), end = strlen(suffix);
    DIR *d = opendir(dir);
    for (struct dirent *e = d ? readdir(d) : NULL; e && f->n < MAX_FOUND; e = readdir(d)) {
        size_t length = strlen(e->d_name);
        if (strncmp(e->d_name, prefix, n) == 0 && length > end && length < NAME_SIZE &&
            strcmp(e->d_name + length - end, suffix) == 0)
            strcpy(f->name[f->n++], e->d_name);
    }
    if (d)
        closedir(d);
    if (f->n > 0)
        qsort(f->name, (size_t)f->n, NAME_SIZE, newest_first);
}

/* Rank 0 lists, all get the result: a shared file system may show ranks different things.
 * The caller frees it. */
static found *list_common(MPI_Comm comm, const char *dir, const char *prefix)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    found *f = weft_alloc(1, sizeof *f);
    if (rank == 0)
        list(dir, prefix, ".h5", f);
    MPI_Bcast(f, sizeof *f, MPI_BYTE, 0, comm);
    return f;
}

/* Can all of it be read? Everything is read once and compared with its checksums; this
 * costs less than a run that goes on from a damaged state. */
static weft_status is_sound(MPI_Comm comm, const char *path)
{
    weft_file *file;
    WEFT_TRY(weft_checkpoint_open(comm, path, &file));
    weft_status status = weft_checkpoint_verify(file);
    weft_status closed = weft_file_close(file);
    return status != WEFT_OK ? status : closed;
}

/* From the newest to the oldest. All ranks open the same file together, and is_sound gives
 * them the same status. */
weft_status run_restart_find(MPI_Comm comm, const char *dir, const char *prefix, char **path)
{
    found *f = list_common(comm, dir, prefix);
    int n = f->n;
    *path = NULL;
    for (int i = 0; i < n && !*path; i++) {
        char *candidate = weft_format("%s/%s", dir, f->name[i]);
        if (is_sound(comm, candidate) == WEFT_OK) {
            *path = candidate;
            continue;
        }
        weft_warn("passing over a damaged checkpoint: %s", weft_error_message());
        weft_error_clear();
        weft_free(candidate);
    }
    weft_free(f);
    if (n > 0 && !*path)
        return weft_fail(WEFT_IO,
                         "%s holds %d checkpoint%s, but none that can be used: put a sound one "
                         "there, or begin again with --overwrite",
                         dir, n, n == 1 ? "" : "s");
    return WEFT_OK;
}

/* A file that cannot be removed is left: it does no harm. */
static void remove_one(const char *dir, const char *name)
{
    char *path = weft_format("%s/%s", dir, name);
    unlink(path);
    weft_free(path);
}

/* Whole, though its values may be damaged: these are not read here, since this is asked at
 * every checkpoint. */
static bool is_whole(const char *dir, const char *name)
{
    weft_file *file;
    char *path = weft_format("%s/%s", dir, name);
    bool whole = weft_checkpoint_open(MPI_COMM_SELF, path, &file) == WEFT_OK;
    if (whole)
        weft_file_close(file);
    else
        weft_error_clear();
    weft_free(path);
    return whole;
}

/* From the newest to the oldest: once `keep` whole ones are counted, all older ones go,
 * whole or not. Names behind `newest` come from a run that was further on and whose
 * checkpoint could not be used. */
void run_restart_prune(MPI_Comm comm, const char *dir, const char *prefix, const char *newest,
                       int keep)
{
    int rank, kept = 0;
    MPI_Comm_rank(comm, &rank);
    if (rank != 0)
        return;
    found *f = weft_alloc(1, sizeof *f);
    list(dir, prefix, ".h5", f);
    for (int i = 0; i < f->n; i++)
        if (newest && strcmp(f->name[i], newest) > 0)
            continue;
        else if (kept >= keep)
            remove_one(dir, f->name[i]);
        else
            kept += is_whole(dir, f->name[i]);
    weft_free(f);
}

/* The input goes in as text: a resume compares it, and weft info shows it. */
static weft_status write_member(weft_file *file, run_member *m)
{
    char *yaml = weft_params_yaml(m->input->params);
    weft_status status = weft_file_set_text(file, NULL, "input", yaml);
    weft_free(yaml);
    if (status == WEFT_OK)
        status = weft_file_set_text(file, NULL, "weft_version", WEFT_VERSION);
    return status == WEFT_OK ? run_member_save(m, file, "") : status;
}

/* The frames bring the result files to the disk before the checkpoint is complete, so that
 * a checkpoint never knows of records that a crash of the machine could still lose. */
static weft_status write_all(weft_file *file, run_member *m, weft_file *series, weft_file *fields)
{
    WEFT_TRY(write_member(file, m));
    WEFT_TRY(weft_file_put_frame(file, RUN_SERIES_FRAME, series));
    return fields ? weft_file_put_frame(file, RUN_FIELDS_FRAME, fields) : WEFT_OK;
}

/* A checkpoint that cannot be completed leaves nothing behind. */
weft_status run_restart_write(const char *dir, run_member *m, const char *tag, weft_file *series,
                              weft_file *fields)
{
    char *path = weft_format("%s/ckpt-%s.h5", dir, tag);
    weft_file *file;
    weft_status status = weft_checkpoint_begin(m->sim->grid->comm, path, &file);
    weft_free(path);
    WEFT_TRY(status);
    status = write_all(file, m, series, fields);
    if (status != WEFT_OK) {
        weft_file_abandon(file);
        return status;
    }
    return weft_checkpoint_commit(file);
}

/* ---- is it the same problem? ---- */

/* Keys that may differ between a checkpoint and the input that resumes it: none of them changes
 * what a replica computes, but for the rounding of transforms that are planned in another way. The
 * first one, time.end, changes what a whole run is, and is only free where `first` is 0. */
static const char *const free_keys[][2] = {
    {"time", "end"},           {"checkpoint", "every"}, {"checkpoint", "keep"},
    {"fft", "planning"},       {"fft", "wisdom"},       {"ensemble", "ranks_per_replica"},
    {"ensemble", "on_failure"}};

/* line is one line of a resolved input, such as " keep: 2", in that section. */
static bool is_free(size_t first, const char *section, const char *line)
{
    for (size_t i = first; i < sizeof free_keys / sizeof *free_keys; i++) {
        size_t n = strlen(free_keys[i][1]);
        while (*line == ' ')
            line++;
        if (strcmp(section, free_keys[i][0]) == 0 && strncmp(line, free_keys[i][1], n) == 0 &&
            line[n] == ':')
            return true;
    }
    return false;
}

/* The next line of a resolved input that matters; keeps track of the section. */
static const char *next_line(size_t first, const char **text, char *section, size_t size,
                             char *line, size_t room)
{
    while (**text) {
        size_t n = strcspn(*text, "\n");
        snprintf(line, room, "%.*s", (int)(n < room ? n : room - 1), *text);
        *text += n + ((*text)[n] == '\n');
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (line[0] != ' ')
            snprintf(section, size, "%.*s", (int)strcspn(line, ":"), line);
        if (!is_free(first, section, line))
            return line;
    }
    return NULL;
}

/* Records at times that depend on time.end cannot be carried on to another end: logarithmic
 * schedules, and the default interval, which is a hundredth of the run. Nor can a motion whose law
 * does. */
bool run_restart_end_fixed(const weft_input *input)
{
    return input->plan.end_fixed ||
           !weft_is_written(weft_params_section(input->params, "observe"), "every") ||
           input->observe->every.log > 0 || input->output->fields_every.log > 0;
}

/* Line by line: both are resolved inputs, written by the same program in the same order
 * with every default. The first difference is named in the message. */
weft_status run_restart_compare(const char *stored, const char *present, bool whole,
                                const char *path)
{
    size_t first = whole ? 1 : 0;
    char s1[64] = "", s2[64] = "", a[512], b[512];
    for (;;) {
        const char *x = next_line(first, &stored, s1, sizeof s1, a, sizeof a);
        const char *y = next_line(first, &present, s2, sizeof s2, b, sizeof b);
        if (!x && !y)
            return WEFT_OK;
        if (!x || !y || strcmp(x, y) != 0)
            return weft_fail(
                WEFT_INPUT,
                "%s belongs to other parameters: it has '%s: %s', the input '%s: %s'; "
                "only %scheckpoint and fft may change on --resume%s",
                path, s1, x ? x + strspn(x, " ") : "nothing more", s2,
                y ? y + strspn(y, " ") : "nothing more", whole ? "" : "time.end, ",
                whole ? " (time.end, too, where all intervals, and a noise_horizon, are given as "
                        "numbers)"
                      : "");
    }
}

/* The text of the input in the checkpoint is compared with the one of now. */
weft_status run_restart_same(weft_file *file, const weft_input *input, const char *path)
{
    char *stored, *present = weft_params_yaml(input->params);
    weft_status status = weft_file_get_text(file, NULL, "input", &stored);
    if (status == WEFT_OK && !stored)
        status = weft_fail(WEFT_IO, "%s: no input is stored in it", path);
    else if (status == WEFT_OK)
        status = run_restart_compare(stored, present, run_restart_end_fixed(input), path);
    if (status == WEFT_OK || status == WEFT_INPUT)
        weft_free(stored);
    weft_free(present);
    return status;
}

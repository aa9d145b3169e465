/* The data of one run as a file of the directory: data-0000.h5 and so on, HDF5 that xarray reads.
 *
 * Exact densities cost far more than the numbers that are trained on them, and are of use beyond
 * the training: another number of poles, or a force of another program, can be trained on the same
 * ones.
 *
 * Invariant: a file is whole or not there, and says what it follows from, so that data of another
 * training are never taken for those of this one. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

static const char kind[] = "data of weft train, version 1";

static char *path_of(const train *t, int run)
{
    return weft_format("%s/data-%04d.h5", t->dir, run);
}

/* Variables: the two planes, and the numbers of a configuration. */
enum { NUMBERS = 4 };
static const char *const names[NUMBERS] = {"time", "temperature", "coupling", "hopping"};

/* One record for each configuration; all of a run have one lattice. */
static weft_status define(weft_file *file, const char *same, const train_configuration *c,
                          int64_t count)
{
    static const char *const planes[] = {"configuration", "y", "x"};
    WEFT_TRY(weft_file_set_text(file, NULL, "kind", kind));
    WEFT_TRY(weft_file_set_text(file, NULL, "follows_from", same));
    WEFT_TRY(weft_file_dimension(file, "configuration", count, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "y", c->rows, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "x", c->n, NULL, "", ""));
    WEFT_TRY(weft_file_variable(file, "energy", WEFT_STORE_F64, 3, planes, 1, "hopping",
                                "site energy from the chemical potential"));
    WEFT_TRY(weft_file_variable(file, "density", WEFT_STORE_F64, 3, planes, 1, "",
                                "exact density less one half"));
    for (int i = 0; i < NUMBERS; i++)
        WEFT_TRY(weft_file_variable(file, names[i], WEFT_STORE_F64, 1, planes, 1,
                                    i == 1 ? "hopping" : "", names[i]));
    return WEFT_OK;
}

/* A number of a configuration, in the order of names. */
static double *number_of(train *t, train_configuration *c, int i)
{
    double *const all[NUMBERS] = {&c->time, &c->temperature, &c->coupling, &t->hopping};
    return all[i];
}

/* Energies without their margin, which follows from them. */
static weft_status fill(train *t, weft_file *file, int64_t first)
{
    const train_configuration *c = &t->configuration[first];
    const int64_t count = t->count - first, sites = c->rows * c->n, w = c->n + 2 * EL_MARGIN;
    double *values = weft_alloc((size_t)(count * sites), sizeof *values);
    for (int64_t k = 0; k < count; k++)
        for (int64_t y = 0; y < c->rows; y++)
            memcpy(values + k * sites + y * c->n, c[k].v + (y + EL_MARGIN) * w + EL_MARGIN,
                   (size_t)c->n * sizeof *values);
    weft_status status = weft_file_write(file, "energy", -1, values);
    for (int64_t k = 0; k < count; k++)
        memcpy(values + k * sites, c[k].density, (size_t)sites * sizeof *values);
    if (status == WEFT_OK)
        status = weft_file_write(file, "density", -1, values);
    for (int i = 0; i < NUMBERS && status == WEFT_OK; i++) {
        for (int64_t k = 0; k < count; k++)
            values[k] = *number_of(t, &t->configuration[first + k], i);
        status = weft_file_write(file, names[i], -1, values);
    }
    weft_free(values);
    return status;
}

/* The directory is made with its first file: a training that fails before leaves nothing behind. */
weft_status train_store(train *t, int run, const char *same, int64_t first)
{
    weft_file *file;
    WEFT_TRY(weft_make_directory(t->comm, t->dir));
    char *path = path_of(t, run);
    weft_status status = weft_file_begin(t->comm, path, false, &file);
    weft_free(path);
    WEFT_TRY(status);
    status = define(file, same, &t->configuration[first], t->count - first);
    if (status == WEFT_OK)
        status = fill(t, file, first);
    if (status == WEFT_OK)
        return weft_file_commit(file);
    weft_file_abandon(file);
    return status;
}

/* Every rank reads all, and appends the same configurations. */
static weft_status take(train *t, weft_file *file, const int64_t extent[3])
{
    const int64_t first = t->count, count = extent[0], sites = extent[1] * extent[2];
    double *values = weft_alloc((size_t)(count * sites), sizeof *values);
    weft_status status = weft_file_read(file, "energy", -1, values);
    for (int64_t k = 0; k < count; k++)
        train_set_energies(train_append(t, extent[1], extent[2]), values + k * sites);
    if (status == WEFT_OK)
        status = weft_file_read(file, "density", -1, values);
    for (int64_t k = 0; k < count; k++)
        memcpy(t->configuration[first + k].density, values + k * sites,
               (size_t)sites * sizeof *values);
    for (int i = 0; i < NUMBERS && status == WEFT_OK; i++) {
        status = weft_file_read(file, names[i], -1, values);
        for (int64_t k = 0; k < count; k++)
            *number_of(t, &t->configuration[first + k], i) = values[k];
    }
    weft_free(values);
    return status;
}

/* Data of another training are an error, as they would otherwise be lost: the user says that they
 * may go, or where else to write. */
static weft_status read_file(train *t, weft_file *file, const char *path, const char *same,
                             bool *found)
{
    char *is = NULL, *follows = NULL;
    int ndims = 0;
    int64_t extent[8] = {0};
    WEFT_TRY(weft_file_verify(file, false));
    weft_status status = weft_file_get_text(file, NULL, "kind", &is);
    if (status == WEFT_OK)
        status = weft_file_get_text(file, NULL, "follows_from", &follows);
    *found = is && follows && strcmp(is, kind) == 0 && strcmp(follows, same) == 0;
    if (status == WEFT_OK && !*found && !t->options->overwrite)
        status = weft_fail(WEFT_INPUT,
                           "%s holds data of another training; choose another --out, or give "
                           "--overwrite",
                           path);
    weft_free(is);
    weft_free(follows);
    if (status != WEFT_OK || !*found)
        return status;
    WEFT_TRY(weft_file_extents(file, "energy", &ndims, extent));
    return ndims == 3 ? take(t, file, extent)
                      : weft_fail(WEFT_IO, "%s: 'energy' has another shape", path);
}

/* No file: the run has not been made yet. */
weft_status train_restore(train *t, int run, const char *same, bool *found)
{
    weft_file *file;
    char *path = path_of(t, run);
    *found = false;
    weft_status status = WEFT_OK;
    if (!weft_unreadable(t->comm, path)) {
        status = weft_file_open_replicated(t->comm, path, WEFT_READ, &file);
        if (status == WEFT_OK) {
            status = read_file(t, file, path, same, found);
            weft_status closed = weft_file_close(file);
            status = status == WEFT_OK ? closed : status;
        }
    }
    weft_free(path);
    return status;
}

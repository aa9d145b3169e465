/* FFTW's wisdom: plans that were found by timing, kept in a file for later runs.
 *
 * Invariant: rank 0 alone reads and writes the file, and whether that worked is agreed upon before
 * any other rank acts on it; wisdom then travels by FFTW's own broadcast. So a file system that
 * only one rank sees is enough, and all ranks plan from the same wisdom. A file that is not wisdom
 * is never written over: it may be something else that the user named by mistake. */
#include "internal.h"
#include "weft/memory.h"
#include <errno.h>
#include <fftw3-mpi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A missing file is no error: the first run makes it. */
static weft_status import(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file && errno == ENOENT)
        return WEFT_OK;
    if (!file)
        return weft_fail(WEFT_IO, "wisdom file %s: %s", path, strerror(errno));
    int ok = fftw_import_wisdom_from_file(file);
    fclose(file);
    if (ok)
        return WEFT_OK;
    return weft_fail(WEFT_INPUT,
                     "%s is not wisdom of this version of FFTW, and will not be written over; name "
                     "another file, or remove it",
                     path);
}

/* Several jobs may write the same file, perhaps from different machines: each writes to a name of
 * its own, made of machine and process, and then renames it. A reader sees one whole file or the
 * other. */
static weft_status export(const char *path)
{
    char host[128] = "";
    gethostname(host, sizeof host - 1);
    char *name = weft_format("%s.%s-%ld.tmp", path, host, (long)getpid());
    FILE *file = fopen(name, "w");
    int bad = !file;
    if (file) {
        fftw_export_wisdom_to_file(file);
        bad = ferror(file);
        bad |= fclose(file);
    }
    weft_status status = WEFT_OK;
    if (bad || rename(name, path)) {
        status = weft_fail(WEFT_IO, "wisdom file %s: %s", path, strerror(errno));
        remove(name);
    }
    weft_free(name);
    return status;
}

/* Agreement comes before the broadcast: if rank 0 failed, no rank enters it. */
weft_status fft_wisdom_read(MPI_Comm comm, const char *path)
{
    int rank, size;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    WEFT_TRY(weft_agree(comm, rank == 0 ? import(path) : WEFT_OK));
    if (size > 1)
        fftw_mpi_broadcast_wisdom(comm);
    return WEFT_OK;
}

/* What each rank learnt is gathered first, so that the file holds all of it. */
weft_status fft_wisdom_write(MPI_Comm comm, const char *path)
{
    int rank, size;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    if (size > 1)
        fftw_mpi_gather_wisdom(comm);
    return weft_agree(comm, rank == 0 ? export(path) : WEFT_OK);
}

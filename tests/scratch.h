/* A directory for the files of a test, under TMPDIR or the current one. */
#ifndef WEFT_TESTS_SCRATCH_H
#define WEFT_TESTS_SCRATCH_H

#include <dirent.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[512];

/* Make it; the same name on all ranks. Collective over the world. */
static inline void scratch_make(void)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const char *base = getenv("TMPDIR");
    snprintf(scratch, sizeof scratch, "%s/weft-test-XXXXXX", base ? base : ".");
    if (rank == 0 && !mkdtemp(scratch)) {
        perror(scratch);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    MPI_Bcast(scratch, sizeof scratch, MPI_CHAR, 0, MPI_COMM_WORLD);
}

/* The path of a file in it; the last 64 stay valid. */
static inline const char *scratch_path(const char *name)
{
    static char paths[64][640];
    static int next;
    char *path = paths[next++ % 64];
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

/* Remove it and the files in it. Collective over the world. */
static inline void scratch_remove(void)
{
    int rank;
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank != 0)
        return;
    DIR *d = opendir(scratch);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.' || strlen(e->d_name) > 2)
            unlink(scratch_path(e->d_name));
    if (d)
        closedir(d);
    rmdir(scratch);
}

#endif

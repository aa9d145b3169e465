/* The file of a learned force: what weft train writes and models read. Private to src. */
#ifndef WEFT_PHYSICS_LEARNED_H
#define WEFT_PHYSICS_LEARNED_H

#include "weft/electron.h"

/* What the file says beside the numbers. Errors: root mean squares of n - 1/2 per site. */
typedef struct learned_file {
    weft_learned numbers;
    double coupling[2];        /* least and largest one of the training */
    double start, trained;     /* errors before and after, where it was trained */
    double late;               /* error in the last tenth of the runs that were held out */
    double configurations[2];  /* of the training, held out */
    int steps;                 /* that were accepted */
    const double *loss;        /* steps + 1 mean squares, that of the start first; NULL when read */
    const char *spec, *inputs; /* texts of the training and of its runs; NULL when read */
    const char *command;       /* NULL: none */
} learned_file;

/* Write the file, which is whole or not there. Errors: WEFT_IO. Collective. */
weft_status learned_write(MPI_Comm comm, const char *path, const learned_file *file);
/* Read and verify one. out->numbers.weight is the caller's (weft_free). Errors: WEFT_IO (damaged,
 * not such a file). Collective. */
weft_status learned_read(MPI_Comm comm, const char *path, learned_file *out);

#endif

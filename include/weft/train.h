/* Training of learned forces: data from runs of a model, numbers that fit them, and one file that a
 * run reads. docs/models/holstein_forces.md describes method and files. */
#ifndef WEFT_TRAIN_H
#define WEFT_TRAIN_H

#include "weft/declare.h"
#include "weft/params.h"

WEFT_DECLARE_BEGIN

typedef struct weft_train_options {
    const char *out;     /* directory of the results; NULL: out/<name of the file> */
    double wall;         /* seconds from now after which to stop in good order; 0: no limit */
    bool overwrite;      /* data of another training in the directory may be replaced */
    const char *command; /* the command line, which the results keep; NULL: none */
} weft_train_options;

/* Read a training file and its base input, run what it asks for, compute exact densities, train,
 * and write OUT/force.h5. Data of runs are kept in OUT as soon as they are there: a training that
 * was stopped goes on from them. The result is the same to the bit for any number of ranks. Errors,
 * the same on every rank: WEFT_INPUT (with file and line), WEFT_FAILED, WEFT_IO, WEFT_STOPPED.
 * Collective. */
weft_status weft_train(MPI_Comm comm, const char *path, const weft_train_options *options);

/* The keys of a training file. Local. */
void weft_train_schema(weft_schema *schema);

WEFT_DECLARE_END

#endif

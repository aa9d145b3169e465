/* Work for the end of MPI: a library that was started on first use (PETSc) is stopped there.
 *
 * Invariant: the MPI standard promises that MPI_Finalize deletes the attributes of MPI_COMM_SELF
 * before all else (MPI 4.0, section 11.2.4), while MPI may still be called. So a function that
 * deletes such an attribute runs at exactly the right time, and drivers, tests and Python programs
 * need not know which libraries were started. Attributes are deleted in the reverse order of their
 * setting: a library that uses another one and was started after it is stopped before it. */
#include "weft/finalize.h"
#include <mpi.h>
#include <string.h>

/* Deletes the attribute: calls the function whose address it carries. The address travels as bytes,
 * since ISO C has no cast between pointers to functions and to objects. */
static int call(MPI_Comm comm, int key, void *value, void *state)
{
    void (*last)(void);
    (void)comm, (void)key, (void)value;
    memcpy(&last, &state, sizeof last);
    last();
    return MPI_SUCCESS;
}

/* MPI calls the delete functions of attributes of MPI_COMM_SELF at the very beginning of
 * MPI_Finalize, in reverse order of their setting (MPI 3.1, 8.7.1): the one portable hook. The
 * address of a function goes through memcpy because C has no cast to void *. */
void weft_at_finalize(void (*last)(void))
{
    int key;
    void *state;
    memcpy(&state, &last, sizeof state);
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, call, &key, state);
    MPI_Comm_set_attr(MPI_COMM_SELF, key, NULL);
}

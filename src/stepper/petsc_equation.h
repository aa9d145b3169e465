/* A model as the equation that PETSc solves, private to src/stepper. */
#ifndef WEFT_STEPPER_PETSC_EQUATION_H
#define WEFT_STEPPER_PETSC_EQUATION_H

#include "weft/stepper.h"
#include <petscts.h>

enum { STEPPER_PETSC_MOST = 16 }; /* components of a site */

/* d(rate of component row)/d(component column at an offset): weight plus the values of a block. */
typedef struct stepper_petsc_entry {
    weft_coupling where;
    double weight;
    int block; /* -1: none */
} stepper_petsc_entry;

/* The stepper at work. It owns all but sim. */
typedef struct stepper_petsc {
    weft_sim *sim;
    TS ts;
    Vec u;
    Mat jacobian;
    bool multistep;
    double h;                           /* the step that the error control would take now */
    int n;                              /* components of a site */
    PetscReal matrix_time, matrix_step; /* begin and length of the step that the matrix is of */
    PetscReal matrix_stage;             /* and the time of its stage */
    bool once;                          /* the matrix is made once a step */
    bool line;                          /* systems are solved in petsc_line.c, from `value` */
    bool chooses;                       /* the preconditioner is chosen for each matrix */
    double spread;                      /* of the matrix: largest sum of what a row has elsewhere
                                           than at its site, on this rank */
    const char *options;                /* of the user; "": none */
    weft_state *stage, *slope;
    int n_entries; /* of the Jacobian at a site */
    stepper_petsc_entry *entry;
    PetscScalar *value; /* of the matrix, see stepper_petsc_places */
    double *block;      /* what the model gives of the Jacobian for a row of sites */
    weft_extent extent; /* of id */
    double *id;         /* number of a site from 1 with a layer of ghosts; negative: the image
                           has the opposite sign */
} stepper_petsc;

/* Does the vector hold the field? Local. */
bool stepper_petsc_unknown(const weft_field *field);

/* Between vectors and states. Local. */
PetscErrorCode stepper_petsc_to_state(stepper_petsc *p, Vec from, weft_state *to);
PetscErrorCode stepper_petsc_to_vector(stepper_petsc *p, weft_state *from, Vec to);

/* How many values make up the rows of the matrix on this rank, and their places; row and column are
 * arrays of so many. Local. */
int64_t stepper_petsc_values(const stepper_petsc *p);
void stepper_petsc_places(const stepper_petsc *p, PetscInt *row, PetscInt *column);

/* u' - rhs(u) and its derivative, as PETSc calls them; context: a stepper_petsc. Collective. */
PetscErrorCode stepper_petsc_residual(TS ts, PetscReal t, Vec u, Vec rate, Vec out, void *context);
PetscErrorCode stepper_petsc_jacobian(TS ts, PetscReal t, Vec u, Vec rate, PetscReal shift, Mat a,
                                      Mat out, void *context);

#endif

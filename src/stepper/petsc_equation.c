/* A model as the equation that PETSc solves: F(t, u, u') = u' - rhs(u) and its analytic Jacobian.
 * PETSc's vectors hold the components of a site side by side, and the sites of a rank in the order
 * of its block; states hold them component by component, with ghosts. */
#include "petsc_equation.h"
#include <math.h>

bool stepper_petsc_unknown(const weft_field *field)
{
    return field->spec.role == WEFT_EVOLVED || field->spec.role == WEFT_MOMENTUM;
}

/* Owned sites of all evolved fields to or from the array of a vector. v runs with stride n,
 * since PETSc has the components of a site side by side. */
static void copy(weft_state *state, const weft_grid *grid, int n, double *vector, bool to_vector)
{
    for (int f = 0, c = 0; f < state->n; f++) {
        weft_field *field = &state->field[f];
        if (!stepper_petsc_unknown(field))
            continue;
        for (int j = 0; j < field->spec.components; j++, c++) {
            double *v = vector + c;
            WEFT_FOR_ROWS(grid, z, y) {
                double *row = weft_field_row(field, j, z, y);
                for (int64_t x = 0; x < grid->local[2]; x++, v += n) {
                    if (to_vector)
                        *v = row[x];
                    else
                        row[x] = *v;
                }
            }
        }
    }
}

/* Ghosts are left: the model's rhs exchanges them. */
PetscErrorCode stepper_petsc_to_state(stepper_petsc *p, Vec from, weft_state *to)
{
    const PetscScalar *values;
    PetscCall(VecGetArrayRead(from, &values));
    copy(to, p->sim->grid, p->n, (double *)values, false);
    PetscCall(VecRestoreArrayRead(from, &values));
    return 0;
}

/* Of the owned sites. */
PetscErrorCode stepper_petsc_to_vector(stepper_petsc *p, weft_state *from, Vec to)
{
    PetscScalar *values;
    PetscCall(VecGetArrayWrite(to, &values));
    copy(from, p->sim->grid, p->n, values, true);
    PetscCall(VecRestoreArrayWrite(to, &values));
    return 0;
}

/* ---- the equation ---- */

/* out = u' - rhs(t, u). Collective. */
PetscErrorCode stepper_petsc_residual(TS ts, PetscReal t, Vec u, Vec rate, Vec out, void *context)
{
    stepper_petsc *p = context;
    (void)ts;
    PetscCall(stepper_petsc_to_state(p, u, p->stage));
    if (p->sim->model->families.rhs(p->sim, t, p->stage, p->slope) != WEFT_OK)
        return PETSC_ERR_USER; /* the message is recorded */
    PetscCall(stepper_petsc_to_vector(p, p->slope, out));
    PetscCall(VecAYPX(out, -1.0, rate));
    return 0;
}

/* One row of shift - J: the diagonal, then the entries from first to behind the last one. The image
 * of a site behind an antisymmetric wall has the opposite sign, which its negative number says.
 * Neighbours that are the site itself, or each other (axes of one or two points), are added up by
 * ADD_VALUES. */
static PetscErrorCode add_row(stepper_petsc *p, Mat out, const double *own, double shift,
                              int64_t at, int i, int first, int last)
{
    const int64_t length = p->sim->grid->local[2];
    PetscInt row = (PetscInt)(((int64_t)p->id[at] - 1) * p->n + i), m = 1;
    p->column[0] = row;
    p->value[0] = shift;
    for (int e = first; e < last; e++, m++) {
        const stepper_petsc_entry *x = &p->entry[e];
        const int *offset = x->where.offset;
        double id = p->id[at + offset[0] * p->extent.stride[0] + offset[1] * p->extent.stride[1] +
                          offset[2] * p->extent.stride[2]];
        double value = x->weight + (x->block >= 0 ? own[x->block * length] : 0.0);
        p->column[m] = (PetscInt)((int64_t)fabs(id) - 1) * p->n + x->where.column;
        p->value[m] = id < 0.0 ? value : -value;
    }
    return MatSetValues(out, 1, &row, m, p->column, p->value, ADD_VALUES);
}

/* Entries are sorted by row: the runs of equal rows are found on the way. */
static PetscErrorCode add_site(stepper_petsc *p, Mat out, const double *own, double shift,
                               int64_t at)
{
    for (int i = 0, first = 0, last = 0; i < p->n; i++, first = last) {
        while (last < p->n_entries && p->entry[last].where.row == i)
            last++;
        PetscCall(add_row(p, out, own, shift, at, i, first, last));
    }
    return 0;
}

/* shift is what PETSc's method multiplies u' by, about 1/dt. */
PetscErrorCode stepper_petsc_jacobian(TS ts, PetscReal t, Vec u, Vec rate, PetscReal shift, Mat a,
                                      Mat out, void *context)
{
    stepper_petsc *p = context;
    const weft_grid *grid = p->sim->grid;
    (void)ts, (void)rate;
    PetscCall(stepper_petsc_to_state(p, u, p->stage));
    for (int f = 0; f < p->stage->n; f++)
        if (stepper_petsc_unknown(&p->stage->field[f]))
            weft_field_exchange(&p->stage->field[f]);
    PetscCall(MatZeroEntries(out));
    WEFT_FOR_ROWS(grid, z, y) {
        p->sim->model->families.jacobian(p->sim, t, p->stage, z, y, p->block);
        int64_t at = weft_extent_row(&p->extent, z, y);
        for (int64_t x = 0; x < grid->local[2]; x++)
            PetscCall(add_site(p, out, p->block + x, shift, at + x));
    }
    PetscCall(MatAssemblyBegin(out, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(out, MAT_FINAL_ASSEMBLY));
    if (a != out) {
        PetscCall(MatAssemblyBegin(a, MAT_FINAL_ASSEMBLY));
        PetscCall(MatAssemblyEnd(a, MAT_FINAL_ASSEMBLY));
    }
    return 0;
}

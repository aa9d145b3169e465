/* A model as the equation that PETSc solves: F(t, u, u') = u' - rhs(u) and its analytic Jacobian.
 * PETSc's vectors hold the components of a site side by side, and the sites of a rank in the order
 * of its block; states hold them component by component, with ghosts. */
#include "petsc_equation.h"
#include <math.h>
#include <stdlib.h>

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

/* ---- the matrix ----
 *
 * shift - J as a list of values whose places PETSc is told once: row of sites after row, in it the
 * shift for each component, then each entry for all sites. Values for one place are added up, as of
 * neighbours that are the site itself, or each other (axes of one or two points). */

int64_t stepper_petsc_values(const stepper_petsc *p)
{
    return weft_grid_local_sites(p->sim->grid) * (p->n + p->n_entries);
}

static int64_t shifted(const stepper_petsc *p, const int *offset)
{
    return offset[0] * p->extent.stride[0] + offset[1] * p->extent.stride[1] +
           offset[2] * p->extent.stride[2];
}

static PetscInt unknown(const stepper_petsc *p, double id, int component)
{
    return (PetscInt)((int64_t)fabs(id) - 1) * p->n + component;
}

void stepper_petsc_places(const stepper_petsc *p, PetscInt *row, PetscInt *column)
{
    const weft_grid *grid = p->sim->grid;
    const int64_t length = grid->local[2];
    WEFT_FOR_ROWS(grid, z, y) {
        const double *id = p->id + weft_extent_row(&p->extent, z, y);
        for (int i = 0; i < p->n; i++)
            for (int64_t x = 0; x < length; x++)
                *row++ = *column++ = unknown(p, id[x], i);
        for (int e = 0; e < p->n_entries; e++) {
            const weft_coupling *where = &p->entry[e].where;
            const double *other = id + shifted(p, where->offset);
            for (int64_t x = 0; x < length; x++) {
                *row++ = unknown(p, id[x], where->row);
                *column++ = unknown(p, other[x], where->column);
            }
        }
    }
}

/* Of one row of sites. The image of a site behind an antisymmetric wall has the opposite sign,
 * which its negative number says. Returns the end. */
static double *fill(const stepper_petsc *p, double shift, int64_t at, double *restrict value)
{
    const int64_t length = p->sim->grid->local[2];
    for (int64_t k = 0; k < p->n * length; k++)
        *value++ = shift;
    for (int e = 0; e < p->n_entries; e++, value += length) {
        const stepper_petsc_entry *entry = &p->entry[e];
        const double *other = p->id + at + shifted(p, entry->where.offset);
        const double *own = p->block + (entry->block < 0 ? 0 : entry->block) * length;
        const double with = entry->block < 0 ? 0.0 : 1.0;
        for (int64_t x = 0; x < length; x++) {
            double v = entry->weight + with * own[x];
            value[x] = other[x] < 0.0 ? v : -v;
        }
    }
    return value;
}

/* How much a row of the matrix has elsewhere than at its site: a bound from the largest values
 * along a row of sites. */
static double spread(const stepper_petsc *p)
{
    const int64_t length = p->sim->grid->local[2];
    double sum[STEPPER_PETSC_MOST] = {0}, most = 0.0;
    for (int e = 0; e < p->n_entries; e++) {
        const stepper_petsc_entry *entry = &p->entry[e];
        const int *offset = entry->where.offset;
        const double *own = p->block + entry->block * length;
        double largest = fabs(entry->weight);
        if (!offset[0] && !offset[1] && !offset[2])
            continue;
        for (int64_t x = 0; entry->block >= 0 && x < length; x++) {
            const double v = fabs(entry->weight + own[x]);
            largest = v > largest ? v : largest;
        }
        sum[entry->where.row] += largest;
    }
    for (int i = 0; i < p->n; i++)
        most = fmax(most, sum[i]);
    return most;
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
    double *value = p->value;
    p->spread = 0.0;
    WEFT_FOR_ROWS(grid, z, y) {
        p->sim->model->families.jacobian(p->sim, t, p->stage, z, y, p->block);
        if (p->chooses)
            p->spread = fmax(p->spread, spread(p));
        value = fill(p, shift, weft_extent_row(&p->extent, z, y), value);
    }
    if (!p->line)
        PetscCall(MatSetValuesCOO(out, p->value, INSERT_VALUES));
    if (p->line || a != out) { /* that it has other values */
        PetscCall(MatAssemblyBegin(a, MAT_FINAL_ASSEMBLY));
        PetscCall(MatAssemblyEnd(a, MAT_FINAL_ASSEMBLY));
    }
    return 0;
}

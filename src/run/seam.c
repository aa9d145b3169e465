/* Does a state from a file close over the axes that go round? A field read from a file may have
 * been made for a box with ends: tanh(x) on a periodic line has a wall at the seam that nobody
 * asked for, and the same field on an antiperiodic line has none. The step over the seam, with the
 * sign that the boundary gives, is compared with the largest step between neighbours elsewhere on
 * the same axis: a field that closes has steps of the same kind there, also where it is rough. */
#include "parts.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/run.h"
#include <math.h>
#include <string.h>

enum { FEWEST = 8 }; /* points of an axis below which steps say nothing */

typedef struct steps {
    double inner, seam, size; /* largest steps, and largest value */
} steps;

/* u: values with one layer of ghosts, which hold the images over the seam. */
static steps largest_steps(const weft_grid *g, const double *u, int axis)
{
    const weft_extent e = weft_grid_extent(g, 1);
    steps s = {0, 0, 0};
    WEFT_FOR_ROWS(g, z, y) {
        const double *row = u + weft_extent_row(&e, z, y);
        for (int64_t x = 0; x < g->local[2]; x++) {
            const int64_t i[3] = {z, y, x};
            double *most = g->start[axis] + i[axis] == 0 ? &s.seam : &s.inner;
            *most = fmax(*most, fabs(row[x] - row[x - e.stride[axis]]));
            s.size = fmax(s.size, fabs(row[x]));
        }
    }
    double all[3] = {s.inner, s.seam, s.size};
    MPI_Allreduce(MPI_IN_PLACE, all, 3, MPI_DOUBLE, MPI_MAX, g->comm);
    return (steps){all[0], all[1], all[2]};
}

/* A factor of four: the largest of many steps of a rough field exceeds the typical one by less, and
 * a state that does not close jumps by its whole height. Below 1e-9 of the values a jump is
 * rounding of the program that wrote the file. A warning and no error: the user may want the wall.
 */
static void look_at(const weft_grid *g, const char *name, const double *u, int axis)
{
    static const char *const names[] = {"z", "y", "x"};
    const weft_boundary b = g->boundary[axis];
    if ((b != WEFT_PERIODIC && b != WEFT_ANTIPERIODIC) || g->n[axis] < FEWEST)
        return;
    const steps s = largest_steps(g, u, axis);
    if (s.seam > 4 * s.inner && s.seam > 1e-9 * s.size)
        weft_warn(
            "initial.path: '%s' of the file jumps by %.4g over the seam of the %s axis %s, and "
            "by at most %.4g between neighbours elsewhere: it does not close there; use "
            "another boundary, or a state that closes",
            name, s.seam, weft_boundary_name(b), names[axis], s.inner);
}

/* Once a run, by the first replica. Sites of lattices are independent states: a step over the seam
 * says nothing there. The halo brings the images over the seam with the sign of the boundary. */
void run_look_at_seams(const weft_sim *sim, const char *name, const double *values)
{
    const weft_grid *g = sim->grid;
    const weft_extent e = weft_grid_extent(g, 1);
    weft_halo *halo;
    if (sim->noise.replica > 0 || sim->model->lattice)
        return;
    if (weft_halo_create(g, 1, 1, sizeof *values, 1, NULL, &halo) != WEFT_OK) {
        weft_error_clear(); /* ranks without points: nothing can be said */
        return;
    }
    double *u = weft_alloc((size_t)e.size, sizeof *u);
    WEFT_FOR_ROWS(g, z, y) {
        memcpy(u + weft_extent_row(&e, z, y), values, (size_t)g->local[2] * sizeof *u);
        values += g->local[2];
    }
    weft_halo_exchange(halo, u);
    for (int axis = 3 - g->dim; axis < 3; axis++)
        look_at(g, name, u, axis);
    weft_free(u);
    weft_halo_free(halo);
}

/* External site energies of the electrons (field), from a file of the user's, read when a run is
 * set up. Its shape must be that of the grid, and all its values must be finite, since a step could
 * only say that the site energies are not. */
#include "holstein.h"
#include "weft/io.h"
#include "weft/state.h"
#include <math.h>

/* All ranks open the file, and it is closed also after an error. */
weft_status ho_field_read(weft_sim *sim, ho *h)
{
    weft_file *file;
    const char *reason = weft_unreadable(sim->grid->comm, h->par.field);
    if (reason)
        return weft_param_fail(sim->own, "field", "%s cannot be read: %s", h->par.field, reason);
    if (weft_file_open(sim->grid->comm, h->par.field, WEFT_READ, &file) != WEFT_OK)
        return weft_param_blame(sim->own, "field");
    weft_box box = weft_grid_box(sim->grid, h->field->spec.ghost);
    int ndims = 0;
    int64_t extents[8];
    bool there;
    weft_status status = weft_file_has(file, "field", &there);
    if (status == WEFT_OK)
        status =
            there ? weft_file_extents(file, "field", &ndims, extents)
                  : weft_param_fail(sim->own, "field", "%s has no dataset 'field'", h->par.field);
    bool same = ndims == h->dim;
    for (int a = 0; same && a < h->dim; a++)
        same = extents[a] == sim->grid->n[3 - h->dim + a];
    if (status == WEFT_OK && !same)
        status = weft_param_fail(sim->own, "field",
                                 "the dataset 'field' of %s has not the shape of the grid",
                                 h->par.field);
    if (status == WEFT_OK)
        status =
            weft_file_read_block(file, "field", -1, -1, sim->grid, &box, WEFT_F64, h->field->data);
    if (status == WEFT_OK && !isfinite(weft_field_sum_squares(sim->state, h->field, 0)))
        status = weft_param_fail(sim->own, "field",
                                 "the dataset 'field' of %s has a value that is not finite",
                                 h->par.field);
    weft_status closed = weft_file_close(file);
    return status != WEFT_OK ? status : closed;
}

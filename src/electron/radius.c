/* The window of the Chebyshev solver: its shape for a radius, and the copy of the potential that
 * has a border as wide as the window. A copy made for another radius, or for a rational window, is
 * made anew. */
#include "calibrate.h"
#include "internal.h"
#include <math.h>

/* The kernel's room depends on the shape and is made when it is next used. Only the window
 * that was asked for as the whole lattice (radius2 < 0) shows no radius. */
void el_set_radius(weft_electron *e, int64_t radius2)
{
    el_private *p = e->own;
    el_shape_free(&p->shape);
    el_shape_make(e->grid->dim, e->grid->n, radius2, p->options.next_hopping != 0, &p->shape);
    p->radius2 = radius2;
    p->engine.shape = &p->shape;
    e->radius = p->shape.radius2 < 0 && radius2 < 0 ? NAN : sqrt((double)radius2);
}

/* A source made for a rational window (reach > 0) does not serve Chebyshev windows. */
weft_status el_use_radius(weft_electron *e, int64_t radius2)
{
    el_private *p = e->own;
    if (p->reach > 0) {
        p->reach = 0;
        el_source_free(&p->source);
    }
    if (p->radius2 != radius2) {
        el_set_radius(e, radius2);
        el_source_free(&p->source);
    }
    return p->source.v ? WEFT_OK : el_source_prepare(e);
}

/* The reference must be collected at least so far around each sample. */
int64_t el_largest_reach(const el_private *p)
{
    int64_t reach = 0;
    for (int i = 0; i < p->windows; i++)
        reach = p->window[i].program.reach > reach ? p->window[i].program.reach : reach;
    return reach;
}

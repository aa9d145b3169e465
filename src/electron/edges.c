/* The levels next to the chemical potential, whose distance is the gap: from all of them on
 * small lattices, else from those about mu alone (slepc.c).
 *
 * Where the levels that are known lie on one side of mu, the gap is not known: nan, and not a
 * guess. */
#include "dense.h"
#include "weft/memory.h"
#include <math.h>

enum { FEW_SITES = 1200 };

const char *weft_electron_lacks_gap(double sites)
{
    return sites <= FEW_SITES ? weft_electron_lacks_dense() : el_slepc_missing();
}

/* Levels come in rising order. */
static weft_status by_all_levels(weft_electron *e, double *below, double *above)
{
    el_private *p = e->own;
    bool borrowed = p->whole != NULL;
    double *levels = weft_alloc((size_t)p->sites, sizeof *levels);
    if (!borrowed)
        p->whole = weft_alloc((size_t)p->sites, sizeof *p->whole);
    el_gather(e, p->whole);
    weft_status status = el_levels(e, levels);
    *below = -INFINITY;
    *above = INFINITY;
    for (int64_t k = 0; k < p->sites; k++)
        if (levels[k] < e->mu)
            *below = levels[k];
        else
            *above = fmin(*above, levels[k]);
    if (!borrowed) {
        weft_free(p->whole);
        p->whole = NULL;
    }
    weft_free(levels);
    return status;
}

/* nan where one of the two levels was not found. A level at mu is next to it on both sides: 0. On
 * which side of mu it is found is rounding alone, of the size of the whole band. */
weft_status weft_electron_gap(weft_electron *e, double *gap)
{
    double below = 0, above = 0;
    WEFT_TRY(e->own->sites <= FEW_SITES ? by_all_levels(e, &below, &above)
                                        : el_slepc_levels(e, &below, &above));
    const weft_electron_options *o = &e->own->options;
    const double rounding = 1e-12 * (fabs(e->mu) + fabs(o->hopping) + fabs(o->next_hopping));
    if (e->mu - below <= rounding || above - e->mu <= rounding)
        *gap = 0;
    else
        *gap = isinf(above - below) ? NAN : above - below;
    return WEFT_OK;
}

/* Initial states of oscillators: phases, of which the model makes its fields.
 *
 * A start writes phases on the owned sites into an array of its own, and phases_assign
 * gives it to the model and frees it. So a start knows nothing of the model's fields, and a
 * model with other fields (an amplitude, a pair of cosine and sine) has the same starts. */
#include "phases.h"
#include "weft/memory.h"
#include <math.h>

double *phases_sites(const weft_sim *sim)
{
    return weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
}

/* values are freed here, whatever the model does with them. */
weft_status phases_assign(weft_sim *sim, double *values)
{
    const phases_data *phases = sim->phases;
    phases->assign(sim, values);
    weft_free(values);
    return WEFT_OK;
}

/* New memory holds zeros. */
weft_status phases_flat(weft_sim *sim)
{
    return phases_assign(sim, phases_sites(sim));
}

weft_status phases_random(weft_sim *sim)
{
    double *values = phases_sites(sim);
    front_random(sim, 0.0, 2.0 * M_PI, values);
    return phases_assign(sim, values);
}

/* A droplet, as fronts have it. */
weft_status phases_wedge(weft_sim *sim)
{
    double *values = phases_sites(sim);
    front_wedge(sim, values);
    return phases_assign(sim, values);
}

/* 2 pi winding/n: the difference of neighbours. 0 for all other starts, which have no such
 * keys. */
double phases_twist(const weft_sim *sim)
{
    const front_twisted *start = weft_params_values(sim->params, front_twisted_params);
    return start ? 2.0 * M_PI * (double)start->winding / (double)sim->grid->n[2] : 0.0;
}

/* Neighbours that differ by half a turn or more would be a winding of less the other way
 * round. */
weft_status phases_twisted(weft_sim *sim)
{
    if (sim->grid->boundary[2] != WEFT_PERIODIC)
        return weft_param_fail(sim->initial, "type", "twisted needs topology ring");
    if (fabs(phases_twist(sim)) >= M_PI)
        return weft_param_fail(sim->initial, "winding",
                               "a ring of %lld sites holds fewer than %lld turns",
                               (long long)sim->grid->n[2], (long long)(sim->grid->n[2] + 1) / 2);
    double *values = phases_sites(sim);
    front_slope(sim->grid, phases_twist(sim), values);
    return phases_assign(sim, values);
}

/* Initial states of oscillators: phases, of which the model makes its fields. */
#include "phases.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

double *weft_phases_sites(const weft_sim *sim)
{
    return weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
}

weft_status weft_phases_assign(weft_sim *sim, double *values)
{
    const weft_phases *phases = sim->data;
    phases->assign(sim, values);
    weft_free(values);
    return WEFT_OK;
}

weft_status weft_phases_flat(weft_sim *sim)
{
    return weft_phases_assign(sim, weft_phases_sites(sim));
}

weft_status weft_phases_random(weft_sim *sim)
{
    double *values = weft_phases_sites(sim);
    weft_front_random(sim, 0.0, 2.0 * M_PI, values);
    return weft_phases_assign(sim, values);
}

weft_status weft_phases_wedge(weft_sim *sim)
{
    double *values = weft_phases_sites(sim);
    weft_front_wedge(sim->grid, weft_get_real(sim->initial, "slope"), values);
    return weft_phases_assign(sim, values);
}

double weft_phases_twist(const weft_sim *sim)
{
    if (strcmp(weft_get_text(sim->initial, "type"), "twisted") != 0)
        return 0.0;
    return 2.0 * M_PI * (double)weft_get_int(sim->initial, "winding") / (double)sim->grid->n[2];
}

weft_status weft_phases_twisted(weft_sim *sim)
{
    if (sim->grid->boundary[2] != WEFT_PERIODIC)
        return weft_param_fail(sim->initial, "type", "twisted needs topology ring");
    if (fabs(weft_phases_twist(sim)) >= M_PI)
        return weft_param_fail(sim->initial, "winding",
                               "a ring of %lld sites holds fewer than %lld turns",
                               (long long)sim->grid->n[2], (long long)(sim->grid->n[2] + 1) / 2);
    double *values = weft_phases_sites(sim);
    weft_front_slope(sim->grid, weft_phases_twist(sim), values);
    return weft_phases_assign(sim, values);
}

/* Observables of the electrons' solver: chemical potential, gap, what windows it uses, and how far
 * it errs. What the solver says of itself is read off; errors are measured when a record asks, and
 * measuring changes nothing (src/electron/accuracy.c), so that a run with and without these
 * observables has the same bits. What cannot be found is nan with a warning. */
#include "holstein.h"
#include "weft/error.h"
#include "weft/log.h"
#include <math.h>

static ho *data(weft_sim *sim)
{
    return sim->data;
}

/* As given, or as found for the filling. */
weft_status ho_chemical_potential(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = data(sim)->electron->mu;
    return WEFT_OK;
}

/* An observable that failed does not end the run. */
static double not_known(const char *what)
{
    weft_warn("%s is not known: %s", what, weft_error_message());
    weft_error_clear();
    return NAN;
}

/* A build may be without the library that finds the levels of so many sites. */
weft_status ho_gap_is_possible(weft_sim *sim, double argument)
{
    const char *missing = weft_electron_lacks_gap((double)weft_grid_sites(sim->grid));
    (void)argument;
    return missing ? weft_fail(WEFT_INPUT, "gap needs %s", missing) : WEFT_OK;
}

/* A gap that cannot be found is nan with a warning, and the run goes on: the trajectory does not
 * depend on it. */
weft_status ho_gap(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    if (weft_electron_gap(data(sim)->electron, out) != WEFT_OK)
        *out = not_known("the gap");
    return WEFT_OK;
}

/* Errors of density and energy, measured on sites that a random choice (fixed by the step) picks,
 * against larger windows; nan where no window is large enough to compare with. Zero for orbitals,
 * whose density is exact for what they are. Collective. */
static weft_electron_accuracy errors(weft_sim *sim)
{
    ho *h = data(sim);
    weft_electron_accuracy a = {0};
    if (h->orbitals)
        return a;
    if (weft_electron_error(h->electron, h->T, (uint64_t)sim->step, &a) != WEFT_OK)
        a.rms = a.largest = a.energy = not_known("the error of the force");
    return a;
}

/* F has g n in it: the error of the density times g. */
weft_status ho_force_error(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = data(sim)->g * errors(sim).rms;
    return WEFT_OK;
}

weft_status ho_force_error_max(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = data(sim)->g * errors(sim).largest;
    return WEFT_OK;
}

/* The error a site times the number of sites: an upper estimate of that of the sum. */
weft_status ho_energy_error(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = (double)weft_grid_sites(sim->grid) * errors(sim).energy;
    return WEFT_OK;
}

/* nan for solvers without windows. */
weft_status ho_force_radius(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = data(sim)->electron->radius;
    return WEFT_OK;
}

weft_status ho_force_order(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = (double)data(sim)->electron->order;
    return WEFT_OK;
}

/* Poles of rational windows; 0: polynomials, or no windows. */
weft_status ho_force_poles(weft_sim *sim, double argument, double *out)
{
    const weft_electron *e = data(sim)->electron;
    (void)argument;
    *out = weft_electron_now(e).window >= 0 ? (double)e->order : 0;
    return WEFT_OK;
}

weft_status ho_force_sites(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    *out = (double)weft_electron_sites(data(sim)->electron);
    return WEFT_OK;
}

weft_status ho_force_repaired(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    weft_electron_repaired(data(sim)->electron, out);
    return WEFT_OK;
}

weft_status ho_force_cost(weft_sim *sim, double argument, double *out)
{
    (void)argument;
    weft_electron_cost(data(sim)->electron, out);
    return WEFT_OK;
}

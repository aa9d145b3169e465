/* Euler-Maruyama for strong damping: m gamma dq = F dt + sqrt(2 m gamma T) dW. From the
 * pieces of the Hamiltonian splitting: an impulse F dt + noise, then a drift of duration
 * 1/gamma. Explicit: a mode that relaxes at the rate r has the variance 1/(1 - r dt/2) times that
 * of the equilibrium.
 *
 * The momentum serves as a place for the impulse: it is zero before and after each step, so
 * that observables of momenta see zero and not the noise of a step. */
#include "bath.h"
#include "weft/stepper.h"
#include <math.h>

/* drift gives q += p/(m gamma), with p = F dt + noise. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    (void)data;
    const weft_families *f = &sim->model->families;
    double gamma, variance, t = sim->time;
    f->bath(sim, t, &gamma, &variance);
    stepper_bath_scale(sim, 0);
    WEFT_TRY(f->kick(sim, t, *dt, 1));
    if (variance > 0)
        stepper_bath_noise(sim, 0, sqrt(2 * gamma * variance * *dt), NULL);
    WEFT_TRY(f->drift(sim, t, 1 / gamma, 1));
    stepper_bath_scale(sim, 0);
    return WEFT_OK;
}

const weft_stepper weft_stepper_overdamped = {
    .name = "overdamped",
    .summary = "overdamped Langevin dynamics, Euler-Maruyama; momenta stay zero",
    .reference = "Ermak and McCammon, J. Chem. Phys. 69 (1978) 1352",
    .order = 1,
    .needs = WEFT_HAS_SPLIT | WEFT_HAS_BATH,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_X,
    .overdamped_limit = 2,
    .step = step,
};

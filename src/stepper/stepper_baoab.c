/* Langevin splitting B-A-O-A-B: half a kick, half a drift, the exact thermostat, half a
 * drift, half a kick. The palindrome makes it of weak order 2; configurations are sampled
 * with an error of second order that vanishes for harmonic forces (B. Leimkuhler, C.
 * Matthews). One force a step, since the model keeps the force of the last kick until q
 * changes. Nothing is pending between steps. */
#include "bath.h"
#include "weft/stepper.h"

/* t of each piece is the time of the coordinates it sees; the noise is that of this step's
 * number. */
static weft_status step(weft_sim *sim, void *data, double *dt)
{
    (void)data;
    const weft_families *f = &sim->model->families;
    double h = *dt, t = sim->time;
    WEFT_TRY(f->kick(sim, t, 0.5 * h, 1));
    WEFT_TRY(f->drift(sim, t, 0.5 * h, 1));
    stepper_bath_flow(sim, t + 0.5 * h, h, 0, NULL);
    WEFT_TRY(f->drift(sim, t + 0.5 * h, 0.5 * h, 1));
    return f->kick(sim, t + h, 0.5 * h, 1);
}

const weft_stepper weft_stepper_baoab = {
    .name = "baoab",
    .summary = "Langevin dynamics by the splitting kick, drift, thermostat, drift, kick",
    .reference = "Leimkuhler and Matthews, Appl. Math. Res. eXpress 2013, 34",
    .order = 2,
    .needs = WEFT_HAS_SPLIT | WEFT_HAS_BATH,
    .refuses = WEFT_HAS_NOISE,
    .space = WEFT_X,
    .oscillation_limit = 2,
    .step = step,
};

/* The model holstein: classical phonons on a lattice, driven by electrons.
 *
 *     H = sum_i [P_i^2/(2m) + K Q_i^2/2] + kappa sum_<ij> Q_i Q_j + H_e(Q)
 *     H_e = -t sum_<ij> c_i^+ c_j - t' sum_<<ij>> c_i^+ c_j - g sum_i (n_i - 1/2) Q_i
 *           + sum_i h_i n_i - mu N
 *
 * (T. Holstein, Ann. Phys. 8 (1959) 325; dynamics as in arXiv:2601.04104). Q_i and P_i are numbers,
 * the electrons are quantum. In adiabatic dynamics they are in thermal equilibrium at every moment;
 * in Ehrenfest dynamics they follow the Schroedinger equation. A bath may act on the momenta.
 *
 * Where things are: parameters.c checks the input, dynamics.c holds the force and the pieces of a
 * step, the electronic solvers are in src/electron, domains.c and observables.c measure, describe.c
 * tells the control numbers. This file is the plan and the table of functions.
 *
 * The invariant of a run without bath and with constant coupling is the energy with the electrons'
 * grand potential (or free energy) in it: the force is then the exact gradient of one function of
 * Q, and `energy` must not drift. It holds to rounding for the dense and the full Chebyshev solver,
 * and to the tolerance for windows. */
#include "holstein.h"

/* Q has a ghost layer for kappa, `order` one for the walls. The fields density and order are
 * derived: computed when a record or a snapshot asks. The field of an external potential is the
 * last one, so that it can be left out. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *out)
{
    static const weft_field_spec fields[] = {
        {"Q", "length", "displacement", WEFT_EVOLVED, WEFT_F64, 1, 1, "Q"},
        {"P", "momentum", "momentum", WEFT_MOMENTUM, WEFT_F64, 1, 0, "P"},
        {"density", "", "electron density", WEFT_DERIVED, WEFT_F64, 1, 0, "n"},
        {"order", "", "(-1)^(x+y+z) (n - 1/2)", WEFT_DERIVED, WEFT_F64, 1, 1, "\\phi"},
        {"field", "energy", "external site energy", WEFT_STATIC, WEFT_F64, 1, 0, "h"}};
    ho_parameters p;
    (void)length;
    WEFT_TRY(ho_parameters_read(all, dim, n, &p));
    out->layout = WEFT_BLOCKS;
    out->fft = true;
    out->families = WEFT_HAS_SPLIT | (p.gamma > 0 ? WEFT_HAS_BATH : 0);
    if (p.gamma > 0 && protocol_most(&p.T) > 0)
        out->families |= WEFT_HAS_HEAT;
    out->open = p.gamma > 0 || p.g.points > 1 || p.T.points > 1 || p.T_electron.points > 1;
    out->n_fields = p.field ? 5 : 4;
    for (int i = 0; i < out->n_fields; i++)
        out->field[i] = fields[i];
    return WEFT_OK;
}

const weft_model weft_model_holstein = {
    .name = "holstein",
    .summary = "classical phonons driven by electrons (adiabatic or Ehrenfest)",
    .reference = "T. Holstein, Ann. Phys. 8 (1959) 325; dynamics as in arXiv:2601.04104",
    .params = ho_table,
    .lattice = true,
    .stepper = WEFT_NAMES("verlet_ou", "verlet"),
    .observe = WEFT_NAMES("energy", "temperature_kinetic", "order_parameter", "domain_length",
                          "wall_density"),
    .fields = WEFT_NAMES("Q", "order"),
    .invariant = "energy",
    .observables = ho_observables,
    .initials = ho_initials,
    .families = {.drift = ho_drift, .kick = ho_kick, .bath = ho_bath},
    .plan = plan,
    .setup = ho_setup,
    .destroy = ho_destroy,
    .begin = ho_begin,
    .rates = ho_rates,
    .derive = ho_derive,
    .save = ho_save,
    .load = ho_load,
    .describe = ho_describe,
    .electrons = ho_electrons,
};

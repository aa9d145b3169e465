/* Force, splitting pieces and what belongs to a run of the model holstein.
 *
 * Adiabatic: F_i = g (n_i - 1/2) - K Q_i - kappa sum_nn Q_j with n from the electronic solver.
 * Ehrenfest: the orbitals move too. H = A + B with A = P^2/2m + hopping and B = everything that is
 * diagonal in Q and in the sites; drift is the exact flow of A, kick that of B (n_i does not change
 * under it), so that every symmetric splitting keeps its order and its bounded energy error.
 *
 * Invariants. (1) `fresh` says that density and force belong to the present Q, coupling and
 * temperature: a drift clears it, a kick relies on it. A costly solve is thus done once for each Q,
 * whether a kick, a record or a snapshot asks first, and what is recorded does not change the
 * trajectory. (2) A failure of the solver is a status that all ranks share; the state is then not
 * advanced. (3) After a resume the solver must take the same decisions as without one: its memory
 * (chemical potential, radius, order, when they were last measured) is part of the checkpoint. */
#include "holstein.h"
#include "weft/exact.h"
#include "weft/io.h"
#include "weft/memory.h"
#include "weft/observe.h"
#include <math.h>
#include <string.h>

static ho *data(weft_sim *sim)
{
    return sim->data;
}

/* ---- force ---- */

/* Adds the time of the state to the message of a failure of the electrons. */
static weft_status failed_at(double time, weft_status status)
{
    return weft_error_within(status, "at time %.10g", time);
}

/* The first owned site of a local row of a field. */
static double *row_of(weft_field *f, int64_t z, int64_t y)
{
    return weft_field_row(f, 0, z, y);
}

/* V_i = field_i - g Q_i on the owned sites. */
static void set_potential(weft_sim *sim, double g)
{
    ho *h = data(sim);
    const int64_t n = sim->grid->local[2];
    WEFT_FOR_ROWS(sim->grid, z, y) {
        double *v = h->electron->potential + weft_owned_row(sim->grid, z, y);
        const double *q = row_of(h->Q, z, y);
        for (int64_t x = 0; x < n; x++)
            v[x] = -g * q[x];
        if (!h->field)
            continue;
        const double *f = row_of(h->field, z, y);
        for (int64_t x = 0; x < n; x++)
            v[x] += f[x];
    }
}

/* The force on a row of `count` sites. Neighbours are added in pairs, x first, with one order of
 * additions for all sites, so that bits do not depend on the cut. Three loops, since a test of the
 * dimension inside a loop over sites would keep it from being vectorised. */
static void force_row(const ho *h, double g, const double *restrict n, const double *restrict q,
                      const int64_t stride[3], int64_t count, double *restrict force)
{
    double K = h->par.K, kappa = h->par.kappa;
    if (h->dim == 1)
        for (int64_t x = 0; x < count; x++)
            force[x] = g * (n[x] - 0.5) - K * q[x] - kappa * (q[x - 1] + q[x + 1]);
    else if (h->dim == 2)
        for (int64_t x = 0; x < count; x++)
            force[x] = g * (n[x] - 0.5) - K * q[x] -
                       kappa * ((q[x - 1] + q[x + 1]) + (q[x - stride[1]] + q[x + stride[1]]));
    else
        for (int64_t x = 0; x < count; x++)
            force[x] = g * (n[x] - 0.5) - K * q[x] -
                       kappa * ((q[x - 1] + q[x + 1]) + (q[x - stride[1]] + q[x + stride[1]]) +
                                (q[x - stride[0]] + q[x + stride[0]]));
}

/* The force of all owned sites into h->force (compact, x fastest) from the density that the
 * electrons hold in the same order. Collective: exchanges the ghosts of Q. */
static void assemble(weft_sim *sim, double g)
{
    ho *h = data(sim);
    weft_field_exchange(h->Q);
    WEFT_FOR_ROWS(sim->grid, z, y) {
        const int64_t i = weft_owned_row(sim->grid, z, y);
        force_row(h, g, h->electron->density + i, row_of(h->Q, z, y), h->Q->extent.stride,
                  sim->grid->local[2], h->force + i);
    }
}

/* Density and force at time t, unless they are known. For Ehrenfest dynamics the density is that of
 * the present orbitals. WEFT_FAILED where the electrons' solver fails. Collective. */
static weft_status ho_force(weft_sim *sim, double t)
{
    ho *h = data(sim);
    double g = protocol_at(&h->par.g, t), T = ho_electron_temperature(&h->par, t);
    if (h->fresh && g == h->g && T == h->T)
        return WEFT_OK;
    set_potential(sim, g);
    if (h->orbitals) {
        weft_orbitals_density(h->orbitals);
    } else {
        weft_status status = weft_electron_solve(h->electron, T);
        if (status != WEFT_OK)
            return failed_at(sim->time, status);
    }
    assemble(sim, g);
    h->g = g;
    h->T = T;
    h->fresh = true;
    h->omega_known = false;
    return WEFT_OK;
}

static double sum_of(weft_sim *sim, const weft_field *f)
{
    weft_view view = weft_field_view(sim->state, (weft_field *)f, 0, NULL);
    return weft_view_sum(sim->grid->comm, &view);
}

/* Number of electrons: an exact sum, the same on all ranks. */
static double particles(weft_sim *sim)
{
    ho *h = data(sim);
    weft_exact sum;
    weft_exact_clear(&sum);
    weft_exact_add(&sum, h->electron->density, weft_grid_local_sites(sim->grid));
    weft_exact_allreduce(sim->grid->comm, &sum, 1);
    return weft_exact_value(&sum);
}

/* The solver's grand potential Omega counts -g n Q; the constant + g/2 sum Q makes it that of (n -
 * 1/2) Q. At fixed filling the conserved quantity is the free energy Omega + mu N, since mu then
 * moves. The value is kept until the force changes: it costs as much as a force. */
weft_status ho_electron_energy(weft_sim *sim, double *out)
{
    ho *h = data(sim);
    double energy = NAN;
    WEFT_TRY(ho_force(sim, sim->time));
    if (h->omega_known) {
        *out = h->omega;
        return WEFT_OK;
    }
    if (h->orbitals) {
        energy = weft_orbitals_energy(h->orbitals);
    } else {
        weft_status status = weft_electron_omega(h->electron, h->T, &energy);
        if (status != WEFT_OK)
            return failed_at(sim->time, status);
        if (!isnan(h->par.electron.filling))
            energy += h->electron->mu * particles(sim);
    }
    h->omega = energy + 0.5 * h->g * sum_of(sim, h->Q);
    h->omega_known = true;
    *out = h->omega;
    return WEFT_OK;
}

/* ---- families ---- */

/* to += factor * from on all owned sites, `times` times: repeated additions and not one of times *
 * factor, since the bits must be those of separate calls. */
static void add_field(const weft_grid *g, weft_field *to, weft_field *from, double factor,
                      int times)
{
    WEFT_FOR_ROWS(g, z, y) {
        double *restrict p = row_of(to, z, y);
        const double *restrict q = row_of(from, z, y);
        for (int k = 0; k < times; k++)
            for (int64_t x = 0; x < g->local[2]; x++)
                p[x] += factor * q[x];
    }
}

/* The exact flow of the kinetic energy (and hopping) over dt. */
weft_status ho_drift(weft_sim *sim, double t, double dt, int times)
{
    ho *h = data(sim);
    (void)t;
    add_field(sim->grid, h->Q, h->P, dt / h->par.m, times);
    for (int k = 0; k < times && h->orbitals; k++)
        weft_orbitals_hop(h->orbitals, dt);
    h->fresh = false;
    return WEFT_OK;
}

/* The exact flow of all that is diagonal. With orbitals, their phases turn by the same potential;
 * n_i does not change by that, so that the force stays right and `fresh` stays true, but the energy
 * <H> changes in its hopping part. */
weft_status ho_kick(weft_sim *sim, double t, double dt, int times)
{
    ho *h = data(sim);
    WEFT_TRY(ho_force(sim, t));
    WEFT_FOR_ROWS(sim->grid, z, y) {
        const double *force = h->force + weft_owned_row(sim->grid, z, y);
        double *restrict p = row_of(h->P, z, y);
        for (int k = 0; k < times; k++)
            for (int64_t x = 0; x < sim->grid->local[2]; x++)
                p[x] += dt * force[x];
    }
    for (int k = 0; k < times && h->orbitals; k++)
        weft_orbitals_turn(h->orbitals, dt);
    if (h->orbitals)
        h->omega_known = false;
    return WEFT_OK;
}

/* The temperature of the bath may follow a protocol; gamma and mass are constant. */
bool ho_bath(weft_sim *sim, double t, double *gamma, double *variance)
{
    ho *h = data(sim);
    *gamma = h->par.gamma;
    *variance = h->par.m * protocol_at(&h->par.T, t);
    return h->par.gamma > 0 && protocol_most(&h->par.T) > 0;
}

/* The stiffest phonon has K + z |kappa|; electrons soften modes and do not stiffen them (the
 * adiabatic response is negative), so that this bounds the frequencies. With a bath the overdamped
 * rate is square/gamma. Ehrenfest electrons turn their phases at the width of the band and of the
 * potential, which has to be resolved too and changes with Q. */
weft_rates ho_rates(weft_sim *sim)
{
    ho *h = data(sim);
    const ho_parameters *p = &h->par;
    int z = ho_neighbours(h->dim);
    double square = (p->K + z * fabs(p->kappa)) / p->m, omega = sqrt(square);
    weft_rates r = {.oscillation = omega,
                    .overdamped = p->gamma > 0 ? square / p->gamma : 0,
                    .accuracy = 2 * M_PI / omega / 50,
                    .certain = 1,
                    .varies = p->ehrenfest};
    if (p->ehrenfest) { /* the electrons' phases between two kicks */
        weft_view q = weft_field_view(sim->state, h->Q, 0, NULL);
        double most = fmax(fabs(weft_view_max(sim->grid->comm, &q)),
                           fabs(weft_view_min(sim->grid->comm, &q)));
        double width = z * fabs(p->t) + protocol_most(&p->g) * most;
        r.accuracy = fmin(r.accuracy, 0.2 / width);
    }
    return r;
}

/* ---- setup ---- */

/* Everything that lives as long as the run. An input error of the solver is blamed on the key
 * force, which chose it. */
weft_status ho_setup(weft_sim *sim)
{
    ho *h = weft_alloc(1, sizeof *h);
    sim->data = h;
    h->dim = sim->grid->dim;
    WEFT_TRY(ho_parameters_read(sim->params, h->dim, sim->grid->n + 3 - h->dim, &h->par));
    h->Q = weft_state_find(sim->state, "Q");
    h->P = weft_state_find(sim->state, "P");
    h->density = weft_state_find(sim->state, "density");
    h->order = weft_state_find(sim->state, "order");
    h->field = weft_state_find(sim->state, "field");
    h->force = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *h->force);
    WEFT_TRY(ho_learned_read(sim, h));
    weft_status status = weft_electron_create(sim->grid, &h->par.electron, &h->electron);
    if (status == WEFT_INPUT) {
        status = weft_param_blame(sim->own, "force");
    }
    WEFT_TRY(status);
    return h->field ? ho_field_read(sim, h) : WEFT_OK;
}

/* Orbitals before the solver that they use. */
void ho_destroy(weft_sim *sim)
{
    ho *h = data(sim);
    weft_orbitals_free(h->orbitals);
    weft_electron_free(h->electron);
    ho_domains_free(h->domains);
    weft_free(h->learned.weight);
    weft_free(h->force);
    weft_free(h);
    sim->data = NULL;
}

/* Restores force and flags from the density that a checkpoint held, without a new solve. */
static void take_density(weft_sim *sim)
{
    ho *h = data(sim);
    const weft_grid *g = sim->grid;
    double *n = h->electron->density;
    WEFT_FOR_ROWS(g, z, y)
        memcpy(n + weft_owned_row(g, z, y), row_of(h->density, z, y),
               (size_t)g->local[2] * sizeof *n);
    h->g = protocol_at(&h->par.g, sim->time);
    h->T = ho_electron_temperature(&h->par, sim->time);
    set_potential(sim, h->g);
    assemble(sim, h->g);
    h->fresh = true;
    h->omega_known = false;
}

/* After the initial state or a checkpoint is in place. Ehrenfest orbitals of a new run come from a
 * diagonalisation at the starting temperature; those of a resumed run are there already. */
weft_status ho_begin(weft_sim *sim)
{
    ho *h = data(sim);
    h->fresh = false;
    if (h->orbitals)
        take_density(sim);
    if (h->par.ehrenfest && !h->orbitals) {
        set_potential(sim, protocol_at(&h->par.g, sim->time));
        WEFT_TRY(
            weft_orbitals_create(h->electron, ho_electron_temperature(&h->par, 0), &h->orbitals));
    }
    return ho_force(sim, sim->time);
}

/* density n_i and order (-1)^(x+y+z) (n_i - 1/2) of the present state. */
weft_status ho_derive(weft_sim *sim)
{
    ho *h = data(sim);
    const weft_grid *g = sim->grid;
    WEFT_TRY(ho_force(sim, sim->time));
    WEFT_FOR_ROWS(g, z, y) {
        const double *n = h->electron->density + weft_owned_row(g, z, y);
        double *density = row_of(h->density, z, y), *order = row_of(h->order, z, y);
        for (int64_t x = 0; x < g->local[2]; x++) {
            density[x] = n[x];
            order[x] = ho_sign(g, z, y, x) * (n[x] - 0.5);
        }
    }
    return WEFT_OK;
}

/* What a learned force is trained on. */
weft_status ho_electrons(weft_sim *sim, weft_electrons *out)
{
    ho *h = data(sim);
    WEFT_TRY(ho_force(sim, sim->time));
    *out = (weft_electrons){h->electron, &h->par.electron, h->T, h->g};
    return WEFT_OK;
}

/* ---- checkpoints ---- */

/* One entry an orbital, gathered from all ranks: 2 * sites doubles (real, imaginary). Collective.
 */
static weft_status save_orbitals(const weft_orbitals *o, int64_t sites, weft_file *file)
{
    int64_t count = weft_orbitals_count(o);
    weft_status status = weft_file_put(file, "orbital_occupation", weft_orbitals_occupation(o),
                                       count * (int64_t)sizeof(double));
    double *column = weft_alloc((size_t)(2 * sites), sizeof *column);
    for (int64_t k = 0; k < count && status == WEFT_OK; k++) {
        char *name = weft_format("orbital_%06lld", (long long)k);
        weft_orbitals_get(o, k, column);
        status = weft_file_put(file, name, column, 2 * sites * (int64_t)sizeof *column);
        weft_free(name);
    }
    weft_free(column);
    return status;
}

/* The reverse. occupation tells how many there are. Collective; all is freed also on an error. */
static weft_status load_orbitals(ho *h, int64_t sites, weft_file *file)
{
    int64_t bytes;
    WEFT_TRY(weft_file_get_size(file, "orbital_occupation", &bytes));
    if (bytes < 0)
        return weft_fail(WEFT_IO, "the checkpoint has no orbitals");
    int64_t count = bytes / (int64_t)sizeof(double);
    double *occupation = weft_alloc((size_t)count, sizeof *occupation);
    double *column = weft_alloc((size_t)(2 * sites), sizeof *column);
    weft_status status = weft_file_get(file, "orbital_occupation", occupation, bytes);
    if (status == WEFT_OK)
        status = weft_orbitals_empty(h->electron, count, occupation, &h->orbitals);
    for (int64_t k = 0; k < count && status == WEFT_OK; k++) {
        char *name = weft_format("orbital_%06lld", (long long)k);
        status = weft_file_get(file, name, column, 2 * sites * (int64_t)sizeof *column);
        if (status == WEFT_OK)
            weft_orbitals_put(h->orbitals, k, column);
        weft_free(name);
    }
    weft_free(occupation);
    weft_free(column);
    return status;
}

/* Writes what the fields do not tell. A kick turns the phases of the orbitals, which moves the
 * density in the last bits, but not the force that it has used and will use again: the density is
 * kept too, so that a resumed run continues with the same bits. */
weft_status ho_save(weft_sim *sim, struct weft_file *file)
{
    ho *h = data(sim);
    weft_electron_memory memory =
        h->fresh ? weft_electron_remember(h->electron) : weft_electron_now(h->electron);
    WEFT_TRY(weft_file_put(file, "electrons", &memory, sizeof memory));
    WEFT_TRY(ho_learned_save(h, file));
    if (!h->orbitals)
        return WEFT_OK;
    WEFT_TRY(ho_derive(sim));
    WEFT_TRY(weft_file_put_field(file, sim->state, h->density));
    return save_orbitals(h->orbitals, weft_grid_sites(sim->grid), file);
}

/* The reverse of ho_save; ho_begin follows and uses what was read. */
weft_status ho_load(weft_sim *sim, struct weft_file *file)
{
    ho *h = data(sim);
    weft_electron_memory memory;
    WEFT_TRY(weft_file_get(file, "electrons", &memory, sizeof memory));
    weft_electron_restore(h->electron, &memory);
    WEFT_TRY(ho_learned_load(sim, file));
    if (!h->par.ehrenfest)
        return WEFT_OK;
    WEFT_TRY(weft_file_get_field(file, sim->state, h->density));
    return load_orbitals(h, weft_grid_sites(sim->grid), file);
}

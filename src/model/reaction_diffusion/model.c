/* The model reaction_diffusion: the densities rho_s(x, t) of the species of a reaction network,
 *
 *     d rho_s/dt = D_s lap rho_s + sum over reactions r of change_rs w_r + noise,
 *
 * where the propensity w_r = rate_r * product of the densities of the reactants (mass action).
 * There are three kinds: rate equations without noise, the chemical Langevin equation with the
 * noise of particles (D. T. Gillespie, J. Chem. Phys. 113, 297 (2000)), and the Langevin equation
 * of directed percolation, sampled exactly (I. Dornic, H. Chate, M. A. Munoz, Phys. Rev. Lett. 94,
 * 100601 (2005)). This file holds the plan, the choice of time step, the guards and the
 * description; kinetics.c the deterministic part, langevin.c and percolation.c the two noises.
 *
 * Invariants. The network's conservation laws (linear combinations of species that no reaction
 * changes) hold for the totals: reactions keep them at each site, and diffusion moves what leaves
 * one site to its neighbour. Periodic and neumann boundaries let nothing out. Densities of rate
 * equations stay positive as long as a step resolves them: `guard` watches it, since a step over a
 * pole of the solution gives finite, plausible and wrong numbers. */
#include "reaction_diffusion.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* Noise needs a closed budget of what passes each face; at a dirichlet end the current has no
 * partner, so that noise and dirichlet do not go together. */
static weft_status plan_boundaries(const weft_params *all, int dim, weft_plan *p)
{
    static const weft_boundary boundaries[] = {[RD_PERIODIC] = WEFT_PERIODIC,
                                               [RD_NEUMANN] = WEFT_NEUMANN,
                                               [RD_DIRICHLET] = WEFT_DIRICHLET};
    const weft_section *own = weft_params_section(all, "reaction_diffusion");
    const rd_params *values = weft_params_values(all, rd_table);
    const int given = values->boundary.n;
    if (given != 1 && given != dim)
        return weft_param_fail(own, "boundary",
                               "%d words for %d axes; give one for each axis, or one for all",
                               given, dim);
    for (int a = 0; a < dim; a++) {
        p->boundary[a] = boundaries[values->boundary.value[given == 1 ? 0 : a]];
        if (values->noise != RD_NONE && p->boundary[a] == WEFT_DIRICHLET)
            return weft_param_fail(own, "boundary",
                                   "dirichlet goes with noise: none only; use periodic or neumann");
    }
    return WEFT_OK;
}

/* A species that does not diffuse keeps whatever edges it has. */
static bool has_diffusion(const rd_config *cfg)
{
    for (int s = 0; s < cfg->net.n_species; s++)
        if (cfg->D[s] == 0)
            return false;
    return true;
}

/* The kind of noise decides which family of functions the steppers may use. The Ito kinds have no
 * Jacobian: implicit steppers are for rate equations. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *p)
{
    static const int families[] = {WEFT_HAS_RHS | WEFT_HAS_JACOBIAN | WEFT_HAS_AUTONOMOUS,
                                   WEFT_HAS_ITO, WEFT_HAS_SAMPLE};
    static const char *const names[] = {
        "densities of the species in their order; rate equations",
        "densities of the species in their order; chemical Langevin noise in the sense of Ito",
        "density; noise sigma sqrt(rho) xi in the sense of Ito"};
    rd_config cfg;
    (void)n;
    (void)length;
    WEFT_TRY(rd_config_read(all, &cfg));
    WEFT_TRY(plan_boundaries(all, dim, p));
    p->layout = WEFT_BLOCKS;
    p->fft = rd_wants_fft(all);
    p->families = families[cfg.noise];
    p->smooth = p->diffusive = cfg.noise == RD_NONE && has_diffusion(&cfg);
    p->n_fields = 1;
    p->field[0] = (weft_field_spec){
        "density", "1/volume", names[cfg.noise], WEFT_EVOLVED, WEFT_F64, cfg.net.n_species, 1, "n"};
    network_names(&cfg.net, p->parts, sizeof p->parts);
    return WEFT_OK;
}

/* row has to hold the largest of its users: all blocks of the Jacobian of a row (species^2), or the
 * currents of two rows with a face more than sites. */
static weft_status setup(weft_sim *sim)
{
    rd_field *m = sim->data = weft_alloc(1, sizeof *m);
    WEFT_TRY(rd_config_read(sim->params, &m->cfg));
    WEFT_TRY(
        rd_laws_make(weft_params_section(sim->params, "reaction_diffusion"), &m->cfg, &m->laws));
    const int species = m->cfg.net.n_species;
    m->field = &sim->state->field[0];
    m->row =
        weft_alloc((size_t)((species * species + 2) * (sim->grid->local[2] + 2)), sizeof *m->row);
    if (m->cfg.noise == RD_DP)
        m->next = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *m->next);
    return WEFT_OK;
}

static void destroy(weft_sim *sim)
{
    rd_field *m = sim->data;
    rd_observe_free(sim);
    rd_laws_free(m->laws);
    weft_free(m->row);
    weft_free(m->next);
    weft_free(m);
}

/* Files may hold anything; a density has to be finite and not negative. Chemical Langevin runs do
 * leave small negative densities, which a continued run may bring along. The largest density
 * becomes the scale against which guard measures what is negative. Collective. */
static weft_status begin(weft_sim *sim)
{
    rd_field *m = sim->data;
    m->reference = 0;
    for (int s = 0; s < m->cfg.net.n_species; s++) {
        weft_view view = weft_field_view(sim->state, m->field, s, NULL);
        double least = weft_view_min(sim->grid->comm, &view);
        m->reference = fmax(m->reference, weft_view_max(sim->grid->comm, &view));
        if (!isfinite(least) ||
            (least < 0.0 && sim->step == 0 && m->cfg.noise != RD_CHEMICAL && !m->laws))
            return weft_param_fail(sim->initial, "type", "the density of %s is %g somewhere",
                                   m->cfg.net.species[s], least);
    }
    m->reference = m->reference > 0 ? m->reference : 1;
    return WEFT_OK;
}

/* Limits of the step: decay is diffusion of the shortest wave, 4 D sum 1/dx^2, and the norm of the
 * Jacobian of the reactions, which depends on the state (varies). */
static weft_rates rates(weft_sim *sim)
{
    const rd_field *m = sim->data;
    double inverse = 0.0, D = 0.0, stiffness = rd_stiffness(sim);
    for (int a = 3 - sim->grid->dim; a < 3; a++)
        inverse += 1.0 / (sim->grid->dx[a] * sim->grid->dx[a]);
    for (int s = 0; s < m->cfg.net.n_species; s++)
        D = fmax(D, m->cfg.D[s]);
    /* The reactions shift the rates of diffusion by their norm at most (Bauer and Fike). */
    const double diffusion = 4.0 * D * inverse;
    weft_rates r = {.decay = diffusion + stiffness, .varies = true};
    r.certain = r.decay > 0.0 ? fmax(0.0, diffusion - stiffness) / r.decay : 0.0;
    if (m->cfg.noise == RD_NONE)
        r.accuracy = stiffness > 0.0 ? 0.2 / stiffness : 0.0;
    else /* first order, and dp holds the neighbours over a step */
        r.accuracy = r.decay > 0.0 ? 0.1 / r.decay : 0.0;
    return r;
}

/* Conserved quantities and the meaning of the noise, for the start of a run. */
static void describe(weft_sim *sim)
{
    const rd_field *m = sim->data;
    char text[256];
    for (int w = 0; w < m->cfg.net.n_laws; w++) {
        network_law_text(&m->cfg.net, w, text, sizeof text);
        weft_say("conserved                %s", text);
    }
    if (m->cfg.noise == RD_CHEMICAL)
        weft_say("noise                    chemical Langevin (Ito), %.4g particles in a cell of "
                 "density 1",
                 m->cfg.particles * weft_grid_cell(sim->grid));
    if (m->cfg.noise == RD_DP)
        weft_say(
            "noise                    sigma sqrt(rho) xi (Ito); rho_t = D lap rho + %g %+g rho "
            "%+g rho^2 %+g rho^3",
            m->cfg.power[0], m->cfg.power[1], -m->cfg.power[2], -m->cfg.power[3]);
}

/* The two conventions of noise in the field's literature must not be mixed. */
static void attributes(weft_sim *sim, weft_attribute *add, void *context)
{
    static const char *const words[] = {
        [RD_NONE] = "none: rate equations",
        [RD_CHEMICAL] =
            ("Ito; chemical Langevin (Kramers-Moyal), density level: every reaction has "
             "its own noise, diffusion a conserved one"),
        [RD_DP] = "Ito; sigma sqrt(rho) xi (directed percolation), sampled exactly"};
    const rd_field *m = sim->data;
    add(context, "noise_convention", words[m->cfg.noise]);
}

/* The absorbing state of directed percolation: without particles and without a source nothing ever
 * happens again. The sampler gives exact zeros, so that the test is one for equality. Collective
 * where the noise is dp. */
static const char *finished(weft_sim *sim, double *time)
{
    (void)time;
    const rd_field *m = sim->data;
    if (m->cfg.noise != RD_DP || m->cfg.power[0] > 0.0)
        return NULL;
    weft_view view = weft_field_view(sim->state, m->field, 0, NULL);
    return weft_view_max(sim->grid->comm, &view) == 0.0 ? "absorbing state: no particles" : NULL;
}

/* Densities of rate equations are not negative. Below the error of a step they may be, by less than
 * a hundredth of the largest one; beyond, the solution is no solution: a step went over a pole
 * (then all is negative and finite again), or it is too long, or the fronts are not resolved. */
static weft_status guard(weft_sim *sim)
{
    const rd_field *m = sim->data;
    for (int s = 0; s < m->cfg.net.n_species && m->cfg.noise == RD_NONE && !m->laws; s++) {
        weft_view view = weft_field_view(sim->state, m->field, s, NULL);
        const double least = weft_view_min(sim->grid->comm, &view);
        if (!(least < -1e-6 * m->reference))
            continue;
        const double most = weft_view_max(sim->grid->comm, &view);
        if (least < -0.01 * fmax(most, -least))
            return weft_fail(
                WEFT_FAILED,
                "the density of %s is %.4g at time %.10g: rate equations have no "
                "negative densities; it may grow without bound before that time, or "
                "the step (time.dt, time.rtol) or the spacing of the grid is too large",
                m->cfg.net.species[s], least, sim->time);
    }
    return WEFT_OK;
}

const weft_model weft_model_reaction_diffusion = {
    .name = "reaction_diffusion",
    .summary = "densities of a reaction network: rate equations, chemical Langevin, directed "
               "percolation",
    .reference = "D. T. Gillespie, J. Chem. Phys. 113, 297 (2000); I. Dornic, H. Chate, M. A. "
                 "Munoz, Phys. Rev. Lett. 94, 100601 (2005)",
    .params = rd_table,
    .stepper = WEFT_NAMES("rk4", "euler_ito", "split_step"),
    .observe = WEFT_NAMES("density"),
    .fields = WEFT_NAMES("density"),
    .observables = rd_observables,
    .initials = rd_initials,
    .families = {.rhs = rd_rhs,
                 .diffusion = rd_diffusion,
                 .jacobian = rd_jacobian,
                 .ito = rd_ito,
                 .sample = rd_sample},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .begin = begin,
    .rates = rates,
    .finished = finished,
    .guard = guard,
    .attributes = attributes,
    .describe = describe,
};

/* The model klein_gordon: a real or complex scalar field with
 *
 *     phi_tt = lap phi - V'(phi) - gamma(x, t) phi_t + sqrt(2 gamma T) xi
 *
 * (N. Manton, P. Sutcliffe, Topological Solitons (Cambridge 2004), ch. 5) on grids of 1 to 3 axes,
 * by transforms or by differences, between several kinds of boundaries. This file holds the plan
 * and what lives as long as a run. potential.c: V; flow.c, damping.c and stencil.c: the motion on
 * the grid; modes.c: the motion in k space; values.c, energy.c, measure.c, walls.c: observables;
 * initial/: starts; rates.c: the choice of the time step; collision.c: reductions for scans.
 *
 * Words. The winding of a periodic sine-Gordon field is the number of times 2 pi by which it rises
 * over the box. Such a field is stored as chi = phi - ramp, where the ramp 2 pi winding x/L has all
 * of the rise, so that chi is periodic; phi is then a derived field. A sponge is a layer at the
 * ends of an absorbing axis where damping grows with the square of the depth, so that waves die out
 * without being reflected by a sudden change.
 *
 * Invariants. The pair (phi, pi = phi_t) is canonical: without damping every splitting of it into
 * kicks and drifts is symplectic, and the energy has no drift. V' is a function of the local value
 * (and ramp, place and time) alone. Antiperiodic and dirichlet axes map phi to -phi, which is a
 * symmetry only if V is even; the plan refuses others. */
#include "kg.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* ---- plan ---- */

/* Axes are counted from the slowest of the grid. */
static kg_boundary boundary_of(const kg_params *p, int axis)
{
    return (kg_boundary)p->boundary.value[p->boundary.n == 1 ? 0 : axis];
}

/* Damping that depends on the place is no function of k, and damping that depends on the time has
 * no table: with a sponge or a formula the exponential steppers are out. */
static bool has_sponge(const kg_params *p, int dim)
{
    for (int a = 0; a < dim; a++)
        if (boundary_of(p, a) == KG_ABSORBING)
            return true;
    return false;
}

/* One axis: its boundary on the grid, and what the potential and the length must allow. An
 * absorbing end is a mirror (neumann) behind a sponge. */
static weft_status plan_axis(const weft_section *own, const kg_params *p, const kg_potential *v,
                             int a, double length, weft_plan *plan)
{
    static const weft_boundary boundaries[] = {[KG_PERIODIC] = WEFT_PERIODIC,
                                               [KG_ANTIPERIODIC] = WEFT_ANTIPERIODIC,
                                               [KG_NEUMANN] = WEFT_NEUMANN,
                                               [KG_DIRICHLET] = WEFT_DIRICHLET,
                                               [KG_ABSORBING] = WEFT_NEUMANN};
    const kg_boundary b = boundary_of(p, a);
    plan->boundary[a] = boundaries[b];
    if ((b == KG_ANTIPERIODIC || b == KG_DIRICHLET) && !v->even)
        return weft_param_fail(own, "boundary", "%s needs V(-phi) = V(phi): no odd coefficients",
                               b == KG_DIRICHLET ? "dirichlet" : "antiperiodic");
    if (b == KG_ABSORBING && p->sponge_width > 0.5 * length)
        return weft_param_fail(own, "sponge_width",
                               "the layers at both ends overlap; at most %.6g fits", 0.5 * length);
    return WEFT_OK;
}

/* The double sine-Gordon potential repeats after 4 pi, so that an odd winding would join two
 * different values at the seam. */
static weft_status plan_boundaries(const weft_section *own, const kg_params *p,
                                   const kg_potential *v, int dim, const double *length,
                                   weft_plan *plan)
{
    const int given = p->boundary.n;
    if (given != 1 && given != dim)
        return weft_param_fail(own, "boundary",
                               "%d words for %d axes; give one for each axis, or "
                               "one for all",
                               given, dim);
    for (int a = 0; a < dim; a++)
        WEFT_TRY(plan_axis(own, p, v, a, length[a], plan));
    if (p->winding != 0 && plan->boundary[dim - 1] != WEFT_PERIODIC)
        return weft_param_fail(own, "winding", "only with a periodic last axis");
    if (v->kind == KG_DOUBLE_SINE_GORDON && p->winding % 2 != 0)
        return weft_param_fail(own, "winding",
                               "the double sine-Gordon potential has period 4 pi; winding must be "
                               "even");
    return WEFT_OK;
}

/* phi (or chi, see the head) with as many ghost layers as the stencil is wide; pi is read at its
 * own site only and has none. */
static void plan_fields(const kg_potential *v, int width, bool winding, weft_plan *plan)
{
    weft_field_spec phi = {.name = winding ? "chi" : "phi",
                           .unit = "field",
                           .long_name = winding ? "phi without the ramp of its winding" : "field",
                           .role = WEFT_EVOLVED,
                           .element = WEFT_F64,
                           .components = v->components,
                           .ghost = width,
                           .symbol = winding ? "\\chi" : "\\phi"};
    weft_field_spec pi = {.name = "pi",
                          .unit = "field/time",
                          .long_name = "time derivative of the field",
                          .role = WEFT_MOMENTUM,
                          .element = WEFT_F64,
                          .components = v->components,
                          .symbol = "\\pi"};
    if (v->components == 2)
        snprintf(plan->parts, sizeof plan->parts, "re, im");
    plan->field[plan->n_fields++] = phi;
    plan->field[plan->n_fields++] = pi;
    if (winding)
        plan->field[plan->n_fields++] = (weft_field_spec){.name = "phi",
                                                          .unit = "field",
                                                          .long_name = "field",
                                                          .role = WEFT_DERIVED,
                                                          .element = WEFT_F64,
                                                          .components = 1,
                                                          .symbol = "\\phi"};
}

/* The damping of the plan: a number, or a formula. Constants that no formula reads are refused. */
static weft_status plan_damping(const weft_params *all, double *damping, bool *varies)
{
    const weft_section *own = weft_params_section(all, "klein_gordon");
    const kg_params *p = weft_params_values(all, kg_table);
    kg_friction *friction;
    WEFT_TRY(kg_friction_read(all, damping, &friction));
    *varies = friction != NULL;
    kg_friction_free(friction);
    const char *start = weft_get_text(weft_params_section(all, "initial"), "type");
    if (p->parameters && p->potential != KG_FORMULA && !*varies && strcmp(start, "formula") != 0)
        return weft_param_fail(own, "parameters",
                               "not used here: they are for potential: formula, for damping by a "
                               "formula of t and for initial.type: formula");
    return WEFT_OK;
}

/* A bath: the temperature is a protocol, and what cannot have one is refused with the reason. A
 * sponge would cool a part of the box; modes that dealiasing keeps out would be heated and not take
 * part. */
static weft_status plan_bath(const weft_section *own, const kg_params *p, double damping,
                             bool varies, int dim, weft_plan *out)
{
    protocol T;
    WEFT_TRY(protocol_read(own, "temperature", p->temperature, &T));
    if (damping > 0 && !varies && !has_sponge(p, dim))
        out->families |= WEFT_HAS_BATH;
    if (protocol_most(&T) <= 0)
        return WEFT_OK;
    if (damping == 0 && !varies)
        return weft_param_fail(
            own, "temperature",
            "a bath needs damping > 0: the friction that takes up what its noise "
            "gives; without a bath, 'initial: {type: random, spectrum: thermal}' "
            "starts at a temperature");
    if (varies)
        return weft_param_fail(own, "temperature",
                               "a bath needs damping that is a number, not a formula of t");
    if (has_sponge(p, dim))
        return weft_param_fail(own, "temperature",
                               "not beside absorbing ends, which would be colder than the bath; "
                               "use periodic, antiperiodic, neumann or dirichlet");
    if (p->laplacian == KG_SPECTRAL && p->dealias != KG_KEEP_ALL)
        return weft_param_fail(own, "temperature",
                               "a bath heats every mode of the grid, and dealias: %s leaves some "
                               "out of the motion; use dealias: none",
                               p->dealias == KG_KEEP_2_3 ? "2/3" : "1/2");
    /* the right-hand side has no noise: steppers that need it alone are out */
    out->families = (out->families & ~WEFT_HAS_RHS) | WEFT_HAS_HEAT;
    out->smooth = false;
    return WEFT_OK;
}

/* Differences live on blocks of any shape, transforms on slabs or pencils. LINEAR_K2 is the family
 * of exponential steppers. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *out)
{
    const weft_section *own = weft_params_section(all, "klein_gordon");
    const kg_params *p = weft_params_values(all, kg_table);
    const weft_reals range = p->histogram_range;
    const int width = (int)p->laplacian;
    kg_potential v;
    double damping;
    bool varies;
    WEFT_TRY(kg_potential_make(all, &v));
    WEFT_TRY(plan_damping(all, &damping, &varies));
    WEFT_TRY(plan_boundaries(own, p, &v, dim, length, out));
    (void)n;
    if (range.n != 2 || !(range.value[0] < range.value[1]))
        return weft_param_fail(own, "histogram_range", "give a lower and a higher number");
    plan_fields(&v, width, p->winding != 0, out);
    out->layout = width > 0 ? WEFT_BLOCKS : WEFT_TRANSFORM;
    out->fft = width == 0 || weft_wants(all, "spectrum");
    out->open = damping > 0 || varies || v.timed || has_sponge(p, dim);
    out->smooth = true;
    out->families = WEFT_HAS_RHS | WEFT_HAS_SPLIT;
    out->because_of = WEFT_HAS_LINEAR_K2;
    if (width == 0 && !varies && !has_sponge(p, dim))
        out->families |= WEFT_HAS_LINEAR_K2;
    else
        out->because = "with laplacian by differences, absorbing ends or a damping that depends on "
                       "time no mode of the linear part is known exactly (linear_k2)";
    return plan_bath(own, p, damping, varies, dim, out);
}

/* ---- set up ---- */

/* gamma(x) = damping + one function of the coordinate an axis: the sum of one-dimensional tables
 * serves any number of dimensions, and exp(-gamma dt) is a product of three factors. */
static weft_status make_damping(weft_sim *sim, kg *m)
{
    const weft_grid *grid = sim->grid;
    WEFT_TRY(kg_friction_read(sim->params, &m->damping, &m->friction));
    m->damped = m->damping > 0 || m->friction;
    for (int a = 0; a < 3; a++)
        m->gamma[a] = weft_alloc((size_t)grid->local[a], sizeof(double));
    for (int a = 3 - grid->dim; a < 3; a++) {
        if (boundary_of(m->p, a - (3 - grid->dim)) != KG_ABSORBING)
            continue;
        double width = m->p->sponge_width, strength = m->p->sponge_strength;
        for (int64_t i = 0; i < grid->local[a]; i++) {
            double x = weft_grid_coordinate(grid, a, grid->start[a] + i);
            double depth = fmax(0, fabs(x) - 0.5 * grid->length[a] + width) / width;
            m->gamma[a][i] = strength * depth * depth;
        }
        m->sponge[a] = m->damped = true;
    }
    return WEFT_OK;
}

/* Coordinates of all global points, for a potential that depends on the place. */
static void make_places(weft_sim *sim, kg *m)
{
    const weft_grid *grid = sim->grid;
    for (int a = 0; m->v.placed && a < 3; a++) {
        m->place[a] = weft_alloc((size_t)grid->n[a], sizeof(double));
        for (int64_t i = 0; a >= 3 - grid->dim && i < grid->n[a]; i++)
            m->place[a][i] = weft_grid_coordinate(grid, a, i);
    }
}

/* The ramp at all global points along x (a rank needs those of its part only, but the list is
 * short). */
static void make_ramp(weft_sim *sim, kg *m)
{
    const weft_grid *grid = sim->grid;
    double winding = (double)m->p->winding;
    if (winding == 0)
        return;
    m->slope = 2 * M_PI * winding / grid->length[2];
    m->ramp = weft_alloc((size_t)grid->n[2], sizeof(double));
    for (int64_t i = 0; i < grid->n[2]; i++)
        m->ramp[i] = m->slope * weft_grid_coordinate(grid, 2, i);
}

/* Buffers that the time loop needs; those of observables are made when first asked for. */
static weft_status setup(weft_sim *sim)
{
    kg *m = weft_alloc(1, sizeof *m);
    sim->data = m;
    m->p = weft_params_values(sim->params, kg_table);
    WEFT_TRY(kg_potential_make(sim->params, &m->v));
    WEFT_TRY(kg_formula_make(sim->params, &m->v));
    WEFT_TRY(protocol_read(sim->own, "temperature", m->p->temperature, &m->T));
    m->components = m->v.components;
    m->width = (int)m->p->laplacian;
    kg_stencil_make(sim->grid, m);
    if (m->width == 0 && kg_has_walls(sim->grid) &&
        weft_halo_create(sim->grid, KG_WIDTH, KG_WIDTH, sizeof(double), 1, NULL, &m->mirror) !=
            WEFT_OK)
        weft_error_clear(); /* too many ranks: observables that need it say so */
    WEFT_TRY(make_damping(sim, m));
    make_places(sim, m);
    make_ramp(sim, m);
    if (m->width > 0)
        return WEFT_OK;
    static const double kept[] = {[KG_KEEP_ALL] = 0, [KG_KEEP_2_3] = 2.0 / 3, [KG_KEEP_1_2] = 0.5};
    sim->kept = m->dealias = kept[m->p->dealias];
    bool on_grid = !kg_in_k(sim);
    if (m->components > 1 || (on_grid && m->dealias > 0))
        m->second_buffer = weft_fft_buffer(sim->fft);
    for (int c = 0; on_grid && c < m->components; c++)
        m->force[c] = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
    return WEFT_OK;
}

/* What was not made is NULL. */
static void destroy(weft_sim *sim)
{
    kg *m = kg_of(sim);
    kg_formula_free(&m->v);
    kg_friction_free(m->friction);
    for (int a = 0; a < 3; a++) {
        weft_free(m->gamma[a]);
        weft_free(m->place[a]);
    }
    for (int i = 0; i < m->n_damp; i++)
        for (int a = 0; a < 3; a++)
            weft_free(m->damp[i].factor[a]);
    for (int c = 0; c < KG_COMPONENTS; c++)
        weft_free(m->force[c]);
    if (m->second_buffer)
        weft_fft_buffer_free(sim->fft, m->second_buffer);
    weft_free(m->ramp);
    weft_free(m->scalar);
    weft_free(m->derivative);
    weft_halo_free(m->mirror);
    weft_free(m->mirrored);
    weft_free(m->walls);
    weft_halo_free(m->walls_halo);
    weft_free(m);
}

/* Modes beyond the limit of dealiasing are not part of the motion; a start must not have them
 * either, or they would stay for ever as they were. */
static weft_status begin(weft_sim *sim)
{
    if (sim->step == 0) /* a checkpoint is truncated already */
        kg_truncate(sim);
    return WEFT_OK;
}

/* ---- the full field where it has a winding ---- */

/* phi = chi + ramp, for snapshots of a field that winds. */
static weft_status derive(weft_sim *sim)
{
    weft_field *phi = weft_state_find(sim->state, "phi");
    if (phi->spec.role != WEFT_DERIVED)
        return WEFT_OK;
    weft_view f = kg_scalar(sim);
    const weft_grid *grid = sim->grid;
    WEFT_FOR_ROWS(grid, z, y)
        memcpy(weft_field_row(phi, 0, z, y), weft_row(&f, z, y),
               (size_t)grid->local[2] * sizeof(double));
    return WEFT_OK;
}

/* chi = phi - ramp: a file of another program has phi. */
static weft_status underive(weft_sim *sim)
{
    const kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    weft_field *phi = weft_state_find(sim->state, "phi");
    const int64_t n = grid->local[2];
    double *chi = weft_alloc((size_t)weft_grid_local_sites(grid), sizeof *chi), *row = chi;
    WEFT_FOR_ROWS(grid, z, y) {
        const double *from = weft_field_row(phi, 0, z, y);
        for (int64_t x = 0; x < n; x++)
            row[x] = from[x] - m->ramp[grid->start[2] + x];
        row += n;
    }
    weft_field_assign(sim->state, kg_phi(sim->state), 0, chi, 0);
    weft_free(chi);
    return WEFT_OK;
}

const weft_model weft_model_klein_gordon = {
    .name = "klein_gordon",
    .summary = "Klein-Gordon fields: phi_tt = lap phi - V'(phi) - damping phi_t",
    .reference = "N. Manton, P. Sutcliffe, Topological Solitons (Cambridge 2004), ch. 5",
    .params = kg_table,
    .stepper = WEFT_NAMES("split4", "verlet", "baoab"),
    .observe = WEFT_NAMES("energy", "phi_max"),
    .fields = WEFT_NAMES("phi"),
    .invariant = "energy",
    .observables = kg_observables,
    .reductions = kg_reductions,
    .initials = kg_initials,
    .families = {.rhs = kg_rhs,
                 .drift = kg_drift,
                 .kick = kg_kick,
                 .damp = kg_damp,
                 .bath = kg_bath,
                 .linear_k2 = kg_linear_k2,
                 .nonlinear_k = kg_nonlinear_k},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .begin = begin,
    .rates = kg_rates,
    .derive = derive,
    .underive = underive,
};

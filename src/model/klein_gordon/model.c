/* Klein-Gordon fields: phi_tt = lap phi - V'(phi) - gamma phi_t. */
#include "kg.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

static const weft_param params[] = {
    {.name = "potential",
     .type = WEFT_CHOICE,
     .words = "linear|phi4|sine_gordon|double_sine_gordon|phi6|polynomial",
     .help = "linear: mass^2 phi^2/2; phi4: lambda/4 (phi^2 - v^2)^2; sine_gordon: 1 - cos phi; "
             "double_sine_gordon: 1 - cos phi + eta (1 - cos(phi/2)); phi6: lambda/2 phi^2 (phi^2 "
             "- v^2)^2; polynomial: sum of coefficients"},
    {.name = "mass",
     .type = WEFT_REAL,
     .standard = "1",
     .range = "[0, inf)",
     .unit = "1/length",
     .help = "of the linear potential",
     .when = "potential=linear"},
    {.name = "lambda",
     .type = WEFT_REAL,
     .standard = "1",
     .range = "(0, inf)",
     .help = "coupling",
     .when = "potential=phi4|phi6"},
    {.name = "vacuum",
     .type = WEFT_REAL,
     .standard = "1",
     .range = "(0, inf)",
     .unit = "field",
     .help = "vacuum value v",
     .when = "potential=phi4|phi6"},
    {.name = "eta",
     .type = WEFT_REAL,
     .standard = "1",
     .range = "(-4, inf)",
     .help = "weight of the half angle",
     .when = "potential=double_sine_gordon"},
    {.name = "coefficients",
     .type = WEFT_REAL_LIST,
     .help = "[c0, c1, c2, ...] of V = sum c_n phi^n; complex fields: of |phi|, even powers only",
     .when = "potential=polynomial"},
    {.name = "components",
     .type = WEFT_INT,
     .standard = "1",
     .range = "[1, 2]",
     .help = "1: real field; 2: complex field with a potential of |phi|^2"},
    {.name = "laplacian",
     .type = WEFT_CHOICE,
     .standard = "spectral",
     .words = "spectral|fd2|fd4|fd6|fd8",
     .help = "spectral, or central differences of order 2 to 8"},
    {.name = "dealias",
     .type = WEFT_CHOICE,
     .standard = "none",
     .words = "none|2/3|1/2",
     .help = "part of the wavenumbers along each axis that is kept; 1/2 is exact for cubic forces",
     .when = "laplacian=spectral"},
    {.name = "boundary",
     .type = WEFT_CHOICE_LIST,
     .standard = "periodic",
     .words = "periodic|antiperiodic|neumann|dirichlet|absorbing",
     .help =
         "of each axis, slowest first, or one for all; absorbing: neumann behind a damping layer"},
    {.name = "winding",
     .type = WEFT_INT,
     .standard = "0",
     .help = "phi(x + L) = phi(x) + 2 pi winding along the last axis, which is periodic otherwise",
     .when = "potential=sine_gordon|double_sine_gordon"},
    {.name = "damping",
     .type = WEFT_REAL,
     .standard = "0",
     .range = "[0, inf)",
     .unit = "1/time",
     .help = "gamma"},
    {.name = "sponge_width",
     .type = WEFT_REAL,
     .standard = "10",
     .range = "(0, inf)",
     .unit = "length",
     .help = "of the damping layer at both ends of absorbing axes",
     .when = "boundary=absorbing"},
    {.name = "sponge_strength",
     .type = WEFT_REAL,
     .standard = "1",
     .range = "(0, inf)",
     .unit = "1/time",
     .help = "damping at the ends; it falls with the square of the depth",
     .when = "boundary=absorbing"},
    {.name = "histogram_range",
     .type = WEFT_REAL_LIST,
     .standard = "[-2, 2]",
     .unit = "field",
     .help = "lower and upper end of the observable histogram"},
    {0},
};

/* ---- plan ---- */

static int width_of(const weft_section *own)
{
    const char *word = weft_get_text(own, "laplacian");
    return word[0] == 'f' ? (word[2] - '0') / 2 : 0;
}

static const char *boundary_word(const weft_section *own, int axis)
{
    return weft_get_text_at(own, "boundary", weft_list_size(own, "boundary") == 1 ? 0 : axis);
}

static bool has_sponge(const weft_section *own, int dim)
{
    for (int a = 0; a < dim; a++)
        if (strcmp(boundary_word(own, a), "absorbing") == 0)
            return true;
    return false;
}

static weft_status plan_boundaries(const weft_section *own, const kg_potential *v, int dim,
                                   const double *length, weft_plan *plan)
{
    static const char *const words[] = {"periodic", "antiperiodic", "neumann", "dirichlet"};
    int given = weft_list_size(own, "boundary");
    if (given != 1 && given != dim)
        return weft_param_fail(own, "boundary",
                               "%d words for %d axes; give one for each axis, or "
                               "one for all",
                               given, dim);
    for (int a = 0; a < dim; a++) {
        const char *word = boundary_word(own, a);
        plan->boundary[a] = WEFT_NEUMANN;
        for (int i = 0; i < 4; i++)
            if (strcmp(word, words[i]) == 0)
                plan->boundary[a] = (weft_boundary)i;
        bool odd = plan->boundary[a] == WEFT_ANTIPERIODIC || plan->boundary[a] == WEFT_DIRICHLET;
        if (odd && !v->even)
            return weft_param_fail(own, "boundary",
                                   "%s needs V(-phi) = V(phi): no odd coefficients", word);
        bool sponge = strcmp(word, "absorbing") == 0;
        if (sponge && weft_get_real(own, "sponge_width") > 0.5 * length[a])
            return weft_param_fail(own, "sponge_width",
                                   "the layers at both ends overlap; at most %.6g fits",
                                   0.5 * length[a]);
    }
    bool sine = v->kind == KG_SINE_GORDON || v->kind == KG_DOUBLE_SINE_GORDON;
    int64_t winding = sine ? weft_get_int(own, "winding") : 0;
    if (winding != 0 && plan->boundary[dim - 1] != WEFT_PERIODIC)
        return weft_param_fail(own, "winding", "only with a periodic last axis");
    if (v->kind == KG_DOUBLE_SINE_GORDON && winding % 2 != 0)
        return weft_param_fail(own, "winding",
                               "the double sine-Gordon potential has period 4 pi; winding must be "
                               "even");
    return WEFT_OK;
}

static bool listed(const weft_params *all, const char *name)
{
    const weft_section *s = weft_params_section(all, "observe");
    for (int i = 0; weft_has_value(s, "list") && i < weft_list_size(s, "list"); i++)
        if (strcmp(weft_get_text_at(s, "list", i), name) == 0)
            return true;
    return false;
}

static void plan_fields(const kg_potential *v, int width, bool winding, weft_plan *plan)
{
    weft_field_spec phi = {.name = winding ? "chi" : "phi",
                           .unit = "field",
                           .long_name = winding ? "phi without the ramp of its winding" : "field",
                           .role = WEFT_EVOLVED,
                           .element = WEFT_F64,
                           .components = v->components,
                           .ghost = width};
    weft_field_spec pi = {.name = "pi",
                          .unit = "field/time",
                          .long_name = "time derivative of the field",
                          .role = WEFT_MOMENTUM,
                          .element = WEFT_F64,
                          .components = v->components};
    plan->field[plan->n_fields++] = phi;
    plan->field[plan->n_fields++] = pi;
    if (winding)
        plan->field[plan->n_fields++] = (weft_field_spec){.name = "phi",
                                                          .unit = "field",
                                                          .long_name = "field",
                                                          .role = WEFT_DERIVED,
                                                          .element = WEFT_F64,
                                                          .components = 1};
}

static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *out)
{
    const weft_section *own = weft_params_section(all, "klein_gordon");
    const weft_section *initial = weft_params_section(all, "initial");
    kg_potential v;
    WEFT_TRY(kg_potential_make(own, &v));
    WEFT_TRY(plan_boundaries(own, &v, dim, length, out));
    WEFT_TRY(kg_initial_check(all, &v, dim, length, out));
    int width = width_of(own);
    for (int a = 0; a < dim; a++)
        if (n[a] < 2)
            return weft_param_fail(weft_params_section(all, "grid"), "n",
                                   "an axis needs at least 2 points");
    if (weft_list_size(own, "histogram_range") != 2 ||
        !(weft_get_real_at(own, "histogram_range", 0) <
          weft_get_real_at(own, "histogram_range", 1)))
        return weft_param_fail(own, "histogram_range", "give a lower and a higher number");
    bool sine = v.kind == KG_SINE_GORDON || v.kind == KG_DOUBLE_SINE_GORDON;
    plan_fields(&v, width, sine && weft_get_int(own, "winding") != 0, out);
    out->layout = width > 0 ? WEFT_BLOCKS : WEFT_TRANSFORM;
    out->fft = width == 0 || listed(all, "spectrum") ||
               strcmp(weft_get_text(initial, "type"), "random") == 0;
    out->families = WEFT_HAS_RHS | WEFT_HAS_SPLIT;
    if (width == 0 && !has_sponge(own, dim))
        out->families |= WEFT_HAS_LINEAR_K2;
    return WEFT_OK;
}

/* ---- set up ---- */

static void make_damping(weft_sim *sim, kg *m)
{
    const weft_grid *grid = sim->grid;
    m->damping = weft_get_real(sim->own, "damping");
    m->damped = m->damping > 0;
    for (int a = 0; a < 3; a++)
        m->gamma[a] = weft_alloc((size_t)grid->local[a], sizeof(double));
    for (int a = 3 - grid->dim; a < 3; a++) {
        if (strcmp(boundary_word(sim->own, a - (3 - grid->dim)), "absorbing") != 0)
            continue;
        double width = weft_get_real(sim->own, "sponge_width");
        double strength = weft_get_real(sim->own, "sponge_strength");
        for (int64_t i = 0; i < grid->local[a]; i++) {
            double x = weft_grid_coordinate(grid, a, grid->start[a] + i);
            double depth = fmax(0, fabs(x) - 0.5 * grid->length[a] + width) / width;
            m->gamma[a][i] = strength * depth * depth;
        }
        m->sponge[a] = m->damped = true;
    }
}

static void make_ramp(weft_sim *sim, kg *m)
{
    const weft_grid *grid = sim->grid;
    bool sine = m->v.kind == KG_SINE_GORDON || m->v.kind == KG_DOUBLE_SINE_GORDON;
    double winding = sine ? (double)weft_get_int(sim->own, "winding") : 0;
    if (winding == 0)
        return;
    m->slope = 2 * M_PI * winding / grid->length[2];
    m->ramp = weft_alloc((size_t)grid->n[2], sizeof(double));
    for (int64_t i = 0; i < grid->n[2]; i++)
        m->ramp[i] = m->slope * weft_grid_coordinate(grid, 2, i);
}

static weft_status setup(weft_sim *sim)
{
    kg *m = weft_alloc(1, sizeof *m);
    sim->data = m;
    WEFT_TRY(kg_potential_make(sim->own, &m->v));
    m->components = m->v.components;
    m->width = width_of(sim->own);
    if (m->width > 0)
        kg_stencil_make(sim->grid, m);
    make_damping(sim, m);
    make_ramp(sim, m);
    if (m->width > 0)
        return WEFT_OK;
    const char *dealias = weft_get_text(sim->own, "dealias");
    m->dealias = strcmp(dealias, "2/3") == 0 ? 2.0 / 3 : strcmp(dealias, "1/2") == 0 ? 0.5 : 0;
    bool on_grid = !kg_in_k(sim);
    if (m->components > 1 || (on_grid && m->dealias > 0))
        m->second_buffer = weft_fft_buffer(sim->fft);
    for (int c = 0; on_grid && c < m->components; c++)
        m->force[c] = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof(double));
    return WEFT_OK;
}

static void destroy(weft_sim *sim)
{
    kg *m = kg_of(sim);
    for (int a = 0; a < 3; a++)
        weft_free(m->gamma[a]);
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
    weft_free(m->walls);
    weft_halo_free(m->walls_halo);
    weft_free(m);
}

static weft_status begin(weft_sim *sim)
{
    if (sim->step == 0) /* a checkpoint is truncated already */
        kg_truncate(sim);
    return WEFT_OK;
}

/* ---- the full field where it has a winding ---- */

static weft_status derive(weft_sim *sim)
{
    weft_field *phi = weft_state_find(sim->state, "phi");
    if (phi->spec.role != WEFT_DERIVED)
        return WEFT_OK;
    weft_view f = kg_scalar(sim);
    const weft_grid *grid = sim->grid;
    for (int64_t z = 0; z < grid->local[0]; z++)
        for (int64_t y = 0; y < grid->local[1]; y++)
            memcpy(weft_field_data(phi, 0) + phi->extent.origin + z * phi->extent.stride[0] +
                       y * phi->extent.stride[1],
                   weft_row(&f, z, y), (size_t)grid->local[2] * sizeof(double));
    return WEFT_OK;
}

const weft_model weft_model_klein_gordon = {
    .name = "klein_gordon",
    .summary = "Klein-Gordon fields: phi_tt = lap phi - V'(phi) - damping phi_t",
    .reference = "N. Manton, P. Sutcliffe, Topological Solitons (Cambridge 2004), ch. 5",
    .params = params,
    .stepper = WEFT_NAMES("split4", "verlet"),
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
                 .linear_k2 = kg_linear_k2,
                 .nonlinear_k = kg_nonlinear_k},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .begin = begin,
    .rates = kg_rates,
    .derive = derive,
};

/* The model equation: any system of fields that is written down line by line in the input.
 *
 * The way of an equation: the text becomes a syntax tree (src/expression), the tree nodes of one
 * graph (read.c, names.c); the graph is taken apart into a linear part, noise and a rest
 * (expression's splitter); shape.c says which families of functions hold; spectral.c, second.c and
 * pipeline.c (fields in k space) or lattice.c and kernel.c (fields on a lattice) compute; observe.c
 * reads formulas of observables; checks.c refuses what cannot be right.
 *
 * Invariants. The plan and the setup read the same text and come to the same system on every rank:
 * everything in this folder that decides something depends on the input alone. What the linear
 * part, the noise and the rest add up to is the right-hand side that was written, since they are
 * parts of one graph. Lattices give the same bits on any number of ranks; transforms agree to
 * rounding. */
#include "lattice.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- plan ---- */

/* Named expressions that snapshots shall have become derived fields: computed when a snapshot is
 * due, never stepped. */
static weft_status plan_shown(const eq_system *s, const weft_params *all, weft_plan *p)
{
    const weft_section *output = weft_params_section(all, "output");
    int shown = 0;
    for (int i = 0; i < s->n_names && weft_has_value(output, "fields"); i++) {
        const eq_name *name = &s->name[i];
        bool wanted = false;
        for (int j = 0; j < weft_list_size(output, "fields"); j++)
            wanted = wanted || strcmp(weft_get_text_at(output, "fields", j), name->name) == 0;
        if (!wanted)
            continue;
        /* White noise is no function: a snapshot of it would depend on the grid. */
        if ((weft_graph_at(s->graph, name->value.re)->depends |
             weft_graph_at(s->graph, name->value.im)->depends) &
            1u << WEFT_VAR_NOISE)
            return weft_param_fail(output, "fields",
                                   "'%s' has white noise in it, which has no "
                                   "values",
                                   name->name);
        if (++shown > EQ_SHOWN || p->n_fields == WEFT_MAX_FIELDS)
            return weft_param_fail(output, "fields", "there can be %d named expressions", EQ_SHOWN);
        p->field[p->n_fields++] = (weft_field_spec){
            eq_keep_name(p, name->name), "", "named expression", WEFT_DERIVED, WEFT_F64,
            name->value.im ? 2 : 1,      0};
    }
    return WEFT_OK;
}

/* Fields, momenta and quenched fields fill the lists of a plan. */
static weft_status check_count(const eq_system *s)
{
    int n = s->n_quenched;
    for (int i = 0; i < s->n_fields; i++)
        n += s->field[i].order;
    return n <= WEFT_MAX_FIELDS ? WEFT_OK
                                : weft_param_fail(s->own, "fields",
                                                  "%d fields, momenta and quenched fields; there "
                                                  "can be %d",
                                                  n, WEFT_MAX_FIELDS);
}

/* The order of the fields of the state: each field, followed by its momentum; then quenched fields.
 * Components are counted in this order everywhere (eq_coefficients, eq_lattice_arrays). Ghosts are
 * as wide as the largest offset that any formula has. */
static void plan_fields(const eq_system *s, weft_plan *p)
{
    const int ghost = s->lattice ? eq_reach(s) : 0;
    for (int i = 0; i < s->n_fields; i++) {
        const eq_field *f = &s->field[i];
        const int parts = f->is_complex ? 2 : 1;
        p->field[p->n_fields++] =
            (weft_field_spec){f->name, "", "field", WEFT_EVOLVED, WEFT_F64, parts, ghost};
        p->fields[i] = f->name;
        if (f->momentum)
            p->field[p->n_fields++] = (weft_field_spec){eq_keep_name(p, f->momentum),
                                                        "",
                                                        "time derivative",
                                                        WEFT_MOMENTUM,
                                                        WEFT_F64,
                                                        parts,
                                                        ghost};
    }
    for (int i = 0; i < s->n_quenched; i++)
        p->field[p->n_fields++] = (weft_field_spec){s->quenched[i].name,
                                                    "",
                                                    "quenched field",
                                                    WEFT_STATIC,
                                                    WEFT_F64,
                                                    s->quenched[i].is_complex ? 2 : 1,
                                                    0};
    strcpy(p->parts, "re, im");
}

/* Components of fields that have simple noise, as eq_noise_amplitude tells the steppers. */
static int noisy_components(const eq_system *s, const eq_shape *shape)
{
    int n = 0;
    for (int f = 0; f < s->n_fields; f++) {
        const int parts = s->field[f].is_complex ? 2 : 1;
        for (int order = 0; order < s->field[f].order; order++) {
            const int i = s->field[f].component + order * parts;
            n += shape->amplitude[i] != 0.0 ? parts : 0;
        }
    }
    return n;
}

/* Noise with memory is drawn at the sites. On a lattice the steppers for additive noise add it to
 * each component; in k space each noise is a source that any equations may share. */
static weft_status plan_noise(const eq_system *s, const eq_shape *shape, weft_plan *p)
{
    const bool possible = s->lattice ? shape->simple_noise : !s->multiplicative;
    if (s->p->colour.type != COLOURED_WHITE && s->noisy && !possible)
        return weft_param_fail(
            s->own, "noise_type",
            s->lattice ? "noise with memory is for equations in which a number stands before a "
                         "noise that no other has; with space: spectral they may share noises"
                       : "noise with memory is for factors that are the same at all places");
    return coloured_plan(s->own, &s->p->colour, s->noisy,
                         s->lattice ? noisy_components(s, shape) : s->n_noises, p);
}

/* From the time at which the run starts to its end, as the input has them. */
static weft_status check_growth(eq_system *s, const weft_params *all)
{
    const weft_node *time = weft_section_node(weft_params_section(all, "time"));
    const weft_node *first = weft_node_find(time, "start"), *last = weft_node_find(time, "end");
    double start = 0.0, end = 0.0;
    if (first)
        WEFT_TRY(weft_node_real(first, &start));
    if (last)
        WEFT_TRY(weft_node_real(last, &end));
    return eq_check_growth(s, start, fmax(start, end));
}

/* What keeps steppers for additive noise from an equation. */
static void say_because(const eq_system *s, const eq_shape *shape, weft_plan *p)
{
    p->because_of = ~0; /* such noise leaves euler_ito alone */
    if (s->multiplicative)
        p->because = "the amplitude of the noise depends on fields, places or time, and of the "
                     "steppers euler_ito alone draws such noise (weak order 1: halve the step to "
                     "see its error)";
    else if (s->noisy && s->lattice && !shape->simple_noise)
        p->because = "noises that equations share, take from neighbours or give to the parts of a "
                     "complex field in unlike amounts are drawn by euler_ito alone (weak order 1: "
                     "halve the step to see its error)";
}

/* Functions of fields that are no numbers for some of their values. */
static void say_fragile(const eq_system *s, weft_plan *p)
{
    static const char text[] =
        "a look at roots, logarithms, powers and quotients in the equations, which are no "
        "numbers for some values of the fields (max(u, 0) keeps u from below zero)";
    for (int i = 1; i < weft_graph_size(s->graph); i++) {
        const weft_graph_node *x = weft_graph_at(s->graph, i);
        const int risk = x->op == WEFT_OP_DIV ? x->b : x->a;
        const bool fragile = x->op == WEFT_OP_SQRT || x->op == WEFT_OP_LOG ||
                             x->op == WEFT_OP_POW || x->op == WEFT_OP_DIV ||
                             x->op == WEFT_OP_ASIN || x->op == WEFT_OP_ACOS;
        if (fragile && weft_graph_at(s->graph, risk)->depends & 1u << WEFT_VAR_FIELD)
            p->fragile = text;
    }
}

/* Everything that can be known to be wrong without a grid is an error here, so that `check` finds
 * it. */
static weft_status plan_system(const weft_params *all, eq_system *s, weft_plan *p)
{
    eq_shape shape;
    WEFT_TRY(eq_check_factors(s));
    say_fragile(s, p);
    WEFT_TRY(eq_check_walls(s));
    eq_classify(s, &shape);
    p->layout = s->lattice ? WEFT_BLOCKS : WEFT_TRANSFORM;
    p->fft = !s->lattice;
    p->families = shape.families;
    say_because(s, &shape, p);
    for (int a = 0; a < s->dim; a++)
        p->boundary[a] = s->boundary[3 - s->dim + a];
    /* Spectra need transforms also where the equations do not. */
    eq_formula *formulas = weft_alloc(EQ_FORMULAS, sizeof *formulas);
    int n = 0;
    weft_status status = eq_read_formulas(s, all, formulas, &n);
    for (int i = 0; i < n; i++)
        p->fft = p->fft || formulas[i].reduction == EQ_SPECTRUM;
    weft_free(formulas);
    WEFT_TRY(status);
    WEFT_TRY(check_count(s));
    plan_fields(s, p);
    WEFT_TRY(plan_noise(s, &shape, p));
    WEFT_TRY(plan_shown(s, all, p));
    eq_default_observe(s, all, p);
    const weft_section *initial = weft_params_section(all, "initial");
    if (strcmp(weft_get_text(initial, "type"), "formula") == 0)
        WEFT_TRY(eq_check_initial(s, initial));
    WEFT_TRY(check_growth(s, all)); /* last: it fills the graph with frozen copies */
    p->smooth = eq_is_smooth(s);
    p->diffusive = p->smooth && eq_short_waves_die(s);
    p->rough_start = s->drawn_start;
    return WEFT_OK;
}

/* The system is large, so it lives in allocated memory for the time of the plan. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *p)
{
    eq_system *s = weft_alloc(1, sizeof *s);
    weft_status status = eq_read(all, dim, n, length, s);
    if (status == WEFT_OK) {
        status = plan_system(all, s, p);
        eq_free(s);
    }
    weft_free(s);
    return status;
}

/* ---- a replica ---- */

/* Quenched fields come before the rest of the setup, which computes fixed fields from them. gamma
 * and amplitude are numbers by then: eq_classify has made sure of it for the families in question.
 */
static weft_status setup(weft_sim *sim)
{
    eq_data *d = sim->data = weft_alloc(1, sizeof *d);
    WEFT_TRY(eq_read(sim->params, sim->grid->dim, sim->grid->n + 3 - sim->grid->dim,
                     sim->grid->length + 3 - sim->grid->dim, &d->s));
    WEFT_TRY(eq_set_quenched(sim));
    WEFT_TRY(eq_read_formulas(&d->s, sim->params, d->formula, &d->n_formulas));
    eq_classify(&d->s, &d->shape);
    sim->kept = d->shape.keep;
    for (int i = 0; i < d->s.n; i++) {
        /* Splittings: the damping of each momentum is a number. */
        if (d->shape.families & (WEFT_HAS_SPLIT | WEFT_HAS_LINEAR_K2))
            weft_graph_is_number(d->s.graph, eq_gamma_of(&d->s, i), &d->gamma[i]);
    }
    WEFT_TRY(coloured_setup(sim, &d->s.p->colour, d->s.lattice ? 0 : d->s.n_noises));
    if (d->s.lattice)
        return eq_lattice_setup(sim);
    if (!eq_spectral_setup(sim))
        return weft_param_fail(sim->own, "equations", "the equations have too many terms");
    return eq_watch_setup(sim);
}

/* Every part may be missing after a failed setup. */
static void destroy(weft_sim *sim)
{
    eq_data *d = sim->data;
    coloured_free(sim);
    eq_look_free(sim);
    eq_watch_free(sim);
    weft_free(d->sites_seen.place);
    eq_lattice_free(sim);
    eq_spectral_free(sim);
    eq_free(&d->s);
    weft_free(d);
}

static const weft_initial initials[] = {
    {.name = "formula",
     .help = "a formula of x, y, z and random numbers for each field, as in {type: formula, u: "
             "0.1*normal}; fields without one are zero",
     .params = weft_any_keys,
     .set = eq_set_initial},
    {0}};

const weft_model weft_model_equation = {
    .name = "equation",
    .summary = "equations written in the input: fields in continuous space or on lattices",
    .reference = "docs/models/equation.md",
    .params = eq_keys,
    /* etdrk43 is taken where no step is given: it has no key dt. */
    .stepper = WEFT_NAMES("split4", "etdrk43", "etdrk4", "etd_heun", "yoshida4", "rk4", "heun",
                          "euler_ito"),
    .observe = WEFT_NAMES(NULL),
    .fields = WEFT_NAMES(NULL),
    .observables = eq_observables,
    .initials = initials,
    .families = {.rhs = eq_rhs,
                 .drift = eq_drift,
                 .kick = eq_kick,
                 .damp = eq_damp,
                 .ito = eq_ito,
                 .couplings = eq_couplings,
                 .jacobian = eq_jacobian_row,
                 .noise_amplitude = eq_noise_amplitude,
                 .linear_k2 = eq_linear_k2,
                 .nonlinear_k = eq_nonlinear_k,
                 .linear_form = eq_linear_form,
                 .linear_km = eq_linear_km,
                 .nonlinear_km = eq_nonlinear_km,
                 .noise_km = eq_noise_km},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .begin = eq_begin,
    .guard = eq_guard,
    .rates = eq_rates,
    .derive = eq_derive,
    .attributes = eq_attributes,
    .transforms = eq_transforms,
    .describe = eq_describe,
};

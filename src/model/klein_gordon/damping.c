/* Damping: gamma = damping + sponge(x), where the first part may be a formula of the time (Hubble
 * friction, "3/(1 + t)") and the second grows into the ends of absorbing axes.
 *
 * Invariants. kg_damp is the exact flow of pi_t = -gamma(x, t) pi from t to t + dt, so that no step
 * is too long for damping: a factor exp(-dt gamma) of each place times exp(-integral) of what
 * changes in time. The integral is Gauss's with five nodes: exact for polynomials of degree nine,
 * and symmetric, so that damping over -dt from t + dt undoes it and compositions keep their order
 * (M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, table 25.4). It is the same
 * number on all ranks, since it depends on t and dt alone. */
#include "kg.h"
#include "physics/formula.h"
#include "weft/memory.h"
#include "weft/vmath.h"
#include <math.h>

struct kg_friction {
    formula_times times;
    weft_program *program;
};

/* ---- gamma(t) ---- */

double kg_friction_at(kg_friction *f, double t)
{
    const double *in[FORMULA_COURSES + 1];
    double value, *out = &value;
    formula_times_set(&f->times, t);
    for (int i = 0; i <= f->times.n; i++)
        in[i] = &f->times.value[i];
    weft_program_run(f->program, 1, in, &out);
    return value;
}

double kg_friction_over(kg_friction *f, double t, double h)
{
    static const double node[] = {0.0, 0.538469310105683091, 0.906179845938663993},
                        weight[] = {0.568888888888888889, 0.478628670499366468,
                                    0.236926885056189088};
    const double middle = t + 0.5 * h;
    double sum = weight[0] * kg_friction_at(f, middle);
    for (int i = 1; i < 3; i++)
        sum += weight[i] * (kg_friction_at(f, middle - 0.5 * h * node[i]) +
                            kg_friction_at(f, middle + 0.5 * h * node[i]));
    return 0.5 * h * sum;
}

/* A formula must have a value where the run begins: 3/t has none at t = 0. Later on a value that is
 * not finite shows in the fields. */
static weft_status check_start(const weft_params *params, const weft_node *text, kg_friction *f)
{
    const weft_node *time = weft_section_node(weft_params_section(params, "time"));
    const weft_node *given = time ? weft_node_find(time, "start") : NULL;
    double start = 0;
    if (given)
        WEFT_TRY(weft_node_real(given, &start));
    const double value = kg_friction_at(f, start);
    if (isfinite(value))
        return WEFT_OK;
    return weft_node_fail(text, 0, "the formula is %g at t = %g, where the run begins%s", value,
                          start, start > 0 ? "" : "; time.start may be later");
}

/* The formula is read as any other; one that folds to a number is a number. */
weft_status kg_friction_read(const weft_params *params, double *number, kg_friction **friction)
{
    const kg_params *p = weft_params_values(params, kg_table);
    kg_friction *f = weft_alloc(1, sizeof *f);
    formula_names names = {
        .graph = weft_graph_create(), .constants = p->parameters, .times = &f->times};
    int node = 0;
    *number = 0;
    *friction = NULL;
    weft_status status = formula_check_constants(&names);
    if (status == WEFT_OK)
        status = formula_read(&names, p->damping, &node);
    if (status == WEFT_OK && weft_graph_is_number(names.graph, node, number)) {
        if (!isfinite(*number) || *number < 0)
            status = weft_node_fail(p->damping, 0, "%.15g is out of range; it must be at least 0",
                                    *number);
    } else if (status == WEFT_OK) {
        f->program = formula_program(&names, 1, &node);
        status = check_start(params, p->damping, f);
        *friction = f;
    }
    weft_graph_free(names.graph);
    if (status == WEFT_OK && *friction)
        return WEFT_OK;
    kg_friction_free(f);
    *friction = NULL;
    return status;
}

void kg_friction_free(kg_friction *f)
{
    if (!f)
        return;
    weft_program_free(f->program);
    weft_free(f);
}

/* ---- the flow of damping ---- */

/* The factors of one dt. Along x they include the uniform damping, so that it counts once. */
static void fill_table(const weft_sim *sim, const kg *m, double dt, kg_damp_table *table)
{
    table->dt = dt;
    for (int a = 0; a < 3; a++) {
        int64_t n = sim->grid->local[a];
        if (!table->factor[a])
            table->factor[a] = weft_alloc((size_t)n, sizeof(double));
        for (int64_t i = 0; i < n; i++)
            table->factor[a][i] = weft_exp(-dt * (m->gamma[a][i] + (a == 2 ? m->damping : 0)));
    }
}

/* The factors for dt: kept, since a stepper uses few different values. A ninth value takes the last
 * slot, which is then filled again and again: slower, and still right. */
static const kg_damp_table *damp_table(const weft_sim *sim, kg *m, double dt)
{
    for (int i = 0; i < m->n_damp; i++)
        if (m->damp[i].dt == dt)
            return &m->damp[i];
    int slot = m->n_damp < KG_DAMP_TABLES ? m->n_damp++ : KG_DAMP_TABLES - 1;
    fill_table(sim, m, dt, &m->damp[slot]);
    return &m->damp[slot];
}

static void scale_row(int64_t n, double factor, const double *restrict f, double *restrict x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] *= factor * f[i];
}

/* The exact flow of p_t = -gamma(x, t) p from t to t + dt. The answer tells whether there is
 * damping at all, for dt = 0 too. */
bool kg_damp(weft_sim *sim, double t, double dt)
{
    kg *m = kg_of(sim);
    const weft_grid *grid = sim->grid;
    weft_field *pi = kg_pi(sim->state);
    if (!m->damped || dt == 0)
        return m->damped;
    const kg_damp_table *f = damp_table(sim, m, dt);
    const double uniform = m->friction ? weft_exp(-kg_friction_over(m->friction, t, dt)) : 1.0;
    for (int c = 0; c < pi->spec.components; c++)
        WEFT_FOR_ROWS(grid, z, y)
            scale_row(grid->local[2], uniform * f->factor[0][z] * f->factor[1][y], f->factor[2],
                      weft_field_row(pi, c, z, y));
    return true;
}

/* Formulas of the place in equations: initial states, quenched fields. src/physics/place.c makes
 * the values; here is what names mean: the coordinates x, y, z, quenched fields, parameters (at the
 * time at which the run starts) and random words (normal, uniform, lorentzian).
 *
 * Invariants. Each occurrence of a random word is a stream of its own. A quenched field is set
 * before formulas that use it are filled. Values that are not finite are an error that names the
 * place, on all ranks. Everything here happens before the time loop and may allocate. */
#include "lattice.h"
#include "physics/place.h"
#include "read.h"
#include "weft/io.h"
#include "weft/memory.h"
#include <string.h>

/* ---- place variables: their values at the owned sites ---- */

/* Values of a static field of the state at the owned sites, without its ghosts. */
static void copy_field(weft_field *field, int component, const weft_grid *g, double *out)
{
    const weft_extent *e = &field->extent;
    const double *from = weft_field_data(field, component) + e->origin;
    for (int64_t z = 0; z < g->local[0]; z++)
        for (int64_t y = 0; y < g->local[1]; y++, out += g->local[2])
            memcpy(out, from + z * e->stride[0] + y * e->stride[1],
                   (size_t)g->local[2] * sizeof *out);
}

/* Values of place variable number index at the owned sites. */
void eq_place_values(weft_sim *sim, int index, double *out)
{
    const eq_data *d = sim->data;
    if (index < EQ_PLACE_QUENCHED) {
        place_coordinates(sim->grid, 2 - index, out);
    } else if (index < EQ_PLACE_DRAW) {
        /* Two numbers a quenched field: real and imaginary part. */
        const eq_quenched *q = &d->s.quenched[(index - EQ_PLACE_QUENCHED) / 2];
        weft_field *field = weft_state_find(sim->state, q->name);
        copy_field(field, (index - EQ_PLACE_QUENCHED) % 2, sim->grid, out);
    } else {
        place_draw(sim, &d->s.draw[index - EQ_PLACE_DRAW], out);
    }
}

/* The same as a callback of place_fill. */
static void values_of(weft_sim *sim, const void *context, int index, double *out)
{
    (void)context;
    eq_place_values(sim, index, out);
}

/* Values of a node of places, and of the time at which the run starts, at the owned sites. */
void eq_fill(weft_sim *sim, int node, double *out)
{
    const eq_data *d = sim->data;
    double uniform[EQ_PARAMETERS + 1];
    eq_uniforms(&d->s, sim->time, uniform);
    place_fill(sim, d->s.graph, node, uniform, values_of, NULL, out);
}

/* Notes the extremes of the start of a component. Collective. */
static void note_range(weft_sim *sim, double *values, int component)
{
    eq_data *d = sim->data;
    const weft_view view = {
        .data = values, .local = {1, 1, weft_grid_local_sites(sim->grid)}, .stride = {1, 1, 1}};
    d->start[0][component] = weft_view_min(sim->grid->comm, &view);
    d->start[1][component] = weft_view_max(sim->grid->comm, &view);
}

/* Sets one component of a field of the state to a formula; evolved: its number among the evolved
 * components, -1: it is none. Collective: a value that is not finite on one rank is an error on
 * all. */
static weft_status assign(weft_sim *sim, const weft_node *node, const char *name, int component,
                          int value, int evolved)
{
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    eq_fill(sim, value, values);
    weft_status status = node ? place_check_finite(sim, node, values) : WEFT_OK;
    if (status == WEFT_OK)
        weft_field_assign(sim->state, weft_state_find(sim->state, name), component, values, 0);
    if (status == WEFT_OK && evolved >= 0)
        note_range(sim, values, evolved);
    weft_free(values);
    return status;
}

/* ---- quenched fields ---- */

/* A quenched field from a file: of the shape of the grid, finite. The file is closed on every way
 * out. Collective. */
static weft_status read_file(weft_sim *sim, const eq_quenched *q)
{
    weft_file *file;
    const char *reason = weft_unreadable(sim->grid->comm, q->file);
    if (reason)
        return weft_node_fail(q->node, 0, "%s cannot be read: %s", q->file, reason);
    WEFT_TRY(weft_file_open(sim->grid->comm, q->file, WEFT_READ, &file));
    int ndims = 0;
    int64_t extents[8] = {0};
    bool there;
    weft_status status = weft_file_has(file, q->name, &there);
    if (status == WEFT_OK && !there)
        status = weft_node_fail(q->node, 0, "%s has no dataset '%s'", q->file, q->name);
    if (status == WEFT_OK)
        status = weft_file_extents(file, q->name, &ndims, extents);
    /* The dataset must have the axes of the grid, in the same order. */
    bool same = ndims == sim->grid->dim;
    for (int a = 0; same && a < ndims; a++)
        same = extents[a] == sim->grid->n[3 - ndims + a];
    if (status == WEFT_OK && !same)
        status =
            weft_node_fail(q->node, 0, "the dataset '%s' has not the shape of the grid", q->name);
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    weft_box box = weft_grid_box(sim->grid, 0);
    if (status == WEFT_OK)
        status = weft_file_read_block(file, q->name, -1, -1, sim->grid, &box, WEFT_F64, values);
    if (status == WEFT_OK)
        status = place_check_finite(sim, q->node, values);
    if (status == WEFT_OK)
        weft_field_assign(sim->state, weft_state_find(sim->state, q->name), 0, values, 0);
    weft_free(values);
    weft_status closed = weft_file_close(file);
    return status != WEFT_OK ? status : closed;
}

/* In the order of the text: a quenched field may be used in the formula of a later one. */
weft_status eq_set_quenched(weft_sim *sim)
{
    eq_data *d = sim->data;
    for (int i = 0; i < d->s.n_quenched; i++) {
        const eq_quenched *q = &d->s.quenched[i];
        if (q->file) {
            WEFT_TRY(read_file(sim, q));
            continue;
        }
        WEFT_TRY(assign(sim, q->node, q->name, 0, q->value.re, -1));
        if (q->is_complex)
            WEFT_TRY(assign(sim, q->node, q->name, 1, q->value.im, -1));
    }
    return WEFT_OK;
}

/* ---- initial states ---- */

/* The field whose name, or the name of whose momentum, is the key; NULL: none. */
static const eq_field *find_key(const eq_system *s, const char *key, bool *momentum)
{
    for (int i = 0; i < s->n_fields; i++) {
        const eq_field *f = &s->field[i];
        *momentum = f->momentum && strcmp(f->momentum, key) == 0;
        if (*momentum || strcmp(f->name, key) == 0)
            return f;
    }
    return NULL;
}

/* With the nearest name of a field or momentum. */
static weft_status unknown_key(const eq_system *s, const weft_node *node, const char *key)
{
    const char *names[2 * EQ_FIELDS];
    int n = 0;
    for (int i = 0; i < s->n_fields; i++) {
        names[n++] = s->field[i].name;
        if (s->field[i].momentum)
            names[n++] = s->field[i].momentum;
    }
    return weft_node_fail(node, 0, "'%s' is no field%s", key,
                          weft_did_you_mean(key, names, n).text);
}

/* A formula of the section initial: no fields, no noise, and real for a real field. */
static weft_status initial_value(eq_system *s, const weft_node *node, const eq_field *field,
                                 weft_expr *out)
{
    weft_expr_scope scope = eq_scope(s, WEFT_EXPR_DRAWS);
    WEFT_TRY(eq_value(s, &scope, node, out));
    if ((weft_graph_at(s->graph, out->re)->depends | weft_graph_at(s->graph, out->im)->depends) &
        (1u << WEFT_VAR_FIELD | 1u << WEFT_VAR_NOISE))
        return weft_node_point(node, 0, (int)strlen(weft_node_text(node)),
                               "an initial state is a formula of x, y, z, parameters, "
                               "quenched fields and random numbers, not of fields");
    if (out->im && !field->is_complex)
        return eq_fail_at(s, out->im, node, "the formula is complex, and '%s' is a real field",
                          field->name);
    return WEFT_OK;
}

/* Reads all formulas and throws them away; the counts of draws are put back, so that eq_set_initial
 * numbers them alike. */
weft_status eq_check_initial(eq_system *s, const weft_section *initial)
{
    const weft_node *node = weft_section_node(initial);
    const uint32_t stream = s->draw_stream;
    const int draws = s->n_draws;
    s->draw_stream = WEFT_STREAM_INITIAL;
    for (int i = 0; node && i < weft_node_count(node); i++) {
        const char *key = weft_node_key(node, i);
        bool momentum;
        weft_expr value;
        if (strcmp(key, "type") == 0)
            continue;
        const eq_field *field = find_key(s, key, &momentum);
        if (!field)
            return unknown_key(s, weft_node_item(node, i), key);
        WEFT_TRY(initial_value(s, weft_node_item(node, i), field, &value));
    }
    s->drawn_start = s->n_draws > draws;
    s->draw_stream = stream;
    s->n_draws = draws;
    return WEFT_OK;
}

/* Each formula draws its random numbers from streams that are counted through the whole section. */
static weft_status set_key(weft_sim *sim, const weft_node *item, const char *key)
{
    eq_data *d = sim->data;
    bool momentum;
    weft_expr value;
    const eq_field *field = find_key(&d->s, key, &momentum);
    WEFT_TRY(initial_value(&d->s, item, field, &value));
    const int first = field->component + (momentum ? (field->is_complex ? 2 : 1) : 0);
    WEFT_TRY(assign(sim, item, key, 0, value.re, first));
    return field->is_complex ? assign(sim, item, key, 1, value.im, first + 1) : WEFT_OK;
}

/* Fields without a formula start at zero. */
weft_status eq_set_initial(weft_sim *sim)
{
    eq_data *d = sim->data;
    const weft_node *node = weft_section_node(sim->initial);
    /* Draws of initial states begin anew: they are independent of those of quenched fields. */
    d->s.draw_stream = WEFT_STREAM_INITIAL;
    d->s.n_draws = 0;
    for (int i = 0; node && i < weft_node_count(node); i++)
        if (strcmp(weft_node_key(node, i), "type") != 0)
            WEFT_TRY(set_key(sim, weft_node_item(node, i), weft_node_key(node, i)));
    return WEFT_OK;
}

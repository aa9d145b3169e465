/* The initial state "formula", for all models whose fields are real numbers: a formula of the place
 * for each field.
 *
 * A field of one component has its name as key; one with the parts re and im has one formula too,
 * which may be complex; the parts of other fields (species) have keys of their own. Momenta count
 * as fields.
 *
 * Invariants. The check reads every formula that the setting reads, in the same order, so that the
 * random words have the same streams, and after a good check only a value that is not finite can
 * still be an error. Fields were cleared before, so that one without a formula is zero. */
#include "place.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- keys ---- */

/* Part number i of "A, B"; the whole text where there are not so many. */
static void part_name(const char *parts, int i, char out[PLACE_NAME])
{
    for (; i > 0 && strchr(parts, ','); i--)
        parts = strchr(parts, ',') + 1;
    parts += strspn(parts, " ");
    snprintf(out, PLACE_NAME, "%.*s", (int)strcspn(parts, ","), parts);
}

static int count_parts(const char *parts)
{
    int n = *parts != '\0';
    for (; *parts; parts++)
        n += *parts == ',';
    return n;
}

/* The keys of the fields; parts: names of components, as the plan has them. */
static void find_keys(int n, const weft_field_spec *const *fields, const char *parts,
                      place_keys *out)
{
    const bool re_im = strcmp(parts, "re, im") == 0;
    *out = (place_keys){0};
    for (int f = 0; f < n; f++) {
        const weft_field_spec *spec = fields[f];
        if (spec->role != WEFT_EVOLVED && spec->role != WEFT_MOMENTUM)
            continue;
        const bool is_complex = re_im && spec->components == 2;
        const bool own = !re_im && count_parts(parts) == spec->components;
        for (int c = 0; c < (is_complex ? 1 : spec->components) && out->n < PLACE_KEYS; c++) {
            place_key *k = &out->key[out->n++];
            *k = (place_key){.field = f, .component = c, .is_complex = is_complex};
            if (own)
                part_name(parts, c, k->name);
            else
                snprintf(k->name, PLACE_NAME, "%s", spec->name);
        }
    }
}

static const place_key *find_key(const place_keys *keys, const char *name)
{
    for (int i = 0; i < keys->n; i++)
        if (strcmp(keys->key[i].name, name) == 0)
            return &keys->key[i];
    return NULL;
}

static weft_status unknown_key(const place_keys *keys, const weft_node *node, const char *name)
{
    const char *names[PLACE_KEYS];
    for (int i = 0; i < keys->n; i++)
        names[i] = keys->key[i].name;
    return weft_node_fail(node, 0, "'%s' is no field or species here%s", name,
                          weft_near_or_all(name, names, keys->n).text);
}

/* ---- formulas ---- */

/* The names that formulas of the section know; the graph is the caller's. */
static formula_names names_of(const weft_params *params, const char *model, int dim,
                              formula_times *times, formula_draws *draws)
{
    const weft_node *own = weft_section_node(weft_params_section(params, model));
    return (formula_names){.graph = weft_graph_create(),
                           .constants = own ? weft_node_find(own, "parameters") : NULL,
                           .dim = dim,
                           .times = times,
                           .draws = draws};
}

/* A real field takes a real formula. */
static weft_status read(const formula_names *names, const place_key *key, const weft_node *node,
                        weft_expr *out)
{
    WEFT_TRY(formula_read_complex(names, node, out));
    if (out->im && !key->is_complex)
        return weft_node_fail(node, 0, "the formula is complex, and '%s' is a real field",
                              key->name);
    return WEFT_OK;
}

/* Is an entry of the section the formula of a field? */
static bool is_formula(const weft_node *section, int i)
{
    return strcmp(weft_node_key(section, i), "type") != 0;
}

weft_status place_check_keys(const weft_params *params, int dim, const place_keys *keys,
                             bool *rough)
{
    const weft_node *section = weft_section_node(weft_params_section(params, "initial"));
    const char *model = weft_get_text(weft_params_section(params, ""), "model");
    formula_times times = {0};
    formula_draws draws = {.stream = WEFT_STREAM_INITIAL + keys->streams};
    formula_names names = names_of(params, model, dim, &times, &draws);
    weft_status status = WEFT_OK;
    for (int i = 0; section && i < weft_node_count(section) && status == WEFT_OK; i++) {
        const char *name = weft_node_key(section, i);
        const place_key *key = find_key(keys, name);
        weft_expr value;
        if (!is_formula(section, i))
            continue;
        status = key ? read(&names, key, weft_node_item(section, i), &value)
                     : unknown_key(keys, weft_node_item(section, i), name);
    }
    *rough = *rough || draws.n > 0;
    weft_graph_free(names.graph);
    return status;
}

/* ---- setting ---- */

/* Coordinates, and draws behind them. context: the draws. */
static void values_of(weft_sim *sim, const void *context, int index, double *out)
{
    const formula_draws *draws = context;
    if (index < FORMULA_PLACE_DRAW)
        place_coordinates(sim->grid, 2 - index, out);
    else
        place_draw(sim, &draws->draw[index - FORMULA_PLACE_DRAW], out);
}

/* One part. Collective: a value that is not finite on one rank is an error on all. */
static weft_status set_part(weft_sim *sim, const formula_names *names, const weft_node *node,
                            int value, const place_key *key, int part, place_take *take,
                            void *context)
{
    double *values = weft_alloc((size_t)weft_grid_local_sites(sim->grid), sizeof *values);
    place_fill(sim, names->graph, value, names->times->value, values_of, names->draws, values);
    weft_status status = place_check_finite(sim, node, values);
    if (status == WEFT_OK)
        take(sim, context, key, part, values);
    weft_free(values);
    return status;
}

/* Formulas see the time at which the run starts. */
weft_status place_set_keys(weft_sim *sim, const place_keys *keys, place_take *take, void *context)
{
    const weft_node *section = weft_section_node(sim->initial);
    formula_times times = {0};
    formula_draws draws = {.stream = WEFT_STREAM_INITIAL + keys->streams};
    formula_names names = names_of(sim->params, sim->model->name, sim->grid->dim, &times, &draws);
    weft_status status = WEFT_OK;
    for (int i = 0; section && i < weft_node_count(section) && status == WEFT_OK; i++) {
        if (!is_formula(section, i))
            continue;
        const place_key *key = find_key(keys, weft_node_key(section, i));
        const weft_node *node = weft_node_item(section, i);
        weft_expr value;
        status = read(&names, key, node, &value);
        formula_times_set(&times, sim->time);
        if (status == WEFT_OK)
            status = set_part(sim, &names, node, value.re, key, 0, take, context);
        if (status == WEFT_OK && key->is_complex)
            status = set_part(sim, &names, node, value.im, key, 1, take, context);
    }
    weft_graph_free(names.graph);
    return status;
}

/* ---- fields ---- */

/* A start with random words is rough by intention. */
weft_status place_check_start(const weft_params *params, int dim, const int64_t *n,
                              const double *length, weft_plan *plan)
{
    const weft_field_spec *fields[WEFT_MAX_FIELDS];
    place_keys keys;
    (void)n, (void)length;
    for (int f = 0; f < plan->n_fields; f++)
        fields[f] = &plan->field[f];
    find_keys(plan->n_fields, fields, plan->parts, &keys);
    return place_check_keys(params, dim, &keys, &plan->rough_start);
}

static void into_field(weft_sim *sim, void *context, const place_key *key, int part,
                       const double *values)
{
    (void)context;
    weft_field_assign(sim->state, &sim->state->field[key->field], key->component + part, values, 0);
}

weft_status place_set_start(weft_sim *sim)
{
    const weft_field_spec *fields[WEFT_MAX_FIELDS];
    place_keys keys;
    for (int f = 0; f < sim->state->n; f++)
        fields[f] = &sim->state->field[f].spec;
    find_keys(sim->state->n, fields, sim->parts, &keys);
    return place_set_keys(sim, &keys, into_field, NULL);
}

/* A ball that covers every site would be a uniform state under another name, and what was given for
 * the sites outside would be given for nothing. Half the box is allowed, since between walls a
 * corner that stays free may be meant. */
weft_status place_check_ball(const weft_sim *sim, double radius, bool in_sites, const char *ball,
                             const char *box)
{
    const weft_grid *grid = sim->grid;
    double most = 0.0;      /* the site farthest from the middle one */
    double half = INFINITY; /* half the shortest side that goes round */
    for (int a = 3 - grid->dim; a < 3; a++) {
        const double dx = in_sites ? 1.0 : grid->dx[a];
        most = hypot(most, (double)(grid->n[a] / 2) * dx);
        if (grid->boundary[a] == WEFT_PERIODIC)
            half = fmin(half, 0.5 * (double)grid->n[a] * dx);
    }
    if (radius > 0.0 && radius >= most)
        return weft_param_fail(sim->initial, "radius",
                               "%.6g covers the whole %s: the state would be the same everywhere; "
                               "it must be below %.6g",
                               radius, box, most);
    if (radius >= half && sim->noise.replica == 0)
        weft_warn(
            "initial.radius: %.6g is half a periodic side of the %s (%.6g) or more: the %s is "
            "cut there and meets its own image; take a smaller radius, or a larger %s",
            radius, box, half, ball, box);
    return WEFT_OK;
}

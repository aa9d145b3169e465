/* The file that describes a scan: from its text to axes, dimensions and choices.
 *
 * The keys are checked by tables, as those of an input are. What stands under `axes` and
 * `zip` has keys that only the base's model knows; these are trees, which are read here
 * node by node, so that every error names its line.
 *
 * Invariants. (1) A value of an axis is the decimal number that is meant, and does not
 * depend on how many values the axis has: points of an extended scan are found again by it
 * (values.c). (2) Each value has a text, which goes into seeds and names of points, and a
 * way it is written in YAML, which goes into overrides; both are made once, and are the
 * same on all ranks. (3) Every axis belongs to one dimension; zipped axes have equally many
 * values. (4) No value stands twice on an axis: two points of one identity would be one. */
#include "input/kind.h"
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keys of the file itself, at its top level. */
static const weft_param root_table[] = {
    {WEFT_BIND_STRING(scan_keys, base), .help = "input of the runs, relative to this file"},
    {WEFT_BIND_TREE(scan_keys, axes),
     .help = "parameters that vary: section.key: {linspace: [first, last, number]}, logspace or "
             "values; {formula: TEXT} ties one to the others"},
    {WEFT_BIND_TREE(scan_keys, zip), .standard = "[]", .help = "lists of axes that move together"},
    {WEFT_BIND_INT(scan_keys, replicas), .standard = "", .range = "[1, 4294967295]",
     .help = "replicas of each point; default: those of the base"},
    {WEFT_BIND_CHOICE(scan_keys, seeds), .standard = "independent",
     .words = SCAN_SEEDS(WEFT_ENUM_WORD),
     .help = "independent: each point has a seed of its own, made from ensemble.seed and its "
             "values along the axes; common: all have ensemble.seed"},
    {WEFT_BIND_STRINGS(scan_keys, collect), .standard = "",
     .help = "observables of the points; default: those of the base"},
    {WEFT_BIND_STRINGS(scan_keys, derive), .standard = "",
     .help = "reductions of series to one number, such as last(energy); class: the classes of the "
             "model"},
    {WEFT_BIND_TREE(scan_keys, classes), .standard = "",
     .help =
         "classes of points, NAME: \"RULE\" in order; the first rule that holds gives the class"},
    {0},
};

/* Keys of the section refine, which may be missing as a whole. */
static const weft_param refine_table[] = {
    {WEFT_BIND_STRING(scan_refine_keys, by), .standard = "",
     .help = "one of derive, which decides where points are added; class: where the class changes"},
    {WEFT_BIND_CHOICE(scan_refine_keys, where), .standard = "gradient",
     .words = SCAN_WHERES(WEFT_ENUM_WORD),
     .help = "gradient: between neighbours that differ much; bisection: where the level is passed "
             "along one axis"},
    {WEFT_BIND_INT(scan_refine_keys, rounds), .standard = "1", .range = "[1, 60]",
     .help = "how often points are added"},
    {WEFT_BIND_REAL(scan_refine_keys, share), .standard = "0.5", .range = "(0, 1]",
     .help = "neighbours that differ by more than this share of the largest difference of the "
             "first round",
     .when = "where=gradient"},
    {WEFT_BIND_REAL(scan_refine_keys, level), .help = "the value that is looked for",
     .when = "where=bisection"},
    {WEFT_BIND_STRING(scan_refine_keys, along), .standard = "",
     .help = "which axis; default: the only one", .when = "where=bisection"},
    {0},
};

/* ---- axes ---- */

/* Parameters that cannot vary, and why: what changes no result would make many points of
 * one identity. */
static weft_status check_path(const weft_scan *s, const char *path, const weft_node *node)
{
    bool seed = strcmp(path, "ensemble.seed") == 0;
    if (strncmp(path, "output.", 7) == 0 || strncmp(path, "checkpoint.", 11) == 0 ||
        strcmp(path, "ensemble.ranks_per_replica") == 0 || strcmp(path, "ensemble.keep") == 0)
        return weft_node_fail(node, 0, "this parameter does not change what is collected");
    if (strcmp(path, "observe.list") == 0)
        return weft_node_fail(node, 0, "observables are no axis; list them under collect");
    if (seed && !s->common)
        return weft_node_fail(node, 0, "an axis of seeds needs 'seeds: common'");
    if (strcmp(path, "ensemble.replicas") == 0 && s->replicas > 0)
        return weft_node_fail(node, 0, "replicas are given already by the key 'replicas'");
    return WEFT_OK;
}

/* A path of two parts names a key of a section; deeper ones go through overrides alone. */
static void split_path(const char *path, char section[64], char name[64])
{
    const char *dot = strchr(path, '.');
    if (!dot || strchr(dot + 1, '.'))
        return;
    snprintf(section, 64, "%.*s", (int)(dot - path), path);
    snprintf(name, 64, "%s", dot + 1);
}

/* The formula of a line {formula: TEXT}; NULL: it is another kind of line. */
static const weft_node *formula_of(const weft_node *node)
{
    return weft_node_what(node) == WEFT_NODE_MAP && weft_node_count(node) == 1
               ? weft_node_find(node, "formula")
               : NULL;
}

/* A parameter that is no axis, but made of axes; they need not be read yet. */
static weft_status read_tied(weft_scan *s, const char *path, const weft_node *node)
{
    scan_tied *t = &s->tied[s->n_tied++];
    t->path = path;
    t->node = node;
    t->text = formula_of(node);
    split_path(path, t->section, t->name);
    if (!strchr(path, '.'))
        return weft_node_fail(node, 0, "a parameter is named section.key, such as time.dt");
    return check_path(s, path, node);
}

/* One line under axes. */
static weft_status read_axis(weft_scan *s, const char *path, const weft_node *node)
{
    static const char *const kinds[] = {"linspace", "logspace", "values"};
    scan_axis *a = &s->axis[s->n_axes++];
    a->path = path;
    a->node = node;
    a->dim = -1;
    a->free = !strchr(path, '.');
    split_path(path, a->section, a->name);
    WEFT_TRY(check_path(s, path, node));
    if (weft_node_what(node) != WEFT_NODE_MAP || weft_node_count(node) != 1)
        return weft_node_fail(node, 0,
                              "expected {linspace: [first, last, number]}, {logspace: [first, "
                              "last, number]} or {values: [a, b, ...]}");
    const char *kind = weft_node_key(node, 0);
    const weft_node *what = weft_node_item(node, 0);
    a->log = strcmp(kind, "logspace") == 0;
    if (strcmp(kind, "values") == 0)
        WEFT_TRY(scan_read_values(a, what));
    else if (a->log || strcmp(kind, "linspace") == 0)
        WEFT_TRY(scan_read_space(a, what));
    else {
        return weft_node_fail(what, 0, "unknown kind of values%s",
                              weft_near_or_all(kind, kinds, 3).text);
    }
    return scan_check_distinct(a);
}

/* In the order of the file, which is that of the dimensions. */
static weft_status read_axes(weft_scan *s, const weft_node *axes)
{
    if (weft_node_what(axes) != WEFT_NODE_MAP || weft_node_count(axes) == 0)
        return weft_node_fail(axes, 0, "expected lines 'section.key: {linspace: ...}'");
    if (weft_node_count(axes) > SCAN_AXES)
        return weft_node_fail(axes, 0, "%d axes; at most %d are possible", weft_node_count(axes),
                              SCAN_AXES);
    for (int i = 0; i < weft_node_count(axes); i++) {
        const weft_node *node = weft_node_item(axes, i);
        const char *path = weft_node_key(axes, i);
        WEFT_TRY(formula_of(node) ? read_tied(s, path, node) : read_axis(s, path, node));
    }
    if (s->n_axes == 0)
        return weft_node_fail(axes, 0, "there is no axis that the formulas could depend on");
    return scan_read_tied(s);
}

/* ---- zip ---- */

static void axis_names(const weft_scan *s, const char *names[SCAN_AXES])
{
    for (int a = 0; a < s->n_axes; a++)
        names[a] = s->axis[a].path;
}

/* The number of the axis of that name, or an error with the nearest one. */
static weft_status find_axis(const weft_scan *s, const weft_node *node, int *out)
{
    if (weft_node_what(node) != WEFT_NODE_SCALAR)
        return weft_node_fail(node, 0, "expected the name of an axis");
    const char *text = weft_node_text(node);
    for (*out = 0; *out < s->n_axes; ++*out)
        if (strcmp(s->axis[*out].path, text) == 0)
            return WEFT_OK;
    const char *names[SCAN_AXES];
    axis_names(s, names);
    return weft_node_fail(node, 0, "there is no axis '%s'%s", text,
                          weft_near_or_all(text, names, s->n_axes).text);
}

/* Axes that move together. zipped: of each axis the first one of its group, -1: none. */
static weft_status read_group(weft_scan *s, const weft_node *group, int *zipped)
{
    int first = -1;
    if (weft_node_what(group) != WEFT_NODE_LIST || weft_node_count(group) < 2)
        return weft_node_fail(group, 0, "expected a list of lists: [[axis, axis], ...]");
    for (int i = 0; i < weft_node_count(group); i++) {
        int a = 0;
        WEFT_TRY(find_axis(s, weft_node_item(group, i), &a));
        if (zipped[a] >= 0)
            return weft_node_fail(weft_node_item(group, i), 0, "'%s' is zipped twice",
                                  s->axis[a].path);
        first = i == 0 ? a : first;
        zipped[a] = first;
        if (s->axis[a].n != s->axis[first].n)
            return weft_node_fail(weft_node_item(group, i), 0,
                                  "axes that move together need as many values: %s has %d, %s %d",
                                  s->axis[first].path, s->axis[first].n, s->axis[a].path,
                                  s->axis[a].n);
    }
    return WEFT_OK;
}

/* Which axes share a dimension, in the order of the first axis of each. zip is a list of
 * lists of names; an axis that is in none has a dimension of its own. */
static weft_status read_zip(weft_scan *s, const weft_node *zip)
{
    int zipped[SCAN_AXES];
    for (int a = 0; a < s->n_axes; a++)
        zipped[a] = -1;
    if (weft_node_what(zip) != WEFT_NODE_LIST)
        return weft_node_fail(zip, 0, "expected a list of lists: [[axis, axis], ...]");
    for (int i = 0; i < weft_node_count(zip); i++)
        WEFT_TRY(read_group(s, weft_node_item(zip, i), zipped));
    for (int a = 0; a < s->n_axes; a++) {
        int partner = -1; /* an earlier axis of the same group */
        for (int b = 0; b < a && partner < 0; b++)
            if (zipped[a] >= 0 && zipped[b] == zipped[a])
                partner = b;
        if (partner < 0 && s->n_dims == SCAN_DIMS)
            return weft_node_fail(s->axis[a].node, 0, "more than %d independent axes", SCAN_DIMS);
        s->axis[a].dim = partner < 0 ? s->n_dims++ : s->axis[partner].dim;
        s->dim_size[s->axis[a].dim] = s->axis[a].n;
    }
    return WEFT_OK;
}

/* ---- the whole ---- */

/* What the section says, once it is known to be wanted. A bisection needs one dimension of
 * numbers. f->dim counts from 1 while it is looked for, so that 0 can mean "not named". */
static weft_status read_refine(weft_scan *s, const weft_section *r, const scan_refine_keys *keys)
{
    scan_refine *f = &s->refine;
    f->gradient = keys->where == SCAN_GRADIENT;
    f->share = keys->share;
    if (f->gradient)
        return WEFT_OK;
    f->level = keys->level;
    const char *names[SCAN_AXES];
    axis_names(s, names);
    for (int d = 0; d < s->n_axes; d++)
        if (keys->along && strcmp(keys->along, s->axis[d].path) == 0)
            f->dim = s->axis[d].dim + 1;
    if (!f->dim && keys->along)
        return weft_param_fail(r, "along", "there is no axis '%s'%s", keys->along,
                               weft_near_or_all(keys->along, names, s->n_axes).text);
    if (!f->dim && s->n_dims > 1)
        return weft_param_fail(r, "along", "which of the %d axes? give one", s->n_dims);
    f->dim = f->dim ? f->dim - 1 : 0;
    for (int a = 0; a < s->n_axes; a++)
        if (s->axis[a].dim == f->dim && s->axis[a].text)
            return weft_param_fail(r, "along", "values of %s are no numbers", s->axis[a].path);
    return WEFT_OK;
}

/* Boundaries between classes are made narrower by halves along every axis of numbers: there is no
 * difference, level or axis to choose. */
static weft_status refine_by_class(weft_scan *s, const weft_section *r)
{
    static const char *const others[] = {"where", "share", "level", "along"};
    const weft_strings derive = s->keys->derive;
    bool listed = s->keys->classes != NULL, numbers = false;
    for (int i = 0; i < derive.n; i++)
        listed |= strcmp(derive.value[i], "class") == 0;
    if (!listed)
        return weft_param_fail(r, "by",
                               "there are no classes: give their rules under the key "
                               "classes, or list class under derive");
    for (int i = 0; i < 4; i++)
        if (weft_is_written(r, others[i]))
            return weft_param_fail(r, others[i], "not used with by: class; remove it");
    for (int d = 0; d < s->n_dims; d++)
        numbers |= scan_numbers_along(s, d) != NULL;
    if (!numbers)
        return weft_param_fail(r, "by",
                               "no axis has numbers, between which there could be a point");
    s->refine.by_class = true;
    return WEFT_OK;
}

/* The section refine is used if it stands in the file. `by` must be one of the reductions
 * under derive, whose numbers do not count the word class; or class. */
static weft_status check_refine(weft_scan *s)
{
    const weft_section *r = weft_params_section(s->params, "refine");
    const scan_refine_keys *keys = weft_params_values(s->params, refine_table);
    const weft_strings derive = s->keys->derive;
    if (!keys->by)
        return weft_param_fail(r, "by", "missing; add the key 'by', one of those under derive");
    s->refine.wanted = true;
    s->refine.rounds = (int)keys->rounds;
    if (strcmp(keys->by, "class") == 0)
        return refine_by_class(s, r);
    if (!derive.value)
        return weft_param_fail(r, "by", "there is no key derive that it could be chosen from%s",
                               s->keys->classes ? "; 'by: class' refines where the class changes"
                                                : "");
    s->refine.by = -1;
    for (int i = 0, number = 0; i < derive.n; i++) {
        if (strcmp(derive.value[i], keys->by) == 0)
            s->refine.by = number;
        number += strcmp(derive.value[i], "class") != 0;
    }
    if (s->refine.by < 0)
        return weft_param_fail(r, "by", "'%s' is not listed under derive", keys->by);
    return read_refine(s, r, keys);
}

/* The kind of file is looked at first: it explains all keys that are unknown. */
weft_status scan_read(weft_scan *s)
{
    weft_schema *schema = weft_alloc(1, sizeof *schema);
    weft_schema_add(schema, "", "", "", root_table);
    weft_schema_add(schema, "refine", "more points where something happens", "", refine_table);
    bool refines = false;
    weft_status status = weft_document_parse(s->path, s->text, 0, NULL, &s->document);
    if (status == WEFT_OK)
        status = input_expect(INPUT_OF_SCAN, s->document, s->path);
    if (status == WEFT_OK) {
        refines = weft_node_find(weft_document_root(s->document), "refine") != NULL;
        status = weft_check(s->document, schema, &s->params);
    }
    weft_free(schema);
    WEFT_TRY(status);
    s->keys = weft_params_values(s->params, root_table);
    s->common = s->keys->seeds == SCAN_COMMON;
    s->replicas = s->keys->replicas == WEFT_NO_INT ? 0 : s->keys->replicas;
    WEFT_TRY(read_axes(s, s->keys->axes));
    WEFT_TRY(read_zip(s, s->keys->zip));
    return refines ? check_refine(s) : WEFT_OK;
}

/* The file that describes a scan: from its text to axes, dimensions and choices.
 *
 * The keys are checked by tables, as those of an input are. What stands under `axes` and
 * `zip` has keys that only the base's model knows; these are trees, which are read here
 * node by node, so that every error names its line.
 *
 * Invariants. (1) A value of an axis is the decimal number that is meant, and does not
 * depend on how many values the axis has: points of an extended scan are found again by it
 * (scan_round). (2) Each value has a text, which goes into seeds and names of points, and a
 * way it is written in YAML, which goes into overrides; both are made once, and are the
 * same on all ranks. (3) Every axis belongs to one dimension; zipped axes have equally many
 * values. (4) No value stands twice on an axis: two points of one identity would be one. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keys of the file itself, at its top level. */
static const weft_param root_table[] = {
    {.name = "base", .type = WEFT_STRING, .help = "input of the runs, relative to this file"},
    {.name = "axes",
     .type = WEFT_TREE,
     .help = "parameters that vary: section.key: {linspace: [first, last, number]}, logspace or "
             "values"},
    {.name = "zip",
     .type = WEFT_TREE,
     .standard = "[]",
     .help = "lists of axes that move together"},
    {.name = "replicas",
     .type = WEFT_INT,
     .standard = "",
     .range = "[1, 4294967295]",
     .help = "replicas of each point; default: those of the base"},
    {.name = "seeds",
     .type = WEFT_CHOICE,
     .standard = "independent",
     .words = "independent|common",
     .help = "independent: each point has a seed of its own, made from ensemble.seed and its "
             "values along the axes; common: all have ensemble.seed"},
    {.name = "collect",
     .type = WEFT_STRING_LIST,
     .standard = "",
     .help = "observables of the points; default: those of the base"},
    {.name = "derive",
     .type = WEFT_STRING_LIST,
     .standard = "",
     .help = "reductions of series to one number, such as last(energy)"},
    {0},
};

/* Keys of the section refine, which may be missing as a whole. */
static const weft_param refine_table[] = {
    {.name = "by",
     .type = WEFT_STRING,
     .standard = "",
     .help = "one of derive, which decides where points are added"},
    {.name = "where",
     .type = WEFT_CHOICE,
     .standard = "gradient",
     .words = "gradient|bisection",
     .help = "gradient: between neighbours that differ much; bisection: where the level is passed "
             "along one axis"},
    {.name = "rounds",
     .type = WEFT_INT,
     .standard = "1",
     .range = "[1, 60]",
     .help = "how often points are added"},
    {.name = "share",
     .type = WEFT_REAL,
     .standard = "0.5",
     .range = "(0, 1]",
     .help = "neighbours that differ by more than this share of the largest difference of the "
             "first round",
     .when = "where=gradient"},
    {.name = "level",
     .type = WEFT_REAL,
     .help = "the value that is looked for",
     .when = "where=bisection"},
    {.name = "along",
     .type = WEFT_STRING,
     .standard = "",
     .help = "which axis; default: the only one",
     .when = "where=bisection"},
    {0},
};

/* ---- axes ---- */

/* Parameters that cannot vary, and why: what changes no result would make many points of
 * one identity. */
static weft_status check_path(const weft_scan *s, const scan_axis *a, const weft_node *node)
{
    bool seed = strcmp(a->path, "ensemble.seed") == 0;
    if (!strchr(a->path, '.'))
        return weft_node_fail(node, 0, "an axis is named section.key, such as time.dt");
    if (strncmp(a->path, "output.", 7) == 0 || strncmp(a->path, "checkpoint.", 11) == 0 ||
        strcmp(a->path, "ensemble.ranks_per_replica") == 0 || strcmp(a->path, "ensemble.keep") == 0)
        return weft_node_fail(node, 0, "this parameter does not change what is collected");
    if (strcmp(a->path, "observe.list") == 0)
        return weft_node_fail(node, 0, "observables are no axis; list them under collect");
    if (seed && !s->common)
        return weft_node_fail(node, 0, "an axis of seeds needs 'seeds: common'");
    if (strcmp(a->path, "ensemble.replicas") == 0 && s->replicas > 0)
        return weft_node_fail(node, 0, "replicas are given already by the key 'replicas'");
    return WEFT_OK;
}

/* One line under axes. A path of two parts names a key of a section; deeper ones go through
 * overrides alone. */
static weft_status read_axis(weft_scan *s, const char *path, const weft_node *node)
{
    static const char *const kinds[] = {"linspace", "logspace", "values"};
    scan_axis *a = &s->axis[s->n_axes++];
    a->path = path;
    a->node = node;
    a->dim = -1;
    const char *dot = strchr(path, '.');
    if (dot && !strchr(dot + 1, '.')) {
        snprintf(a->section, sizeof a->section, "%.*s", (int)(dot - path), path);
        snprintf(a->name, sizeof a->name, "%s", dot + 1);
    }
    WEFT_TRY(check_path(s, a, node));
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
        const char *near = weft_nearest(kind, kinds, 3);
        return weft_node_fail(what, 0, "unknown kind of values; %s%s%s",
                              near ? "did you mean '" : "there are linspace, logspace, values",
                              near ? near : "", near ? "'?" : "");
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
    for (int i = 0; i < weft_node_count(axes); i++)
        WEFT_TRY(read_axis(s, weft_node_key(axes, i), weft_node_item(axes, i)));
    return WEFT_OK;
}

/* ---- zip ---- */

/* The number of the axis of that name, or an error with the nearest one. */
static weft_status find_axis(const weft_scan *s, const weft_node *node, int *out)
{
    const char *names[SCAN_AXES], *text;
    if (weft_node_what(node) != WEFT_NODE_SCALAR)
        return weft_node_fail(node, 0, "expected the name of an axis");
    text = weft_node_text(node);
    for (*out = 0; *out < s->n_axes; ++*out) {
        names[*out] = s->axis[*out].path;
        if (strcmp(names[*out], text) == 0)
            return WEFT_OK;
    }
    const char *near = weft_nearest(text, names, s->n_axes);
    return weft_node_fail(node, 0, "there is no axis '%s'%s%s%s", text,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
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
static weft_status read_refine(weft_scan *s, const weft_section *r)
{
    scan_refine *f = &s->refine;
    f->gradient = strcmp(weft_get_text(r, "where"), "gradient") == 0;
    f->rounds = (int)weft_get_int(r, "rounds");
    f->share = weft_get_real(r, "share");
    if (!f->gradient)
        f->level = weft_get_real(r, "level");
    for (int d = 0; !f->gradient && d < s->n_axes; d++)
        if (weft_has_value(r, "along") && strcmp(weft_get_text(r, "along"), s->axis[d].path) == 0)
            f->dim = s->axis[d].dim + 1;
    if (!f->gradient && !f->dim && weft_has_value(r, "along"))
        return weft_param_fail(r, "along", "there is no axis '%s'", weft_get_text(r, "along"));
    if (!f->gradient && !f->dim && s->n_dims > 1)
        return weft_param_fail(r, "along", "which of the %d axes? give one", s->n_dims);
    f->dim = f->dim ? f->dim - 1 : 0;
    for (int a = 0; a < s->n_axes; a++)
        if (!f->gradient && s->axis[a].dim == f->dim && s->axis[a].text)
            return weft_param_fail(r, "along", "values of %s are no numbers", s->axis[a].path);
    return WEFT_OK;
}

/* The section refine is used if it stands in the file. `by` must be one of the reductions
 * under derive. */
static weft_status check_refine(weft_scan *s)
{
    const weft_section *r = weft_params_section(s->params, "refine");
    const weft_section *root = weft_params_section(s->params, "");
    if (!weft_has_value(r, "by"))
        return weft_param_fail(r, "by", "missing; add the key 'by', one of those under derive");
    if (!weft_has_value(root, "derive"))
        return weft_param_fail(r, "by", "there is no key derive that it could be chosen from");
    s->refine.by = -1;
    for (int i = 0; i < weft_list_size(root, "derive"); i++)
        if (strcmp(weft_get_text_at(root, "derive", i), weft_get_text(r, "by")) == 0)
            s->refine.by = i;
    if (s->refine.by < 0)
        return weft_param_fail(r, "by", "'%s' is not listed under derive", weft_get_text(r, "by"));
    s->refine.wanted = true;
    return read_refine(s, r);
}

/* An input of one run that is given as a scan is the most likely mistake, and gets its own
 * message. */
weft_status scan_read(weft_scan *s)
{
    weft_schema *schema = weft_alloc(1, sizeof *schema);
    weft_schema_add(schema, "", "", "", root_table);
    weft_schema_add(schema, "refine", "more points where something happens", "", refine_table);
    bool refines = false;
    weft_status status = weft_document_parse(s->path, s->text, 0, NULL, &s->document);
    if (status == WEFT_OK && weft_node_find(weft_document_root(s->document), "model") &&
        !weft_node_find(weft_document_root(s->document), "axes"))
        status = weft_fail(WEFT_INPUT,
                           "%s:1: this is the input of one run, no scan: weft run %s (a scan file "
                           "has the keys base and axes)",
                           s->path, s->path);
    if (status == WEFT_OK) {
        refines = weft_node_find(weft_document_root(s->document), "refine") != NULL;
        status = weft_check(s->document, schema, &s->params);
    }
    weft_free(schema);
    WEFT_TRY(status);
    const weft_section *root = weft_params_section(s->params, "");
    s->common = strcmp(weft_get_text(root, "seeds"), "common") == 0;
    s->replicas = weft_has_value(root, "replicas") ? weft_get_int(root, "replicas") : 0;
    WEFT_TRY(read_axes(s, weft_get_tree(root, "axes")));
    WEFT_TRY(read_zip(s, weft_get_tree(root, "zip")));
    return refines ? check_refine(s) : WEFT_OK;
}

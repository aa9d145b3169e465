/* Parameters that are tied to the axes of a scan by a formula,
 *     equation.parameters.kill: {formula: "feed + k"}
 * and axes that are no parameters themselves but stand in such formulas (k).
 *
 * Invariants. A tied parameter has one value at each point, made of the values of the axes alone
 * and of nothing else; so seeds, which are made of the axes, need not know it, and the identity of
 * a point has it as a parameter like others. The value is written in the shortest way that reads
 * back to it, as those of axes are. In a formula an axis is called by the last part of its path, or
 * by more of it where two end alike (death_rate), as in rules of classes. Each of these names is a
 * variable of its own, so that it is known which of them stand in a formula. */
#include "internal.h"
#include "physics/formula.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The names of all axes, each of the axis of its number: of "a.b.c" they are c, b_c and a_b_c. */
enum { PARTS = FORMULA_VARIABLES / SCAN_AXES, NAMES = PARTS * SCAN_AXES };
typedef struct axis_names {
    int n, axis[NAMES];
    char *text[NAMES];
} axis_names;

/* Works without texts too (text NULL there): a point needs the axes only. */
static void list_names(const weft_scan *s, bool texts, axis_names *out)
{
    out->n = 0;
    for (int a = 0; a < s->n_axes; a++) {
        const char *path = s->axis[a].path, *at = path + strlen(path);
        for (int part = 0; part < PARTS && at > path; part++) {
            do
                at--;
            while (at > path && at[-1] != '.');
            char *text = texts ? weft_strdup(at) : NULL;
            for (char *p = text; p && *p; p++)
                *p = *p == '.' ? '_' : *p;
            out->axis[out->n] = a;
            out->text[out->n++] = text;
        }
    }
}

static void free_names(axis_names *names)
{
    for (int i = 0; i < names->n; i++)
        weft_free(names->text[i]);
}

/* Marks the names that a node is made of. Operands have smaller numbers than what is made of them.
 */
static void mark(const weft_graph *g, int node, bool *used)
{
    bool *needed = weft_alloc((size_t)node + 1, sizeof *needed);
    needed[node] = true;
    for (int i = node; i > 0; i--) {
        const weft_graph_node *x = weft_graph_at(g, i);
        if (!needed[i])
            continue;
        if (x->op == WEFT_OP_VARIABLE)
            used[x->index] = true;
        else
            needed[x->a] = needed[x->b] = needed[x->c] = true;
    }
    weft_free(needed);
}

/* Axes in formulas are numbers, and their names tell them apart. used: of each name. */
static weft_status check_used(const weft_scan *s, const scan_tied *t, const axis_names *names,
                              const bool *used)
{
    for (int i = 0; i < names->n; i++) {
        const scan_axis *axis = &s->axis[names->axis[i]];
        if (!used[i])
            continue;
        if (axis->text)
            return weft_node_fail(t->node, 0, "values of %s are no numbers", axis->path);
        for (int j = 0; j < names->n; j++)
            if (j != i && strcmp(names->text[i], names->text[j]) == 0)
                return weft_node_fail(t->node, 0,
                                      "'%s' may be %s or %s; write more of the path, with '_' for "
                                      "'.'",
                                      names->text[i], axis->path, s->axis[names->axis[j]].path);
    }
    return WEFT_OK;
}

/* One formula: a program of the values of the axes, one for each name. used: of each axis. */
static weft_status read_one(const weft_scan *s, scan_tied *t, bool *used)
{
    axis_names names;
    const char *variable[NAMES];
    int node = 0;
    bool here[NAMES] = {false};
    list_names(s, true, &names);
    for (int i = 0; i < names.n; i++)
        variable[i] = names.text[i];
    weft_graph *g = weft_graph_create();
    const formula_names f = {.graph = g, .n = names.n, .variable = variable};
    weft_status status = formula_read(&f, t->text, &node);
    if (status == WEFT_OK) {
        mark(g, node, here);
        status = check_used(s, t, &names, here);
    }
    if (status == WEFT_OK)
        t->program = formula_program(&f, 1, &node);
    for (int i = 0; i < names.n; i++)
        used[names.axis[i]] = used[names.axis[i]] || here[i];
    free_names(&names);
    weft_graph_free(g);
    return status;
}

/* A path without a section is a name for formulas, and must stand in one. */
weft_status scan_read_tied(weft_scan *s)
{
    bool used[SCAN_AXES] = {false};
    for (int i = 0; i < s->n_tied; i++)
        WEFT_TRY(read_one(s, &s->tied[i], used));
    for (int a = 0; a < s->n_axes; a++)
        if (s->axis[a].free && !used[a])
            return weft_node_fail(s->axis[a].node, 0,
                                  "an axis is named section.key, such as time.dt; a name alone is "
                                  "for the formula of another parameter, {formula: \"...\"}, and "
                                  "there is none with '%s'",
                                  s->axis[a].path);
    return WEFT_OK;
}

/* At the place where the values of its axes stand. */
double scan_tied_value(const weft_scan *s, const scan_tied *t, const scan_point *p)
{
    axis_names names;
    const double *from[NAMES];
    double value = NAN, *to = &value;
    list_names(s, false, &names);
    for (int i = 0; i < names.n; i++) {
        const scan_axis *axis = &s->axis[names.axis[i]];
        from[i] = &axis->values[p->index[axis->dim]];
    }
    weft_program_run(t->program, 1, from, &to);
    return value;
}

/* out: 40 bytes. A value that is not finite is an error, which names the point. */
weft_status scan_tied_text(const weft_scan *s, const scan_tied *t, const scan_point *p, char *out)
{
    char point[512];
    const double value = scan_tied_value(s, t, p);
    weft_number_text(value, out);
    if (isfinite(value))
        return WEFT_OK;
    scan_describe(s, p, point, sizeof point);
    return weft_node_fail(t->node, 0, "the value of %s is %s (at the point %s)", t->path, out,
                          point);
}

/* Works before any was read. */
void scan_tied_free(weft_scan *s)
{
    for (int i = 0; i < s->n_tied; i++)
        weft_program_free(s->tied[i].program);
}

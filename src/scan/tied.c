/* Parameters that are tied to the axes of a scan by a formula,
 *     equation.parameters.kill: {formula: "feed + k"}
 * and axes that are no parameters themselves but stand in such formulas (k).
 *
 * Invariants. A tied parameter has one value at each point, made of the values of the axes alone
 * and of nothing else; so seeds, which are made of the axes, need not know it, and the identity of
 * a point has it as a parameter like others. The value is written in the shortest way that reads
 * back to it, as those of axes are. In a formula an axis is called by the last part of its path. */
#include "internal.h"
#include "physics/formula.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The last part of a path. */
static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* Marks the axes that a node is made of. Operands have smaller numbers than what is made of them.
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

/* Axes in formulas are numbers, and their last parts tell them apart. */
static weft_status check_used(const weft_scan *s, const scan_tied *t, const bool *used)
{
    for (int a = 0; a < s->n_axes; a++) {
        if (!used[a])
            continue;
        if (s->axis[a].text)
            return weft_node_fail(t->node, 0, "values of %s are no numbers", s->axis[a].path);
        for (int b = 0; b < s->n_axes; b++)
            if (b != a && strcmp(last_part(s->axis[a].path), last_part(s->axis[b].path)) == 0)
                return weft_node_fail(t->node, 0, "'%s' may be %s or %s",
                                      last_part(s->axis[a].path), s->axis[a].path, s->axis[b].path);
    }
    return WEFT_OK;
}

/* One formula: a program of the values of all axes. */
static weft_status read_one(const weft_scan *s, scan_tied *t, bool *used)
{
    const char *names[SCAN_AXES];
    int node = 0;
    bool here[SCAN_AXES] = {false};
    for (int a = 0; a < s->n_axes; a++)
        names[a] = last_part(s->axis[a].path);
    weft_graph *g = weft_graph_create();
    const formula_names f = {.graph = g, .n = s->n_axes, .variable = names};
    weft_status status = formula_read(&f, t->text, &node);
    if (status == WEFT_OK) {
        mark(g, node, here);
        status = check_used(s, t, here);
    }
    if (status == WEFT_OK)
        t->program = formula_program(&f, 1, &node);
    for (int a = 0; a < s->n_axes; a++)
        used[a] = used[a] || here[a];
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
    const double *from[SCAN_AXES];
    double value = NAN, *to = &value;
    for (int a = 0; a < s->n_axes; a++)
        from[a] = &s->axis[a].values[p->index[s->axis[a].dim]];
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

/* Classes of points: reading their rules, and which class a point has.
 *
 * Classes of the user (`classes:`) are an ordered list: the first rule that holds gives the class.
 * A rule whose value is not known might hold, so that the classes after it cannot be given: the
 * point is then undecided, unless an earlier rule holds. Classes of a model (derive: [class]) say
 * what each class allows; a point has one only if it is known that no other may be it.
 *
 * Invariant: the class of a point is a function of its stored results and of the rules alone, so
 * that every process which looks at the same results finds the same one: a collection, a status, a
 * refinement, each task of an array. */
#include "classes.h"
#include "weft/memory.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- reading ---- */

/* Names are words of flag_meanings, which blanks part. */
static weft_status check_name(const weft_node *node, const char *name)
{
    bool good = isalpha((unsigned char)name[0]) && strlen(name) < SCAN_CLASS_NAME;
    for (const char *p = name; *p; p++)
        good &= isalnum((unsigned char)*p) || *p == '_';
    if (!good)
        return weft_node_fail(node, 0,
                              "a class has a name of letters, digits and '_', which begins with a "
                              "letter, of at most %d signs",
                              SCAN_CLASS_NAME - 1);
    if (strcmp(name, "undecided") == 0)
        return weft_node_fail(node, 0,
                              "'undecided' is the class of points for which no rule holds; choose "
                              "another name");
    return WEFT_OK;
}

/* node: where the rule stands in the file, for messages; NULL for a rule of the model. */
static weft_status add(weft_scan *s, const weft_node *node, const char *name, const char *rule)
{
    scan_class *c = &s->classes->of[s->classes->n++];
    snprintf(c->name, sizeof c->name, "%s", name);
    return scan_rule_read(s, node, rule, &c->rule);
}

/* Entry i of a map NAME: RULE, or of a list of such maps of one line each; false: it is neither. */
static bool entry(const weft_node *classes, int i, const char **name, const weft_node **rule)
{
    const bool list = weft_node_what(classes) == WEFT_NODE_LIST;
    const weft_node *map = list ? weft_node_item(classes, i) : classes;
    if (weft_node_what(map) != WEFT_NODE_MAP || (list && weft_node_count(map) != 1))
        return false;
    *name = weft_node_key(map, list ? 0 : i);
    *rule = weft_node_item(map, list ? 0 : i);
    return true;
}

/* A name that stands twice in a list; in a map it is an error of the parser. */
static weft_status check_new(const weft_scan *s, const weft_node *node, const char *name)
{
    for (int i = 0; i < s->classes->n; i++)
        if (strcmp(s->classes->of[i].name, name) == 0)
            return weft_node_fail(node, 0, "the class %s stands here twice; join its rules by 'or'",
                                  name);
    return WEFT_OK;
}

/* In the order of the file. */
static weft_status read_own(weft_scan *s, const weft_node *classes)
{
    const char *name;
    const weft_node *node;
    if (weft_node_what(classes) == WEFT_NODE_SCALAR || weft_node_count(classes) == 0)
        return weft_node_fail(classes, 0,
                              "expected 'NAME: \"RULE\"', such as bound: \"bounces >= 2\"");
    if (weft_node_count(classes) > SCAN_CLASSES)
        return weft_node_fail(classes, 0, "%d classes; at most %d are possible",
                              weft_node_count(classes), SCAN_CLASSES);
    for (int i = 0; i < weft_node_count(classes); i++) {
        if (!entry(classes, i, &name, &node))
            return weft_node_fail(weft_node_item(classes, i), 0,
                                  "expected 'NAME: \"RULE\"', such as bound: \"bounces >= 2\"");
        WEFT_TRY(check_name(node, name));
        WEFT_TRY(check_new(s, node, name));
        if (weft_node_what(node) != WEFT_NODE_SCALAR)
            return weft_node_fail(node, 0,
                                  "expected a rule, such as \"bounces >= 2 and v_out < 0.02\"");
        WEFT_TRY(add(s, node, name, weft_node_text(node)));
    }
    return WEFT_OK;
}

/* What the model calls evidence goes into the results, as far as it is recorded. */
static weft_status add_evidence(weft_scan *s)
{
    const weft_model *model = s->base->model;
    for (int i = 0; model->evidence && model->evidence[i]; i++) {
        scan_derive d;
        int number;
        WEFT_TRY(ens_reduction_read(model, s->base->params, model->evidence[i], &d));
        if (scan_records(s, d.written))
            WEFT_TRY(scan_derive_add(s, model->evidence[i], &number));
    }
    return WEFT_OK;
}

/* Those of the model, for the dimension of the base's grid. */
static weft_status read_of_model(weft_scan *s)
{
    const weft_section *root = weft_params_section(s->params, "");
    const weft_model *model = s->base->model;
    if (!model->classes)
        return weft_param_fail(root, "derive",
                               "class: %s has no classes of its own; give rules under the key "
                               "classes",
                               model->name);
    const weft_class *list = model->classes(s->base->params, s->base->dim);
    if (!list)
        return weft_param_fail(
            root, "derive",
            "class: %s has classes of its own only on lines and surfaces (beyond them a front may "
            "be smooth, and the exponents of quenched noise with a lambda are not known); give "
            "rules "
            "under the key classes",
            model->name);
    s->classes->alone = true;
    for (; list->name; list++) {
        char *rule = ens_class_rule(list, list->observable && scan_records(s, list->observable));
        const weft_status status = add(s, NULL, list->name, rule);
        weft_free(rule);
        WEFT_TRY(status);
    }
    return add_evidence(s);
}

/* The base must be loaded. */
weft_status scan_read_classes(weft_scan *s)
{
    const weft_section *root = weft_params_section(s->params, "");
    const weft_strings derive = s->keys->derive;
    bool listed = false;
    for (int i = 0; i < derive.n; i++)
        listed |= strcmp(derive.value[i], "class") == 0;
    if (!listed && !s->keys->classes)
        return WEFT_OK;
    if (listed && s->keys->classes)
        return weft_param_fail(
            root, "derive",
            "class stands for the classes of the model, and the key classes gives "
            "others; leave one of them out");
    s->classes = weft_alloc(1, sizeof *s->classes);
    return listed ? read_of_model(s) : read_own(s, s->keys->classes);
}

void scan_classes_free(scan_classes *classes)
{
    for (int i = 0; classes && i < classes->n; i++)
        scan_rule_free(classes->of[i].rule);
    weft_free(classes);
}

/* ---- the class of a point ---- */

/* The first rule that holds, unless one before it is not known. */
static int first_of(const scan_classes *c, const scan_truth *says, int64_t n, int64_t i)
{
    for (int k = 0; k < c->n; k++) {
        if (says[k * n + i] == SCAN_YES)
            return k + 1;
        if (says[k * n + i] == SCAN_UNKNOWN)
            return 0;
    }
    return 0;
}

/* The rule that holds, if all others are known not to. */
static int only_of(const scan_classes *c, const scan_truth *says, int64_t n, int64_t i)
{
    int found = 0;
    for (int k = 0; k < c->n; k++) {
        if (says[k * n + i] == SCAN_UNKNOWN || (says[k * n + i] == SCAN_YES && found))
            return 0;
        found = says[k * n + i] == SCAN_YES ? k + 1 : found;
    }
    return found;
}

void scan_classify(const scan_classes *c, int64_t n, const double *const *input, int *number,
                   int *further)
{
    scan_truth *says = weft_alloc((size_t)(c->n * n), sizeof *says);
    for (int k = 0; k < c->n; k++)
        scan_rule_run(c->of[k].rule, n, input, says + k * n);
    for (int64_t i = 0; i < n; i++) {
        number[i] = c->alone ? only_of(c, says, n, i) : first_of(c, says, n, i);
        if (!further)
            continue;
        further[i] = 0;
        for (int k = number[i]; number[i] > 0 && k < c->n; k++)
            further[i] += says[k * n + i] == SCAN_YES;
    }
    weft_free(says);
}

void scan_class_inputs(const weft_scan *s, const scan_point *p, const scan_entry *e, double *out)
{
    const weft_constant *c = s->base->model->constants;
    for (int i = 0; i < SCAN_INPUTS; i++)
        out[i] = NAN;
    for (int d = 0; d < s->n_derives; d++) {
        out[d] = scan_derived_value(&s->derive[d], e);
        out[SCAN_DERIVES + d] = scan_derive_error(s->derive[d].name, e);
        out[SCAN_KNOWN + d] = !isnan(out[d]) && !isnan(out[SCAN_DERIVES + d]);
    }
    for (int i = 0; c && c[i].name; i++)
        out[SCAN_CONSTANT + i] = p->constant[i];
    for (int a = 0; a < s->n_axes; a++)
        out[SCAN_AXIS + a] = s->axis[a].values[p->index[s->axis[a].dim]];
    for (int i = 0; i < s->n_tied; i++)
        out[SCAN_AXIS + s->n_axes + i] = scan_tied_value(s, &s->tied[i], p);
}

/* Point after point, for those who look at one set of results once (status, refinement). */
int *scan_class_numbers(const weft_scan *s, const scan_results *results)
{
    int *number = weft_alloc((size_t)s->n, sizeof *number);
    double value[SCAN_INPUTS];
    const double *row[SCAN_INPUTS];
    for (int k = 0; k < SCAN_INPUTS; k++)
        row[k] = &value[k];
    for (int64_t i = 0; i < s->n; i++) {
        const scan_entry *e = scan_results_find(results, s->point[i].id);
        number[i] = -1;
        if (!e || e->state != SCAN_DONE)
            continue;
        scan_class_inputs(s, &s->point[i], e, value);
        scan_classify(s->classes, 1, row, &number[i], NULL);
    }
    return number;
}

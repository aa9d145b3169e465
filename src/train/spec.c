/* The training file: from its text to an input for each run.
 *
 * Runs are the base input with each seed and each combination of the values under `vary`, as if
 * they were given by -P. Which key is a temperature or a coupling is not known here: the electrons
 * of a run tell them when it is at work (weft_electrons), so that any model with electrons can be
 * learned from.
 *
 * Invariant: all inputs are checked, each with its overrides, before the first run begins, and all
 * ranks hold the same ones. */
#include "input/kind.h"
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

enum { MOST_RUNS = 1000, MOST_KEYS = 8, FURTHER = 3 };

static const weft_param table[] = {
    {WEFT_BIND_STRING(train_keys, base), .help = "input of the runs, relative to this file"},
    {WEFT_BIND_TREE(train_keys, vary), .standard = "",
     .help = "parameters of which every combination is run: {section.key: [value, ...], ...}"},
    {WEFT_BIND_INTS(train_keys, seeds), .range = "[0, 4294967295]",
     .help = "ensemble.seed of the runs that are trained on"},
    {WEFT_BIND_INTS(train_keys, held_out), .range = "[0, 4294967295]",
     .help = "ensemble.seed of the runs by which the error is measured"},
    {WEFT_BIND_INT(train_keys, snapshots), .standard = "24", .range = "[3, 10000]",
     .help = "configurations of a run, spread over its time in equal ratios (and one at time 0): "
             "the hot start, the quench and late domains"},
    {WEFT_BIND_CHOICE(train_keys, exact), .standard = "dense",
     .words = TRAIN_EXACTS(WEFT_ENUM_WORD),
     .help = "how the densities to be learned are found: diagonalisation, or windows of "
             "polynomials for lattices too large for it"},
    {WEFT_BIND_REAL(train_keys, exact_tolerance), .standard = "1e-5", .range = "[1e-12, 1e-2]",
     .help = "of these windows: root mean square error of the density", .when = "exact=chebyshev"},
    {WEFT_BIND_INT(train_keys, poles), .standard = "4", .range = "[0, 12]",
     .help =
         "of the trained window: 13 sites with their outer neighbours, seven numbers a pole; 0: "
         "the network stands alone"},
    {WEFT_BIND_INT(train_keys, steps), .standard = "60", .range = "[0, 10000]",
     .help = "of Levenberg-Marquardt, at most"},
    {0},
};

/* Keys of the section network, which may be missing as a whole. */
static const weft_param network_table[] = {
    {WEFT_BIND_INT(train_network_keys, width), .standard = "8", .range = "[1, 64]",
     .help = "odd channels of a layer, and as many even ones"},
    {WEFT_BIND_INT(train_network_keys, depth), .standard = "2", .range = "[1, 6]",
     .help = "layers, each of which reaches one site farther"},
    {WEFT_BIND_INT(train_network_keys, epochs), .standard = "100", .range = "[0, 100000]",
     .help = "of Adam: how often all configurations are gone through"},
    {WEFT_BIND_INT(train_network_keys, batch), .standard = "6", .range = "[1, 10000]",
     .help = "configurations of a step of Adam"},
    {WEFT_BIND_REAL(train_network_keys, rate), .standard = "3e-3", .range = "(0, 1]",
     .help = "of Adam at its largest; it falls to zero as a cosine"},
    {WEFT_BIND_INT(train_network_keys, finish), .standard = "50", .range = "[0, 100000]",
     .help = "steps of L-BFGS after Adam, at most"},
    {WEFT_BIND_INT(train_network_keys, seed), .standard = "1", .range = "[0, 4294967295]",
     .help = "of the first weights and of the order of batches"},
    {0},
};

void weft_train_schema(weft_schema *schema)
{
    weft_schema_add(schema, "", "", "", table);
    weft_schema_add(schema, "network", "a network that corrects the window, or stands alone", "",
                    network_table);
    weft_schema_example(schema, "", "base", "quench.yaml");
    weft_schema_example(schema, "", "seeds", "[1, 2]");
    weft_schema_example(schema, "", "held_out", "[3]");
}

/* One pole cannot make a step, and without poles something else must. */
static weft_status check_poles(const train *t)
{
    const weft_section *root = weft_params_section(t->params, "");
    if (t->keys->poles == 1)
        return weft_param_fail(root, "poles", "one pole makes no step; take two or more");
    if (t->keys->poles == 0 && !t->network)
        return weft_param_fail(root, "poles",
                               "0 leaves nothing to be trained; add the section network");
    return WEFT_OK;
}

/* A seed that is on both lists would be held out and trained on. */
static weft_status check_seeds(const train *t)
{
    const weft_section *root = weft_params_section(t->params, "");
    const weft_ints a = t->keys->seeds, b = t->keys->held_out;
    if (a.n == 0 || b.n == 0)
        return weft_param_fail(root, a.n ? "held_out" : "seeds", "give at least one seed");
    for (int i = 0; i < a.n + b.n; i++)
        for (int j = 0; j < i; j++) {
            const int64_t x = i < a.n ? a.value[i] : b.value[i - a.n];
            const int64_t y = j < a.n ? a.value[j] : b.value[j - a.n];
            if (x == y)
                return weft_param_fail(root, i < a.n ? "seeds" : "held_out",
                                       "the seed %lld stands here twice, or on both lists: runs "
                                       "that are held out must be other ones",
                                       (long long)x);
        }
    return WEFT_OK;
}

/* The number of values of line i under vary, and value k of it. A single value need not stand in
 * brackets: it is a list of one. */
static int values_of(const weft_node *vary, int i)
{
    const weft_node *line = weft_node_item(vary, i);
    return weft_node_what(line) == WEFT_NODE_LIST ? weft_node_count(line) : 1;
}

static const weft_node *value_of(const weft_node *vary, int i, int k)
{
    const weft_node *line = weft_node_item(vary, i);
    return weft_node_what(line) == WEFT_NODE_LIST ? weft_node_item(line, k) : line;
}

/* Seeds and outputs are the training's own, and a value for them here would be overridden or
 * override it. */
static weft_status check_vary(const weft_node *vary, int *combinations)
{
    *combinations = 1;
    if (!vary)
        return WEFT_OK;
    if (weft_node_what(vary) != WEFT_NODE_MAP || weft_node_count(vary) > MOST_KEYS)
        return weft_node_fail(vary, 0, "expected up to %d lines section.key: [value, ...]",
                              (int)MOST_KEYS);
    for (int i = 0; i < weft_node_count(vary); i++) {
        const char *key = weft_node_key(vary, i);
        if (!strchr(key, '.') || strncmp(key, "ensemble.", 9) == 0 ||
            strncmp(key, "output.", 7) == 0)
            return weft_node_fail(weft_node_item(vary, i), 0,
                                  "expected the parameter of a run, section.key; seeds and outputs "
                                  "have keys of their own");
        if (values_of(vary, i) == 0 || *combinations > MOST_RUNS)
            return weft_node_fail(weft_node_item(vary, i), 0,
                                  "expected values, in all at most %d "
                                  "combinations",
                                  (int)MOST_RUNS);
        *combinations *= values_of(vary, i);
    }
    return WEFT_OK;
}

/* What a run must have: electrons on a square lattice with a hopping, at a temperature. */
static weft_status check_input(const train *t, const weft_input *in)
{
    const weft_section *root = weft_params_section(t->params, "");
    if (!in->model->electrons)
        return weft_param_fail(root, "base",
                               "%s is an input of the model %s, which has no electrons whose force "
                               "could be learned",
                               t->base_path, in->model->name);
    if (in->dim != 2)
        return weft_param_fail(root, "base",
                               "learned forces are those of the square lattice, and %s has %d "
                               "dimension%s",
                               t->base_path, in->dim, in->dim > 1 ? "s" : "");
    if (in->n[0] <= 2 * EL_MARGIN || in->n[1] <= 2 * EL_MARGIN)
        return weft_param_fail(root, "base",
                               "the trained window is 7 x 7 sites, and must not meet itself: both "
                               "axes of grid.n must be longer than 6");
    return WEFT_OK;
}

/* Others (of the base itself) stay as they are. */
weft_status train_explain(const train *t)
{
    const weft_node *vary = t->keys->vary;
    const char *why = weft_error_message();
    for (int i = 0; vary && i < weft_node_count(vary); i++) {
        const char *key = weft_node_key(vary, i);
        char *begin = weft_format("-P %s=", key), *before = weft_format(": %s", key);
        const char *at = strncmp(why, begin, strlen(begin)) == 0 ? strstr(why, before) : NULL;
        const char *rest = at ? at + strlen(before) : NULL; /* ": ...", or of a key within it */
        char *text = rest ? weft_strdup(strncmp(rest, ": ", 2) == 0 ? rest + 2 : at + 2) : NULL;
        weft_free(begin);
        weft_free(before);
        if (!text)
            continue;
        weft_error_clear();
        weft_node_fail(weft_node_item(vary, i), 0, "%s", text);
        weft_free(text);
        break;
    }
    return WEFT_INPUT;
}

/* The combination is read as a number whose digits are the values, the first line fastest. The
 * overrides of the training come last, and so win over those of the lines. */
static weft_status load_input(train *t, int combination, int64_t seed, weft_input **out)
{
    const weft_node *vary = t->keys->vary;
    char *list[MOST_KEYS + FURTHER];
    int n = 0;
    for (int i = 0; vary && i < weft_node_count(vary); i++) {
        const int count = values_of(vary, i);
        char *value = weft_node_yaml(value_of(vary, i, combination % count));
        list[n++] = weft_format("%s=%s", weft_node_key(vary, i), value);
        weft_free(value);
        combination /= count;
    }
    list[n++] = weft_format("ensemble.seed=%lld", (long long)seed);
    list[n++] = weft_format("ensemble.replicas=1");
    list[n++] = weft_format("output.fields_every={log: %lld}", (long long)t->keys->snapshots);
    weft_status status =
        weft_input_load(t->base_path, t->base_text, n, (const char *const *)list, out);
    for (int i = 0; i < n; i++)
        weft_free(list[i]);
    if (status == WEFT_INPUT)
        return train_explain(t);
    return status == WEFT_OK ? check_input(t, *out) : status;
}

/* The runs that are trained on come first. */
static weft_status make_runs(train *t)
{
    const weft_ints a = t->keys->seeds, b = t->keys->held_out;
    int combinations = 1;
    WEFT_TRY(check_vary(t->keys->vary, &combinations));
    if ((double)combinations * (a.n + b.n) > MOST_RUNS)
        return weft_param_fail(weft_params_section(t->params, ""), "seeds",
                               "%d seeds and %d combinations of parameters make more than %d runs",
                               a.n + b.n, combinations, (int)MOST_RUNS);
    t->run = weft_alloc((size_t)(combinations * (a.n + b.n)), sizeof *t->run);
    for (int s = 0; s < a.n + b.n; s++)
        for (int k = 0; k < combinations; k++) {
            train_run *r = &t->run[t->runs++];
            r->held = s >= a.n;
            WEFT_TRY(load_input(t, k, r->held ? b.value[s - a.n] : a.value[s], &r->input));
        }
    return WEFT_OK;
}

/* The kind of file is looked at first: it explains all keys that are unknown. */
weft_status train_read(train *t)
{
    const char *reason = weft_unreadable(t->comm, t->path);
    if (reason)
        return weft_fail(WEFT_INPUT, "%s: cannot be read: %s", t->path, reason);
    WEFT_TRY(weft_read_text(t->comm, t->path, &t->text));
    weft_schema *schema = weft_alloc(1, sizeof *schema);
    weft_train_schema(schema);
    weft_status status = weft_document_parse(t->path, t->text, 0, NULL, &t->document);
    if (status == WEFT_OK)
        status = input_expect(INPUT_OF_TRAINING, t->document, t->path);
    if (status == WEFT_OK)
        status = weft_check(t->document, schema, &t->params);
    weft_free(schema);
    WEFT_TRY(status);
    t->keys = weft_params_values(t->params, table);
    if (weft_node_find(weft_document_root(t->document), "network"))
        t->network = weft_params_values(t->params, network_table);
    WEFT_TRY(check_poles(t));
    WEFT_TRY(check_seeds(t));
    const weft_section *root = weft_params_section(t->params, "");
    if (t->keys->exact == TRAIN_DENSE && weft_electron_lacks_dense())
        return weft_param_fail(root, "exact", "dense needs %s", weft_electron_lacks_dense());
    t->base_path = weft_path_beside(t->path, t->keys->base);
    reason = weft_unreadable(t->comm, t->base_path);
    if (reason)
        return weft_param_fail(root, "base", "%s cannot be read: %s", t->base_path, reason);
    WEFT_TRY(weft_read_text(t->comm, t->base_path, &t->base_text));
    WEFT_TRY(make_runs(t));
    t->yaml = weft_params_yaml(t->run[0].input->params);
    return WEFT_OK;
}

/* Works on a training that was read only in part. */
void train_free(train *t)
{
    for (int64_t i = 0; i < t->count; i++) {
        weft_free(t->configuration[i].v);
        weft_free(t->configuration[i].density);
    }
    weft_free(t->configuration);
    for (int i = 0; i < t->runs; i++)
        weft_input_free(t->run[i].input);
    weft_free(t->run);
    weft_params_free(t->params);
    weft_document_free(t->document);
    weft_free(t->text);
    weft_free(t->dir);
    weft_free(t->base_path);
    weft_free(t->base_text);
    weft_free(t->yaml);
}

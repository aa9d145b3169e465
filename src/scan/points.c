/* The points of a scan: their parameters, seeds and identities.
 *
 * A point is the base with a value for each axis, given as overrides ("section.key=value"),
 * as the user could with -P. Its identity is 128 bits of its resolved parameters
 * (weft_params_digest): results are found by it, so that a scan that is extended, or whose
 * axes are written in another order, knows what it has.
 *
 * Invariants. (1) Equal resolved parameters (but for those that change no result) have
 * equal identities, and different ones different identities, up to chance of 2^-128. (2)
 * The seed of a point depends on the base's seed and on the point's values, by the names of
 * the axes and not by their place: so a point keeps its noise in an extended scan. (3) A
 * point in the scan and `weft run base -P ...` give the same numbers, bit for bit. (4) All
 * ranks make the same points from the same texts and files (scan.c compares them).
 *
 * Resolving a point through the whole text of the input takes about a millisecond. Scans
 * have up to ten million points; where only numbers differ, a resolved input is therefore
 * changed in place, with the same checks (weft_input_vary). */
#include "classes.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What does not change the results of a point. */
static const char *const skipped[] = {"output", "checkpoint", "ensemble.ranks_per_replica",
                                      "ensemble.keep", NULL};

/* Inputs that are changed in place from point to point, one for each combination of values that
 * need an input of their own (a word that decides which keys are in use, say). */
enum { MAX_CACHED = 64 };
/* A slot also keeps the indices of the point that it was made for. */
typedef struct scan_cache {
    weft_input *input[MAX_CACHED];
    int index[MAX_CACHED][SCAN_DIMS];
} scan_cache;

/* ---- overrides ---- */

/* The overrides of a point: list is what weft_input_load takes; own are the texts among
 * them that were made here. */
typedef struct overrides {
    int n;
    const char *list[SCAN_AXES + 4];
    char *own[SCAN_AXES + 1];
    int n_own;
} overrides;

/* One more that was made here. */
static void add_own(overrides *o, char *text)
{
    o->own[o->n_own++] = text;
    o->list[o->n++] = text;
}

/* Overrides that all points share come first, then a value an axis, those that follow from them,
 * then the seed. with_seed: not for the base, whose seed goes into the seeds of the points. */
static weft_status make_overrides(const weft_scan *s, const scan_point *p, bool with_seed,
                                  overrides *o)
{
    for (int i = 0; i < s->n_fixed; i++)
        o->list[o->n++] = s->fixed[i];
    for (int a = 0; a < s->n_axes; a++) {
        const scan_axis *axis = &s->axis[a];
        if (!axis->free)
            add_own(o, weft_format("%s=%s", axis->path, axis->written[p->index[axis->dim]]));
    }
    for (int i = 0; i < s->n_tied; i++) {
        char value[40];
        WEFT_TRY(scan_tied_text(s, &s->tied[i], p, value));
        add_own(o, weft_format("%s=%s", s->tied[i].path, value));
    }
    if (with_seed && !s->common)
        add_own(o, weft_format("ensemble.seed=%lu", (unsigned long)p->seed));
    return WEFT_OK;
}

static void free_overrides(overrides *o)
{
    for (int i = 0; i < o->n_own; i++)
        weft_free(o->own[i]);
}

/* ---- messages ---- */

/* The message of a load names overrides that the user never wrote: name the axis instead,
 * with the line in the scan file where its values stand, and the point at which it went
 * wrong. */
static weft_status explain(const weft_scan *s, const scan_point *p)
{
    char point[512];
    char *why = weft_strdup(weft_error_message());
    const char *rest = why;
    const weft_node *entry = NULL;
    weft_status status;
    scan_describe(s, p, point, sizeof point);
    weft_error_clear();
    for (int a = 0; a < s->n_axes + s->n_tied && strncmp(why, "-P ", 3) == 0; a++) {
        const scan_tied *tied = a < s->n_axes ? NULL : &s->tied[a - s->n_axes];
        const char *path = tied ? tied->path : s->axis[a].path;
        size_t n = strlen(path);
        const char *colon = strstr(why, ": ");
        if (!colon || strncmp(why + 3, path, n) != 0 || why[3 + n] != '=')
            continue;
        entry = tied ? tied->node : s->axis[a].node;
        rest = colon + 2;
        if (strncmp(rest, path, n) == 0 && rest[n] == ':')
            rest += n + 2;
    }
    if (entry)
        status = weft_node_fail(entry, 0, "%s (at the point %s)", rest, point);
    else if (strncmp(why, "-P ", 3) == 0)
        status = weft_fail(WEFT_INPUT, "%s: %s (at the point %s)", s->path, why + 3, point);
    else
        status = weft_fail(WEFT_INPUT, "%s (at the point %s)", why, point);
    weft_free(why);
    return status;
}

/* Resolve a point from the texts of the base, with complete checks. This is what a user's
 * `weft run base -P ...` does, and messages are then put into the words of the scan. */
static weft_status load(const weft_scan *s, const scan_point *p, bool with_seed, weft_input **out)
{
    overrides o = {0};
    weft_status status = make_overrides(s, p, with_seed, &o);
    if (status != WEFT_OK) {
        free_overrides(&o);
        return status;
    }
    status = weft_input_load(s->base_path, s->base_text, o.n, o.list, out);
    free_overrides(&o);
    return status == WEFT_INPUT ? explain(s, p) : status;
}

/* Anew from the texts, so that the input belongs to the caller. */
weft_status scan_input(const weft_scan *s, int64_t point, weft_input **out)
{
    return load(s, &s->point[point], true, out);
}

/* ---- seeds ---- */

static int by_path(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* 32 bits of the digest of the base's seed and of "path=text" of all axes, in the order of
 * their names: the seed of a point does not depend on what other points the scan has. */
static uint32_t make_seed(const weft_scan *s, const scan_point *p)
{
    char *line[SCAN_AXES], first[32];
    uint64_t digest[2];
    ens_bytes b = {0};
    if (s->common)
        return s->seed;
    for (int a = 0; a < s->n_axes; a++)
        line[a] = weft_format("%s=%s", s->axis[a].path, s->axis[a].texts[p->index[s->axis[a].dim]]);
    qsort(line, (size_t)s->n_axes, sizeof *line, by_path);
    snprintf(first, sizeof first, "seed=%lu", (unsigned long)s->seed);
    ens_bytes_add(&b, first, strlen(first));
    for (int a = 0; a < s->n_axes; a++) {
        ens_bytes_add(&b, "\n", 1);
        ens_bytes_add(&b, line[a], strlen(line[a]));
        weft_free(line[a]);
    }
    weft_digest(b.data, b.n, digest);
    ens_bytes_free(&b);
    return (uint32_t)digest[0];
}

/* ---- resolving a point ---- */

/* Site updates, to compare points with each other. Without a given dt the time itself
 * stands for the steps. */
static double cost_of(const weft_input *in)
{
    double cost = in->time->end;
    for (int a = 0; a < in->dim; a++)
        cost *= (double)in->n[a];
    if (in->step && !isnan(in->step->dt))
        cost /= in->step->dt;
    return cost * (double)in->ensemble->replicas;
}

/* The slot for the values of a point that weft_params_vary cannot change, and whether the
 * slot holds an input with them. Points of equal slow values come in runs, so that a small
 * table with one entry a slot is enough. */
static int find_slot(const weft_scan *s, const scan_point *p, bool *same)
{
    unsigned slot = 0;
    bool slow[SCAN_DIMS] = {false};
    for (int a = 0; a < s->n_axes; a++)
        if (!s->axis[a].fast)
            slow[s->axis[a].dim] = true;
    for (int d = 0; d < s->n_dims; d++)
        if (slow[d])
            slot = slot * 31 + (unsigned)p->index[d];
    slot %= MAX_CACHED;
    *same = s->cache->input[slot] != NULL;
    for (int i = 0; i < s->n_tied; i++) /* its value may follow any of the axes */
        *same &= s->tied[i].fast;
    for (int d = 0; d < s->n_dims; d++)
        *same &= !slow[d] || s->cache->index[slot][d] == p->index[d];
    return (int)slot;
}

/* The cached input becomes that of the point: every number along a fast axis, and the seed,
 * are put in place with the checks of the tables and of the model. False: it cannot, and
 * the input must not be used any more; the caller then loads it anew, which also gives the
 * message. */
static bool vary(const weft_scan *s, const scan_point *p, weft_input *in)
{
    const char *sections[SCAN_AXES + 1], *names[SCAN_AXES + 1], *texts[SCAN_AXES + 1];
    char seed[24], tied[SCAN_AXES][40];
    int n = 0;
    for (int a = 0; a < s->n_axes; a++)
        if (s->axis[a].fast && !s->axis[a].free) {
            sections[n] = s->axis[a].section;
            names[n] = s->axis[a].name;
            texts[n++] = s->axis[a].written[p->index[s->axis[a].dim]];
        }
    for (int i = 0; i < s->n_tied; i++) {
        if (scan_tied_text(s, &s->tied[i], p, tied[i]) != WEFT_OK)
            return false;
        sections[n] = s->tied[i].section;
        names[n] = s->tied[i].name;
        texts[n++] = tied[i];
    }
    if (!s->common) {
        snprintf(seed, sizeof seed, "%lu", (unsigned long)p->seed);
        sections[n] = "ensemble";
        names[n] = "seed";
        texts[n++] = seed;
    }
    return weft_input_vary(in, n, sections, names, texts);
}

/* Seed, identity and cost of a point. The seed is needed first: it is a parameter like
 * others, and part of the identity. With common seeds the base's is read back from the
 * input. */
static weft_status resolve(weft_scan *s, scan_point *p)
{
    bool same;
    int slot = find_slot(s, p, &same);
    weft_input **in = &s->cache->input[slot];
    p->seed = make_seed(s, p);
    if (!same || !vary(s, p, *in)) {
        weft_input_free(*in);
        *in = NULL;
        WEFT_TRY(load(s, p, true, in));
        memcpy(s->cache->index[slot], p->index, sizeof p->index);
    }
    p->seed = (uint32_t)(*in)->ensemble->seed;
    weft_params_digest((*in)->params, skipped, p->id);
    input_add_contents(s->contents, weft_document_root((*in)->document), p->id);
    p->cost = cost_of(*in);
    if (s->classes && s->base->model->constants_of)
        s->base->model->constants_of((*in)->params, p->constant);
    return WEFT_OK;
}

/* The array doubles, so that adding n points copies each of them a bounded number of times. */
weft_status scan_add_point(weft_scan *s, const int *index, int round)
{
    if (s->n == s->room) {
        int64_t room = s->room ? 2 * s->room : 256;
        s->point = weft_grow(s->point, (size_t)s->n, (size_t)room, sizeof *s->point);
        s->room = room;
    }
    scan_point p = {.round = round};
    memcpy(p.index, index, (size_t)s->n_dims * sizeof *index);
    WEFT_TRY(resolve(s, &p));
    s->point[s->n++] = p;
    return WEFT_OK;
}

/* Works before any point was made. */
void scan_points_free(weft_scan *s)
{
    for (int i = 0; s->cache && i < MAX_CACHED; i++)
        weft_input_free(s->cache->input[i]);
    weft_free(s->cache);
    input_contents_free(s->contents);
    weft_free(s->point);
}

/* ---- the base, and the points of the axes ---- */

/* observe.list of all points, from collect and from what derive needs, each once. */
static void fix_observables(weft_scan *s)
{
    const weft_strings *list = &s->keys->collect;
    ens_bytes b = {0};
    const char *separator = "observe.list=[";
    for (int i = 0; i < list->n; i++) {
        const char *name = list->value[i];
        ens_bytes_add(&b, separator, strlen(separator));
        ens_bytes_add(&b, name, strlen(name));
        separator = ", ";
    }
    for (int d = 0; d < s->n_derives; d++) {
        const char *name = s->derive[d].written;
        bool there = false;
        for (int i = 0; i < list->n && !there; i++)
            there = strcmp(list->value[i], name) == 0;
        for (int e = 0; e < d && !there; e++)
            there = strcmp(s->derive[e].written, name) == 0;
        if (there)
            continue;
        ens_bytes_add(&b, separator, strlen(separator));
        ens_bytes_add(&b, name, strlen(name));
        separator = ", ";
    }
    ens_bytes_add(&b, "]", 2);
    s->fixed[s->n_fixed++] = b.data;
}

/* Names must be observables or derived quantities of the model, each listed once. */
static weft_status check_collect(weft_scan *s)
{
    const weft_section *root = weft_params_section(s->params, "");
    const weft_strings *list = &s->keys->collect;
    const weft_model *model = s->base->model;
    for (int i = 0; i < list->n; i++) {
        const char *name = list->value[i];
        const weft_observable *row;
        double argument;
        const weft_derived *d = model->derived;
        for (int k = 0; k < i; k++)
            if (strcmp(name, list->value[k]) == 0)
                return weft_param_fail(root, "collect", "'%s' is listed twice", name);
        while (d && d->name && strcmp(d->name, name) != 0)
            d++;
        if (d && d->name)
            continue;
        if (weft_observable_find(model, s->base->params, name, &row, &argument) != WEFT_OK) {
            return weft_param_blame(root, "collect");
        }
    }
    return WEFT_OK;
}

/* The row of the schema to which an axis belongs, for its unit, its help, and whether it is
 * a whole number; NULL for deeper paths, such as an element of a list. */
static const weft_param *find_row(const weft_schema *schema, const scan_axis *axis)
{
    for (int i = 0; i < schema->n; i++)
        for (int t = 0; t < WEFT_MAX_TABLES && schema->section[i].tables[t]; t++)
            for (const weft_param *row = schema->section[i].tables[t]; row->name; row++)
                if (strcmp(schema->section[i].name, axis->section) == 0 &&
                    strcmp(row->name, axis->name) == 0)
                    return row;
    return NULL;
}

/* The base is the first point without a seed of its own. It is loaded twice where `collect`
 * changes the list of observables, since reductions must be found (for their observables)
 * before the list is known. An axis is fast if its first value can be put in place. */
static weft_status load_base(weft_scan *s)
{
    scan_point first = {.round = 0};
    if (s->replicas > 0)
        s->fixed[s->n_fixed++] = weft_format("ensemble.replicas=%lld", (long long)s->replicas);
    WEFT_TRY(load(s, &first, false, &s->base));
    s->seed = (uint32_t)s->base->ensemble->seed;
    if (s->keys->collect.value)
        WEFT_TRY(check_collect(s));
    WEFT_TRY(scan_find_derives(s));
    WEFT_TRY(scan_read_classes(s));
    if (s->keys->collect.value) {
        fix_observables(s);
        weft_input_free(s->base);
        s->base = NULL;
        WEFT_TRY(load(s, &first, false, &s->base));
        for (int i = 0; i < s->n_derives; i++)
            s->derive[i].params = s->base->params;
    }
    weft_schema *schema = weft_alloc(1, sizeof *schema);
    weft_input_schema(s->base->model, s->base->stepper, s->base->initial, schema);
    for (int a = 0; a < s->n_axes; a++) {
        scan_axis *axis = &s->axis[a];
        axis->row = find_row(schema, axis);
        axis->whole =
            axis->row && (axis->row->type == WEFT_INT || axis->row->type == WEFT_INT_LIST);
        axis->fast = axis->free || (*axis->section && !axis->text &&
                                    weft_params_vary(s->base->params, axis->section, axis->name,
                                                     axis->written[0]));
    }
    for (int i = 0; i < s->n_tied; i++) {
        scan_tied *t = &s->tied[i];
        char text[40];
        WEFT_TRY(scan_tied_text(s, t, &first, text));
        t->fast = *t->section && weft_params_vary(s->base->params, t->section, t->name, text);
    }
    weft_free(schema);
    return WEFT_OK;
}

/* All combinations, the last dimension running fastest. */
weft_status scan_make_points(weft_scan *s)
{
    double n = 1;
    for (int d = 0; d < s->n_dims; d++)
        n *= s->dim_size[d];
    if (n > SCAN_MAX_POINTS)
        return weft_node_fail(s->axis[0].node, 0, "%.3g points; at most %d are possible", n,
                              SCAN_MAX_POINTS);
    s->cache = weft_alloc(1, sizeof *s->cache);
    s->contents = input_contents_new();
    WEFT_TRY(load_base(s));
    int index[SCAN_DIMS] = {0};
    for (int64_t i = 0; i < (int64_t)n; i++) {
        WEFT_TRY(scan_add_point(s, index, 0));
        for (int d = s->n_dims - 1; d >= 0 && ++index[d] == s->dim_size[d]; d--)
            index[d] = 0;
    }
    return WEFT_OK;
}

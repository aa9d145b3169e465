/* Observables of a model by their written names, and the families that a model has functions for.
 *
 * A written name is one of three things: the name of a row of the model's table ("energy"), a name
 * with an argument in parentheses ("renyi(2)"), or a first part that stands for a family whose last
 * part the parameters define ("density_A": "density_" is the row, "A" a species). Rows with an
 * exact name are tried before families, so that a family never hides one; among families the
 * longest first part wins ("density_" before ""), which makes the answer independent of the order
 * of the table. */
#include "weft/memory.h"
#include "weft/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is the name, of n characters, one of "a|b*|c"? */
static bool one_of(const char *names, const char *name, size_t n)
{
    while (*names) {
        size_t length = strcspn(names, "|");
        bool open = length > 0 && names[length - 1] == '*';
        size_t compared = open ? length - 1 : length;
        if ((open ? n >= compared : n == compared) && strncmp(names, name, compared) == 0)
            return true;
        names += length + (names[length] == '|');
    }
    return false;
}

/* Used by plans, before a simulation exists: it looks at what was written and does not check it. */
bool weft_wants(const weft_params *params, const char *names)
{
    const char *const keys[2][2] = {{"observe", "list"}, {"output", "fields"}};
    for (int k = 0; k < 2; k++) {
        weft_strings list = weft_get_strings(weft_params_section(params, keys[k][0]), keys[k][1]);
        for (int i = 0; i < list.n; i++)
            if (one_of(names, list.value[i], strcspn(list.value[i], "(")))
                return true;
    }
    return false;
}

/* names ends with NULL. */
bool weft_names_have(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* The families are found from the functions that are there; so a model cannot claim one that it
 * lacks. */
int weft_model_families(const weft_model *model)
{
    const weft_families *f = &model->families;
    return (f->rhs ? WEFT_HAS_RHS : 0) | (f->kick && f->drift ? WEFT_HAS_SPLIT : 0) |
           (f->linear_k2 ? WEFT_HAS_LINEAR_K2 : 0) | (f->linear_km ? WEFT_HAS_LINEAR_KM : 0) |
           (f->noise_amplitude || f->noise_km ? WEFT_HAS_NOISE : 0) |
           (f->sweep ? WEFT_HAS_SWEEP : 0) | (f->bath ? WEFT_HAS_BATH : 0) |
           (f->jacobian ? WEFT_HAS_JACOBIAN | WEFT_HAS_AUTONOMOUS : 0) |
           (f->ito ? WEFT_HAS_ITO : 0) | (f->sample ? WEFT_HAS_SAMPLE : 0);
}

/* Names for suggestions: at most MOST, each of at most LONGEST characters. */
enum { MOST = 1024, LONGEST = 128 };
typedef char known_name[LONGEST];

/* All names that a row answers to: its own, or those of the members of its family. A family that
 * cannot list its members, as that of formulas, has no names: it is asked for everything that no
 * other row knows and has messages of its own. n: how many are in the list so far; returns how many
 * there are then. */
static int names_of(const weft_observable *o, const weft_params *params, known_name *list, int n)
{
    char last[WEFT_MAX_LAST];
    if (!o->family && n < MOST)
        snprintf(list[n++], LONGEST, "%s", o->name);
    for (int i = 0; o->family && o->member && n < MOST && o->member(params, i, last); i++)
        snprintf(list[n++], LONGEST, "%s%s", o->name, last);
    return n;
}

/* The nearest of the names of observables and derived quantities. A suggestion must be a name that
 * can be written as it stands: the first part of a family alone is none, so that the members
 * compete with each other and with whole names. They are made here, where a message is wanted
 * anyway, and nowhere else: lookups of names that exist do not pay for them. */
static weft_hint nearest_name(const weft_model *model, const weft_params *params,
                              const char *written)
{
    known_name *list = weft_alloc(MOST, sizeof *list);
    const char **names = weft_alloc(MOST, sizeof *names);
    int n = 0;
    for (const weft_observable *o = model->observables; o->name; o++)
        n = names_of(o, params, list, n);
    for (int i = 0; i < n; i++)
        names[i] = list[i];
    for (const weft_derived *d = model->derived; d && d->name && n < MOST; d++)
        names[n++] = d->name;
    const weft_hint hint = weft_did_you_mean(written, names, n);
    weft_free(names);
    weft_free(list);
    return hint;
}

/* The error for a name that nothing answers to. */
static weft_status unknown(const weft_model *model, const weft_params *params, const char *written)
{
    for (const weft_reduction *r = model->reductions; r && r->name; r++)
        if (strcmp(r->name, written) == 0)
            return weft_fail(WEFT_INPUT,
                             "the model %s has no observable '%s', which is a reduction of a whole "
                             "series to one number: it stands under derive in the file of a scan",
                             model->name, written);
    const weft_hint hint = nearest_name(model, params, written);
    const char *more =
        hint.text[0] || !strchr(written, '(')
            ? ""
            : "; reductions of series, such as last(energy), stand under derive in the "
              "file of a scan";
    return weft_fail(WEFT_INPUT, "the model %s has no observable '%s'%s%s", model->name, written,
                     hint.text, more);
}

/* The number between the parentheses of "renyi(2)". */
static weft_status read_argument(const weft_observable *row, const char *written, const char *open,
                                 double *argument)
{
    if (!row->argument)
        return weft_fail(WEFT_INPUT, "the observable %s takes no argument", row->name);
    char *end;
    *argument = strtod(open + 1, &end);
    if (end == open + 1 || strcmp(end, ")") != 0)
        return weft_fail(WEFT_INPUT, "'%s' cannot be read; write %s(%s) with a number", written,
                         row->name, row->argument);
    return WEFT_OK;
}

/* A member of a family: the longest first part that fits. */
static const weft_observable *find_family(const weft_model *model, const char *written)
{
    const weft_observable *best = NULL;
    size_t most = 0;
    for (const weft_observable *o = model->observables; o->name; o++) {
        size_t n = strlen(o->name);
        if (o->family && (!best || n > most) && strncmp(o->name, written, n) == 0) {
            best = o;
            most = n;
        }
    }
    return best;
}

/* Exact names first: "density" must not be taken for the family "" of a model that has one. */
weft_status weft_observable_find(const weft_model *model, const weft_params *params,
                                 const char *written, const weft_observable **out, double *argument)
{
    const char *open = strchr(written, '(');
    size_t length = open ? (size_t)(open - written) : strlen(written);
    for (const weft_observable *o = model->observables; o->name; o++) {
        if (o->family || strlen(o->name) != length || strncmp(o->name, written, length) != 0)
            continue;
        *out = o;
        *argument = o->argument_standard;
        return open ? read_argument(o, written, open, argument) : WEFT_OK;
    }
    const weft_observable *family = find_family(model, written);
    if (!family)
        return unknown(model, params, written);
    *out = family;
    return family->family(params, written + strlen(family->name), argument);
}

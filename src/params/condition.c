/* Conditions under which a parameter is used: "key=word|word; other=word".
 *
 * Invariant: a condition compares values, not texts. "n=4" holds for 4, 4.0 and 4e0, and for the
 * default, as it would if the user had written it.
 *
 * A key whose condition does not hold is an error when it is written, and not ignored: who writes
 * eta for a potential without one expects it to matter. Conditions refer to keys of the same
 * section only, and a key that is itself not used satisfies none, so that chains of conditions end.
 */
#include "internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Moves *when behind one condition. A table with a malformed one is a slip: the assertion. */
bool par_condition_next(const char **when, par_condition *out)
{
    const char *p = *when;
    while (*p == ';' || *p == ' ')
        p++;
    size_t n = strcspn(p, ";"), key = strcspn(p, "=;");
    *when = p + n;
    if (n == 0)
        return false;
    WEFT_ASSERT(key < n && key < sizeof out->key && n - key - 1 < sizeof out->words);
    snprintf(out->key, sizeof out->key, "%.*s", (int)key, p);
    snprintf(out->words, sizeof out->words, "%.*s", (int)(n - key - 1), p + key + 1);
    return true;
}

/* For messages and reference pages. */
void par_condition_text(const char *when, char *out, size_t size)
{
    par_condition c;
    size_t used = 0;
    out[0] = '\0';
    while (par_condition_next(&when, &c) && used < size) {
        char words[300];
        par_word_list(c.words, words, sizeof words);
        used += (size_t)snprintf(out + used, size - used, "%s%s is %s", used ? " and " : "", c.key,
                                 words);
    }
}

/* Whether an element has the value of `length` characters of word, read as its type. */
static bool element_is(const par_value *v, const par_element *e, const char *word, int length)
{
    char text[256], *end;
    snprintf(text, sizeof text, "%.*s", length, word);
    switch (v->row->type) {
    case WEFT_BOOL:
        return strcmp(text, e->flag ? "true" : "false") == 0;
    case WEFT_INT:
    case WEFT_INT_LIST: {
        long long whole = strtoll(text, &end, 10);
        return end != text && *end == '\0' && whole == e->whole;
    }
    case WEFT_STRING:
    case WEFT_CHOICE:
    case WEFT_STRING_LIST:
    case WEFT_CHOICE_LIST:
        return strcmp(text, e->text) == 0;
    default: {
        double real = strtod(text, &end);
        return end != text && *end == '\0' && real == e->real;
    }
    }
}

/* A list satisfies a condition if one of its elements does. Absent values and trees satisfy none.
 */
bool par_condition_holds(const par_condition *c, const par_value *v)
{
    const char *list = c->words, *word;
    if (!v->node || v->row->type == WEFT_TREE)
        return false;
    /* A word is compared as text, whatever the type. */
    if (v->word)
        return par_word_in(c->words, v->word);
    for (int n; (n = par_word_next(&list, &word)) > 0;)
        for (int i = 0; i < v->n; i++)
            if (element_is(v, &v->element[i], word, n))
                return true;
    return false;
}

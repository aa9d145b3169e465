/* Reading checked parameters, and failing about them.
 *
 * Invariant: what a user can write wrong has been refused by the check (check.c) before anything
 * here is called. So a name or type that the table does not have is a slip in the program, and ends
 * it with a panic that names the parameter; no caller needs to handle it. Absent optional values
 * are the exception: they are legal, and a caller must ask weft_has_value before it reads one.
 *
 * Two ways lead to a value. Tables that are bound to a struct (WEFT_BIND) are read through
 * weft_params_values: one call gives the struct, and a misspelt member does not compile. Others are
 * read by name, one key at a time, by the functions weft_get_... below. */
#include "internal.h"
#include <stdio.h>
#include <string.h>

/* Keys of a section are few: a search from the start is quick enough, since values are read when a
 * run is set up and not in its loop. */
par_value *par_section_find(const weft_section *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->value[i].row->name, name) == 0)
            return &s->value[i];
    return NULL;
}

static void bug(const weft_section *s, const char *name, const char *what)
    __attribute__((noreturn));

/* Panic about a parameter, with the name that the user knows it by. */
static void bug(const weft_section *s, const char *name, const char *what)
{
    char text[256];
    snprintf(text, sizeof text, "parameter %s.%s: %s", s->spec->name, name, what);
    weft_panic(__FILE__, __LINE__, text);
}

/* Sections that the input does not write are there too: they hold the defaults. */
const weft_section *weft_params_section(const weft_params *params, const char *name)
{
    for (int i = 0; i < params->schema.n; i++)
        if (strcmp(params->schema.section[i].name, name) == 0)
            return &params->section[i];
    weft_panic(__FILE__, __LINE__, name);
}

/* A table is found by its address: it identifies a struct, wherever in the schema it was put. */
const void *weft_params_values(const weft_params *params, const weft_param *table)
{
    for (int i = 0; i < params->schema.n; i++)
        for (int t = 0; t < WEFT_MAX_TABLES && params->schema.section[i].tables[t]; t++)
            if (params->schema.section[i].tables[t] == table) {
                WEFT_ASSERT(params->section[i].bound[t]);
                return params->section[i].bound[t];
            }
    return NULL;
}

/* The value of a name that must be there. */
static const par_value *find(const weft_section *s, const char *name)
{
    const par_value *v = par_section_find(s, name);
    if (!v)
        bug(s, name, "no table has it");
    return v;
}

/* Asks for `used` too: the default of a key whose conditions do not hold counts as absent. */
bool weft_has_value(const weft_section *s, const char *name)
{
    const par_value *v = find(s, name);
    return v->node && v->used;
}

/* Also true for a key that came from an override, and for one that weft_params_vary has changed. */
bool weft_is_written(const weft_section *s, const char *name)
{
    return find(s, name)->set;
}

/* A value that is present and of one of the types (a set of bits 1 << type). */
static const par_value *value(const weft_section *s, const char *name, unsigned types)
{
    const par_value *v = find(s, name);
    if (!(types & 1u << v->row->type))
        bug(s, name, "it has another type");
    if (!v->node)
        bug(s, name, "it is absent; ask weft_has_value first");
    return v;
}

/* Element i of a value; scalars have one element. */
static const par_element *element(const weft_section *s, const char *name, unsigned types, int i)
{
    const par_value *v = value(s, name, types);
    if (!v->element)
        bug(s, name, "a word is given instead of a value");
    if (i < 0 || i >= v->n)
        bug(s, name, "the list is shorter");
    return &v->element[i];
}

/* From here on: one function for each type, with the checks of `element`. */
const char *weft_get_text(const weft_section *s, const char *name)
{
    return element(s, name, 1u << WEFT_STRING | 1u << WEFT_CHOICE, 0)->text;
}

/* The types that have more than one element. */
static const unsigned lists =
    1u << WEFT_INT_LIST | 1u << WEFT_REAL_LIST | 1u << WEFT_STRING_LIST | 1u << WEFT_CHOICE_LIST;

/* Lists may be empty; a word in place of a list has no elements. */
int weft_list_size(const weft_section *s, const char *name)
{
    return value(s, name, lists)->n;
}

double weft_get_real_at(const weft_section *s, const char *name, int i)
{
    return element(s, name, 1u << WEFT_REAL_LIST, i)->real;
}

const char *weft_get_text_at(const weft_section *s, const char *name, int i)
{
    return element(s, name, 1u << WEFT_STRING_LIST | 1u << WEFT_CHOICE_LIST, i)->text;
}

/* The array is the one that bind.c keeps up to date. */
weft_strings weft_get_strings(const weft_section *s, const char *name)
{
    const par_value *v = find(s, name);
    if (v->row->type != WEFT_STRING_LIST || !v->member)
        bug(s, name, "it is no list of texts that is bound to a struct");
    return *(const weft_strings *)v->member;
}

const weft_node *weft_get_tree(const weft_section *s, const char *name)
{
    return value(s, name, 1u << WEFT_TREE)->node;
}

/* The place is that of the key if the user wrote it, else that of its section, else line 1: a
 * message must always name a file and a line. */
weft_status weft_param_fail(const weft_section *s, const char *name, const char *format, ...)
{
    char why[2048], path[256];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    par_one_line(why);
    const par_value *v = par_section_find(s, name);
    const weft_node *node = v && v->set ? v->node : s->node;
    const char *section = s->spec->name;
    snprintf(path, sizeof path, "%s%s%s", section, *section ? "." : "", name);
    return node ? par_fail_at(node, true, path, why)
                : weft_fail(WEFT_INPUT, "%s:1: %s: %s", s->params->doc->file, path, why);
}

weft_hint weft_comma_hint(const weft_section *section, const char *key)
{
    const par_value *v = par_section_find(section, key);
    return par_comma_hint(v && v->set ? v->node : NULL);
}

/* A section whose lines are all comments is there but holds nothing. */
const weft_node *weft_section_node(const weft_section *s)
{
    return s->node && s->node->kind == WEFT_NODE_MAP ? s->node : NULL;
}

/* For errors from below, which know what is wrong but not in which key it was written. */
weft_status weft_param_blame(const weft_section *s, const char *name)
{
    char why[2048];
    snprintf(why, sizeof why, "%s", weft_error_message());
    weft_error_clear();
    return weft_param_fail(s, name, "%s", why);
}

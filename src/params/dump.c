/* Parameters as YAML that reads back to the same.
 *
 * Invariants: (1) Reading the text again gives the same values to the last bit: numbers are written
 * in the shortest form that reads back (weft_number_text), and texts are put in quotes wherever
 * they could be taken for something else, here or by another YAML reader. (2) Only values in use
 * are written, so the text passes the check. (3) Defaults are written too: the text means the same
 * with a later version that has other defaults.
 *
 * Example of the form: sections one after the other, keys indented by two, lists on one line as
 * long as they fit:
 *
 *       model: kpz
 *       grid:
 *         n: [256, 256]
 *         length: [100, 100]
 *       time:
 *         stepper: etd_heun
 *         dt: 0.05 */
#include "internal.h"
#include "weft/memory.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list or map is written on one line if it has no containers inside and is not longer. */
enum { FLOW_WIDTH = 88 };

/* ---- scalars ---- */

/* Would another reader take the plain text for something else than text? YAML 1.1 readers take yes,
 * no, on and off for truth values, and what looks like a number for one. */
static bool looks_typed(const char *text)
{
    static const char *const words[] = {"~",  "null", "true", "false", "yes", "no",
                                        "on", "off",  "y",    "n",     "="};
    char lower[8], *end;
    size_t n = 0;
    for (; text[n] && n < sizeof lower - 1; n++)
        lower[n] = (char)tolower((unsigned char)text[n]);
    lower[n] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words && !text[n]; i++)
        if (strcmp(lower, words[i]) == 0)
            return true;
    strtod(text, &end);
    return end != text && *end == '\0';
}

/* Is the text the same when written without quotes, also within brackets? Only letters, digits and
 * a few signs are let through that mean nothing to YAML in any place; the first character is judged
 * more strictly, since most signs of YAML act at the beginning. */
static bool safe_plain(const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n > 200 || text[n - 1] == ' ')
        return false;
    if (!isalnum((unsigned char)text[0]) && !strchr("_/.", text[0]) &&
        !(strchr("+-", text[0]) && (isalnum((unsigned char)text[1]) || text[1] == '.')))
        return false;
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_./+-*()^ =<>", *p))
            return false;
    return strncmp(text, "...", 3) != 0;
}

/* Code point at *p, which is moved behind it; the text is valid UTF-8. */
static unsigned long code_point(const unsigned char **p)
{
    unsigned char c = *(*p)++;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    unsigned long code = more == 0 ? c : c & (0x3fu >> more);
    while (more-- > 0 && **p)
        code = code << 6 | (*(*p)++ & 0x3fu);
    return code;
}

/* In double quotes, with escapes for quotes, control characters and what YAML does not allow in a
 * text (C1 controls, line separators, the byte order mark). */
static void add_quoted(par_buffer *b, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    par_buffer_add(b, "\"");
    while (*p) {
        const unsigned char *start = p;
        unsigned long c = code_point(&p);
        if (c == '"' || c == '\\')
            par_buffer_add(b, "\\%c", (char)c);
        else if (c == '\n')
            par_buffer_add(b, "\\n");
        else if (c == '\t')
            par_buffer_add(b, "\\t");
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            par_buffer_add(b, "\\x%02lx", c);
        else if (c == 0x2028 || c == 0x2029 || c == 0xfeff || (c >= 0xfffe && c <= 0xffff))
            par_buffer_add(b, "\\u%04lx", c);
        else
            par_buffer_bytes(b, (const char *)start, (size_t)(p - start));
    }
    par_buffer_add(b, "\"");
}

/* Add a scalar in YAML, in quotes where it needs them (or where they are wanted). */
static void par_yaml_text(par_buffer *b, const char *text, bool quotes)
{
    if (!quotes && safe_plain(text))
        par_buffer_bytes(b, text, strlen(text));
    else
        add_quoted(b, text);
}

/* ---- trees ---- */

/* Quoted text that looks like a number was written in quotes by the user, and stays so. */
static void add_scalar(par_buffer *b, const weft_node *node)
{
    if (par_node_null(node))
        par_buffer_add(b, "~");
    else
        par_yaml_text(b, node->text, !node->plain && looks_typed(node->text));
}

/* Elements of a list have no key. */
static void add_key(par_buffer *b, const weft_node *node)
{
    if (!node->name)
        return;
    par_yaml_text(b, node->name, looks_typed(node->name));
    par_buffer_add(b, ": ");
}

/* Whether a list or map fits on one line; the width is an estimate with quotes and commas. */
static bool flat(const weft_node *node)
{
    size_t width = 0;
    for (int i = 0; i < node->n; i++) {
        const weft_node *item = node->item[i];
        if (item->kind != WEFT_NODE_SCALAR && item->n > 0)
            return false;
        width += (item->kind == WEFT_NODE_SCALAR ? strlen(item->text) : 2) +
                 (item->name ? strlen(item->name) + 4 : 2);
    }
    return width <= FLOW_WIDTH;
}

/* On one line: [a, b] or {key: a}. */
static void add_flow(par_buffer *b, const weft_node *node)
{
    bool list = node->kind == WEFT_NODE_LIST;
    par_buffer_add(b, list ? "[" : "{");
    for (int i = 0; i < node->n; i++) {
        const weft_node *item = node->item[i];
        par_buffer_add(b, i ? ", " : "");
        add_key(b, item);
        if (item->kind == WEFT_NODE_SCALAR)
            add_scalar(b, item);
        else
            par_buffer_add(b, item->kind == WEFT_NODE_LIST ? "[]" : "{}");
    }
    par_buffer_add(b, list ? "]" : "}");
}

/* Only for a scalar, or a list or map without nested ones. */
char *weft_node_yaml(const weft_node *node)
{
    par_buffer b = {0};
    if (node->kind == WEFT_NODE_SCALAR)
        add_scalar(&b, node);
    else
        add_flow(&b, node);
    char *text = weft_strdup(b.text);
    weft_free(b.text);
    return text;
}

/* The value after "key:" or "-", to the end of its last line; children at the indent. The blank
 * behind "key:" is taken back when the value begins on the next line. */
static void add_node(par_buffer *b, const weft_node *node, int indent)
{
    if (node->kind == WEFT_NODE_SCALAR) {
        add_scalar(b, node);
        par_buffer_add(b, "\n");
        return;
    }
    if (flat(node)) {
        add_flow(b, node);
        par_buffer_add(b, "\n");
        return;
    }
    /* No blanks at the ends of lines. */
    if (b->text[b->length - 1] == ' ')
        b->length--;
    par_buffer_add(b, "\n");
    for (int i = 0; i < node->n; i++) {
        par_buffer_add(b, "%*s", indent, "");
        if (node->kind == WEFT_NODE_LIST)
            par_buffer_add(b, "- ");
        add_key(b, node->item[i]);
        add_node(b, node->item[i], indent + 2);
    }
}

/* ---- parameters ---- */

/* Whole seconds as 2h30m, others as a number of seconds. Shown as users write durations, as long as
 * nothing is lost. */
static void add_duration(par_buffer *b, double seconds)
{
    char text[40];
    if (seconds < 1 || seconds > 1e9 || seconds != floor(seconds)) {
        weft_number_text(seconds, text);
        par_buffer_add(b, "%s", text);
        return;
    }
    long s = (long)seconds;
    if (s >= 3600)
        par_buffer_add(b, "%ldh", s / 3600);
    if (s % 3600 >= 60)
        par_buffer_add(b, "%ldm", s % 3600 / 60);
    if (s % 60 > 0)
        par_buffer_add(b, "%lds", s % 60);
}

/* One value of a scalar or list, in the form of its type. */
static void add_element(par_buffer *b, const par_value *v, const par_element *e)
{
    char text[40];
    switch (v->row->type) {
    case WEFT_BOOL:
        par_buffer_add(b, e->flag ? "true" : "false");
        return;
    case WEFT_INT:
    case WEFT_INT_LIST:
        par_buffer_add(b, "%lld", (long long)e->whole);
        return;
    case WEFT_REAL:
    case WEFT_REAL_LIST:
    case WEFT_SCHEDULE:
        weft_number_text(e->real, text);
        par_buffer_add(b, "%s", text);
        return;
    case WEFT_DURATION:
        add_duration(b, e->real);
        return;
    default:
        par_yaml_text(b, e->text, looks_typed(e->text));
    }
}

/* A value and the end of its line; trees may take more lines, indented below the key. */
static void add_indented(par_buffer *b, const par_value *v, int indent)
{
    if (v->row->type == WEFT_TREE) {
        add_node(b, v->node, indent + 2);
        return;
    }
    if (v->word)
        par_yaml_text(b, v->word, looks_typed(v->word));
    else if (v->schedule.log > 0)
        par_buffer_add(b, "{log: %lld}", (long long)v->schedule.log);
    else if (par_type_is_list(v->row->type)) {
        par_buffer_add(b, "[");
        for (int i = 0; i < v->n; i++) {
            par_buffer_add(b, i ? ", " : "");
            add_element(b, v, &v->element[i]);
        }
        par_buffer_add(b, "]");
    } else
        add_element(b, v, &v->element[0]);
    par_buffer_add(b, "\n");
}

/* Also the text that the digest of a parameter is made of (vary.c). */
void par_value_add(par_buffer *b, const par_value *v)
{
    add_indented(b, v, 0);
}

/* The title is written with the first value: sections without values in use do not appear. */
static void add_section(par_buffer *b, const weft_section *s)
{
    const char *name = s->spec->name;
    int indent = *name ? 2 : 0;
    bool begun = !*name;
    for (int i = 0; i < s->n; i++) {
        const par_value *v = &s->value[i];
        if (!v->node || !v->used)
            continue;
        if (!begun)
            par_buffer_add(b, "%s:\n", name);
        begun = true;
        par_buffer_add(b, "%*s%s: ", indent, "", v->row->name);
        add_indented(b, v, indent);
    }
}

/* The result is the text of params.used.yaml; running it again must give the same run. */
char *weft_params_yaml(const weft_params *params)
{
    par_buffer b = {0};
    par_buffer_bytes(&b, "", 0);
    for (int pass = 0; pass < 2; pass++) /* values of the first level come before the sections */
        for (int i = 0; i < params->schema.n; i++)
            if ((*params->schema.section[i].name == '\0') == (pass == 0))
                add_section(&b, &params->section[i]);
    return b.text;
}

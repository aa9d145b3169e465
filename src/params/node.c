/* Nodes of the tree: what they hold, where they were written, numbers in them, and messages about
 * them.
 *
 * Invariant: every message about a node has a place that the user can go to. That is FILE:LINE
 * (with a column where the text stands in the file character by character), or the option of the
 * command line that the node came from.
 *
 * The form of a message: "FILE:LINE:COLUMN: section.key: what is wrong", and for formulas two more
 * lines that show the text and mark the place:
 *
 *       run.yaml:7:21: equation.equations: unknown name 'w'
 *           dt(u) = lap(u) + w*u
 *                            ^ */
#include "internal.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* The functions up to weft_node_find read a node; they copy nothing, and what they return belongs
 * to the document. */
weft_node_kind weft_node_what(const weft_node *node)
{
    return node->kind;
}

bool weft_node_plain(const weft_node *node)
{
    return node->kind == WEFT_NODE_SCALAR && node->plain;
}

const char *weft_node_text(const weft_node *node)
{
    WEFT_ASSERT(node->kind == WEFT_NODE_SCALAR);
    return node->text;
}

int weft_node_count(const weft_node *node)
{
    return node->n;
}

const weft_node *weft_node_item(const weft_node *node, int i)
{
    WEFT_ASSERT(i >= 0 && i < node->n);
    return node->item[i];
}

const char *weft_node_key(const weft_node *node, int i)
{
    WEFT_ASSERT(node->kind == WEFT_NODE_MAP && i >= 0 && i < node->n);
    return node->item[i]->name;
}

/* NULL also for a node that is no map, so that callers need not ask first. */
const weft_node *weft_node_find(const weft_node *node, const char *key)
{
    if (node->kind != WEFT_NODE_MAP)
        return NULL;
    for (int i = 0; i < node->n; i++)
        if (strcmp(node->item[i]->name, key) == 0)
            return node->item[i];
    return NULL;
}

/* A plain scalar that means "no value" in YAML; in quotes the same characters are text. */
bool par_node_null(const weft_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != WEFT_NODE_SCALAR || !node->plain)
        return false;
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(node->text, nulls[i]) == 0)
            return true;
    return false;
}

/* What a user would call it: nobody thinks of "mapping" and "sequence". */
const char *par_node_describe(const weft_node *node)
{
    if (node->kind == WEFT_NODE_LIST)
        return "a list";
    if (node->kind == WEFT_NODE_MAP)
        return "a section";
    return par_node_null(node) ? "nothing" : "a single value";
}

/* ---- places and messages ---- */

/* "reactions.0.rate": keys, and numbers of list elements, from the root down. */
void par_node_path(const weft_node *node, char *out, size_t size)
{
    const weft_node *chain[80];
    int n = 0;
    /* an element of a plain list goes by the name of the list: its text is in the message */
    if (!node->name && node->kind == WEFT_NODE_SCALAR && node->parent)
        node = node->parent;
    for (; node && node->parent && n < 80; node = node->parent)
        chain[n++] = node;
    size_t used = 0;
    out[0] = '\0';
    for (int i = n - 1; i >= 0 && used < size; i--) {
        const char *dot = i < n - 1 ? "." : "";
        int more = chain[i]->name ? snprintf(out + used, size - used, "%s%s", dot, chain[i]->name)
                                  : snprintf(out + used, size - used, "%s%d", dot, chain[i]->index);
        used += (size_t)more;
    }
}

/* at_key: the line of the key, for messages about the key itself or about a whole section; else the
 * line of the value, which may stand further down. */
void par_node_place(const weft_node *node, bool at_key, char *out, size_t size)
{
    if (node->place)
        snprintf(out, size, "%s", node->place);
    else
        snprintf(out, size, "%s:%d", node->file, at_key ? node->key_line : node->line);
}

/* Characters of UTF-8 in the first n bytes: bytes that do not continue another one. Columns count
 * characters, because editors do. */
static int characters(const char *text, int n)
{
    int count = 0;
    for (int i = 0; i < n && text[i]; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* "FILE:LINE:COLUMN", or what is known of it. The column is left out where the text was written
 * with escapes or over several lines (exact is false): it would be wrong. */
static void node_place(const weft_node *node, int column, char *place, size_t size)
{
    par_node_place(node, node->kind != WEFT_NODE_SCALAR || par_node_null(node), place, size);
    size_t used = strlen(place);
    if (column > 0 && node->kind == WEFT_NODE_SCALAR && node->exact && !node->place)
        snprintf(place + used, size - used, ":%d",
                 node->column + characters(node->text, column - 1));
}

/* Bytes of the end of a line here, 0 if there is none. Those are YAML's line ends (YAML 1.1, 5.4),
 * by which libyaml counts lines: a return alone, and Unicode's next line and separators, too. */
static int line_end(const char *text)
{
    if (*text == '\r')
        return text[1] == '\n' ? 2 : 1;
    if (strncmp(text, "\xe2\x80\xa8", 3) == 0 || strncmp(text, "\xe2\x80\xa9", 3) == 0)
        return 3;
    return *text == '\n' ? 1 : strncmp(text, "\xc2\x85", 2) == 0 ? 2 : 0;
}

/* The line of a file that a place is in, without its end. NULL where the text has fewer lines. */
static const char *line_of(const char *source, int line, int *length)
{
    for (; line > 1 && *source; source++)
        if (line_end(source) > 0) {
            source += line_end(source) - 1;
            line--;
        }
    *length = 0;
    while (source[*length] && line_end(source + *length) == 0)
        (*length)++;
    return line > 1 ? NULL : source;
}

/* The source line with marks below `marked` characters from column on; a long one is cut around
 * them. Blanks stand for tabs, so that the marks are where they should be. */
void par_show_line(const char *source, int line, int column, int marked, char *out, size_t size)
{
    enum { SHOWN = 76, BEFORE = 50 };
    int length = 0, at = 0;
    const char *text = source ? line_of(source, line, &length) : NULL;
    out[0] = '\0';
    if (!text)
        return;
    for (int left = column - 1; left > 0 && at < length; at++) /* the byte of the column */
        left -= ((unsigned char)text[at + 1] & 0xc0) != 0x80;
    int from = (int)strspn(text, " \t");
    from = from > at ? at : from;
    if (at - from > BEFORE)
        from = at - BEFORE;
    while (from > 0 && ((unsigned char)text[from] & 0xc0) == 0x80)
        from++;
    char shown[SHOWN + 1], marks[SHOWN + 1];
    snprintf(shown, sizeof shown, "%.*s", length - from < SHOWN ? length - from : SHOWN,
             text + from);
    par_one_line(shown);
    const int before = characters(shown, at - from);
    marked = marked < 1 ? 1 : before + marked > SHOWN ? SHOWN - before : marked;
    memset(marks, ' ', (size_t)before);
    memset(marks + before, '^', (size_t)marked);
    marks[before + marked] = '\0';
    snprintf(out, size, "\n    %s\n    %s", shown, marks);
}

/* The message names the line, as always; column and source line go beside it, unless an earlier
 * error is kept, or the value came from the command line. */
weft_status par_fail_at(const weft_node *node, bool at_key, const char *path, const char *why)
{
    char place[WEFT_PLACE], below[512];
    const bool first = *weft_error_message() == '\0';
    par_node_place(node, at_key, place, sizeof place);
    weft_fail(WEFT_INPUT, "%s: %s%s%s", place, path, *path ? ": " : "", why);
    if (!first || node->place || !node->source)
        return WEFT_INPUT;
    const int line = at_key ? node->key_line : node->line;
    const int column = at_key ? node->key_column : node->column;
    const char *marked = !at_key ? node->exact ? node->text : "" : node->name ? node->name : "";
    par_show_line(node->source, line, column, characters(marked, (int)strlen(marked)), below,
                  sizeof below);
    weft_error_show((int)strlen(place), column, below);
    return WEFT_INPUT;
}

/* The text of a message may quote the input; it is brought to one line, so that one error is one
 * line. */
weft_status weft_node_fail(const weft_node *node, int column, const char *format, ...)
{
    char why[2048], place[WEFT_PLACE], path[256];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    par_one_line(why);
    par_node_path(node, path, sizeof path);
    if (column == 0)
        return par_fail_at(node, node->kind != WEFT_NODE_SCALAR || par_node_null(node), path, why);
    const bool first = *weft_error_message() == '\0';
    node_place(node, column, place, sizeof place);
    weft_fail(WEFT_INPUT, "%s: %s%s%s", place, path, *path ? ": " : "", why);
    if (first && node->exact && !node->place) {
        char below[512];
        par_show_line(node->source, node->line, node->column + characters(node->text, column - 1),
                      1, below, sizeof below);
        weft_error_show(0, 0, below);
    }
    return WEFT_INPUT;
}

/* Do two neighbours of a list stand as in [0,01]? */
static bool comma_between(const weft_node *a, const weft_node *b)
{
    return a->kind == WEFT_NODE_SCALAR && b->kind == WEFT_NODE_SCALAR && a->plain && b->plain &&
           a->line == b->line && a->exact &&
           b->column == a->column + characters(a->text, (int)strlen(a->text)) + 1 &&
           par_number_cut(a->text, b->text);
}

/* An element is looked at with its neighbours, a list from its first element on. */
weft_hint par_comma_hint(const weft_node *node)
{
    weft_hint hint = {""};
    const weft_node *list = node && node->kind == WEFT_NODE_SCALAR ? node->parent : node;
    if (!list || list->kind != WEFT_NODE_LIST)
        return hint;
    for (int i = 0; i + 1 < list->n && !hint.text[0]; i++) {
        const weft_node *a = list->item[i], *b = list->item[i + 1];
        if ((list == node || a == node || b == node) && comma_between(a, b))
            snprintf(hint.text, sizeof hint.text,
                     "; was %.40s.%.40s meant? a number has a decimal point, no comma", a->text,
                     b->text);
    }
    return hint;
}

/* The part of a text around a place, on a line of its own, and marks below the place. Long texts
 * are cut so that the marks stay in the first 90 columns. The text is shown as it was read, without
 * its quotes and escapes. */
static void point_at(const char *text, int at, int length, char *out, size_t size)
{
    enum { BEFORE = 50, SHOWN = 76 };
    char shown[SHOWN + 1], marks[SHOWN + 1];
    int from = characters(text, at) > BEFORE ? at - BEFORE : 0, n = 0;
    while (from > 0 && ((unsigned char)text[from] & 0xc0) == 0x80)
        from++;
    for (; n < SHOWN && text[from + n]; n++)
        shown[n] = text[from + n];
    shown[n] = '\0';
    par_one_line(shown);
    int before = characters(shown, at - from), marked = length < 1 ? 1 : length;
    if (before + marked > SHOWN)
        marked = SHOWN - before;
    memset(marks, ' ', sizeof marks);
    memset(marks + before, '^', (size_t)marked);
    marks[before + marked] = '\0';
    snprintf(out, size, "\n    %s\n    %s", shown, marks);
}

/* Bytes count from 0 here and columns of messages from 1, as editors do. */
weft_status weft_node_point(const weft_node *node, int at, int length, const char *format, ...)
{
    char why[2048], place[WEFT_PLACE], path[256], below[256];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    par_one_line(why);
    node_place(node, at + 1, place, sizeof place);
    par_node_path(node, path, sizeof path);
    point_at(node->text, at, length, below, sizeof below);
    return weft_fail(WEFT_INPUT, "%s: %s%s%s%s", place, path, *path ? ": " : "", why, below);
}

/* Fail with what was expected if the node is a list, a map, or no value. */
static weft_status want_scalar(const weft_node *node, const char *what)
{
    if (node->kind != WEFT_NODE_SCALAR)
        return weft_node_fail(node, 0, "expected %s, but this is %s", what,
                              par_node_describe(node));
    if (par_node_null(node))
        return weft_node_fail(node, 0, "a value is missing; expected %s", what);
    return WEFT_OK;
}

/* The number is checked for its form only; ranges belong to tables. */
weft_status weft_node_real(const weft_node *node, double *out)
{
    char text[WEFT_EXCERPT];
    WEFT_TRY(want_scalar(node, "a number"));
    const char *why = par_number_real(node->text, out);
    return why ? weft_node_fail(node, 0, "'%s' %s", par_excerpt(node->text, text), why) : WEFT_OK;
}

/* A text such as 1e3 is a whole number, too; 1.5 and what 64 bits cannot hold are errors. */
weft_status weft_node_int(const weft_node *node, int64_t *out)
{
    char text[WEFT_EXCERPT];
    WEFT_TRY(want_scalar(node, "a whole number"));
    const char *why = par_number_int(node->text, out);
    return why ? weft_node_fail(node, 0, "'%s' %s", par_excerpt(node->text, text), why) : WEFT_OK;
}

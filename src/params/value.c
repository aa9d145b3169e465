/* From a node to a value of the type that a table wants.
 *
 * Invariant: a value is accepted only if it is of its type, in its range and, for choices, one of
 * the words; a message about it says what was expected, and the nearest word where one is near. A
 * scalar is accepted where a list is wanted, as a list of one. A word of the table (dt: auto) may
 * stand in place of the value of any type.
 *
 * What each type accepts: WEFT_REAL any finite decimal or hexadecimal number; WEFT_INT whole
 * numbers within 64 bits, also 1e6; WEFT_DURATION seconds or 2h30m; WEFT_SCHEDULE a number or {log:
 * N}; WEFT_CHOICE one of its words; lists a list or one value; WEFT_TREE anything. */
#include "internal.h"
#include "weft/clock.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A log schedule of more times than this is surely a slip. */
enum { MAX_LOG_TIMES = 1000000 };

/* Trees are no lists here: they have no elements of a known type. */
bool par_type_is_list(weft_type type)
{
    return type == WEFT_INT_LIST || type == WEFT_REAL_LIST || type == WEFT_STRING_LIST ||
           type == WEFT_CHOICE_LIST;
}

/* Types as a part of a sentence: "expected a number, but this is a list". */
static const char *par_type_name(weft_type type)
{
    static const char *const names[] = {
        [WEFT_BOOL] = "true or false",
        [WEFT_INT] = "a whole number",
        [WEFT_REAL] = "a number",
        [WEFT_STRING] = "text",
        [WEFT_CHOICE] = "a word",
        [WEFT_DURATION] = "a duration such as 90m, 2h30m or 45s",
        [WEFT_SCHEDULE] = "a number of time units or {log: N}",
        [WEFT_INT_LIST] = "a list of whole numbers",
        [WEFT_REAL_LIST] = "a list of numbers",
        [WEFT_STRING_LIST] = "a list of texts",
        [WEFT_CHOICE_LIST] = "a list of words",
        [WEFT_TREE] = "a value, a list or lines 'key: value'",
    };
    return names[type];
}

/* The type of one element of a list. A list is read element by element as values of this type. */
static weft_type element_type(weft_type type)
{
    switch (type) {
    case WEFT_INT_LIST:
        return WEFT_INT;
    case WEFT_REAL_LIST:
        return WEFT_REAL;
    case WEFT_STRING_LIST:
        return WEFT_STRING;
    case WEFT_CHOICE_LIST:
        return WEFT_CHOICE;
    default:
        return type;
    }
}

/* What a row wants (or an element of its list), with words and range: "a number, greater than 0, or
 * auto". A choice is told by its words alone: "a word" would add nothing. */
static void wanted(const weft_param *row, bool element, char *out, size_t size)
{
    char words[256] = "", range[160] = "", limits[128];
    weft_type type = element ? element_type(row->type) : row->type;
    bool choice = row->type == WEFT_CHOICE || row->type == WEFT_CHOICE_LIST;
    if (row->words && (choice || !element || !par_type_is_list(row->type)))
        par_word_list(row->words, words, sizeof words);
    if (row->range) {
        par_range r = par_range_read(row->range);
        par_range_text(&r, limits, sizeof limits);
        snprintf(range, sizeof range, ", %s%s", par_type_is_list(type) ? "each " : "", limits);
    }
    if (type == WEFT_CHOICE)
        snprintf(out, size, "%s", words);
    else if (type == WEFT_CHOICE_LIST)
        snprintf(out, size, "a list of %s", words);
    else
        snprintf(out, size, "%s%s%s%s%s", par_type_name(type), range, *range && *words ? "," : "",
                 *words ? " or " : "", words);
}

/* Fail about a node of the wrong kind, a list where a number is wanted, say. */
static weft_status mistyped(const weft_param *row, const weft_node *node, bool element)
{
    char want[512];
    wanted(row, element, want, sizeof want);
    if (par_node_null(node))
        return weft_node_fail(node, 0, "a value is missing; expected %s", want);
    return weft_node_fail(node, 0, "expected %s, but this is %s", want, par_node_describe(node));
}

/* Fail about a scalar that cannot be read: "'abc' is not a number; expected ...". why: the end of
 * the sentence about the text. A word of the table inside brackets (dt: [auto]) is a mistake of its
 * own, and gets its own message. */
static weft_status wrong(const weft_param *row, const weft_node *node, const char *why)
{
    char want[512], text[WEFT_EXCERPT];
    const char *words = row->type == WEFT_BOOL ? "true|false" : row->words;
    /* An element of a list has no key. */
    bool element = !node->name && par_type_is_list(row->type);
    wanted(row, element, want, sizeof want);
    par_excerpt(node->text, text);
    if (element && par_word_in(words, node->text))
        return weft_node_fail(node, 0,
                              "the word '%s' stands for the whole list; remove the brackets", text);
    /* A misspelt word is the most likely reason, so it is named first. */
    weft_hint hint = par_word_hint(words, node->text);
    if (hint.text[0])
        return weft_node_fail(node, 0, "'%s' %s%s (expected %s)", text, why, hint.text, want);
    return weft_node_fail(node, 0, "'%s' %s; expected %s", text, why, want);
}

/* Elements of a list are judged one by one. */
static weft_status in_range(const weft_param *row, const weft_node *node, double x)
{
    par_range range = par_range_read(row->range);
    char text[WEFT_EXCERPT], limits[128];
    if (par_range_has(&range, x))
        return WEFT_OK;
    par_range_text(&range, limits, sizeof limits);
    return weft_node_fail(node, 0, "%s is out of range; it must be %s%s",
                          par_excerpt(node->text, text), limits, par_comma_hint(node).text);
}

/* Only true and false. YAML readers do not agree on yes, on and 1, so these get a message of their
 * own. */
static weft_status read_bool(const weft_param *row, const weft_node *node, bool *out)
{
    static const char yes[] = "True|TRUE|yes|Yes|YES|on|On|ON|y|Y|1";
    static const char no[] = "False|FALSE|no|No|NO|off|Off|OFF|n|N|0";
    *out = strcmp(node->text, "true") == 0;
    if (*out || strcmp(node->text, "false") == 0)
        return WEFT_OK;
    if (par_word_in(yes, node->text))
        return weft_node_fail(node, 0, "'%s' is not a truth value here; write true", node->text);
    if (par_word_in(no, node->text))
        return weft_node_fail(node, 0, "'%s' is not a truth value here; write false", node->text);
    return wrong(row, node, "is not a truth value");
}

/* One scalar of the row's type, or of the type of its elements. */
static weft_status read_element(const weft_param *row, const weft_node *node, par_element *out)
{
    const char *why;
    switch (row->type) {
    case WEFT_BOOL:
        return read_bool(row, node, &out->flag);
    case WEFT_INT:
    case WEFT_INT_LIST:
        why = par_number_int(node->text, &out->whole);
        return why ? wrong(row, node, why) : in_range(row, node, (double)out->whole);
    case WEFT_REAL:
    case WEFT_REAL_LIST:
    case WEFT_SCHEDULE:
        why = par_number_real(node->text, &out->real);
        return why ? wrong(row, node, why) : in_range(row, node, out->real);
    case WEFT_DURATION:
        out->real = weft_duration(node->text);
        if (!(out->real >= 0) || !isfinite(out->real))
            return wrong(row, node, "is not a duration");
        return in_range(row, node, out->real);
    case WEFT_CHOICE:
    case WEFT_CHOICE_LIST:
        out->text = node->text;
        return par_word_in(row->words, node->text) ? WEFT_OK
                                                   : wrong(row, node, "is not a choice here");
    default:
        out->text = node->text;
        return WEFT_OK;
    }
}

/* {log: N}: N times that grow by a constant factor. */
static weft_status read_log(const weft_node *node, par_value *out)
{
    if (node->n != 1 || strcmp(node->item[0]->name, "log") != 0)
        return weft_node_fail(node, 0,
                              "expected a number of time units, or {log: N} for N "
                              "times that are evenly spaced on a logarithmic axis");
    WEFT_TRY(weft_node_int(node->item[0], &out->schedule.log));
    if (out->schedule.log < 1 || out->schedule.log > MAX_LOG_TIMES)
        return weft_node_fail(node->item[0], 0, "%lld is out of range; it must be from 1 to %d",
                              (long long)out->schedule.log, MAX_LOG_TIMES);
    return WEFT_OK;
}

/* A scalar counts as a list of one; elements must be scalars. */
static weft_status read_list(par_arena *arena, const weft_param *row, const weft_node *node,
                             par_value *out)
{
    out->n = node->kind == WEFT_NODE_LIST ? node->n : 1;
    out->element = par_arena_take(arena, (size_t)out->n * sizeof *out->element);
    for (int i = 0; i < out->n; i++) {
        const weft_node *item = node->kind == WEFT_NODE_LIST ? node->item[i] : node;
        if (item->kind != WEFT_NODE_SCALAR || par_node_null(item))
            return mistyped(row, item, node->kind == WEFT_NODE_LIST);
        WEFT_TRY(read_element(row, item, &out->element[i]));
    }
    return WEFT_OK;
}

/* A word of a text parameter is both: it is kept as a word and as the text. */
weft_status par_value_read(par_arena *arena, const weft_param *row, const weft_node *node,
                           par_value *out)
{
    bool list = par_type_is_list(row->type),
         choice = row->type == WEFT_CHOICE || row->type == WEFT_CHOICE_LIST;
    out->node = node;
    if (par_node_null(node))
        return mistyped(row, node, false);
    /* Choices have no words besides their values. */
    if (node->kind == WEFT_NODE_SCALAR && !choice && par_word_in(row->words, node->text))
        out->word = node->text;
    if (row->type == WEFT_TREE || (out->word && row->type != WEFT_STRING))
        return WEFT_OK;
    if (row->type == WEFT_SCHEDULE && node->kind == WEFT_NODE_MAP)
        return read_log(node, out);
    if (node->kind != WEFT_NODE_SCALAR && !(list && node->kind == WEFT_NODE_LIST))
        return mistyped(row, node, false);
    WEFT_TRY(read_list(arena, row, node, out));
    if (row->type == WEFT_SCHEDULE)
        out->schedule.every = out->element[0].real;
    return WEFT_OK;
}

/* The node gets a place of its own ("default of time.dt"), so that a message about a default that
 * is wrong for another reason can name it. */
void par_value_standard(weft_params *params, const char *section, const char *text,
                        par_value *value)
{
    char place[160];
    snprintf(place, sizeof place, "default of %s%s%s", section, *section ? "." : "",
             value->row->name);
    weft_node *node = NULL;
    const char *kept = par_arena_copy(&params->arena, place, strlen(place));
    weft_status status = par_tree_read(&params->arena, params->doc->file, kept, text, &node);
    if (status == WEFT_OK && node)
        status = par_value_read(&params->arena, value->row, node, value);
    if (status != WEFT_OK || !node)
        weft_panic(__FILE__, __LINE__, node ? weft_error_message() : kept);
}

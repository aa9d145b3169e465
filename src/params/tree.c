/* YAML text to nodes, through the events of libyaml.
 *
 * Inputs use a part of YAML: one document of maps, lists and scalars. Anchors, aliases and tags are
 * refused, because what they mean is not what stands in the line, and messages could not point at
 * it.
 *
 * Invariants: (1) Every node knows its line, and its column where the source is its text. (2)
 * Depth, keys of a map and bytes of the text are bounded, so a hostile or broken input ends in a
 * message and not in exhausted memory or stack. (3) A key occurs once in a map. (4) Each event that
 * libyaml gives is deleted once, also on errors: read_node takes the event that it is given.
 *
 * libyaml turns the text into a stream of events (a scalar; the start and the end of a list or
 * map). read_node, read_list and read_map call each other as the events come, so the stack is as
 * deep as the text is nested, and MAX_DEPTH bounds both.
 *
 * Example: the text "a: [1, 2]" gives start of map, scalar a, start of list, scalar 1, scalar 2,
 * end of list, end of map; and the tree: a map with one child, the list named a, with two scalars.
 */
#include "internal.h"
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* Bounds far above what an input needs. */
enum { MAX_DEPTH = 64, MAX_KEYS = 4096, MAX_KEY_LENGTH = 128, MAX_BYTES = 1 << 28 };

/* What all functions here need: libyaml's parser, memory for nodes, and places for messages (see
 * weft_node). text: the whole text, which libyaml's marks refer to. */
typedef struct reader {
    yaml_parser_t parser;
    par_arena *arena;
    const char *file, *place, *text;
    const char *source; /* the text once more, for as long as the nodes live */
} reader;

static weft_status fail_at(const reader *r, size_t line, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* line and column from 1; column 0: not told. */
static weft_status fail_at(const reader *r, size_t line, size_t column, const char *format, ...)
{
    char why[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (r->place)
        return weft_fail(WEFT_INPUT, "%s: %s", r->place, why);
    if (column) {
        const bool first = *weft_error_message() == '\0';
        char below[512];
        weft_fail(WEFT_INPUT, "%s:%zu:%zu: %s", r->file, line, column, why);
        par_show_line(r->text, (int)line, (int)column, 1, below, sizeof below);
        if (first)
            weft_error_show(0, 0, below);
        return WEFT_INPUT;
    }
    return weft_fail(WEFT_INPUT, "%s:%zu: %s", r->file, line, why);
}

/* ---- syntax errors ---- */

/* What libyaml says (problem, context), and what helps (advice). from_context: the place to look at
 * is where the construct began, not where libyaml noticed it. */
static const struct {
    const char *problem, *context, *advice;
    bool from_context;
} advices[] = {
    {"mapping values are not allowed", NULL,
     "unexpected ':'; each line holds one 'key: value', indented like its neighbours (does the "
     "line "
     "above lack its colon?), and text that contains ': ' needs quotes",
     false},
    {"did not find expected key", NULL,
     "expected a line 'key: value', indented like the other lines of its section", false},
    {"could not find expected ':'", NULL, "expected 'key: value', with a space after the colon",
     true},
    {"did not find expected ',' or ']'", NULL,
     "the list that begins here is not closed by ']' or lacks a comma", true},
    {"did not find expected ',' or '}'", NULL,
     "the braces that open here are not closed by '}' or lack a comma", true},
    {"unexpected end of stream", "quoted scalar", "the quotes that open here are not closed", true},
    {"did not find expected '-'", NULL,
     "expected a list element '- value', indented like the others", false},
    {"block sequence entries are not allowed", NULL,
     "a list element '- value' cannot stand here; begin the list on the line after its key", false},
    {"did not find expected <document start>", NULL,
     "this line does not belong to what is above it; keys of the first level begin in the first "
     "column",
     false},
    {"did not find expected node content", NULL, "a value is missing between commas or brackets",
     false},
    {"found unknown escape character", NULL,
     "unknown escape in double quotes; use single quotes for text with a backslash", false},
    {"undefined tag handle", NULL, "text that begins with '!' needs quotes", false},
    {"exceeded max", NULL, "the nesting is too deep", false},
};

/* libyaml tells an offset instead of a line where it stumbled over a byte that is not UTF-8. */
static size_t line_of_offset(const char *text, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && text[i]; i++)
        line += text[i] == '\n';
    return line;
}

/* The character of the text at a mark; marks count characters, not bytes. libyaml's marks are
 * compared with nothing else here, since its buffer may hold a part only. */
static char character_at(const char *text, yaml_mark_t mark)
{
    size_t i = 0;
    while (*text && (i < mark.index || ((unsigned char)*text & 0xc0) == 0x80)) {
        if (((unsigned char)*text & 0xc0) != 0x80)
            i++;
        text++;
    }
    return *text;
}

/* libyaml's messages name tokens of its grammar. The usual mistakes are recognised by its words and
 * told in terms of what to write; the rest is passed on as it is. */
static weft_status fail_syntax(const reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "cannot be read";
    const char *context = p->context ? p->context : "";
    if (p->error == YAML_MEMORY_ERROR)
        return weft_fail(WEFT_FAILED, "%s: no memory to read it", r->place ? r->place : r->file);
    if (p->error == YAML_READER_ERROR)
        return fail_at(r, line_of_offset(r->text, p->problem_offset), 0,
                       "not text in UTF-8 (%s); remove the character", problem);
    yaml_mark_t at = p->problem_mark;
    char c = character_at(r->text, at);
    bool tokens = strstr(problem, "cannot start any token") != NULL;
    /* YAML forbids tabs as indentation; libyaml says only that no token can start here. */
    if (c == '\t' && (tokens || strstr(problem, "tab")))
        return fail_at(r, at.line + 1, at.column + 1, "a tab cannot indent; use spaces");
    if (tokens)
        return fail_at(r, at.line + 1, at.column + 1,
                       "a value cannot begin with '%c'; put the text in quotes", c);
    if (c == '\0' && strstr(problem, "node content"))
        return fail_at(r, at.line + 1, 0, "the input ends inside brackets or braces");
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        if (!strstr(problem, advices[i].problem) ||
            (advices[i].context && !strstr(context, advices[i].context)))
            continue;
        if (advices[i].from_context)
            at = p->context_mark;
        return fail_at(r, at.line + 1, at.column + 1, "%s", advices[i].advice);
    }
    return fail_at(r, at.line + 1, at.column + 1, "not valid YAML: %s%s%s", context,
                   *context ? ", " : "", problem);
}

/* ---- nodes ---- */

/* Children lie in an array that doubles; the arena keeps the old ones until the end. */
static void par_tree_append(par_arena *arena, weft_node *parent, weft_node *child)
{
    if (parent->n == parent->room) {
        int room = parent->room ? 2 * parent->room : 8;
        weft_node **item = par_arena_take(arena, (size_t)room * sizeof(weft_node *));
        if (parent->n)
            memcpy(item, parent->item, (size_t)parent->n * sizeof(weft_node *));
        parent->item = item;
        parent->room = room;
    }
    child->parent = parent;
    child->index = parent->n;
    parent->item[parent->n++] = child;
}

/* The place of a replaced node stays: its neighbours keep their numbers. */
void par_tree_put(par_arena *arena, weft_node *map, const char *name, weft_node *child)
{
    child->name = name;
    for (int i = 0; i < map->n; i++)
        if (strcmp(map->item[i]->name, name) == 0) {
            child->parent = map;
            child->index = i;
            map->item[i] = child;
            return;
        }
    par_tree_append(arena, map, child);
}

/* A node under parent (NULL: the root), as the value of key if parent is a map. Lines and columns
 * of libyaml count from 0, those of messages from 1. */
static weft_node *new_node(const reader *r, weft_node_kind kind, yaml_mark_t start,
                           weft_node *parent, const weft_node *key)
{
    weft_node *node = par_arena_take(r->arena, sizeof *node);
    node->kind = kind;
    node->line = (int)start.line + 1;
    node->column = (int)start.column + 1;
    node->key_line = key ? key->line : node->line;
    node->key_column = key ? key->column : node->column;
    node->source = r->source;
    node->name = key ? key->text : NULL;
    node->file = r->file;
    node->place = r->place;
    if (parent)
        par_tree_append(r->arena, parent, node);
    return node;
}

/* Characters of UTF-8. */
static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* exact: source and text have the same length on one line, so no escape or folding changed it. */
static weft_status read_scalar(const reader *r, const yaml_event_t *e, weft_node *node)
{
    const char *text = (const char *)e->data.scalar.value;
    /* libyaml allows "\0" in quotes; a C string would end there without a word. */
    if (strlen(text) != e->data.scalar.length)
        return fail_at(r, e->start_mark.line + 1, 0, "text must not contain a zero byte");
    node->text = par_arena_copy(r->arena, text, e->data.scalar.length);
    node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    size_t quotes = node->plain ? 0 : 2;
    node->column += (int)quotes / 2;
    node->exact = e->start_mark.line == e->end_mark.line &&
                  e->end_mark.column - e->start_mark.column == characters(text) + quotes;
    return WEFT_OK;
}

/* The next event; the caller must delete it. */
static weft_status next(reader *r, yaml_event_t *e)
{
    return yaml_parser_parse(&r->parser, e) ? WEFT_OK : fail_syntax(r);
}

static weft_status read_node(reader *r, yaml_event_t *e, int depth, weft_node *parent,
                             const weft_node *key, weft_node **out);

/* Elements, up to the event that ends the list; they carry no key. */
static weft_status read_list(reader *r, int depth, weft_node *list)
{
    for (;;) {
        yaml_event_t e;
        WEFT_TRY(next(r, &e));
        if (e.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&e);
            return WEFT_OK;
        }
        weft_node *child;
        WEFT_TRY(read_node(r, &e, depth, list, NULL, &child));
    }
}

/* YAML itself allows a key twice, and most readers then silently take the last one. */
static weft_status check_key(const reader *r, const weft_node *map, const weft_node *key)
{
    char name[WEFT_EXCERPT], path[256];
    size_t line = (size_t)key->line;
    par_excerpt(key->text, name);
    par_node_path(map, path, sizeof path);
    if (par_node_null(key) || key->text[0] == '\0')
        return fail_at(r, line, 0, "a key is missing before ':'");
    if (strlen(key->text) > MAX_KEY_LENGTH)
        return fail_at(r, line, 0, "the key '%s' is too long", name);
    if (map->n >= MAX_KEYS)
        return fail_at(r, line, 0, "more than %d keys in one section", MAX_KEYS);
    const weft_node *first = weft_node_find(map, key->text);
    if (!first)
        return WEFT_OK;
    if (r->place)
        return fail_at(r, 0, 0, "the key '%s' is given twice; remove one of them", name);
    char why[512];
    snprintf(why, sizeof why,
             "%s%s%s: the key is given twice, first in line %d; remove one of them", path,
             *path ? "." : "", name, first->key_line);
    return par_fail_at(key, false, "", why);
}

/* In braces YAML takes the comma of "dt: 0,01" for the end of the value, and "01" for a key without
 * one. No input has such keys, so what was meant is certain here and nowhere further on. */
static weft_status check_comma(const weft_node *map)
{
    const weft_node *last = map->n > 1 ? map->item[map->n - 1] : NULL;
    const weft_node *before = last ? map->item[map->n - 2] : NULL;
    if (!last || last->kind != WEFT_NODE_SCALAR || last->text[0] || !last->plain ||
        before->kind != WEFT_NODE_SCALAR || !before->plain ||
        !par_number_cut(before->text, last->name))
        return WEFT_OK;
    char whole[WEFT_EXCERPT], rest[WEFT_EXCERPT];
    par_excerpt(before->text, whole);
    par_excerpt(last->name, rest);
    return weft_node_fail(before, 0,
                          "'%s,%s' is not a number; a comma ends the value, so write the decimal "
                          "point: %s.%s",
                          whole, rest, whole, rest);
}

/* Key and value come as two events; the key becomes a node of its own for its line. */
static weft_status read_map(reader *r, int depth, weft_node *map)
{
    for (;;) {
        yaml_event_t e;
        WEFT_TRY(next(r, &e));
        /* Where a key is expected, anything but a scalar is refused. */
        bool end = e.type == YAML_MAPPING_END_EVENT;
        yaml_mark_t start = e.start_mark;
        if (!end && e.type != YAML_SCALAR_EVENT && e.type != YAML_ALIAS_EVENT) {
            yaml_event_delete(&e);
            return fail_at(r, start.line + 1, start.column + 1,
                           "a key must be a word, not a list or braces");
        }
        if (end) {
            yaml_event_delete(&e);
            return WEFT_OK;
        }
        weft_node *key, *value;
        WEFT_TRY(read_node(r, &e, depth, NULL, NULL, &key));
        WEFT_TRY(check_key(r, map, key));
        WEFT_TRY(next(r, &e));
        WEFT_TRY(read_node(r, &e, depth, map, key, &value));
        WEFT_TRY(check_comma(map));
    }
}

/* What an input does without: anchors, aliases, tags. Each message says what to write instead. */
static weft_status refuse(const reader *r, const yaml_event_t *e)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    size_t line = e->start_mark.line + 1, column = e->start_mark.column + 1;
    if (e->type == YAML_ALIAS_EVENT)
        return fail_at(r, line, column,
                       "aliases are not supported; instead of '*%s' write the value again",
                       e->data.alias.anchor);
    if (e->type == YAML_SCALAR_EVENT)
        anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
    else if (e->type == YAML_SEQUENCE_START_EVENT)
        anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
    else
        anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
    if (anchor)
        return fail_at(
            r, line, column,
            "anchors are not supported; remove '&%s' and write the value again where it is "
            "needed",
            anchor);
    if (tag)
        return fail_at(r, line, column,
                       "tags (words that begin with '!') are not supported; remove "
                       "it, or put the text in quotes");
    return WEFT_OK;
}

/* Takes the event, and reads what belongs to it: a scalar is complete, lists and maps go on to
 * their end event. Recursion is bounded by MAX_DEPTH. */
static weft_status read_node(reader *r, yaml_event_t *e, int depth, weft_node *parent,
                             const weft_node *key, weft_node **out)
{
    yaml_event_type_t type = e->type;
    yaml_mark_t start = e->start_mark;
    weft_node_kind kind = type == YAML_SCALAR_EVENT           ? WEFT_NODE_SCALAR
                          : type == YAML_SEQUENCE_START_EVENT ? WEFT_NODE_LIST
                                                              : WEFT_NODE_MAP;
    weft_status status = refuse(r, e);
    if (status == WEFT_OK) {
        *out = new_node(r, kind, start, parent, key);
        if (kind == WEFT_NODE_SCALAR)
            status = read_scalar(r, e, *out);
        else if (depth >= MAX_DEPTH)
            status = fail_at(r, start.line + 1, start.column + 1, "nested more than %d levels deep",
                             MAX_DEPTH);
    }
    yaml_event_delete(e);
    if (status != WEFT_OK || kind == WEFT_NODE_SCALAR)
        return status;
    return kind == WEFT_NODE_LIST ? read_list(r, depth + 1, *out) : read_map(r, depth + 1, *out);
}

/* ---- documents ---- */

/* Events around documents carry nothing; a second document is an error, not a second input. */
static weft_status read_stream(reader *r, weft_node **root)
{
    for (;;) {
        yaml_event_t e;
        WEFT_TRY(next(r, &e));
        yaml_event_type_t type = e.type;
        size_t line = e.start_mark.line + 1;
        if (type == YAML_STREAM_END_EVENT || (type == YAML_DOCUMENT_START_EVENT && *root)) {
            yaml_event_delete(&e);
            if (type == YAML_STREAM_END_EVENT)
                return WEFT_OK;
            return fail_at(r, line, 0,
                           "a second YAML document begins here; an input is one document, remove "
                           "the line '---' or what follows it");
        }
        if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
            type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT)
            WEFT_TRY(read_node(r, &e, 0, NULL, NULL, root));
        else
            yaml_event_delete(&e);
    }
}

/* A byte order mark at the beginning, which some editors write, is skipped. */
weft_status par_tree_read(par_arena *arena, const char *file, const char *place, const char *text,
                          weft_node **root)
{
    reader r = {.arena = arena, .file = file, .place = place};
    *root = NULL;
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    r.text = text;
    size_t length = strlen(text);
    if (length > MAX_BYTES)
        return fail_at(&r, 1, 0, "%zu MB is too long for an input", length >> 20);
    r.source = place ? NULL : par_arena_copy(arena, text, length);
    if (!yaml_parser_initialize(&r.parser))
        return weft_fail(WEFT_FAILED, "no memory to read %s", file);
    /* Without this libyaml would guess at UTF-16 from the first bytes. */
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, length);
    weft_status status = read_stream(&r, root);
    yaml_parser_delete(&r.parser);
    return status;
}

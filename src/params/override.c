/* Overrides: -P section.key=value, put into the tree before the check.
 *
 * Invariant: an override acts exactly as if the user had edited the file: it replaces the node at
 * its path, or adds it, and goes through the same check. Its nodes carry the option as their place,
 * so messages name what the user typed and not a line of the file.
 *
 * Examples: time.dt=0.1 sets a key; output.fields=[phi] replaces a list as a whole; grid.n.0=64
 * replaces the first element of a list; reaction_lattice.reactions.death.rate=2 is for the element
 * with `name: death`; equation.parameters.r=0.3 adds the key r if it is not there, and the sections
 * above it as well. */
#include "internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is the element a map with this name? */
static bool is_called(const weft_node *element, const char *text)
{
    const weft_node *name = element->kind == WEFT_NODE_MAP ? weft_node_find(element, "name") : NULL;
    return name && name->kind == WEFT_NODE_SCALAR && strcmp(name->text, text) == 0;
}

/* The number, from 0, of an element of a list that the text names, by its key `name` or by the
 * number itself; -1: it names none. A name is the better way: it stays when elements are added. */
static int list_index(const weft_node *list, const char *text)
{
    char *end;
    for (int i = 0; i < list->n; i++)
        if (is_called(list->item[i], text))
            return i;
    if (text[0] < '0' || text[0] > '9')
        return -1;
    long i = strtol(text, &end, 10);
    return *end == '\0' && i >= 0 && i < list->n ? (int)i : -1;
}

/* A section that is not in the file; its key is put into parent. */
static weft_node *new_section(weft_document *doc, weft_node *parent, const char *name,
                              const char *place)
{
    weft_node *map = par_arena_take(&doc->arena, sizeof *map);
    *map = (weft_node){
        .kind = WEFT_NODE_MAP, .line = 1, .key_line = 1, .file = doc->file, .place = place};
    par_tree_put(&doc->arena, parent, name, map);
    return map;
}

/* The map or list of this name under parent. In a map it is made if there is none (or no value); a
 * list is never made longer. */
static weft_status descend(weft_document *doc, weft_node *parent, const char *name,
                           const char *place, weft_node **out)
{
    if (parent->kind == WEFT_NODE_LIST) {
        int i = list_index(parent, name);
        if (i < 0)
            return weft_fail(WEFT_INPUT,
                             "%s: the list has %d elements, counted from 0; there is "
                             "no element '%s'",
                             place, parent->n, name);
        *out = parent->item[i];
    } else {
        *out = (weft_node *)weft_node_find(parent, name);
        if (!*out || par_node_null(*out))
            *out = new_section(doc, parent, name, place);
    }
    if ((*out)->kind == WEFT_NODE_SCALAR)
        return weft_fail(WEFT_INPUT,
                         "%s: '%s' is a single value and has no keys; override it as a "
                         "whole",
                         place, name);
    return WEFT_OK;
}

/* The last step of a path: the value replaces what is there. */
static weft_status put(weft_document *doc, weft_node *parent, const char *name, const char *place,
                       weft_node *value)
{
    if (parent->kind == WEFT_NODE_MAP) {
        par_tree_put(&doc->arena, parent, name, value);
        return WEFT_OK;
    }
    int i = list_index(parent, name);
    if (i < 0)
        return weft_fail(WEFT_INPUT,
                         "%s: the list has %d elements, counted from 0; there is no element '%s'",
                         place, parent->n, name);
    value->parent = parent;
    value->index = i;
    parent->item[i] = value;
    return WEFT_OK;
}

/* "-P key=": no value, which the check then reports. */
static weft_node *empty_value(weft_document *doc, const char *place)
{
    weft_node *node = par_arena_take(&doc->arena, sizeof *node);
    *node = (weft_node){.kind = WEFT_NODE_SCALAR,
                        .plain = true,
                        .line = 1,
                        .key_line = 1,
                        .file = doc->file,
                        .place = place,
                        .text = ""};
    return node;
}

/* Keys of overrides are plain ASCII: what they are must be plain in messages and in written inputs.
 * Control characters and blanks in a key would not be seen. */
static bool legible(const char *path)
{
    for (; *path; path++)
        if (*path <= ' ' || *path > '~')
            return false;
    return true;
}

/* The first '=' ends the path, so values may contain more of them. The path is copied and cut at
 * its dots; the bounds keep messages and recursion short. */
weft_status par_override_apply(weft_document *doc, const char *written)
{
    char shown[WEFT_EXCERPT];
    char place_text[WEFT_EXCERPT + 8];
    snprintf(place_text, sizeof place_text, "-P %s", par_excerpt(written, shown));
    const char *place = par_arena_copy(&doc->arena, place_text, strlen(place_text));
    const char *equals = strchr(written, '=');
    /* Without a path there is nothing to override. */
    if (!equals || equals == written)
        return weft_fail(WEFT_INPUT, "%s: expected section.key=value", place);
    char *path = par_arena_copy(&doc->arena, written, (size_t)(equals - written));
    if (!legible(path))
        return weft_fail(WEFT_INPUT, "%s: expected section.key=value", place);
    weft_node *value, *parent = doc->root;
    WEFT_TRY(par_tree_read(&doc->arena, doc->file, place, equals + 1, &value));
    if (!value)
        value = empty_value(doc, place);
    for (int depth = 0;; depth++) {
        char *dot = strchr(path, '.');
        size_t length = dot ? (size_t)(dot - path) : strlen(path);
        if (length == 0 || length > 128 || depth > 32)
            return weft_fail(WEFT_INPUT, "%s: expected section.key=value", place);
        if (!dot)
            return put(doc, parent, path, place, value);
        *dot = '\0';
        WEFT_TRY(descend(doc, parent, path, place, &parent));
        path = dot + 1;
    }
}

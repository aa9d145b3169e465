/* Documents: the text of an input as a tree of nodes, with the overrides of the command line.
 *
 * Invariants: (1) The root is always a map, also of an empty text, so that nobody needs to ask. (2)
 * All nodes live in one arena and end with the document. (3) Overrides are applied in their order,
 * so of two for the same key the last one holds. */
#include "internal.h"
#include "weft/memory.h"
#include <string.h>

/* A text without any value is an input without any key. */
static weft_status read_document(weft_document *doc, const char *text, int n_overrides,
                                 const char *const *overrides)
{
    weft_node *root;
    WEFT_TRY(par_tree_read(&doc->arena, doc->file, NULL, text, &root));
    if (!root || par_node_null(root)) {
        root = par_arena_take(&doc->arena, sizeof *root);
        *root = (weft_node){.kind = WEFT_NODE_MAP, .line = 1, .key_line = 1, .file = doc->file};
    }
    if (root->kind != WEFT_NODE_MAP)
        return weft_node_fail(root, 0,
                              "the input is %s; it must consist of lines 'key: value' (with a "
                              "space after the colon)",
                              par_node_describe(root));
    doc->root = root;
    for (int i = 0; i < n_overrides; i++)
        WEFT_TRY(par_override_apply(doc, overrides[i]));
    return WEFT_OK;
}

/* The name of the file is copied: messages need it as long as the document lives. */
weft_status weft_document_parse(const char *file, const char *text, int n_overrides,
                                const char *const *overrides, weft_document **out)
{
    weft_document *doc = weft_alloc(1, sizeof *doc);
    doc->file = par_arena_copy(&doc->arena, file, strlen(file));
    weft_status status = read_document(doc, text, n_overrides, overrides);
    if (status != WEFT_OK) {
        weft_document_free(doc);
        doc = NULL;
    }
    *out = doc;
    return status;
}

/* Parameters that were checked against the document must be freed before: their nodes are its own.
 */
void weft_document_free(weft_document *doc)
{
    if (!doc)
        return;
    par_arena_free(&doc->arena);
    weft_free(doc);
}

const weft_node *weft_document_root(const weft_document *doc)
{
    return doc->root;
}

/* Before the check nothing is known of types: only a scalar with a value counts. */
const char *weft_peek(const weft_document *doc, const char *section, const char *key)
{
    const weft_node *node = doc->root;
    if (section && *section)
        node = weft_node_find(node, section);
    if (node)
        node = weft_node_find(node, key);
    if (!node || node->kind != WEFT_NODE_SCALAR || par_node_null(node))
        return NULL;
    return node->text;
}

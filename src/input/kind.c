/* Inputs of one run, scans and trainings are all YAML, and each has a command of its own. A file
 * that is given to the command of another kind is an easy mistake; its keys would be reported as
 * unknown one by one, which does not say what is wrong. */
#include "kind.h"

/* A kind is known by a key that the others do not have (`base` and `seeds` stand in two). */
static const struct {
    const char *name, *mark, *command, *keys;
} kinds[] = {
    [INPUT_OF_RUN] = {"the input of one run", "model", "run", "the key model"},
    [INPUT_OF_SCAN] = {"a scan", "axes", "scan run", "the keys base and axes"},
    [INPUT_OF_TRAINING] = {"a training", "held_out", "train", "the keys base, seeds and held_out"},
};

weft_status input_expect(input_kind wanted, const weft_document *document, const char *path)
{
    const weft_node *root = weft_document_root(document);
    if (!root || weft_node_what(root) != WEFT_NODE_MAP || weft_node_find(root, kinds[wanted].mark))
        return WEFT_OK;
    for (int k = INPUT_OF_RUN; k <= INPUT_OF_TRAINING; k++)
        if (weft_node_find(root, kinds[k].mark))
            return weft_fail(WEFT_INPUT, "%s:1: this is %s, not %s: weft %s %s (%s has %s)", path,
                             kinds[k].name, kinds[wanted].name, kinds[k].command, path,
                             kinds[wanted].name, kinds[wanted].keys);
    return WEFT_OK;
}

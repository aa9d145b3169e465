/* Symbols of formulas for the variables of result files.
 *
 * The table of a model has one symbol a row, and results have a variable for each part of it: a
 * species or the real part of a field. Where the symbol has an argument or a power the index goes
 * before it, S_{A}(k). A collected scan knows names alone, so that the row is found again by the
 * list of observables, in the same way as a run names its variables (observers.c). */
#include "parts.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

char *run_part_symbol(const char *symbol, const char *part)
{
    if (!*part)
        return weft_strdup(symbol);
    if (strcmp(part, "re") == 0 || strcmp(part, "im") == 0)
        return weft_format("\\mathrm{%s}\\,%s", part[0] == 'r' ? "Re" : "Im", symbol);
    int head = (int)strcspn(symbol, "(^"); /* S_{A}(k), R_{A}^2 */
    return weft_format("%.*s_{%s}%s", head, symbol, part, symbol + head);
}

/* The symbol of a variable if it is that of the written observable, or a part of it. */
static char *symbol_of(const weft_input *input, const char *written, const char *variable)
{
    const weft_observable *row;
    char name[64];
    double argument;
    run_observer_name(written, name, sizeof name);
    const size_t n = strlen(name);
    if (strncmp(name, variable, n) != 0 || (variable[n] && variable[n] != '_'))
        return NULL;
    if (weft_observable_find(input->model, input->params, written, &row, &argument) != WEFT_OK) {
        weft_error_clear(); /* a derived quantity has no symbol */
        return NULL;
    }
    const char *part = variable[n]   ? variable + n + 1
                       : row->family ? variable + strlen(row->name)
                                     : "";
    return row->symbol ? run_part_symbol(row->symbol, part) : NULL;
}

/* The exact name before parts: density_A may have been asked for beside density. */
char *run_variable_symbol(const weft_input *input, const char *variable)
{
    const weft_strings list = input->observe->list;
    const char *const *name = input->plan.observe[0] ? input->plan.observe : input->model->observe;
    char *part = NULL;
    for (int i = 0; list.value ? i < list.n : name[i] != NULL; i++) {
        const char *written = list.value ? list.value[i] : name[i];
        char own[64];
        run_observer_name(written, own, sizeof own);
        char *found = symbol_of(input, written, variable);
        if (found && strcmp(own, variable) == 0) {
            weft_free(part);
            return found;
        }
        if (found) {
            weft_free(part);
            part = found;
        }
    }
    return part;
}

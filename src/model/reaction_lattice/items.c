/* Texts of several items, for attributes of result files and the start of a run. What does not fit
 * is cut: a text never grows beyond its room, however many reactions there are. Items are joined by
 * "; ", by which rl_describe finds them again. */
#include "items.h"
#include <stdarg.h>
#include <stdio.h>

/* Items beyond the room are left out as a whole or cut at the end: the text is one line for people,
 * and numbers that matter have attributes of their own. */
void rl_items_add(rl_items *list, const char *format, ...)
{
    va_list values;
    size_t room = sizeof list->text - list->used;
    if (room < 256)
        return;
    if (list->used)
        list->used += (size_t)snprintf(list->text + list->used, room, "; ");
    va_start(values, format);
    int n = vsnprintf(list->text + list->used, sizeof list->text - list->used, format, values);
    va_end(values);
    list->used += (size_t)n < room ? (size_t)n : room - 3;
}

const char *rl_written(const rl_lattice *l, int reaction)
{
    return weft_node_text(l->cfg.net.reaction[reaction].text);
}

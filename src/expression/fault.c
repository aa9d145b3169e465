/* Errors of formulas: noting one, and what is said of text that is left over behind a formula.
 *
 * Invariant: the first error counts, so that a reader may go on and note what follows from it. A
 * hint names what the sign at the place means elsewhere, and is left out where nothing is known. */
#include "internal.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

/* The first error counts: those that follow are its consequences. */
bool weft_expr_fail(weft_expr_error *error, int at, int length, const char *format, ...)
{
    va_list list;
    if (error->text[0])
        return false;
    error->at = at;
    error->length = length;
    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    return false;
}

/* What may be meant where an operator is missing: signs of other languages, comparisons in a chain,
 * a unit. */
static const char *hint(const char *text, int at)
{
    const char c = text[at];
    if (c == '&' || c == '|')
        return "; comparisons are joined by the words 'and' and 'or'";
    if (c == '<' || c == '>' || c == '!')
        return "; comparisons are not chained, write a < b and b < c";
    int before = at;
    while (before > 0 && isspace((unsigned char)text[before - 1]))
        before--;
    if (isalpha((unsigned char)c) && before > 0 && isdigit((unsigned char)text[before - 1]))
        return "; numbers have no units here";
    return "";
}

/* A sign of equality and a bracket have messages of their own; before anything else an operator is
 * missing. */
bool expr_left_over(weft_expr_error *error, const char *text, int at, bool equation)
{
    if (text[at] == '=')
        return weft_expr_fail(error, at, 1, "%s",
                              equation ? "a second '='; an equation has one"
                                       : "'=' does not belong into an expression; to compare, "
                                         "write '=='");
    if (text[at] == ')' || text[at] == ']')
        return weft_expr_fail(error, at, 1, "this '%c' closes nothing", text[at]);
    return weft_expr_fail(error, at, 1, "expected an operator before this%s", hint(text, at));
}

/* Steps of reading the section equation, private to its folder. */
#ifndef WEFT_MODEL_EQUATION_READ_H
#define WEFT_MODEL_EQUATION_READ_H

#include "equation.h"

/* The message of an error in the text of a node. */
weft_status eq_point(const weft_node *node, const weft_expr_error *error);

/* Remember the place of a value in the text that is being read (of a scope: context, the system).
 */
void eq_note_origin(void *context, weft_expr value, int at, int length);

/* Refuse a name that cannot be given, or is taken; then, when all are known, one that results make
 * of a field. */
weft_status eq_check_name(const eq_system *s, const weft_node *node, const char *name);
weft_status eq_check_written_names(const eq_system *s);

/* Build a constraint or a named expression, unless it is built. */
weft_status eq_build_name(eq_system *s, eq_name *name);

/* Check that noise is linear, take it out of the rates, correct them for Stratonovich noise. */
weft_status eq_take_noise(eq_system *s);

#endif

/* Private to src/input: what the schema of an input is made of. */
#ifndef WEFT_INPUT_SCHEMA_H
#define WEFT_INPUT_SCHEMA_H

#include "weft/input.h"

/* The initial state "file", which every model has. */
extern const weft_initial input_initial_file;
/* Fetch the values of the sections from in->params, which owns them. Local. */
void input_values(weft_input *in);
/* The values of the section grid; they belong to in->params. input_length: NULL for a lattice.
 * Local. */
const weft_grid_keys *input_grid(const weft_input *in);
const weft_length_keys *input_length(const weft_input *in);
/* The i-th of the model's default steppers; NULL: there are no more. Local. */
const weft_stepper *input_default_stepper(const weft_model *model, int i);

#endif

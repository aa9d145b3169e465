/* Private to src/input: what the schema of an input is made of. */
#ifndef WEFT_INPUT_SCHEMA_H
#define WEFT_INPUT_SCHEMA_H

#include "weft/input.h"

/* The initial state "file", which every model has. */
extern const weft_initial input_initial_file;
/* The i-th of the model's default steppers; NULL: there are no more. Local. */
const weft_stepper *input_default_stepper(const weft_model *model, int i);

#endif

/* Private to src/input: does a stepper fit what a model offers? */
#ifndef WEFT_INPUT_PAIR_H
#define WEFT_INPUT_PAIR_H

#include "weft/input.h"

/* Whether a stepper can advance a model that offers these families (WEFT_HAS_ bits). Local. */
bool input_fits(const weft_stepper *stepper, int families);
/* WEFT_INPUT with a message if in->stepper cannot advance in->plan. Local. */
weft_status input_check_pair(const weft_input *in);

#endif

/* Look-up of steppers. The list itself is generated from the files of this folder by CMake. */
#include "weft/stepper.h"
#include <string.h>

const weft_stepper *weft_stepper_find(const char *name)
{
    for (int i = 0; weft_steppers[i]; i++)
        if (strcmp(weft_steppers[i]->name, name) == 0)
            return weft_steppers[i];
    return NULL;
}

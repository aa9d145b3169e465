/* Look-up of steppers. The list itself is generated from the files of this folder by CMake:
 * a file stepper_NAME.c defines weft_stepper_NAME, and nothing else has to be edited. The
 * list is constant, and so short that a search by name needs no index. */
#include "weft/stepper.h"
#include <string.h>

const weft_stepper *weft_stepper_find(const char *name)
{
    for (int i = 0; weft_steppers[i]; i++)
        if (strcmp(weft_steppers[i]->name, name) == 0)
            return weft_steppers[i];
    return NULL;
}

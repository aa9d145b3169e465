/* Look-up of steppers. The list itself is generated from the files of this folder by CMake:
 * a file stepper_NAME.c defines weft_stepper_NAME, and nothing else has to be edited. The
 * list is constant, and so short that a search by name needs no index. */
#include "weft/stepper.h"
#include <stdio.h>
#include <string.h>

/* Names are compared as they are written; what is near to a wrong one is the caller's message. */
const weft_stepper *weft_stepper_find(const char *name)
{
    for (int i = 0; weft_steppers[i]; i++)
        if (strcmp(weft_steppers[i]->name, name) == 0)
            return weft_steppers[i];
    return NULL;
}

/* For messages of the kind "verlet needs kick and drift". The order of the table is that of the
 * text. The text is static: messages copy it at once. */
const char *weft_stepper_needs(int families)
{
    static const struct {
        int family;
        const char *name;
    } table[] = {{WEFT_HAS_RHS, "rhs"},
                 {WEFT_HAS_SPLIT, "kick and drift"},
                 {WEFT_HAS_LINEAR_KM, "linear_km (coupled fields)"},
                 {WEFT_HAS_LINEAR_K2, "linear_k2 (second order)"},
                 {WEFT_HAS_NOISE, "additive noise"},
                 {WEFT_HAS_MEMORY, "noise with memory"},
                 {WEFT_HAS_ITO, "noise that depends on the state"},
                 {WEFT_HAS_SAMPLE, "transition laws"},
                 {WEFT_HAS_SWEEP, "sweep"},
                 {WEFT_HAS_BATH, "bath"},
                 {WEFT_HAS_HEAT, "a temperature"},
                 {WEFT_HAS_JACOBIAN, "jacobian"},
                 {WEFT_HAS_AUTONOMOUS, "no explicit time"}};
    static char text[256];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (families & table[i].family)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "",
                                     table[i].name);
    return text;
}

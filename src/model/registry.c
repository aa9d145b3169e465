/* Look-up of models. The list itself is generated from the folders of src/model by CMake. */
#include "weft/model.h"
#include <string.h>

const weft_model *weft_model_find(const char *name)
{
    for (int i = 0; weft_models[i]; i++)
        if (strcmp(weft_models[i]->name, name) == 0)
            return weft_models[i];
    return NULL;
}

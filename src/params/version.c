/* The version of libyaml that is in use. */
#include "weft/params.h"
#include <stdio.h>
#include <yaml.h>

const char *weft_params_version(void)
{
    static char text[48];
    snprintf(text, sizeof text, "libyaml %s", yaml_get_version_string());
    return text;
}

/* The version of HDF5 that is in use, which may differ from the one that weft was compiled with. */
#include "weft/io.h"

#include <hdf5.h>
#include <stdio.h>

/* Of the library that is linked; HDF5 itself refuses one that does not fit the headers. */
const char *weft_io_version(void)
{
    static char text[48];
    unsigned major, minor, release;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "HDF5 %u.%u.%u", major, minor, release);
    return text;
}

#include "weft/fft.h"
#include <fftw3.h>

const char *weft_fft_version(void)
{
    return fftw_version;
}

/* The recursion in single precision. */
#define REAL  float
#define LANES EL_SINGLE
#define NAME  el_moments_f32
#include "kernel.h"

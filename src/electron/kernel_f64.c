/* The recursion in double precision. */
#define REAL  double
#define LANES EL_DOUBLE
#define NAME  el_moments_f64
#include "kernel.h"

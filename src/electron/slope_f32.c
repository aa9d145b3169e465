/* Rational windows in single precision with derivatives with respect to mu: see rational.h. */
#define REAL   float
#define LANES  EL_SINGLE
#define SUFFIX slope_f32
#define SLOPE  1
#include "rational.h"

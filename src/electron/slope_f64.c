/* Rational windows in double precision with derivatives with respect to mu: see rational.h. */
#define REAL   double
#define LANES  EL_DOUBLE
#define SUFFIX slope_f64
#define SLOPE  1
#include "rational.h"

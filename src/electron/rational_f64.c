/* Rational windows in double precision: see rational.h. */
#define REAL   double
#define LANES  EL_DOUBLE
#define SUFFIX f64
#include "rational.h"

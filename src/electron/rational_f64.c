/* Rational windows in double precision, eight sites at once: see rational.h. */
#define REAL   double
#define LANES  EL_HALF
#define SUFFIX f64
#include "rational.h"

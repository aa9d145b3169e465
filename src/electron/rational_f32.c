/* Rational windows in single precision: see rational.h. Compiled
 * with contraction. */
#define REAL   float
#define LANES  EL_SINGLE
#define SUFFIX f32
#include "rational.h"

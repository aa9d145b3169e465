/* Rational windows in single precision, sixteen sites at once: see rational.h. Compiled
 * with contraction. */
#define REAL   float
#define LANES  EL_TILE
#define SUFFIX f32
#include "rational.h"

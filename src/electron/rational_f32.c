/* Rational windows in single precision, sixteen sites at once: see rational.h. */
#define REAL   float
#define LANES  EL_TILE
#define SUFFIX f32
#include "rational.h"

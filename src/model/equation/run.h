/* Passes over modes (Fourier coefficients), private to src/model/equation. */
#ifndef WEFT_MODEL_EQUATION_RUN_H
#define WEFT_MODEL_EQUATION_RUN_H

#include "pipeline.h"

/* to = or (add) += the factors of a table times from, for all local modes; cut: modes beyond the
 * dealiasing limits are zero (left alone where they are added to). from may be to. Local. */
void eq_apply(const eq_pipeline *p, const eq_table *table, bool cut, const double *from, double *to,
              bool add);

#endif

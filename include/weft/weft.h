/* All of weft. */
#ifndef WEFT_WEFT_H
#define WEFT_WEFT_H

#include "weft/clock.h"
#include "weft/coloured.h"
#include "weft/draws.h"
#include "weft/electron.h"
#include "weft/ensemble.h"
#include "weft/error.h"
#include "weft/exact.h"
#include "weft/expression.h"
#include "weft/fft.h"
#include "weft/finalize.h"
#include "weft/grid.h"
#include "weft/input.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/model.h"
#include "weft/noise.h"
#include "weft/observe.h"
#include "weft/params.h"
#include "weft/philox.h"
#include "weft/provenance.h"
#include "weft/run.h"
#include "weft/scan.h"
#include "weft/signals.h"
#include "weft/state.h"
#include "weft/stepper.h"
#include "weft/train.h"
#include "weft/vmath.h"

#endif

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// y[i] = gate[i] / (1 + exp(-gate[i])) * up[i] for `count` values; y may be gate or up. NaN propagates.
void ck_swiglu_f32(enum ck_level level, const float *_Nonnull gate, const float *_Nonnull up, ptrdiff_t count,
                   float *_Nonnull y);

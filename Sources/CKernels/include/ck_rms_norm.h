#pragma once

#include "ck_level.h"

#include <stddef.h>

/// y[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i] for one row of `count` > 0 values.
///
/// y may be x. The squares are summed in 16 lanes, value i in lane i mod 16. NaN propagates.
void ck_rms_norm_f32(enum ck_level level, const float *_Nonnull x, const float *_Nonnull weight, float epsilon,
                     ptrdiff_t count, float *_Nonnull y);

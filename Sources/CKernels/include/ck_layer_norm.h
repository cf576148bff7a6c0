#pragma once

#include "ck_level.h"

#include <stddef.h>

/// y[i] = (x[i] - mean) / sqrt(variance + epsilon) * weight[i] + bias[i] for one row of `count` > 0 values.
///
/// The variance is that of the row itself (divided by `count`), from the differences to the mean. y may be x. Sums
/// run in 16 lanes, value i in lane i mod 16. NaN propagates.
void ck_layer_norm_f32(enum ck_level level, const float *_Nonnull x, const float *_Nonnull weight,
                       const float *_Nonnull bias, float epsilon, ptrdiff_t count, float *_Nonnull y);

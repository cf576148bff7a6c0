#pragma once

#include "ck_level.h"

#include <stddef.h>

/// What a layer norm makes of a row: (x - mean) * scale.
struct ck_row_statistics {
  float mean;
  float scale; // 1 / sqrt(variance + epsilon)
};

/// Backward of `ck_layer_norm_f32` for one row: dx[i] = what dy makes of x, or += if `adds`.
///
/// With n = (x - mean) scale and g = dy * weight: dx = scale (g - mean(g) - n mean(g n)). dx may be dy. Sums run in 16
/// lanes, value i in lane i mod 16. NaN propagates.
void ck_layer_norm_gradient_f32(enum ck_level level, const float *_Nonnull dy, const float *_Nonnull x,
                                const float *_Nonnull weight, float epsilon, ptrdiff_t count, int adds,
                                float *_Nonnull dx);

/// Those of one row of `count` > 0 values, as `ck_layer_norm_f32` has them.
struct ck_row_statistics ck_layer_norm_statistics_f32(enum ck_level level, const float *_Nonnull x, float epsilon,
                                                      ptrdiff_t count);

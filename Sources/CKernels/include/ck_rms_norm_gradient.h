#pragma once

#include "ck_level.h"

#include <stddef.h>

/// Backward of `ck_rms_norm_f32` for one row: dx[i] = what dy makes of x, or += if `adds`.
///
/// With s = 1 / sqrt(mean(x^2) + epsilon) and g = dy * weight: dx = s g - s^3 x mean(g x). dx may be dy. Sums run in 16
/// lanes, value i in lane i mod 16. NaN propagates.
void ck_rms_norm_gradient_f32(enum ck_level level, const float *_Nonnull dy, const float *_Nonnull x,
                              const float *_Nonnull weight, float epsilon, ptrdiff_t count, int adds,
                              float *_Nonnull dx);

/// 1 / sqrt(mean(x^2) + epsilon) of one row of `count` > 0 values.
float ck_rms_norm_scale_f32(enum ck_level level, const float *_Nonnull x, float epsilon, ptrdiff_t count);

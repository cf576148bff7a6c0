#pragma once

#include "ck_level.h"

#include <stddef.h>

/// The parts of log(sum(exp(x))) = maximum + log(sum).
struct ck_exponential_sum {
  float maximum;
  float sum; // of exp(scale * (x[i] - maximum)), in 16 lanes, value i in lane i mod 16
};

/// For `count` > 0 values and `scale` > 0. NaN in x makes the sum NaN.
struct ck_exponential_sum ck_exponential_sum_f32(enum ck_level level, const float *_Nonnull x, float scale,
                                                 ptrdiff_t count);

/// y = softmax(scale * x) for `count` > 0 values; y may be x. NaN in x makes all of y NaN.
void ck_softmax_f32(enum ck_level level, const float *_Nonnull x, float scale, ptrdiff_t count, float *_Nonnull y);

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// The sum of x^2 over `count` values in f64, in 16 lanes, value i in lane i mod 16. NaN propagates.
double ck_sum_of_squares_f32(enum ck_level level, const float *_Nonnull x, ptrdiff_t count);

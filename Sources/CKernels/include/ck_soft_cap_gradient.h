#pragma once

#include "ck_level.h"

#include <stddef.h>

/// dy[i] *= 1 - (y[i] / cap)^2, the slope of y = cap tanh(x / cap), for `count` values.
void ck_soft_cap_gradient_f32(enum ck_level level, float *_Nonnull dy, const float *_Nonnull y, ptrdiff_t count,
                              float cap);

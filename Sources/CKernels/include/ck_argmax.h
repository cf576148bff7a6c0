#pragma once

#include "ck_level.h"

#include <stddef.h>

/// The lowest index of the largest of `count` values; NaN loses against any number. -1 without any number.
ptrdiff_t ck_argmax_f32(enum ck_level level, const float *_Nonnull x, ptrdiff_t count);

/// The same, but -1 if any value is NaN or positive infinity, or if all are negative infinity.
ptrdiff_t ck_strict_argmax_f32(enum ck_level level, const float *_Nonnull x, ptrdiff_t count);

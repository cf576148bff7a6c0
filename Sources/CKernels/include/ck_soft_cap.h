#pragma once

#include "ck_level.h"

#include <stddef.h>

/// x[i] = cap tanh(x[i] / cap) for `count` values in place; cap > 0. NaN propagates.
void ck_soft_cap_f32(enum ck_level level, float *_Nonnull x, ptrdiff_t count, float cap);

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// y[i] += x[i] for `count` values; x may be y.
void ck_add_f32(enum ck_level level, const float *_Nonnull x, ptrdiff_t count, float *_Nonnull y);

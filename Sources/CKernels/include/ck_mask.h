#pragma once

#include "ck_level.h"

#include <stddef.h>
#include <stdint.h>

/// x[i] = -infinity where bit i % 64 of mask[i / 64] is 0, for `count` values in place.
void ck_mask_f32(enum ck_level level, float *_Nonnull x, ptrdiff_t count, const uint64_t *_Nonnull mask);

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// Rotates `heads` heads of one row in place, half-split: dimension i pairs with i + head_size / 2.
///
/// x [heads, head_size]; cosines and sines [head_size / 2] of this row's position; no aliasing between them.
void ck_rope_f32(enum ck_level level, float *_Nonnull x, ptrdiff_t heads, ptrdiff_t head_size,
                 const float *_Nonnull cosines, const float *_Nonnull sines);

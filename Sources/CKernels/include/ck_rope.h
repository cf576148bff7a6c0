#pragma once

#include "ck_level.h"

#include <stddef.h>

/// Rotates the first `width` dimensions of `heads` heads of one row in place, half-split: dimension i pairs with
/// i + width / 2.
///
/// x [heads, head_size], width even and <= head_size; cosines and sines [width / 2] of this row's position; no aliasing
/// between them.
void ck_rope_f32(enum ck_level level, float *_Nonnull x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width,
                 const float *_Nonnull cosines, const float *_Nonnull sines);

/// Backward of `ck_rope_f32`: the rotation by the opposite angles.
void ck_rope_gradient_f32(enum ck_level level, float *_Nonnull x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width,
                          const float *_Nonnull cosines, const float *_Nonnull sines);

#pragma once

#include "ck_activation.h"

/// dx[i] = dy[i] * activation'(x[i]) for `count` values; dx may be dy or x. relu'(0) = 0. NaN in
/// dy propagates.
void ck_activation_gradient_f32(enum ck_level level, enum ck_activation activation, const float *_Nonnull dy,
                                const float *_Nonnull x, ptrdiff_t count, float *_Nonnull dx);

/// dgate[i] = dy[i] * up[i] * activation'(gate[i]) and dup[i] = dy[i] * activation(gate[i]) for `count` values;
/// dgate may be gate, and dup may be up.
void ck_activation_gradient_gated_f32(enum ck_level level, enum ck_activation activation, const float *_Nonnull dy,
                                      const float *_Nonnull gate, const float *_Nonnull up, ptrdiff_t count,
                                      float *_Nonnull dgate, float *_Nonnull dup);

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// Element-wise activations of feed-forward layers.
enum ck_activation {
  CK_SILU = 0,      // x / (1 + exp(-x))
  CK_GELU_TANH = 1, // x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  CK_GELU_ERF = 2,  // x / 2 (1 + erf(x / sqrt(2)))
  CK_RELU = 3,      // max(x, 0)
};

/// y[i] = activation(x[i]) for `count` values; y may be x. NaN propagates.
void ck_activate_f32(enum ck_level level, enum ck_activation activation, const float *_Nonnull x, ptrdiff_t count,
                     float *_Nonnull y);

/// y[i] = activation(gate[i]) * up[i] for `count` values (SwiGLU, GeGLU); y may be gate or up. NaN propagates.
void ck_activate_gated_f32(enum ck_level level, enum ck_activation activation, const float *_Nonnull gate,
                           const float *_Nonnull up, ptrdiff_t count, float *_Nonnull y);

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// One step of AdamW (Loshchilov and Hutter 2019, as torch.optim.AdamW computes it) in the numbers that do not depend on
/// the parameter.
struct ck_adamw {
  float gradient_factor; // g = gradient * gradient_factor
  float first_share;     // 1 - beta1: m += (g - m) first_share
  float second_decay;    // beta2
  float second_share;    // 1 - beta2: v = v second_decay + g^2 second_share
  float weight_decay;    // 1 - learning rate * decay: what a weight keeps
  float step_size;       // learning rate / (1 - beta1^t)
  float root_correction; // sqrt(1 - beta2^t)
  float epsilon;         // w -= step_size m / (sqrt(v) / root_correction + epsilon)
};

/// Weights and both moments after one step, for `count` values; no aliasing.
void ck_adamw_f32(enum ck_level level, const struct ck_adamw *_Nonnull step, const float *_Nonnull gradient,
                  ptrdiff_t count, float *_Nonnull weights, float *_Nonnull first_moments,
                  float *_Nonnull second_moments);

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// The loss of one prediction.
struct ck_cross_entropy {
  float loss; // natural logarithm
  int is_hit; // the label is the first of the largest logits
};

/// Cross-entropy of softmax(logits) with a distribution that gives `label` 1 - smoothing, and every value of the `count`
/// `smoothing` / count on top. The logits become their gradient times `factor`.
///
/// With p = softmax(logits): gradient = factor (p - smoothing / count - (1 - smoothing) [i = label]). 0 <= label <
/// count. The exponentials are summed in 16 lanes, value i in lane i mod 16. NaN makes the loss and the row NaN.
struct ck_cross_entropy ck_cross_entropy_f32(enum ck_level level, float *_Nonnull logits, ptrdiff_t count,
                                             ptrdiff_t label, float factor, float smoothing);

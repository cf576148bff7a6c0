#include "ck_cross_entropy.h"
#include "exponential.h"
#include "row_part.h"

#include <math.h>

CK_INLINE float maximum(const float *x, ptrdiff_t count) {
  ck_v16 best = (ck_v16)(-__builtin_inff()), v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, -__builtin_inff());
    best = v > best ? v : best;
  }
  return ck_max(&best);
}

/// What becomes of a row whose values become exp(x - largest).
struct sums {
  float exponentials, differences; // of x - largest
};

CK_INLINE struct sums exponentiate(float *x, ptrdiff_t count, float largest) {
  ck_v16 exponentials = (ck_v16)(0.0f), differences = (ck_v16)(0.0f), v;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    v -= largest;
    differences += v;
    ck_exp(&v);
    exponentials += v;
    ck_store(x + i, &v);
  }
  if (whole < count) {
    const ck_i16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const ck_i16 used = lanes < (int32_t)(count - whole);
    ck_load_part(&v, x + whole, count - whole, largest);
    v -= largest;
    differences += v;
    ck_exp(&v);
    exponentials += used ? v : (ck_v16)(0.0f);
    ck_store_part(x + whole, &v, count - whole);
  }
  return (struct sums){ck_sum(&exponentials), ck_sum(&differences)};
}

CK_INLINE void scale_and_shift(float *x, ptrdiff_t count, float factor, float shift) {
  ck_v16 v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, 0.0f);
    v = CK_FMA(v, (ck_v16)(factor), (ck_v16)(shift));
    ck_store_up_to(x + i, &v, count - i);
  }
}

/// Only a largest logit pays for the search.
CK_INLINE int is_first_largest(const float *x, ptrdiff_t index, float largest) {
  if (x[index] != largest) return 0;
  for (ptrdiff_t i = 0; i < index; i++) {
    if (x[i] == largest) return 0;
  }
  return 1;
}

CK_INLINE struct ck_cross_entropy cross_entropy(float *logits, ptrdiff_t count, ptrdiff_t label, float factor,
                                                float smoothing) {
  const float largest = maximum(logits, count), difference = logits[label] - largest;
  const int is_hit = is_first_largest(logits, label, largest);
  const struct sums sums = exponentiate(logits, count, largest);
  const double total = log((double)sums.exponentials), mean = (double)sums.differences / (double)count;
  const double likely = total - (double)difference, spread = total - mean;
  const double loss = smoothing > 0.0f ? likely + (double)smoothing * (spread - likely) : likely;
  scale_and_shift(logits, count, factor / sums.exponentials, -factor * (smoothing / (float)count));
  logits[label] -= factor * (1.0f - smoothing);
  return (struct ck_cross_entropy){(float)loss, is_hit};
}

CK_DEFINE_LEVELS(struct ck_cross_entropy, ck_cross_entropy_f32,
                 (float *logits, ptrdiff_t count, ptrdiff_t label, float factor, float smoothing),
                 (logits, count, label, factor, smoothing), cross_entropy)

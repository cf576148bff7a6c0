#include "ck_softmax.h"
#include "exponential.h"

CK_INLINE float maximum(const float *x, ptrdiff_t count) {
  ck_v16 best = (ck_v16)(-__builtin_inff()), v;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    best = v > best ? v : best;
  }
  float largest = ck_max(&best);
  for (ptrdiff_t i = whole; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

/// Lanes at or beyond `count` become 0.
CK_INLINE void exponentials(const float *x, ptrdiff_t count, float scale, float largest, ck_v16 *v) {
  if (count >= CK_LANES) ck_load(v, x);
  else ck_load_part(v, x, count, -__builtin_inff());
  *v = (*v - largest) * scale;
  ck_exp(v);
}

CK_INLINE struct ck_exponential_sum exponential_sum(const float *x, float scale, ptrdiff_t count) {
  ck_v16 sums = (ck_v16)(0.0f), v;
  const float largest = maximum(x, count);
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    exponentials(x + i, count - i, scale, largest, &v);
    sums += v;
  }
  return (struct ck_exponential_sum){largest, ck_sum(&sums)};
}

CK_INLINE void softmax(const float *x, float scale, ptrdiff_t count, float *y) {
  const struct ck_exponential_sum total = exponential_sum(x, scale, count);
  const float share = 1.0f / total.sum;
  ck_v16 v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    exponentials(x + i, count - i, scale, total.maximum, &v);
    v *= share;
    if (count - i >= CK_LANES) ck_store(y + i, &v);
    else ck_store_part(y + i, &v, count - i);
  }
}

CK_DEFINE_LEVELS(struct ck_exponential_sum, ck_exponential_sum_f32,
                 (const float *x, float scale, ptrdiff_t count), (x, scale, count),
                 exponential_sum)
CK_DEFINE_LEVELS(void, ck_softmax_f32,
                 (const float *x, float scale, ptrdiff_t count, float *y),
                 (x, scale, count, y), softmax)

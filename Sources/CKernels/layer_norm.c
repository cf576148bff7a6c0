#include "ck_layer_norm.h"
#include "vector.h"

CK_INLINE float mean_of(const float *x, ptrdiff_t count, ptrdiff_t whole) {
  ck_v16 sums = (ck_v16)(0.0f), v;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    sums += v;
  }
  if (whole < count) {
    ck_load_part(&v, x + whole, count - whole, 0.0f);
    sums += v;
  }
  return ck_sum(&sums) / (float)count;
}

CK_INLINE float variance_of(const float *x, float mean, ptrdiff_t count, ptrdiff_t whole) {
  ck_v16 squares = (ck_v16)(0.0f), v;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    v -= mean;
    squares = CK_FMA(v, v, squares);
  }
  if (whole < count) {
    ck_load_part(&v, x + whole, count - whole, mean);
    v -= mean;
    squares = CK_FMA(v, v, squares);
  }
  return ck_sum(&squares) / (float)count;
}

CK_INLINE void layer_norm(const float *x, const float *weight, const float *bias, float epsilon, ptrdiff_t count,
                          float *y) {
  const ptrdiff_t whole = count - count % CK_LANES;
  const float mean = mean_of(x, count, whole);
  const float scale = 1.0f / __builtin_sqrtf(variance_of(x, mean, count, whole) + epsilon);
  ck_v16 v, w, b;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    ck_load(&w, weight + i);
    ck_load(&b, bias + i);
    v = CK_FMA((v - mean) * scale, w, b);
    ck_store(y + i, &v);
  }
  CK_ROLLED for (ptrdiff_t i = whole; i < count; i++) {
    y[i] = __builtin_fmaf((x[i] - mean) * scale, weight[i], bias[i]);
  }
}

CK_DEFINE_LEVELS(void, ck_layer_norm_f32,
                 (const float *x, const float *weight, const float *bias, float epsilon, ptrdiff_t count, float *y),
                 (x, weight, bias, epsilon, count, y), layer_norm)

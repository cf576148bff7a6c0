#include "ck_rms_norm.h"
#include "vector.h"

CK_INLINE void rms_norm(const float *x, const float *weight, float epsilon, ptrdiff_t count, float *y) {
  ck_v16 squares = (ck_v16)(0.0f), v, w;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    squares = CK_FMA(v, v, squares);
  }
  if (whole < count) {
    ck_load_part(&v, x + whole, count - whole, 0.0f);
    squares = CK_FMA(v, v, squares);
  }
  const float scale = 1.0f / __builtin_sqrtf(ck_sum(&squares) / (float)count + epsilon);
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    ck_load(&w, weight + i);
    v = v * scale * w;
    ck_store(y + i, &v);
  }
  CK_ROLLED for (ptrdiff_t i = whole; i < count; i++) y[i] = x[i] * scale * weight[i];
}

CK_DEFINE_LEVELS(void, ck_rms_norm_f32,
                 (const float *x, const float *weight, float epsilon, ptrdiff_t count, float *y),
                 (x, weight, epsilon, count, y), rms_norm)

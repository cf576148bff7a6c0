#include "ck_rms_norm_gradient.h"
#include "row_part.h"

CK_INLINE float scale_of(const float *x, float epsilon, ptrdiff_t count) {
  ck_v16 squares = (ck_v16)(0.0f), v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, 0.0f);
    squares = CK_FMA(v, v, squares);
  }
  return 1.0f / __builtin_sqrtf(ck_sum(&squares) / (float)count + epsilon);
}

CK_INLINE void rms_norm_gradient(const float *dy, const float *x, const float *weight, float epsilon, ptrdiff_t count,
                                 int adds, float *dx) {
  const float scale = scale_of(x, epsilon, count);
  ck_v16 products = (ck_v16)(0.0f), v, g, w, d;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, 0.0f);
    ck_load_up_to(&g, dy + i, count - i, 0.0f);
    ck_load_up_to(&w, weight + i, count - i, 0.0f);
    products = CK_FMA(g * w, v, products);
  }
  const float along = -(ck_sum(&products) / (float)count) * scale * scale;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, 0.0f);
    ck_load_up_to(&g, dy + i, count - i, 0.0f);
    ck_load_up_to(&w, weight + i, count - i, 0.0f);
    d = CK_FMA(v, (ck_v16)(along), g * w) * scale;
    if (adds) {
      ck_load_up_to(&v, dx + i, count - i, 0.0f);
      d += v;
    }
    ck_store_up_to(dx + i, &d, count - i);
  }
}

CK_DEFINE_LEVELS(void, ck_rms_norm_gradient_f32,
                 (const float *dy, const float *x, const float *weight, float epsilon, ptrdiff_t count, int adds,
                  float *dx),
                 (dy, x, weight, epsilon, count, adds, dx), rms_norm_gradient)
CK_DEFINE_LEVELS(float, ck_rms_norm_scale_f32, (const float *x, float epsilon, ptrdiff_t count), (x, epsilon, count),
                 scale_of)

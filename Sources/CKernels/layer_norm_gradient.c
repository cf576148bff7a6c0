#include "ck_layer_norm_gradient.h"
#include "row_part.h"

CK_INLINE struct ck_row_statistics statistics(const float *x, float epsilon, ptrdiff_t count) {
  ck_v16 sums = (ck_v16)(0.0f), squares = (ck_v16)(0.0f), v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, 0.0f);
    sums += v;
  }
  const float mean = ck_sum(&sums) / (float)count;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, mean);
    v -= mean;
    squares = CK_FMA(v, v, squares);
  }
  return (struct ck_row_statistics){mean, 1.0f / __builtin_sqrtf(ck_sum(&squares) / (float)count + epsilon)};
}

CK_INLINE void layer_norm_gradient(const float *dy, const float *x, const float *weight, float epsilon,
                                   ptrdiff_t count, int adds, float *dx) {
  const struct ck_row_statistics row = statistics(x, epsilon, count);
  ck_v16 sums = (ck_v16)(0.0f), products = (ck_v16)(0.0f), v, g, w, d;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, row.mean);
    ck_load_up_to(&g, dy + i, count - i, 0.0f);
    ck_load_up_to(&w, weight + i, count - i, 0.0f);
    g *= w;
    sums += g;
    products = CK_FMA(g, (v - row.mean) * row.scale, products);
  }
  const float mean = ck_sum(&sums) / (float)count, along = -(ck_sum(&products) / (float)count);
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, row.mean);
    ck_load_up_to(&g, dy + i, count - i, 0.0f);
    ck_load_up_to(&w, weight + i, count - i, 0.0f);
    d = CK_FMA((v - row.mean) * row.scale, (ck_v16)(along), g * w - mean) * row.scale;
    if (adds) {
      ck_load_up_to(&v, dx + i, count - i, 0.0f);
      d += v;
    }
    ck_store_up_to(dx + i, &d, count - i);
  }
}

CK_DEFINE_LEVELS(void, ck_layer_norm_gradient_f32,
                 (const float *dy, const float *x, const float *weight, float epsilon, ptrdiff_t count, int adds,
                  float *dx),
                 (dy, x, weight, epsilon, count, adds, dx), layer_norm_gradient)
CK_DEFINE_LEVELS(struct ck_row_statistics, ck_layer_norm_statistics_f32,
                 (const float *x, float epsilon, ptrdiff_t count), (x, epsilon, count), statistics)

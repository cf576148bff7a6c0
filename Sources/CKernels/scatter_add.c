#include "ck_scatter_add.h"
#include "row_part.h"

CK_INLINE void scatter_add(const float *x, const int32_t *indices, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t count,
                           float factor, float *table) {
  ck_v16 v, sum;
  for (ptrdiff_t row = 0; row < rows; row++) {
    float *target = table + indices[row] * stride;
    for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
      ck_load_up_to(&v, x + row * stride + i, count - i, 0.0f);
      ck_load_up_to(&sum, target + i, count - i, 0.0f);
      sum = CK_FMA(v, (ck_v16)(factor), sum);
      ck_store_up_to(target + i, &sum, count - i);
    }
  }
}

CK_DEFINE_LEVELS(void, ck_scatter_add_f32,
                 (const float *x, const int32_t *indices, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t count,
                  float factor, float *table),
                 (x, indices, rows, stride, count, factor, table), scatter_add)

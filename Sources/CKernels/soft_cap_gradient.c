#include "ck_soft_cap_gradient.h"
#include "row_part.h"

CK_INLINE void soft_cap_gradient(float *dy, const float *y, ptrdiff_t count, float cap) {
  ck_v16 d, v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&d, dy + i, count - i, 0.0f);
    ck_load_up_to(&v, y + i, count - i, 0.0f);
    v /= cap;
    d *= (1.0f - v) * (1.0f + v);
    ck_store_up_to(dy + i, &d, count - i);
  }
}

CK_DEFINE_LEVELS(void, ck_soft_cap_gradient_f32, (float *dy, const float *y, ptrdiff_t count, float cap),
                 (dy, y, count, cap), soft_cap_gradient)

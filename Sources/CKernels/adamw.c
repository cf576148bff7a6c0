#include "ck_adamw.h"
#include "row_part.h"

CK_INLINE void adamw(const struct ck_adamw *step, const float *gradient, ptrdiff_t count, float *weights,
                     float *first_moments, float *second_moments) {
  const struct ck_adamw s = *step;
  ck_v16 g, w, m, v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&g, gradient + i, count - i, 0.0f);
    ck_load_up_to(&w, weights + i, count - i, 0.0f);
    ck_load_up_to(&m, first_moments + i, count - i, 0.0f);
    ck_load_up_to(&v, second_moments + i, count - i, 0.0f);
    g *= s.gradient_factor;
    m = CK_FMA(g - m, (ck_v16)(s.first_share), m);
    v = CK_FMA(g * g, (ck_v16)(s.second_share), v * s.second_decay);
    const ck_v16 root = __builtin_elementwise_sqrt(v) / s.root_correction + s.epsilon;
    w = CK_FMA(m / root, (ck_v16)(-s.step_size), w * s.weight_decay);
    ck_store_up_to(weights + i, &w, count - i);
    ck_store_up_to(first_moments + i, &m, count - i);
    ck_store_up_to(second_moments + i, &v, count - i);
  }
}

CK_DEFINE_LEVELS(void, ck_adamw_f32,
                 (const struct ck_adamw *step, const float *gradient, ptrdiff_t count, float *weights,
                  float *first_moments, float *second_moments),
                 (step, gradient, count, weights, first_moments, second_moments), adamw)

#include "ck_swiglu.h"
#include "exponential.h"

CK_INLINE void swiglu_part(const ck_v16 *gate, const ck_v16 *up, ck_v16 *y) {
  ck_v16 e = -*gate;
  ck_exp(&e);
  *y = *gate / (e + 1.0f) * *up;
}

CK_INLINE void swiglu(const float *gate, const float *up, ptrdiff_t count, float *y) {
  ck_v16 g, u;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&g, gate + i);
    ck_load(&u, up + i);
    swiglu_part(&g, &u, &g);
    ck_store(y + i, &g);
  }
  if (whole < count) {
    ck_load_part(&g, gate + whole, count - whole, 0.0f);
    ck_load_part(&u, up + whole, count - whole, 0.0f);
    swiglu_part(&g, &u, &g);
    ck_store_part(y + whole, &g, count - whole);
  }
}

CK_DEFINE_LEVELS(void, ck_swiglu_f32,
                 (const float *gate, const float *up, ptrdiff_t count, float *y),
                 (gate, up, count, y), swiglu)

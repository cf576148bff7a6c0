#include "ck_soft_cap.h"
#include "hyperbolic.h"

CK_INLINE void soft_cap(float *x, ptrdiff_t count, float cap) {
  ck_v16 v;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    ck_soft_cap(&v, cap);
    ck_store(x + i, &v);
  }
  if (whole == count) return;
  ck_load_part(&v, x + whole, count - whole, 0.0f);
  ck_soft_cap(&v, cap);
  ck_store_part(x + whole, &v, count - whole);
}

CK_DEFINE_LEVELS(void, ck_soft_cap_f32, (float *x, ptrdiff_t count, float cap), (x, count, cap), soft_cap)

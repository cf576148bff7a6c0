#include "ck_add.h"
#include "vector.h"

CK_INLINE void add(const float *x, ptrdiff_t count, float *y) {
  ck_v16 v, w;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    ck_load(&w, y + i);
    w += v;
    ck_store(y + i, &w);
  }
  CK_ROLLED for (ptrdiff_t i = whole; i < count; i++) y[i] += x[i];
}

CK_DEFINE_LEVELS(void, ck_add_f32, (const float *x, ptrdiff_t count, float *y),
                 (x, count, y), add)

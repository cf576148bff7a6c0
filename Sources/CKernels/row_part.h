// Private to the kernels: the last vector of a row, which may be a part of one.
#pragma once

#include "vector.h"

/// `fill` in the lanes at or beyond `count`.
CK_INLINE void ck_load_up_to(ck_v16 *v, const float *p, ptrdiff_t count, float fill) {
  if (count >= CK_LANES) ck_load(v, p);
  else ck_load_part(v, p, count, fill);
}

CK_INLINE void ck_store_up_to(float *p, const ck_v16 *v, ptrdiff_t count) {
  if (count >= CK_LANES) ck_store(p, v);
  else ck_store_part(p, v, count);
}

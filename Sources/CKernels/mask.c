#include "ck_mask.h"
#include "vector.h"

CK_INLINE void exclude(float *x, ptrdiff_t count, const uint64_t *mask) {
  ck_i16 bits;
  CK_UNROLL for (int lane = 0; lane < CK_LANES; lane++) bits[lane] = 1 << lane;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    const int32_t allowed = (int32_t)(mask[i >> 6] >> (i & 63) & 0xffff);
    if (allowed == 0xffff) continue;
    ck_v16 v;
    ck_load(&v, x + i);
    v = (ck_i16)((bits & allowed) != 0) ? v : (ck_v16)(-__builtin_inff());
    ck_store(x + i, &v);
  }
  CK_ROLLED for (ptrdiff_t i = whole; i < count; i++) {
    if (!(mask[i >> 6] >> (i & 63) & 1)) x[i] = -__builtin_inff();
  }
}

CK_DEFINE_LEVELS(void, ck_mask_f32, (float *x, ptrdiff_t count, const uint64_t *mask), (x, count, mask), exclude)

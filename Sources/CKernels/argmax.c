#include "ck_argmax.h"
#include "vector.h"

CK_INLINE ptrdiff_t argmax(const float *x, ptrdiff_t count) {
  ck_v16 best = (ck_v16)(-__builtin_inff()), v;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    best = v > best ? v : best;
  }
  float largest = ck_max(&best);
  for (ptrdiff_t i = whole; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  for (ptrdiff_t i = 0; i < count; i++) {
    if (x[i] == largest) return i;
  }
  return -1;
}

CK_DEFINE_LEVELS(ptrdiff_t, ck_argmax_f32, (const float *x, ptrdiff_t count),
                 (x, count), argmax)

#include "ck_argmax.h"
#include "vector.h"

#include <math.h>
#include <stdbool.h>

/// Values whose largest is found before it is known whether theirs is the answer: the search for its place stays short.
#define ARGMAX_BLOCK 1024

/// The largest of up to ARGMAX_BLOCK values; lanes of `nan` where one was NaN become all ones.
CK_INLINE float block_maximum(const float *x, ptrdiff_t count, ck_i16 *nan) {
  ck_v16 best[2] = {(ck_v16)(-__builtin_inff()), (ck_v16)(-__builtin_inff())}, v[2];
  const ptrdiff_t whole = count - count % (2 * CK_LANES);
  ptrdiff_t i = 0;
  for (; i < whole; i += 2 * CK_LANES) {
    ck_load(&v[0], x + i);
    ck_load(&v[1], x + i + CK_LANES);
    best[0] = v[0] > best[0] ? v[0] : best[0];
    best[1] = v[1] > best[1] ? v[1] : best[1];
    *nan |= (v[0] != v[0]) | (v[1] != v[1]);
  }
  for (; i < count; i += CK_LANES) {
    ck_load_part(&v[0], x + i, count - i, -__builtin_inff());
    best[0] = v[0] > best[0] ? v[0] : best[0];
    *nan |= v[0] != v[0];
  }
  best[0] = best[0] > best[1] ? best[0] : best[1];
  return ck_max(&best[0]);
}

CK_INLINE ptrdiff_t find_largest(const float *x, ptrdiff_t count, bool is_strict) {
  ck_i16 nan = (ck_i16)(0);
  float largest = -__builtin_inff();
  ptrdiff_t start = 0;
  for (ptrdiff_t i = 0; i < count; i += ARGMAX_BLOCK) {
    const float maximum = block_maximum(x + i, count - i < ARGMAX_BLOCK ? count - i : ARGMAX_BLOCK, &nan);
    if (maximum > largest) largest = maximum, start = i;
  }
  if (is_strict && (__builtin_reduce_or(nan) != 0 || !isfinite(largest))) return -1;
  for (ptrdiff_t i = start; i < count; i++) {
    if (x[i] == largest) return i;
  }
  return -1;
}

CK_INLINE ptrdiff_t argmax(const float *x, ptrdiff_t count) { return find_largest(x, count, false); }

CK_INLINE ptrdiff_t strict_argmax(const float *x, ptrdiff_t count) { return find_largest(x, count, true); }

CK_DEFINE_LEVELS(ptrdiff_t, ck_argmax_f32, (const float *x, ptrdiff_t count),
                 (x, count), argmax)
CK_DEFINE_LEVELS(ptrdiff_t, ck_strict_argmax_f32, (const float *x, ptrdiff_t count),
                 (x, count), strict_argmax)

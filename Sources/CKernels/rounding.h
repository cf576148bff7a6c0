// Private to the kernels: floats to bfloat16, to nearest, ties to even; NaN stays NaN.
#pragma once

#include "vector.h"

/// In the lower half of each lane.
CK_INLINE void ck_round_to_bfloat16(const ck_v16 *x, ck_u16 *y) {
  ck_u16 bits;
  memcpy(&bits, x, sizeof bits);
  const ck_u16 rounded = bits + 0x7FFF + (bits >> 16 & 1);
  const ck_u16 chosen = (*x != *x) ? (bits | 0x400000) : rounded;
  *y = chosen >> 16;
}

// Private to the kernels: the exponential of the online softmax.
#pragma once

#include "vector.h"

/// v = 2^v for v <= 0, error below 2 units in the last place; 0 from -126.5 down, NaN stays NaN, 2^0 = 1.
///
/// v = n + r with n = round(v); 2^r is a polynomial of degree 5, minimax in relative error over -1/2 ... 1/2 with 1 as
/// its constant term. Adding 1.5 * 2^23 + 127 leaves n + 127 in the low bits, which shifted are the float 2^n, with no
/// conversion that NaN would make undefined.
CK_INLINE void ck_power_of_two(ck_v16 *v) {
  const ck_v16 lowest = (ck_v16)(-127.0f), shift = (ck_v16)(12582912.0f + 127.0f);
  const ck_v16 x = lowest > *v ? lowest : *v;
  const ck_v16 shifted = x + shift;
  const ck_v16 r = x - (shifted - shift);
  ck_v16 p = (ck_v16)(1.326472032815218e-3f);
  p = CK_FMA(p, r, (ck_v16)(9.671512991189957e-3f));
  p = CK_FMA(p, r, (ck_v16)(5.550733953714371e-2f));
  p = CK_FMA(p, r, (ck_v16)(2.402224242687225e-1f));
  p = CK_FMA(p, r, (ck_v16)(6.931470036506653e-1f));
  p = CK_FMA(p, r, (ck_v16)(1.0f));
  *v = p * (ck_v16)((ck_i16)shifted << 23);
}

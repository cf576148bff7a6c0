// Private to the kernels: one exponential for all of them.
#pragma once

#include "vector.h"

/// v = exp(v), error below 2 units in the last place; 0 below -104, infinity above 89, NaN stays NaN, exp(0) = 1.
///
/// exp(x) = 2^n p(r) with n = round(x / ln 2) and r = x - n ln 2 in two parts (Cody and Waite); p has the
/// coefficients of Cephes' expf. Rounding by the 1.5 * 2^23 trick leaves n in the low bits, with no conversion
/// that NaN would make undefined; the power is applied in two halves so that n = 128 and subnormals come out right.
/// What becomes 0 is set to 0: an underflow takes a processor hundreds of cycles, and masked logits are -infinity.
CK_INLINE void ck_exp(ck_v16 *v) {
  const ck_v16 low = (ck_v16)(-104.0f), high = (ck_v16)(89.0f);
  const ck_v16 shift = (ck_v16)(12582912.0f);
  ck_v16 x = *v;
  const ck_i16 vanishes = x < low;
  x = vanishes ? (ck_v16)(0.0f) : x;
  x = x > high ? high : x;
  const ck_v16 shifted = CK_FMA(x, (ck_v16)(1.44269504088896341f), shift);
  const ck_v16 n = shifted - shift;
  ck_v16 r = CK_FMA(n, (ck_v16)(-0.693359375f), x);
  r = CK_FMA(n, (ck_v16)(2.12194440e-4f), r);
  ck_v16 p = (ck_v16)(1.9875691500e-4f);
  p = CK_FMA(p, r, (ck_v16)(1.3981999507e-3f));
  p = CK_FMA(p, r, (ck_v16)(8.3334519073e-3f));
  p = CK_FMA(p, r, (ck_v16)(4.1665795894e-2f));
  p = CK_FMA(p, r, (ck_v16)(1.6666665459e-1f));
  p = CK_FMA(p, r, (ck_v16)(5.0000001201e-1f));
  p = CK_FMA(p, r * r, r) + (ck_v16)(1.0f);
  const ck_i16 power = (ck_i16)shifted - (ck_i16)shift;
  const ck_i16 half = power >> 1;
  const ck_i16 first = (half + 127) << 23, second = (power - half + 127) << 23;
  p = p * (ck_v16)first * (ck_v16)second;
  *v = vanishes ? (ck_v16)(0.0f) : p;
}

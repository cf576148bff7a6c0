// Private to the kernels.
#pragma once

#include "exponential.h"

/// v = erf(v), error below 2 units in the last place; NaN stays NaN.
///
/// N. Juffa's minimax polynomials: x + x q(x^2) up to 0.9277, 1 - exp(p(|x|)) beyond, both computed for all lanes.
CK_INLINE void ck_erf(ck_v16 *v) {
  const ck_v16 x = *v, magnitude = x < (ck_v16)(0.0f) ? -x : x, square = x * x;
  ck_v16 q = (ck_v16)(-5.96761703e-4f);
  q = CK_FMA(q, square, (ck_v16)(4.99119423e-3f));
  q = CK_FMA(q, square, (ck_v16)(-2.67681349e-2f));
  q = CK_FMA(q, square, (ck_v16)(1.12819925e-1f));
  q = CK_FMA(q, square, (ck_v16)(-3.76125336e-1f));
  q = CK_FMA(q, square, (ck_v16)(1.28379166e-1f));
  const ck_v16 inner = CK_FMA(q, x, x);
  ck_v16 p = CK_FMA(magnitude, (ck_v16)(-1.72853470e-5f), (ck_v16)(3.83197126e-4f));
  const ck_v16 low = CK_FMA(magnitude, (ck_v16)(-3.88396438e-3f), (ck_v16)(2.42546219e-2f));
  p = CK_FMA(p, square, low);
  p = CK_FMA(p, magnitude, (ck_v16)(-1.06777877e-1f));
  p = CK_FMA(p, magnitude, (ck_v16)(-6.34846687e-1f));
  p = CK_FMA(p, magnitude, (ck_v16)(-1.28717512e-1f));
  p = CK_FMA(p, magnitude, -magnitude);
  ck_exp(&p);
  const ck_v16 outer = 1.0f - p;
  const ck_v16 outer_signed = x < (ck_v16)(0.0f) ? -outer : outer;
  *v = magnitude > (ck_v16)(0.927734375f) ? outer_signed : inner;
}

// Private to the kernels: one hyperbolic tangent for all of them.
#pragma once

#include "exponential.h"

/// v = tanh(v), error below 2 units in the last place; NaN stays NaN.
///
/// Cephes' tanhf: an odd polynomial up to 0.625, 1 - 2 / (exp(2 |x|) + 1) beyond, both computed for all lanes.
CK_INLINE void ck_tanh(ck_v16 *v) {
  const ck_v16 x = *v, magnitude = x < (ck_v16)(0.0f) ? -x : x, square = x * x;
  ck_v16 p = (ck_v16)(-5.70498872745e-3f);
  p = CK_FMA(p, square, (ck_v16)(2.06390887954e-2f));
  p = CK_FMA(p, square, (ck_v16)(-5.37397155531e-2f));
  p = CK_FMA(p, square, (ck_v16)(1.33314422036e-1f));
  p = CK_FMA(p, square, (ck_v16)(-3.33332819422e-1f));
  const ck_v16 inner = CK_FMA(p * square, x, x);
  ck_v16 e = magnitude + magnitude;
  ck_exp(&e);
  const ck_v16 outer = 1.0f - 2.0f / (e + 1.0f);
  const ck_v16 outer_signed = x < (ck_v16)(0.0f) ? -outer : outer;
  *v = magnitude > (ck_v16)(0.625f) ? outer_signed : inner;
}

/// v = cap tanh(v / cap), for cap > 0: values squeezed smoothly into -cap ... cap.
CK_INLINE void ck_soft_cap(ck_v16 *v, float cap) {
  *v /= cap;
  ck_tanh(v);
  *v *= cap;
}

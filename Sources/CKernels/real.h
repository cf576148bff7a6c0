// Private to the kernels: the number type of those that are built twice, float for use, and double, where CK_DOUBLE is
// defined, for tests against differences. 16 of them are one value.
#pragma once

#include "hyperbolic.h"
#include "power_of_two.h"

#if defined(CK_DOUBLE)
#include <math.h>

typedef double ck_real;
typedef double ck_reals __attribute__((ext_vector_type(16)));
typedef double ck_reals_unaligned __attribute__((ext_vector_type(16), aligned(8)));
/// As wide as a real: comparisons give vectors of them.
typedef int64_t ck_whole;
typedef int64_t ck_wholes __attribute__((ext_vector_type(16)));
typedef int64_t ck_wholes_unaligned __attribute__((ext_vector_type(16), aligned(8)));

CK_INLINE void ck_reals_power_of_two(ck_reals *v) {
  for (int i = 0; i < CK_LANES; i++) (*v)[i] = exp2((*v)[i]);
}

CK_INLINE void ck_reals_tanh(ck_reals *v) {
  for (int i = 0; i < CK_LANES; i++) (*v)[i] = tanh((*v)[i]);
}
#else
typedef float ck_real;
typedef ck_v16 ck_reals;
typedef ck_v16_unaligned ck_reals_unaligned;
typedef int32_t ck_whole;
typedef ck_i16 ck_wholes;
typedef int32_t ck_wholes_unaligned __attribute__((ext_vector_type(16), aligned(4)));

CK_INLINE void ck_reals_power_of_two(ck_reals *v) { ck_power_of_two(v); }

CK_INLINE void ck_reals_tanh(ck_reals *v) { ck_tanh(v); }
#endif

CK_INLINE void ck_reals_load(ck_reals *v, const ck_real *p) { *v = *(const ck_reals_unaligned *)p; }

CK_INLINE void ck_reals_store(ck_real *p, const ck_reals *v) { *(ck_reals_unaligned *)p = *v; }

CK_INLINE void ck_wholes_load(ck_wholes *v, const ck_whole *p) { *v = *(const ck_wholes_unaligned *)p; }

/// As ck_sum.
CK_INLINE ck_real ck_reals_sum(const ck_reals *v) {
  ck_real lanes[CK_LANES];
  ck_reals_store(lanes, v);
  CK_UNROLL for (int half = CK_LANES / 2; half > 0; half /= 2) {
    CK_UNROLL for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

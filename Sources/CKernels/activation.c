#include "ck_activation.h"
#include "error_function.h"
#include "hyperbolic.h"

CK_INLINE void silu(ck_v16 *v) {
  ck_v16 e = -*v;
  ck_exp(&e);
  *v = *v / (e + 1.0f);
}

CK_INLINE void gelu_tanh(ck_v16 *v) {
  const ck_v16 x = *v;
  ck_v16 inner = x * CK_FMA(x * x, (ck_v16)(0.044715f), (ck_v16)(1.0f)) * 0.7978845608028654f;
  ck_tanh(&inner);
  *v = x * 0.5f * (inner + 1.0f);
}

CK_INLINE void gelu_erf(ck_v16 *v) {
  ck_v16 inner = *v * 0.7071067811865476f;
  ck_erf(&inner);
  *v = *v * 0.5f * (inner + 1.0f);
}

// The comparison is false for NaN, which therefore stays.
CK_INLINE void relu(ck_v16 *v) { *v = *v < (ck_v16)(0.0f) ? (ck_v16)(0.0f) : *v; }

typedef void activation_function(ck_v16 *v);

/// y = f(x), times `up` with a gate; f and `gated` are constants where this is inlined.
CK_INLINE void apply(activation_function *f, const float *x, const int gated, const float *up, ptrdiff_t count,
                     float *y) {
  ck_v16 v, u;
  const ptrdiff_t whole = count - count % CK_LANES;
  for (ptrdiff_t i = 0; i < whole; i += CK_LANES) {
    ck_load(&v, x + i);
    f(&v);
    if (gated) {
      ck_load(&u, up + i);
      v *= u;
    }
    ck_store(y + i, &v);
  }
  if (whole == count) return;
  ck_load_part(&v, x + whole, count - whole, 0.0f);
  f(&v);
  if (gated) {
    ck_load_part(&u, up + whole, count - whole, 0.0f);
    v *= u;
  }
  ck_store_part(y + whole, &v, count - whole);
}

CK_INLINE void choose(enum ck_activation activation, const float *x, const int gated, const float *up,
                      ptrdiff_t count, float *y) {
  switch (activation) {
  case CK_SILU: return apply(silu, x, gated, up, count, y);
  case CK_GELU_TANH: return apply(gelu_tanh, x, gated, up, count, y);
  case CK_GELU_ERF: return apply(gelu_erf, x, gated, up, count, y);
  case CK_RELU: return apply(relu, x, gated, up, count, y);
  }
}

CK_INLINE void activate(enum ck_activation activation, const float *x, ptrdiff_t count, float *y) {
  choose(activation, x, 0, NULL, count, y);
}

CK_INLINE void activate_gated(enum ck_activation activation, const float *gate, const float *up, ptrdiff_t count,
                              float *y) {
  choose(activation, gate, 1, up, count, y);
}

CK_DEFINE_LEVELS(void, ck_activate_f32,
                 (enum ck_activation activation, const float *x, ptrdiff_t count, float *y),
                 (activation, x, count, y), activate)
CK_DEFINE_LEVELS(void, ck_activate_gated_f32,
                 (enum ck_activation activation, const float *gate, const float *up, ptrdiff_t count, float *y),
                 (activation, gate, up, count, y), activate_gated)

#include "ck_activation_gradient.h"
#include "error_function.h"
#include "hyperbolic.h"
#include "row_part.h"

/// v becomes the activation of v, slope its derivative there.
typedef void differentiate(ck_v16 *v, ck_v16 *slope);

CK_INLINE void silu(ck_v16 *v, ck_v16 *slope) {
  ck_v16 e = -*v;
  ck_exp(&e);
  const ck_v16 sigmoid = 1.0f / (e + 1.0f);
  *slope = CK_FMA(*v * sigmoid, 1.0f - sigmoid, sigmoid);
  *v = *v / (e + 1.0f);
}

// Beyond 16 the tails are 0 in f32, and no power of x overflows before.
CK_INLINE void bound(ck_v16 *v) {
  const ck_v16 low = *v < (ck_v16)(-16.0f) ? (ck_v16)(-16.0f) : *v;
  *v = low > (ck_v16)(16.0f) ? (ck_v16)(16.0f) : low;
}

CK_INLINE void gelu_tanh(ck_v16 *v, ck_v16 *slope) {
  ck_v16 x = *v;
  bound(&x);
  const ck_v16 square = x * x;
  ck_v16 t = x * CK_FMA(square, (ck_v16)(0.044715f), (ck_v16)(1.0f)) * 0.7978845608028654f;
  ck_tanh(&t);
  const ck_v16 inner_slope = CK_FMA(square, (ck_v16)(0.1070322243f), (ck_v16)(0.7978845608028654f));
  const ck_v16 share = 0.5f * (t + 1.0f);
  *slope = CK_FMA(0.5f * x * inner_slope, (1.0f - t) * (1.0f + t), share);
  *v = *v * share;
}

CK_INLINE void gelu_erf(ck_v16 *v, ck_v16 *slope) {
  ck_v16 x = *v;
  bound(&x);
  ck_v16 share = x * 0.7071067811865476f, density = x * x * -0.5f;
  ck_erf(&share);
  ck_exp(&density);
  share = 0.5f * (share + 1.0f);
  *slope = CK_FMA(x * 0.3989422804014327f, density, share);
  *v = *v * share;
}

CK_INLINE void relu(ck_v16 *v, ck_v16 *slope) {
  *slope = *v <= (ck_v16)(0.0f) ? (ck_v16)(0.0f) : (ck_v16)(1.0f);
  *v = *v < (ck_v16)(0.0f) ? (ck_v16)(0.0f) : *v;
}

CK_INLINE void apply(differentiate *f, const float *dy, const float *x, ptrdiff_t count, float *dx) {
  ck_v16 d, v, slope;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&d, dy + i, count - i, 0.0f);
    ck_load_up_to(&v, x + i, count - i, 0.0f);
    f(&v, &slope);
    d *= slope;
    ck_store_up_to(dx + i, &d, count - i);
  }
}

CK_INLINE void apply_gated(differentiate *f, const float *dy, const float *gate, const float *up, ptrdiff_t count,
                           float *dgate, float *dup) {
  ck_v16 d, v, u, slope;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&d, dy + i, count - i, 0.0f);
    ck_load_up_to(&v, gate + i, count - i, 0.0f);
    ck_load_up_to(&u, up + i, count - i, 0.0f);
    f(&v, &slope);
    v *= d;
    slope = slope * u * d;
    ck_store_up_to(dgate + i, &slope, count - i);
    ck_store_up_to(dup + i, &v, count - i);
  }
}

CK_INLINE void gradient(enum ck_activation activation, const float *dy, const float *x, ptrdiff_t count, float *dx) {
  switch (activation) {
  case CK_SILU: return apply(silu, dy, x, count, dx);
  case CK_GELU_TANH: return apply(gelu_tanh, dy, x, count, dx);
  case CK_GELU_ERF: return apply(gelu_erf, dy, x, count, dx);
  case CK_RELU: return apply(relu, dy, x, count, dx);
  }
}

CK_INLINE void gradient_gated(enum ck_activation activation, const float *dy, const float *gate, const float *up,
                              ptrdiff_t count, float *dgate, float *dup) {
  switch (activation) {
  case CK_SILU: return apply_gated(silu, dy, gate, up, count, dgate, dup);
  case CK_GELU_TANH: return apply_gated(gelu_tanh, dy, gate, up, count, dgate, dup);
  case CK_GELU_ERF: return apply_gated(gelu_erf, dy, gate, up, count, dgate, dup);
  case CK_RELU: return apply_gated(relu, dy, gate, up, count, dgate, dup);
  }
}

CK_DEFINE_LEVELS(void, ck_activation_gradient_f32,
                 (enum ck_activation activation, const float *dy, const float *x, ptrdiff_t count, float *dx),
                 (activation, dy, x, count, dx), gradient)
CK_DEFINE_LEVELS(void, ck_activation_gradient_gated_f32,
                 (enum ck_activation activation, const float *dy, const float *gate, const float *up, ptrdiff_t count,
                  float *dgate, float *dup),
                 (activation, dy, gate, up, count, dgate, dup), gradient_gated)

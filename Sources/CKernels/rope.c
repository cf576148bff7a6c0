#include "ck_rope.h"
#include "vector.h"

CK_INLINE void rotate_lanes(float *a, float *b, const float *cosines, const float *sines, const int backward) {
  ck_v16 x, y, c, s;
  ck_load(&x, a), ck_load(&y, b), ck_load(&c, cosines), ck_load(&s, sines);
  if (backward) s = -s;
  const ck_v16 first = CK_FMA(x, c, -(y * s)), second = CK_FMA(y, c, x * s);
  ck_store(a, &first), ck_store(b, &second);
}

CK_INLINE void rotate_one(float *a, float *b, float c, float s) {
  const float x = *a, y = *b;
  *a = __builtin_fmaf(x, c, -(y * s));
  *b = __builtin_fmaf(y, c, x * s);
}

CK_INLINE void rope(float *x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width,
                    const float *cosines, const float *sines, const int backward) {
  const ptrdiff_t half = width / 2, whole = half - half % CK_LANES;
  for (ptrdiff_t head = 0; head < heads; head++) {
    float *a = x + head * head_size, *b = a + half;
    for (ptrdiff_t i = 0; i < whole; i += CK_LANES) rotate_lanes(a + i, b + i, cosines + i, sines + i, backward);
    CK_ROLLED for (ptrdiff_t i = whole; i < half; i++) {
      rotate_one(a + i, b + i, cosines[i], backward ? -sines[i] : sines[i]);
    }
  }
}

CK_INLINE void rope_forward(float *x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width, const float *cosines,
                            const float *sines) {
  rope(x, heads, head_size, width, cosines, sines, 0);
}

CK_INLINE void rope_backward(float *x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width, const float *cosines,
                             const float *sines) {
  rope(x, heads, head_size, width, cosines, sines, 1);
}

CK_DEFINE_LEVELS(void, ck_rope_f32,
                 (float *x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width,
                  const float *cosines, const float *sines),
                 (x, heads, head_size, width, cosines, sines), rope_forward)
CK_DEFINE_LEVELS(void, ck_rope_gradient_f32,
                 (float *x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width,
                  const float *cosines, const float *sines),
                 (x, heads, head_size, width, cosines, sines), rope_backward)

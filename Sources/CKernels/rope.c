#include "ck_rope.h"
#include "vector.h"

CK_INLINE void rotate_lanes(float *a, float *b, const float *cosines, const float *sines) {
  ck_v16 x, y, c, s;
  ck_load(&x, a), ck_load(&y, b), ck_load(&c, cosines), ck_load(&s, sines);
  const ck_v16 first = CK_FMA(x, c, -(y * s)), second = CK_FMA(y, c, x * s);
  ck_store(a, &first), ck_store(b, &second);
}

CK_INLINE void rotate_one(float *a, float *b, float c, float s) {
  const float x = *a, y = *b;
  *a = __builtin_fmaf(x, c, -(y * s));
  *b = __builtin_fmaf(y, c, x * s);
}

CK_INLINE void rope(float *x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width,
                    const float *cosines, const float *sines) {
  const ptrdiff_t half = width / 2, whole = half - half % CK_LANES;
  for (ptrdiff_t head = 0; head < heads; head++) {
    float *a = x + head * head_size, *b = a + half;
    for (ptrdiff_t i = 0; i < whole; i += CK_LANES) rotate_lanes(a + i, b + i, cosines + i, sines + i);
    CK_ROLLED for (ptrdiff_t i = whole; i < half; i++) rotate_one(a + i, b + i, cosines[i], sines[i]);
  }
}

CK_DEFINE_LEVELS(void, ck_rope_f32,
                 (float *x, ptrdiff_t heads, ptrdiff_t head_size, ptrdiff_t width,
                  const float *cosines, const float *sines),
                 (x, heads, head_size, width, cosines, sines), rope)

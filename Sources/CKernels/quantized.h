// Private to the kernels of the quantised formats: layouts, scales and rounding.
#pragma once

#include "bfloat16.h"
#include "formats.h"
#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

_Static_assert(CK_PANEL == CK_LANES, "one panel row is one vector");

enum { CK_QUAD = 4, CK_QUADS = CK_GROUP / CK_QUAD };

// Weights are unsigned bytes around these.
enum { CK_Q8_ZERO = 128, CK_Q4_ZERO = 16 };

// Bytes of one group of a panel.
enum { CK_Q8_GROUP_BYTES = CK_GROUP * CK_PANEL, CK_Q4_GROUP_BYTES = CK_GROUP * CK_PANEL / 2 };

/// The level of each q4 index, as a byte around CK_Q4_ZERO; all under 32.
extern const uint8_t ck_q4_levels[16];

/// How the values of a prepared group are stored: as bytes, or as words for levels that multiply words; then each
/// quad in the order 0 2 1 3, in which the bytes of the weights come apart.
enum ck_layout { CK_BYTES, CK_WORDS };

/// What follows the values of a prepared group.
struct ck_group_end {
  float scale;
  int32_t offset; // -zero * sum of the values, for weights stored around `zero`
};

/// Bytes of one prepared group.
CK_INLINE ptrdiff_t ck_group_stride(enum ck_layout layout) {
  return CK_GROUP * (layout == CK_WORDS ? 2 : 1) + (ptrdiff_t)sizeof(struct ck_group_end);
}

CK_INLINE enum ck_layout ck_layout_of(enum ck_level level, enum ck_format format) {
  return format == CK_FORMAT_Q8 && (level == CK_AVX2 || level == CK_AVX512) ? CK_WORDS : CK_BYTES;
}

CK_INLINE ptrdiff_t ck_groups(ptrdiff_t depth) { return (depth + CK_GROUP - 1) / CK_GROUP; }

/// Where in its group of a panel depth i of lane 0 lies, CK_QUAD bytes before that of lane 1.
CK_INLINE ptrdiff_t ck_place(ptrdiff_t i) { return i / CK_QUAD * CK_PANEL * CK_QUAD + i % CK_QUAD; }

// Below this magnitude a scale might be subnormal; such a group counts as zero.
#define CK_SMALLEST_MAGNITUDE (127 * 0x1p-126f)

enum { CK_BFLOAT16_NAN = 0x7FC0 };

/// To the nearest integer, ties to even, for |x| < 2^22: in that sum the last place is the units'.
CK_INLINE int32_t ck_nearest_integer(float x) {
  const float shifted = x + 0x1.8p23f;
  int32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  return bits - 0x4B400000;
}

/// The largest magnitude of `count` values; NaN when one of them is NaN or infinite.
CK_INLINE float ck_largest_magnitude(const float *x, ptrdiff_t count) {
  float largest = 0.0f;
  for (ptrdiff_t i = 0; i < count; i++) {
    const float magnitude = __builtin_fabsf(x[i]);
    if (!(magnitude < __builtin_inff())) return __builtin_nanf("");
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

// Private to the kernels of the quantised formats: prepared rows, scales, and the product around the integer part.
#pragma once

#include "formats.h"
#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define CK_TARGET_AVX512_VNNI __attribute__((target("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#endif

_Static_assert(CK_PANEL == CK_LANES, "one panel row is one vector");

enum { CK_QUAD = 4, CK_QUADS = CK_GROUP / CK_QUAD };

// Weights are stored as unsigned bytes around these.
enum { CK_Q8_ZERO = 128, CK_Q4_ZERO = 16 };

// Bytes of a group of one panel: packed, and as bytes [quad][lane][4].
enum {
  CK_Q8_GROUP_BYTES = CK_GROUP * CK_PANEL,
  CK_Q4_GROUP_BYTES = CK_GROUP * CK_PANEL / 2,
};

/// The level of each q4 index, as a byte around CK_Q4_ZERO.
extern const uint8_t ck_q4_levels[16];

// Unrolled, sums would be reordered into more live values than there are registers.
#define CK_KEEP_LOOP _Pragma("clang loop unroll(disable)")

/// How the values of a prepared group are stored: as bytes, or as words for levels that multiply words; then in
/// each quad k0 k2 k1 k3, the order in which the bytes of the weights come apart.
enum ck_layout { CK_BYTES, CK_WORDS };

/// What follows the values of a prepared group, which takes ck_group_stride bytes.
struct ck_group_end {
  float scale;
  int32_t offset; // -zero * sum of the values, for weights stored around `zero`
};

CK_INLINE ptrdiff_t ck_group_stride(enum ck_layout layout) {
  return CK_GROUP * (layout == CK_WORDS ? 2 : 1) + (ptrdiff_t)sizeof(struct ck_group_end);
}

CK_INLINE ptrdiff_t ck_groups(ptrdiff_t depth) { return (depth + CK_GROUP - 1) / CK_GROUP; }

CK_INLINE enum ck_layout ck_layout_of(enum ck_level level, enum ck_format format) {
  return format == CK_FORMAT_Q8 && (level == CK_AVX2 || level == CK_AVX512) ? CK_WORDS : CK_BYTES;
}

CK_INLINE float ck_float_of_bf16(uint16_t bits) {
  const uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

CK_INLINE void ck_load_scales(ck_v16 *scales, const uint16_t *bf16) {
  typedef uint16_t half16 __attribute__((ext_vector_type(16), aligned(2)));
  typedef uint32_t word16 __attribute__((ext_vector_type(16)));
  const word16 wide = __builtin_convertvector(*(const half16 *)bf16, word16) << 16;
  memcpy(scales, &wide, sizeof wide);
}

enum { CK_BF16_NAN = 0x7FC0 };

/// The largest magnitude of `count` values; NaN when one is NaN or infinite.
CK_INLINE float ck_largest_magnitude(const float *x, ptrdiff_t count) {
  float largest = 0.0f;
  for (ptrdiff_t i = 0; i < count; i++) {
    const float magnitude = __builtin_fabsf(x[i]);
    if (!(magnitude < __builtin_inff())) return __builtin_nanf("");
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

/// To nearest, ties to even, for |x| < 2^22, in any rounding-independent build: the sum ends at the units' place.
CK_INLINE int32_t ck_nearest_integer(float x) {
  const float shifted = x + 0x1.8p23f;
  int32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  return bits - 0x4B400000;
}

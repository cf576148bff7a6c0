#include "ck_gemm.h"
#include "quantized.h"
#include "rounding.h"

typedef int8_t bytes16 __attribute__((ext_vector_type(16), aligned(1)));
typedef int16_t words16 __attribute__((ext_vector_type(16), aligned(2)));
typedef uint16_t halves16 __attribute__((ext_vector_type(16), aligned(2)));

static ptrdiff_t round_up(ptrdiff_t bytes) { return (bytes + 63) & ~(ptrdiff_t)63; }

static int rounds_to_bf16(enum ck_level level, enum ck_format format) {
  return format == CK_FORMAT_BF16 && level >= CK_AVX512_BF16;
}

ptrdiff_t ck_prepared_byte_count(enum ck_level level, enum ck_format format, ptrdiff_t depth) {
  if (rounds_to_bf16(level, format)) return round_up((depth + depth % 2) * 2);
  if (format != CK_FORMAT_Q8 && format != CK_FORMAT_Q4) return 0;
  return round_up(ck_groups(depth) * ck_group_stride(ck_layout_of(level, format)));
}

/// x * inverse to the nearest integer, ties to even; |x * inverse| < 2^22.
CK_INLINE void round_to_integer(const ck_v16 *x, float inverse, ck_i16 *integers) {
  const ck_v16 shifted = *x * inverse + 0x1.8p23f;
  memcpy(integers, &shifted, sizeof shifted);
  *integers -= 0x4B400000;
}

CK_INLINE void store_values(const ck_i16 *integers, enum ck_layout layout, const int half, unsigned char *values) {
  if (layout == CK_BYTES) {
    *(bytes16 *)(values + half * 16) = __builtin_convertvector(*integers, bytes16);
  } else {
    const ck_i16 apart =
        __builtin_shufflevector(*integers, *integers, 0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);
    *(words16 *)(values + half * 32) = __builtin_convertvector(apart, words16);
  }
}

/// One group of CK_GROUP floats. One whose scale would be subnormal counts as zero.
CK_INLINE void quantize_group(const float *x, int32_t zero, enum ck_layout layout, unsigned char *group) {
  struct ck_group_end *end = (struct ck_group_end *)(group + ck_group_stride(layout) - sizeof *end);
  ck_v16 halves[2];
  ck_i16 magnitudes[2], integers[2];
  CK_UNROLL for (int i = 0; i < 2; i++) {
    ck_load(&halves[i], x + i * CK_LANES);
    memcpy(&magnitudes[i], &halves[i], sizeof halves[i]);
    magnitudes[i] &= 0x7FFFFFFF;
  }
  // Magnitudes order like their bits, infinity and NaN above all numbers.
  const int32_t largest_bits = __builtin_reduce_max(__builtin_elementwise_max(magnitudes[0], magnitudes[1]));
  const int finite = largest_bits < 0x7F800000;
  float largest;
  memcpy(&largest, &largest_bits, sizeof largest);
  if (!finite || largest < CK_SMALLEST_MAGNITUDE) {
    memset(group, 0, (size_t)ck_group_stride(layout));
    end->scale = finite ? 0.0f : __builtin_nanf("");
    return;
  }
  CK_UNROLL for (int i = 0; i < 2; i++) {
    round_to_integer(&halves[i], 127.0f / largest, &integers[i]);
    store_values(&integers[i], layout, i, group);
  }
  end->scale = largest / 127.0f;
  end->offset = -zero * __builtin_reduce_add(integers[0] + integers[1]);
}

CK_INLINE void quantize(const float *x, ptrdiff_t depth, int32_t zero, enum ck_layout layout,
                        unsigned char *prepared) {
  for (ptrdiff_t k = 0; k < depth; k += CK_GROUP, prepared += ck_group_stride(layout)) {
    if (depth - k >= CK_GROUP) {
      quantize_group(x + k, zero, layout, prepared);
    } else {
      float part[CK_GROUP] = {0};
      memcpy(part, x + k, (size_t)(depth - k) * sizeof *x);
      quantize_group(part, zero, layout, prepared);
    }
  }
}

CK_INLINE void round_to_bf16(const ck_v16 *x, uint16_t *y) {
  ck_u16 halves;
  ck_round_to_bfloat16(x, &halves);
  *(halves16 *)y = __builtin_convertvector(halves, halves16);
}

CK_INLINE void to_bf16(const float *x, ptrdiff_t depth, uint16_t *y) {
  ck_v16 v;
  const ptrdiff_t whole = depth - depth % CK_LANES;
  for (ptrdiff_t k = 0; k < whole; k += CK_LANES) {
    ck_load(&v, x + k);
    round_to_bf16(&v, y + k);
  }
  if (whole == depth) return;
  ck_load_part(&v, x + whole, depth - whole, 0.0f);
  round_to_bf16(&v, y + whole);
}

CK_INLINE void prepare(enum ck_format format, enum ck_layout layout, const float *x, ptrdiff_t depth,
                       void *prepared) {
  if (format == CK_FORMAT_BF16) return to_bf16(x, depth, prepared);
  const int32_t zero = format == CK_FORMAT_Q8 ? CK_Q8_ZERO : CK_Q4_ZERO;
  if (layout == CK_BYTES) quantize(x, depth, zero, CK_BYTES, prepared);
  else quantize(x, depth, zero, CK_WORDS, prepared);
}

CK_DEFINE_LEVELS(void, ck_prepare_as,
                 (enum ck_format format, enum ck_layout layout, const float *x, ptrdiff_t depth, void *prepared),
                 (format, layout, x, depth, prepared), prepare)

void ck_prepare(enum ck_level level, enum ck_format format, const float *x, ptrdiff_t depth, void *prepared) {
  ck_prepare_as(level, format, ck_layout_of(level, format), x, depth, prepared);
}

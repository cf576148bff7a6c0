// Private to the kernels: 16 floats as one value. Clang splits it into what the level has (4 xmm, 2 ymm, 1 zmm).
//
// Helpers take vectors by pointer: by value their ABI would differ between the levels. They are inlined always.
#pragma once

#include "ck_level.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Only the fused multiply-adds that are written may exist, or the levels would round differently.
#pragma STDC FP_CONTRACT OFF

typedef float ck_v16 __attribute__((ext_vector_type(16)));
typedef float ck_v8 __attribute__((ext_vector_type(8)));
typedef float ck_v4 __attribute__((ext_vector_type(4)));
typedef float ck_v2 __attribute__((ext_vector_type(2)));
typedef int32_t ck_i16 __attribute__((ext_vector_type(16)));
typedef uint32_t ck_u16 __attribute__((ext_vector_type(16)));
typedef float ck_v16_unaligned __attribute__((ext_vector_type(16), aligned(4)));

#define CK_LANES 16
#define CK_INLINE static inline __attribute__((always_inline))
#define CK_FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define CK_UNROLL _Pragma("clang loop unroll(full)")
// For the rare tails: small code.
#define CK_ROLLED _Pragma("clang loop unroll(disable) vectorize(disable)")

#if defined(__x86_64__)
#define CK_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define CK_AVX512_FEATURES "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"
#define CK_TARGET_AVX512 __attribute__((target(CK_AVX512_FEATURES)))
#define CK_TARGET_AVX512_VNNI __attribute__((target("avx512vnni," CK_AVX512_FEATURES)))
#define CK_TARGET_AVX512_BF16 __attribute__((target("avx512bf16,avx512vnni," CK_AVX512_FEATURES)))
/// Compiles `body` once for each level and defines `name`, which takes the level before `parameters` and picks.
#define CK_DEFINE_LEVELS(result, name, parameters, arguments, body)                                  \
  static result name##_portable parameters { return body arguments; }                                \
  CK_TARGET_AVX2 static result name##_avx2 parameters { return body arguments; }                     \
  CK_TARGET_AVX512 static result name##_avx512 parameters { return body arguments; }                 \
  result name(enum ck_level level, CK_LIST parameters) {                                             \
    if (level >= CK_AVX512) return name##_avx512 arguments;                                          \
    if (level >= CK_AVX2) return name##_avx2 arguments;                                              \
    return name##_portable arguments;                                                                \
  }
#else
#define CK_DEFINE_LEVELS(result, name, parameters, arguments, body)                                  \
  result name(enum ck_level level, CK_LIST parameters) {                                             \
    (void)level;                                                                                     \
    return body arguments;                                                                           \
  }
#endif
#define CK_LIST(...) __VA_ARGS__

CK_INLINE void ck_load(ck_v16 *v, const float *p) { *v = *(const ck_v16_unaligned *)p; }

CK_INLINE void ck_store(float *p, const ck_v16 *v) { *(ck_v16_unaligned *)p = *v; }

/// The first `count` lanes from memory, `fill` in the others.
CK_INLINE void ck_load_part(ck_v16 *v, const float *p, ptrdiff_t count, float fill) {
  float lanes[CK_LANES];
  CK_ROLLED for (ptrdiff_t i = 0; i < CK_LANES; i++) lanes[i] = i < count ? p[i] : fill;
  ck_load(v, lanes);
}

CK_INLINE void ck_store_part(float *p, const ck_v16 *v, ptrdiff_t count) {
  float lanes[CK_LANES];
  ck_store(lanes, v);
  CK_ROLLED for (ptrdiff_t i = 0; i < count; i++) p[i] = lanes[i];
}

/// The lanes' sum as a fixed tree: halves, quarters, pairs.
CK_INLINE float ck_sum(const ck_v16 *v) {
  const ck_v8 eight = v->lo + v->hi;
  const ck_v4 four = eight.lo + eight.hi;
  const ck_v2 two = four.lo + four.hi;
  return two.x + two.y;
}

/// The largest lane; NaN lanes lose against any number.
CK_INLINE float ck_max(const ck_v16 *v) {
  const ck_v8 eight = ((v->lo > v->hi) | (v->hi != v->hi)) ? v->lo : v->hi;
  const ck_v4 four = ((eight.lo > eight.hi) | (eight.hi != eight.hi)) ? eight.lo : eight.hi;
  const ck_v2 two = ((four.lo > four.hi) | (four.hi != four.hi)) ? four.lo : four.hi;
  return two.x > two.y || two.y != two.y ? two.x : two.y;
}

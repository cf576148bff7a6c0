#include "quantized_gemm.h"

// Packed weights of a group are indices: those of quad i in the low halves, of quad i + 4 in the high ones.
static void dot_portable(const unsigned char *weights, const int expanded, const unsigned char *x,
                         ptrdiff_t x_stride, const int rows, ck_i16 *sums) {
  (void)expanded;
  for (int r = 0; r < rows; r++) {
    const int8_t *values = (const int8_t *)x + r * x_stride;
    for (int i = 0; i < CK_GROUP / 2; i++) {
      for (int lane = 0; lane < CK_PANEL; lane++) {
        const unsigned char both = weights[ck_place(i) + lane * CK_QUAD];
        sums[r][lane] += ck_q4_levels[both & 15] * values[i] + ck_q4_levels[both >> 4] * values[i + CK_GROUP / 2];
      }
    }
  }
}

static const struct ck_kernel portable = {
    .dot = dot_portable, .packed_bytes = CK_Q4_GROUP_BYTES, .many_rows = CK_BLOCK_ROWS,
    .layout = CK_BYTES, .tallest = 1};

#if defined(__x86_64__)

CK_TARGET_AVX2 CK_INLINE __m256i levels_avx2(void) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)ck_q4_levels));
}

/// The bytes of quad `first` + i, first 0 or 4, in half `half` of the lanes, expanded before or not.
CK_TARGET_AVX2 CK_INLINE __m256i load_avx2(const unsigned char *weights, const int expanded, const int first, int i,
                                           const int half) {
  if (expanded) return _mm256_loadu_si256((const __m256i *)(weights + (first + i) * 64 + half * 32));
  const __m256i both = _mm256_loadu_si256((const __m256i *)(weights + i * 64 + half * 32));
  const __m256i indices = first == 0 ? both : _mm256_srli_epi16(both, 4);
  return _mm256_shuffle_epi8(levels_avx2(), _mm256_and_si256(indices, _mm256_set1_epi8(15)));
}

CK_TARGET_AVX2 CK_INLINE void expand_avx2(const unsigned char *packed, unsigned char *expanded) {
  CK_UNROLL for (int quad = 0; quad < CK_QUADS; quad++) {
    CK_UNROLL for (int half = 0; half < 2; half++) {
      _mm256_storeu_si256((__m256i *)(expanded + quad * 64 + half * 32),
                          load_avx2(packed, 0, quad / 4 * 4, quad % 4, half));
    }
  }
}

// Levels stay under 32: four sums of two products each, at most 31 * 127 * 8 = 31496, fit a word.
CK_TARGET_AVX2 CK_INLINE void dot_avx2(const unsigned char *weights, const int expanded, const unsigned char *x,
                                       ptrdiff_t x_stride, const int rows, ck_i16 *sums) {
  __m256i *totals = (__m256i *)sums;
  CK_UNROLL for (int first = 0; first < CK_QUADS; first += 4) {
    __m256i words[2 * CK_TALLEST];
    CK_UNROLL for (int i = 0; i < 2 * rows; i++) words[i] = _mm256_setzero_si256();
    CK_KEEP_LOOP for (int i = 0; i < 4; i++) {
      const __m256i low = load_avx2(weights, expanded, first, i, 0), high = load_avx2(weights, expanded, first, i, 1);
      CK_UNROLL for (int r = 0; r < rows; r++) {
        const __m256i v = _mm256_set1_epi32(ck_load_quad(x + r * x_stride + (first + i) * CK_QUAD));
        words[2 * r] = _mm256_add_epi16(words[2 * r], _mm256_maddubs_epi16(low, v));
        words[2 * r + 1] = _mm256_add_epi16(words[2 * r + 1], _mm256_maddubs_epi16(high, v));
      }
    }
    CK_UNROLL for (int i = 0; i < 2 * rows; i++) {
      totals[i] = _mm256_add_epi32(totals[i], _mm256_madd_epi16(words[i], _mm256_set1_epi16(1)));
    }
  }
}

CK_TARGET_AVX512 CK_INLINE __m512i load_avx512(const unsigned char *weights, const int expanded, const int quad) {
  if (expanded) return _mm512_loadu_si512(weights + quad * 64);
  const __m512i both = _mm512_loadu_si512(weights + quad % 4 * 64);
  const __m512i indices = quad < 4 ? both : _mm512_srli_epi16(both, 4);
  const __m512i levels = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)ck_q4_levels));
  return _mm512_shuffle_epi8(levels, _mm512_and_si512(indices, _mm512_set1_epi8(15)));
}

CK_TARGET_AVX512 CK_INLINE void expand_avx512(const unsigned char *packed, unsigned char *expanded) {
  CK_UNROLL for (int quad = 0; quad < CK_QUADS; quad++) {
    _mm512_storeu_si512(expanded + quad * 64, load_avx512(packed, 0, quad));
  }
}

CK_TARGET_AVX512 CK_INLINE void dot_avx512(const unsigned char *weights, const int expanded, const unsigned char *x,
                                           ptrdiff_t x_stride, const int rows, ck_i16 *sums) {
  CK_UNROLL for (int first = 0; first < CK_QUADS; first += 4) {
    __m512i words[CK_TALLEST];
    CK_UNROLL for (int quad = first; quad < first + 4; quad++) {
      const __m512i w = load_avx512(weights, expanded, quad);
      CK_UNROLL for (int r = 0; r < rows; r++) {
        const __m512i v = _mm512_set1_epi32(ck_load_quad(x + r * x_stride + quad * 4));
        const __m512i products = _mm512_maddubs_epi16(w, v);
        words[r] = quad == first ? products : _mm512_add_epi16(words[r], products);
      }
    }
    CK_UNROLL for (int r = 0; r < rows; r++) {
      sums[r] += (ck_i16)_mm512_madd_epi16(words[r], _mm512_set1_epi16(1));
    }
  }
}

CK_TARGET_AVX512_VNNI CK_INLINE void dot_vnni(const unsigned char *weights, const int expanded,
                                              const unsigned char *x, ptrdiff_t x_stride, const int rows,
                                              ck_i16 *sums) {
  CK_UNROLL for (int quad = 0; quad < CK_QUADS; quad++) {
    const __m512i w = load_avx512(weights, expanded, quad);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      const __m512i v = _mm512_set1_epi32(ck_load_quad(x + r * x_stride + quad * 4));
      sums[r] = (ck_i16)_mm512_dpbusd_epi32((__m512i)sums[r], w, v);
    }
  }
}

static const struct ck_kernel avx2 = {
    .dot = dot_avx2, .expand = expand_avx2, .packed_bytes = CK_Q4_GROUP_BYTES, .expanded_bytes = CK_Q8_GROUP_BYTES,
    .many_rows = 65, .layout = CK_BYTES, .tallest = 6};
static const struct ck_kernel avx512 = {
    .dot = dot_avx512, .expand = expand_avx512, .packed_bytes = CK_Q4_GROUP_BYTES,
    .expanded_bytes = CK_Q8_GROUP_BYTES, .many_rows = 65, .layout = CK_BYTES, .tallest = 8};
static const struct ck_kernel vnni = {
    .dot = dot_vnni, .expand = expand_avx512, .packed_bytes = CK_Q4_GROUP_BYTES, .expanded_bytes = CK_Q8_GROUP_BYTES,
    .many_rows = 65, .layout = CK_BYTES, .tallest = 8};
#endif

CK_DEFINE_QUANTIZED(q4)

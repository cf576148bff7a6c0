#include "quantized_gemm.h"

static void dot_portable(const unsigned char *weights, const int expanded, const unsigned char *x,
                         ptrdiff_t x_stride, const int rows, ck_i16 *sums) {
  (void)expanded;
  for (int r = 0; r < rows; r++) {
    const int8_t *values = (const int8_t *)x + r * x_stride;
    for (int i = 0; i < CK_GROUP; i++) {
      for (int lane = 0; lane < CK_PANEL; lane++) {
        sums[r][lane] += weights[ck_place(i) + lane * CK_QUAD] * values[i];
      }
    }
  }
}

static const struct ck_kernel portable = {
    .dot = dot_portable, .packed_bytes = CK_Q8_GROUP_BYTES, .many_rows = CK_BLOCK_ROWS,
    .layout = CK_BYTES, .tallest = 1};

#if defined(__x86_64__)

/// The even and the odd bytes of one quad as words, expanded before or not.
CK_INLINE void load_words(const unsigned char *weights, const int expanded, const int quad, ck_i16 *even,
                          ck_i16 *odd) {
  if (expanded) {
    *even = *(const ck_i16 *)(weights + quad * 128);
    *odd = *(const ck_i16 *)(weights + quad * 128 + 64);
  } else {
    const ck_i16 bytes = *(const ck_i16 *)(weights + quad * 64);
    *even = bytes & 0x00FF00FF;
    *odd = bytes >> 8 & 0x00FF00FF;
  }
}

CK_INLINE void expand(const unsigned char *packed, unsigned char *expanded) {
  CK_UNROLL for (int quad = 0; quad < CK_QUADS; quad++) {
    ck_i16 even, odd;
    load_words(packed, 0, quad, &even, &odd);
    *(ck_i16 *)(expanded + quad * 128) = even;
    *(ck_i16 *)(expanded + quad * 128 + 64) = odd;
  }
}

/// Adds the products of words in pairs; half a panel at a time.
CK_TARGET_AVX2 CK_INLINE void dot_avx2(const unsigned char *weights, const int expanded, const unsigned char *x,
                                       ptrdiff_t x_stride, const int rows, ck_i16 *sums) {
  __m256i *halves = (__m256i *)sums;
  CK_KEEP_LOOP for (int quad = 0; quad < CK_QUADS; quad++) {
    ck_i16 words[2];
    load_words(weights, expanded, quad, &words[0], &words[1]);
    const __m256i *w = (const __m256i *)words;
    CK_UNROLL for (int parity = 0; parity < 2; parity++) {
      CK_UNROLL for (int r = 0; r < rows; r++) {
        const __m256i v = _mm256_set1_epi32(ck_load_quad(x + r * x_stride + quad * 8 + parity * 4));
        halves[2 * r] = _mm256_add_epi32(halves[2 * r], _mm256_madd_epi16(w[2 * parity], v));
        halves[2 * r + 1] = _mm256_add_epi32(halves[2 * r + 1], _mm256_madd_epi16(w[2 * parity + 1], v));
      }
    }
  }
}

CK_TARGET_AVX512 CK_INLINE void dot_avx512(const unsigned char *weights, const int expanded, const unsigned char *x,
                                           ptrdiff_t x_stride, const int rows, ck_i16 *sums) {
  CK_KEEP_LOOP for (int quad = 0; quad < CK_QUADS; quad++) {
    ck_i16 words[2];
    load_words(weights, expanded, quad, &words[0], &words[1]);
    CK_UNROLL for (int parity = 0; parity < 2; parity++) {
      CK_UNROLL for (int r = 0; r < rows; r++) {
        const __m512i v = _mm512_set1_epi32(ck_load_quad(x + r * x_stride + quad * 8 + parity * 4));
        sums[r] += (ck_i16)_mm512_madd_epi16((__m512i)words[parity], v);
      }
    }
  }
}

CK_TARGET_AVX512_VNNI CK_INLINE void dot_vnni(const unsigned char *weights, const int expanded,
                                              const unsigned char *x, ptrdiff_t x_stride, const int rows,
                                              ck_i16 *sums) {
  (void)expanded;
  CK_UNROLL for (int quad = 0; quad < CK_QUADS; quad++) {
    const __m512i w = _mm512_loadu_si512(weights + quad * 64);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      const __m512i v = _mm512_set1_epi32(ck_load_quad(x + r * x_stride + quad * 4));
      sums[r] = (ck_i16)_mm512_dpbusd_epi32((__m512i)sums[r], w, v);
    }
  }
}

static const struct ck_kernel avx2 = {
    .dot = dot_avx2, .expand = expand, .packed_bytes = CK_Q8_GROUP_BYTES, .expanded_bytes = 2 * CK_Q8_GROUP_BYTES,
    .many_rows = 65, .layout = CK_WORDS, .tallest = 6};
static const struct ck_kernel avx512 = {
    .dot = dot_avx512, .expand = expand, .packed_bytes = CK_Q8_GROUP_BYTES, .expanded_bytes = 2 * CK_Q8_GROUP_BYTES,
    .many_rows = 65, .layout = CK_WORDS, .tallest = 8};
static const struct ck_kernel vnni = {
    .dot = dot_vnni, .packed_bytes = CK_Q8_GROUP_BYTES, .many_rows = 65, .layout = CK_BYTES, .tallest = 8};
#endif

CK_DEFINE_QUANTIZED(q8)

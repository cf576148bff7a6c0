#include "chain.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Pairs of depths: rows as `ck_prepare` makes them, and the pairs of a panel as they are.
CK_INLINE void load(const unsigned char *w, ptrdiff_t k, ck_v16 *weights) {
  ck_load(weights, (const float *)w + k * CK_PANEL);
}

CK_TARGET_AVX512_BF16 CK_INLINE void add_pairs(const float *x, const ck_v16 *weights, ck_v16 *sum) {
  *sum = (ck_v16)_mm512_dpbf16_ps((__m512)*sum, (__m512bh)*weights, (__m512bh)(ck_v16)(*x));
}

CK_DEFINE_CHAIN(avx512, CK_TARGET_AVX512_BF16, 2, 4, load, add_pairs, ck_settle_avx512)

void ck_gemm_bf16_dot(CK_SWEEP_PARAMETERS) { gemm_avx512(CK_SWEEP_ARGUMENTS); }
#endif

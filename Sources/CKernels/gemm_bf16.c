#include "chain.h"

_Static_assert(CK_SLICE_DEPTH % 2 == 0 && CK_CHAIN_UNROLLED % 2 == 0, "pairs of depths stay together");

/// The lower or upper halves of 32-bit lanes.
CK_INLINE void load(const unsigned char *w, ptrdiff_t k, ck_v16 *weights) {
  ck_u16 lanes;
  memcpy(&lanes, w + k / 2 * (ptrdiff_t)sizeof lanes, sizeof lanes);
  lanes = k % 2 == 0 ? lanes << 16 : lanes & 0xFFFF0000u;
  memcpy(weights, &lanes, sizeof lanes);
}

CK_DEFINE_CHAIN(portable, , 1, 2, load, ck_add_fused, ck_settle_nothing)
#if defined(__x86_64__)
CK_DEFINE_CHAIN(avx2, CK_TARGET_AVX2, 1, 2, load, ck_add_fused, ck_settle_avx2)
CK_DEFINE_CHAIN(avx512, CK_TARGET_AVX512, 1, 2, load, ck_add_fused, ck_settle_avx512)
#endif

void ck_gemm_bf16(CK_GEMM_PARAMETERS) {
#if defined(__x86_64__)
  if (level >= CK_AVX512_BF16) return ck_gemm_bf16_dot(CK_SWEEP_ARGUMENTS);
  if (level >= CK_AVX512) return gemm_avx512(CK_SWEEP_ARGUMENTS);
  if (level >= CK_AVX2) return gemm_avx2(CK_SWEEP_ARGUMENTS);
#else
  (void)level;
#endif
  gemm_portable(CK_SWEEP_ARGUMENTS);
}

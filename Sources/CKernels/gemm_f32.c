#include "chain.h"

CK_INLINE void load(const unsigned char *w, ptrdiff_t k, ck_v16 *weights) {
  ck_load(weights, (const float *)w + k * CK_PANEL);
}

CK_DEFINE_CHAIN(portable, , 1, 4, load, ck_add_fused, ck_settle_nothing)
#if defined(__x86_64__)
CK_DEFINE_CHAIN(avx2, CK_TARGET_AVX2, 1, 4, load, ck_add_fused, ck_settle_avx2)
CK_DEFINE_CHAIN(avx512, CK_TARGET_AVX512, 1, 4, load, ck_add_fused, ck_settle_avx512)
#endif

void ck_gemm_f32(CK_GEMM_PARAMETERS) {
#if defined(__x86_64__)
  if (level >= CK_AVX512) return gemm_avx512(CK_SWEEP_ARGUMENTS);
  if (level >= CK_AVX2) return gemm_avx2(CK_SWEEP_ARGUMENTS);
#else
  (void)level;
#endif
  gemm_portable(CK_SWEEP_ARGUMENTS);
}

#include "sweep.h"

#if defined(__x86_64__)
#include <immintrin.h>

/// Dot products of pairs of depths, summed in the order of the pairs; rows as `ck_prepare` makes them.
CK_TARGET_AVX512_BF16 CK_INLINE void tile(const struct ck_slice *s, ptrdiff_t row, ptrdiff_t panel, const int rows,
                                          const int panels) {
  ck_v16 sums[CK_MAXIMUM_SUMS];
  const unsigned char *x = s->x + row * s->x_stride + s->first_depth * 2;
  const unsigned char *w = (const unsigned char *)s->w->panels + panel * s->panel_stride + s->first_depth * CK_PANEL * 2;
  ck_start_sums(s, row, panel, rows, panels, sums);
  const ptrdiff_t pairs = (s->depth + 1) / 2;
#pragma clang loop unroll(disable)
  for (ptrdiff_t i = 0; i < pairs; i++) {
    __m512bh weights[8];
    CK_UNROLL for (int p = 0; p < panels; p++) {
      weights[p] = (__m512bh)_mm512_load_si512(w + p * s->panel_stride + i * CK_PANEL * 4);
    }
    CK_UNROLL for (int r = 0; r < rows; r++) {
      int32_t pair;
      memcpy(&pair, x + r * s->x_stride + i * 4, sizeof pair);
      CK_UNROLL for (int p = 0; p < panels; p++) {
        sums[r * panels + p] =
            (ck_v16)_mm512_dpbf16_ps((__m512)sums[r * panels + p], weights[p], (__m512bh)_mm512_set1_epi32(pair));
      }
    }
  }
  ck_finish_sums(s, row, panel, rows, panels, sums);
}

CK_TARGET_AVX512_BF16 CK_INLINE void sweep(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(tile, 12, 2)
  CK_SWEEP(tile, 8, 2)
  CK_SWEEP(tile, 4, 4)
  CK_SWEEP(tile, 2, 4)
  CK_SWEEP(tile, 1, 8)
}

CK_TARGET_AVX512_BF16 void ck_gemm_bf16_dot(CK_SWEEP_PARAMETERS) {
  ck_sweep_slices(sweep, 8, rows > 12 ? CK_SLICE_DEPTH : w->depth, CK_SWEEP_ARGUMENTS);
}
#endif

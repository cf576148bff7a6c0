#include "sweep.h"

_Static_assert(CK_SLICE_DEPTH % 2 == 0, "pairs of depths stay together");

enum { UNROLLED = 2 };

/// One depth, the lower or upper half of each lane. Bfloat16 weights become floats in registers: the chains are those
/// of the same weights as floats in memory.
CK_INLINE void step(const float *x, ptrdiff_t x_stride, const uint32_t *w, ptrdiff_t w_stride, const int half,
                    const int rows, const int panels, ck_v16 *sums) {
  CK_UNROLL for (int p = 0; p < panels; p++) {
    ck_v16 weights;
    ck_load_bfloat16(&weights, w + p * w_stride, half);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      sums[r * panels + p] = CK_FMA((ck_v16)(x[r * x_stride]), weights, sums[r * panels + p]);
    }
  }
}

// Makes the compiler load a pair again for its upper half: kept in registers, it would drive sums out of them.
#define FORGET(pointer) __asm__("" : "+r"(pointer))

CK_INLINE void tile(const struct ck_slice *s, ptrdiff_t row, ptrdiff_t panel, const int rows, const int panels) {
  ck_v16 sums[CK_MAXIMUM_SUMS];
  const ptrdiff_t x_stride = s->x_stride / (ptrdiff_t)sizeof(float);
  const ptrdiff_t w_stride = s->panel_stride / (ptrdiff_t)sizeof(uint32_t);
  const float *x = (const float *)s->x + row * x_stride + s->first_depth;
  const uint32_t *w = (const uint32_t *)s->w->panels + panel * w_stride + s->first_depth / 2 * CK_PANEL;
  ck_start_sums(s, row, panel, rows, panels, sums);
  ptrdiff_t k = 0;
  CK_ROLLED for (; k + 2 * UNROLLED <= s->depth; k += 2 * UNROLLED, w += UNROLLED * CK_PANEL) {
    CK_UNROLL for (int u = 0; u < UNROLLED; u++) {
      step(x + k + 2 * u, x_stride, w + u * CK_PANEL, w_stride, 0, rows, panels, sums);
      FORGET(w);
      step(x + k + 2 * u + 1, x_stride, w + u * CK_PANEL, w_stride, 1, rows, panels, sums);
      FORGET(w);
    }
  }
  CK_ROLLED for (; k < s->depth; k++) {
    const uint32_t *pair = w + k % (2 * UNROLLED) / 2 * CK_PANEL;
    if (k % 2 == 0) step(x + k, x_stride, pair, w_stride, 0, rows, panels, sums);
    else step(x + k, x_stride, pair, w_stride, 1, rows, panels, sums);
  }
  ck_finish_sums(s, row, panel, rows, panels, sums);
}

CK_INLINE void sweep_single(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(tile, 1, 1)
}

CK_INLINE void sweep_narrow(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(tile, 6, 1)
  CK_SWEEP(tile, 4, 1)
  CK_SWEEP(tile, 2, 2)
  CK_SWEEP(tile, 1, 4)
}

CK_INLINE void sweep_wide(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(tile, 8, 2)
  CK_SWEEP(tile, 4, 4)
  CK_SWEEP(tile, 2, 4)
  CK_SWEEP(tile, 1, 8)
}

static void gemm_portable(CK_SWEEP_PARAMETERS) {
  ck_sweep_slices(sweep_single, 1, rows > 1 ? CK_SLICE_DEPTH : w->depth, CK_SWEEP_ARGUMENTS);
}

#if defined(__x86_64__)
CK_TARGET_AVX2 static void gemm_avx2(CK_SWEEP_PARAMETERS) {
  ck_sweep_slices(sweep_narrow, 4, rows > 6 ? CK_SLICE_DEPTH : w->depth, CK_SWEEP_ARGUMENTS);
}
CK_TARGET_AVX512 static void gemm_avx512(CK_SWEEP_PARAMETERS) {
  ck_sweep_slices(sweep_wide, 8, rows > 8 ? CK_SLICE_DEPTH : w->depth, CK_SWEEP_ARGUMENTS);
}
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

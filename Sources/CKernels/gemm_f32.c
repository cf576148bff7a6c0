#include "sweep.h"

enum { UNROLLED = 4 };

/// One depth: `rows` values of x against one vector of each panel.
CK_INLINE void step(const float *x, ptrdiff_t x_stride, const float *w, ptrdiff_t w_stride, const int rows,
                    const int panels, ck_v16 *sums) {
  CK_UNROLL for (int p = 0; p < panels; p++) {
    ck_v16 weights;
    ck_load(&weights, w + p * w_stride);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      sums[r * panels + p] = CK_FMA((ck_v16)(x[r * x_stride]), weights, sums[r * panels + p]);
    }
  }
}

/// `rows` x `panels` sums in registers; both are constants where this is inlined.
CK_INLINE void tile(const struct ck_slice *s, ptrdiff_t row, ptrdiff_t panel, const int rows, const int panels) {
  ck_v16 sums[CK_MAXIMUM_SUMS];
  const ptrdiff_t x_stride = s->x_stride / (ptrdiff_t)sizeof(float);
  const ptrdiff_t w_stride = s->panel_stride / (ptrdiff_t)sizeof(float);
  const float *x = (const float *)s->x + row * x_stride + s->first_depth;
  const float *w = (const float *)s->w->panels + panel * w_stride + s->first_depth * CK_PANEL;
  ck_start_sums(s, row, panel, rows, panels, sums);
  ptrdiff_t k = 0;
  CK_ROLLED for (; k + UNROLLED <= s->depth; k += UNROLLED) {
    CK_UNROLL for (int u = 0; u < UNROLLED; u++) {
      step(x + k + u, x_stride, w + (k + u) * CK_PANEL, w_stride, rows, panels, sums);
    }
  }
  CK_ROLLED for (; k < s->depth; k++) step(x + k, x_stride, w + k * CK_PANEL, w_stride, rows, panels, sums);
  ck_finish_sums(s, row, panel, rows, panels, sums);
}

CK_INLINE void sweep_single(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(tile, 1, 1)
}

// 16 registers: at most 12 hold sums. One row alone takes 4 panels, so that enough chains hide the latency.
CK_INLINE void sweep_narrow(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(tile, 6, 1)
  CK_SWEEP(tile, 4, 1)
  CK_SWEEP(tile, 2, 2)
  CK_SWEEP(tile, 1, 4)
}

// 32 registers of twice the width.
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

void ck_gemm_f32(CK_GEMM_PARAMETERS) {
#if defined(__x86_64__)
  if (level >= CK_AVX512) return gemm_avx512(CK_SWEEP_ARGUMENTS);
  if (level >= CK_AVX2) return gemm_avx2(CK_SWEEP_ARGUMENTS);
#else
  (void)level;
#endif
  gemm_portable(CK_SWEEP_ARGUMENTS);
}

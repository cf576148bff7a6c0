#include "ck_gemm.h"
#include "vector.h"

_Static_assert(CK_PANEL == CK_LANES, "one panel row is one vector");

// Depth of a slice when many rows share the weights: a slice of a panel (32 KiB) then stays in the first-level cache.
enum { SLICE_DEPTH = 512, SLICE_MINIMUM_ROWS = 13, MAXIMUM_ACCUMULATORS = 16 };

struct slice {
  const float *x;
  ptrdiff_t x_stride;
  const struct ck_matrix *w;
  ptrdiff_t first_depth, depth;
  float *y;
  ptrdiff_t y_stride;
};

CK_INLINE void start(const struct slice *s, ptrdiff_t row, ptrdiff_t panel, ck_v16 *accumulator) {
  const ptrdiff_t column = panel * CK_PANEL, width = s->w->columns - column;
  if (s->first_depth == 0) {
    if (s->w->bias) ck_load(accumulator, s->w->bias + column);
    else *accumulator = (ck_v16)(0.0f);
    return;
  }
  const float *y = s->y + row * s->y_stride + column;
  if (width >= CK_PANEL) ck_load(accumulator, y);
  else ck_load_part(accumulator, y, width, 0.0f);
}

CK_INLINE void finish(const struct slice *s, ptrdiff_t row, ptrdiff_t panel, const ck_v16 *accumulator) {
  const ptrdiff_t column = panel * CK_PANEL, width = s->w->columns - column;
  float *y = s->y + row * s->y_stride + column;
  if (width >= CK_PANEL) ck_store(y, accumulator);
  else ck_store_part(y, accumulator, width);
}

/// `rows` x `panels` accumulators in registers; both are constants where this is inlined.
CK_INLINE void tile(const struct slice *s, ptrdiff_t row, ptrdiff_t panel, const int rows, const int panels) {
  ck_v16 sums[MAXIMUM_ACCUMULATORS];
  const ptrdiff_t panel_stride = s->w->depth * CK_PANEL;
  const float *x = s->x + row * s->x_stride + s->first_depth;
  const float *w = s->w->panels + panel * panel_stride + s->first_depth * CK_PANEL;
  const ptrdiff_t depth = s->depth, x_stride = s->x_stride;
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int p = 0; p < panels; p++) start(s, row + r, panel + p, &sums[r * panels + p]);
  }
#pragma clang loop unroll(disable)
  for (ptrdiff_t k = 0; k < depth; k++) {
    CK_UNROLL for (int p = 0; p < panels; p++) {
      ck_v16 weights;
      ck_load(&weights, w + p * panel_stride + k * CK_PANEL);
      CK_UNROLL for (int r = 0; r < rows; r++) {
        sums[r * panels + p] = CK_FMA((ck_v16)(x[r * x_stride + k]), weights, sums[r * panels + p]);
      }
    }
  }
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int p = 0; p < panels; p++) finish(s, row + r, panel + p, &sums[r * panels + p]);
  }
}

/// All rows against `panels` panels, `wide` of which fit one tile of the given height.
#define SWEEP(height, wide)                                                                          \
  for (; rows - row >= (height); row += (height)) {                                                  \
    ptrdiff_t p = 0;                                                                                 \
    for (; panels - p >= (wide); p += (wide)) tile(s, row, panel + p, (height), (wide));             \
    for (; p < panels; p++) tile(s, row, panel + p, (height), 1);                                    \
  }

CK_INLINE void sweep_single(const struct slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  SWEEP(1, 1)
}

// 16 registers: at most 12 hold sums. One row alone takes 4 panels, so that enough chains hide the latency.
CK_INLINE void sweep_narrow(const struct slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  SWEEP(6, 1)
  SWEEP(4, 1)
  SWEEP(2, 2)
  SWEEP(1, 4)
}

// 32 registers of twice the width.
CK_INLINE void sweep_wide(const struct slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  SWEEP(8, 2)
  SWEEP(4, 4)
  SWEEP(2, 4)
  SWEEP(1, 8)
}

typedef void sweep_function(const struct slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels);

// Panels swept together: what the widest tile takes.
CK_INLINE void gemm(sweep_function *sweep, const ptrdiff_t group, const float *x, ptrdiff_t x_stride, ptrdiff_t rows,
                    const struct ck_matrix *w, ptrdiff_t first_panel, ptrdiff_t panel_count, float *y,
                    ptrdiff_t y_stride) {
  const ptrdiff_t step = rows < SLICE_MINIMUM_ROWS ? w->depth : SLICE_DEPTH;
  const ptrdiff_t end = first_panel + panel_count;
  ptrdiff_t k = 0;
  do {
    const ptrdiff_t depth = w->depth - k < step ? w->depth - k : step;
    const struct slice s = {x, x_stride, w, k, depth, y, y_stride};
    for (ptrdiff_t panel = first_panel; panel < end; panel += group) {
      sweep(&s, rows, panel, end - panel < group ? end - panel : group);
    }
    k += step;
  } while (k < w->depth);
}

#define PARAMETERS                                                                                   \
  const float *x, ptrdiff_t x_stride, ptrdiff_t rows, const struct ck_matrix *w, ptrdiff_t first_panel, \
      ptrdiff_t panel_count, float *y, ptrdiff_t y_stride
#define ARGUMENTS x, x_stride, rows, w, first_panel, panel_count, y, y_stride

static void gemm_portable(PARAMETERS) { gemm(sweep_single, 1, ARGUMENTS); }

#if defined(__x86_64__)
CK_TARGET_AVX2 static void gemm_avx2(PARAMETERS) { gemm(sweep_narrow, 4, ARGUMENTS); }
CK_TARGET_AVX512 static void gemm_avx512(PARAMETERS) { gemm(sweep_wide, 8, ARGUMENTS); }
#endif

void ck_gemm_f32(enum ck_level level, PARAMETERS) {
#if defined(__x86_64__)
  if (level >= CK_AVX512) return gemm_avx512(ARGUMENTS);
  if (level >= CK_AVX2) return gemm_avx2(ARGUMENTS);
#else
  (void)level;
#endif
  gemm_portable(ARGUMENTS);
}

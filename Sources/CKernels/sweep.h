// Private to the kernels: how a product is cut so that weights and rows stay in the caches. The chain of an element
// goes through all slices in order, its sum through y between them, so the cutting leaves the bits alone.
#pragma once

#include "formats.h"
#include "vector.h"

_Static_assert(CK_PANEL == CK_LANES, "one panel row is one vector");

enum {
  CK_MAXIMUM_SUMS = 24,
  // Depth of a slice when several tiles of rows share the weights: 4 panels of it (192 KiB of floats) stay in the
  // second-level cache, 6 rows of it in the first. Shorter ones pass y too often.
#ifndef SLD
#define SLD 1024
#endif
  CK_SLICE_DEPTH = SLD,
};

/// Depths first_depth ..< first_depth + depth of a product.
struct ck_slice {
  const struct ck_matrix *w;
  ptrdiff_t panel_stride; // bytes
  const unsigned char *x;
  ptrdiff_t x_stride; // bytes
  ptrdiff_t first_depth, depth;
  float *y;
  ptrdiff_t y_stride;
};

/// All rows of a slice against `panels` panels.
typedef void ck_sweep_function(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels);

/// How far the sums of `rows` x `panels` elements have come: the bias at first.
CK_INLINE void ck_start_sums(const struct ck_slice *s, ptrdiff_t row, ptrdiff_t panel, const int rows,
                             const int panels, ck_v16 *sums) {
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int p = 0; p < panels; p++) {
      const ptrdiff_t column = (panel + p) * CK_PANEL, width = s->w->columns - column;
      const float *y = s->y + (row + r) * s->y_stride + column;
      ck_v16 *sum = &sums[r * panels + p];
      if (s->first_depth > 0 && width >= CK_PANEL) ck_load(sum, y);
      else if (s->first_depth > 0) ck_load_part(sum, y, width, 0.0f);
      else if (s->w->bias) ck_load(sum, s->w->bias + column);
      else *sum = (ck_v16)(0.0f);
    }
  }
}

CK_INLINE void ck_finish_sums(const struct ck_slice *s, ptrdiff_t row, ptrdiff_t panel, const int rows,
                              const int panels, const ck_v16 *sums) {
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int p = 0; p < panels; p++) {
      const ptrdiff_t column = (panel + p) * CK_PANEL, width = s->w->columns - column;
      float *y = s->y + (row + r) * s->y_stride + column;
      if (width >= CK_PANEL) ck_store(y, &sums[r * panels + p]);
      else ck_store_part(y, &sums[r * panels + p], width);
    }
  }
}

/// Rows from `row` on in tiles of `height`, against `panels` panels, `wide` of which fit one tile of that height.
#define CK_SWEEP(tile, height, wide)                                                                 \
  for (; rows - row >= (height); row += (height)) {                                                  \
    ptrdiff_t p = 0;                                                                                 \
    for (; panels - p >= (wide); p += (wide)) tile(s, row, panel + p, (height), (wide));             \
    for (; p < panels; p++) tile(s, row, panel + p, (height), 1);                                    \
  }

/// The whole product in slices of `slice_depth`, `group` panels at a time.
CK_INLINE void ck_sweep_slices(ck_sweep_function *sweep, const ptrdiff_t group, ptrdiff_t slice_depth,
                               CK_SWEEP_PARAMETERS) {
  const ptrdiff_t end = first_panel + panel_count, panel_stride = ck_panel_byte_count(w->format, w->depth);
  ptrdiff_t k = 0;
  do {
    const ptrdiff_t depth = w->depth - k < slice_depth ? w->depth - k : slice_depth;
    const struct ck_slice s = {w, panel_stride, x, x_stride, k, depth, y, y_stride};
    for (ptrdiff_t panel = first_panel; panel < end; panel += group) {
      sweep(&s, rows, panel, end - panel < group ? end - panel : group);
    }
    k += slice_depth;
  } while (k < w->depth);
}

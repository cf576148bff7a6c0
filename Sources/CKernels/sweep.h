// Private to the kernels: how a product is cut so that weights and rows stay in the caches. The chain of an element
// goes through all slices in order, its sum through y between them, so the cutting leaves the bits alone.
#pragma once

#include "formats.h"
#include "vector.h"

_Static_assert(CK_PANEL == CK_LANES, "one panel row is one vector");

enum {
  CK_MAXIMUM_SUMS = 16,
  // Panels swept together, and the depth of a slice that the tiles of rows share: those weights (256 KiB of
  // floats) stay in the second-level cache, the rows of a tile in the first. Shorter slices pass y too often; more
  // panels would meet in the same sets of the first-level cache, as their distance is mostly a multiple of 4 KiB.
  CK_SWEPT_PANELS = 4,
  CK_SLICE_DEPTH = 1024,
  CK_LINE = 64,
  // Lines of weights that the first tile of rows asks memory for ahead of their use. One or two rows alone go as fast
  // as memory without.
  CK_AHEAD = 32,
};

/// Depths first_depth ..< first_depth + depth of a product.
struct ck_slice {
  const struct ck_matrix *w;
  ptrdiff_t panel_stride; // bytes
  const unsigned char *x;
  ptrdiff_t x_stride; // bytes
  ptrdiff_t first_depth, depth;
  const float *bias; // of panel 0; NULL for none
  int continues;     // sums start at y
  float *y;
  ptrdiff_t y_stride;
};

/// All rows of a slice against `panels` panels.
typedef void ck_sweep_function(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel, ptrdiff_t panels);

/// How far the sums of `rows` x `panels` elements have come, y the first of them.
CK_INLINE void ck_start_sums(const struct ck_slice *s, ptrdiff_t panel, const float *y, ptrdiff_t y_stride,
                             const int rows, const int panels, ck_v16 *sums) {
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int p = 0; p < panels; p++) {
      ck_v16 *sum = &sums[r * panels + p];
      *sum = (ck_v16)(0.0f);
      if (s->bias) ck_load(sum, s->bias + (panel + p) * CK_PANEL);
      if (s->continues) {
        ck_v16 before;
        ck_load(&before, y + r * y_stride + p * CK_PANEL);
        *sum = s->bias ? before + *sum : before;
      }
    }
  }
}

CK_INLINE void ck_finish_sums(float *y, ptrdiff_t y_stride, const int rows, const int panels, const ck_v16 *sums) {
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int p = 0; p < panels; p++) ck_store(y + r * y_stride + p * CK_PANEL, &sums[r * panels + p]);
  }
}

/// Where the tile of the rows below will begin: its sums come from memory while this tile is computed.
CK_INLINE void ck_fetch_next_sums(const float *y, ptrdiff_t y_stride, const int rows, const int panels) {
  CK_UNROLL for (int r = 0; r < rows; r++) {
    CK_UNROLL for (int p = 0; p < panels; p++) __builtin_prefetch(y + (rows + r) * y_stride + p * CK_PANEL, 1, 2);
  }
}

/// Weights of `panels` panels as far ahead as to come from memory in time.
CK_INLINE void ck_fetch(const void *w, ptrdiff_t w_stride, const int panels, const int ahead) {
  if (ahead == 0) return;
  CK_UNROLL for (int p = 0; p < panels; p++) {
    __builtin_prefetch((const unsigned char *)w + p * w_stride + ahead * CK_LINE);
  }
}

static inline void ck_copy_rows(const float *x, ptrdiff_t x_stride, ptrdiff_t rows, ptrdiff_t width, float *y,
                                ptrdiff_t y_stride) {
  for (ptrdiff_t r = 0; r < rows; r++) memcpy(y + r * y_stride, x + r * x_stride, (size_t)width * sizeof *y);
}

/// Rows from `row` on in tiles of `height`, against `panels` panels, `wide` of which fit one tile of that height. The
/// first tile of all fetches `ahead`. A tile writes whole panels, so the last columns go through a copy.
#define CK_SWEEP(tile, height, wide, ahead)                                                          \
  for (; rows - row >= (height); row += (height)) {                                                  \
    const ptrdiff_t whole = s->w->columns / CK_PANEL - panel < panels ? panels - 1 : panels;         \
    float *y = s->y + row * s->y_stride + panel * CK_PANEL;                                          \
    ptrdiff_t p = 0;                                                                                 \
    if ((ahead) > 0 && row == 0) {                                                                   \
      for (; whole - p >= (wide); p += (wide)) {                                                     \
        tile(s, row, panel + p, y + p * CK_PANEL, s->y_stride, (height), (wide), (ahead));           \
      }                                                                                              \
    }                                                                                                \
    for (; whole - p >= (wide); p += (wide)) {                                                       \
      tile(s, row, panel + p, y + p * CK_PANEL, s->y_stride, (height), (wide), 0);                   \
    }                                                                                                \
    for (; p < panels; p++) {                                                                        \
      float edge[(height) * CK_PANEL] = {0}, *corner = y + p * CK_PANEL;                             \
      const ptrdiff_t columns = s->w->columns - (panel + p) * CK_PANEL;                              \
      const ptrdiff_t width = columns < CK_PANEL ? columns : CK_PANEL;                               \
      if (s->continues) ck_copy_rows(corner, s->y_stride, (height), width, edge, CK_PANEL);    \
      tile(s, row, panel + p, edge, CK_PANEL, (height), 1, 0);                                       \
      ck_copy_rows(edge, CK_PANEL, (height), width, corner, s->y_stride);                            \
    }                                                                                                \
  }

/// The whole product. One row alone goes through all depths at once: a panel is one stretch of memory.
CK_INLINE void ck_sweep_slices(ck_sweep_function *sweep, CK_SWEEP_PARAMETERS) {
  const ptrdiff_t end = first_panel + panel_count, panel_stride = ck_panel_byte_count(w->format, w->depth);
  const ptrdiff_t step = rows == 1 ? w->depth : CK_SLICE_DEPTH;
  for (ptrdiff_t panel = first_panel; panel < end; panel += CK_SWEPT_PANELS) {
    const ptrdiff_t panels = end - panel < CK_SWEPT_PANELS ? end - panel : CK_SWEPT_PANELS;
    ptrdiff_t k = 0;
    do {
      const ptrdiff_t depth = w->depth - k < step ? w->depth - k : step;
      const struct ck_slice s = {w, panel_stride, x, x_stride, k, depth, k == 0 ? w->bias : NULL, adds || k > 0,
                                 y, y_stride};
      sweep(&s, rows, panel, panels);
      k += step;
    } while (k < w->depth);
  }
}

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// Width of a weight panel: output features that lie in the lanes of one vector.
enum { CK_PANEL = 16 };

/// Weights [columns, depth], packed once as [panel][depth][CK_PANEL]: lane l of panel p is output feature
/// 16 p + l; lanes at or beyond `columns` are zero.
struct ck_matrix {
  const float *_Nonnull panels;
  const float *_Nullable bias; // [panel][CK_PANEL], zero beyond `columns`; NULL for none
  ptrdiff_t depth;
  ptrdiff_t columns;
};

/// y[row, column] = bias[column] + sum over k of x[row, k] w[column, k], for the columns of `panel_count` panels.
///
/// x [rows, depth] with `x_stride` floats between rows, y [rows, columns] with `y_stride`; y aliases nothing.
/// Each element is one chain of fused multiply-adds in the order of k that starts at the bias: it depends on its
/// row of x and its column of w alone, never on `rows`, the tiling or the level. NaN and infinity propagate.
void ck_gemm_f32(enum ck_level level, const float *_Nonnull x, ptrdiff_t x_stride, ptrdiff_t rows,
                 const struct ck_matrix *_Nonnull w, ptrdiff_t first_panel, ptrdiff_t panel_count, float *_Nonnull y,
                 ptrdiff_t y_stride);

#pragma once

#include "ck_level.h"

#include <stddef.h>

/// Width of a weight panel: output features that lie in the lanes of one vector.
enum { CK_PANEL = 16 };

/// Input features that share a scale in the quantised formats.
enum { CK_GROUP = 32 };

/// How the weights of a matrix are stored.
enum ck_format {
  CK_FORMAT_F32 = 0,
  CK_FORMAT_BF16 = 1,
  CK_FORMAT_Q8 = 2, // 8 bits and a scale for each group
  CK_FORMAT_Q4 = 3, // an index into 16 levels, and a scale for each group
};

/// Weights [columns, depth], packed once into panels of 16 output features: lane l of panel p is output feature
/// 16 p + l. Lanes at or beyond `columns` and depths beyond `depth` are zero. A panel takes
/// `ck_panel_byte_count` bytes and starts at a multiple of 64:
///
/// f32   [depth][16] floats
/// bf16  [depth / 2, rounded up][16][2]: pairs of depths, so that a 32-bit lane holds those of one feature
/// q8    [groups][8][16][4] bytes w + 128, quads of depths; then the scales [groups][16] as bf16
/// q4    [groups][4][16][4] bytes: quad i in the low halves, quad i + 4 in the high ones; then the scales as in q8
struct ck_matrix {
  enum ck_format format;
  const void *_Nonnull panels;
  const float *_Nullable bias; // [panel][16], zero beyond `columns`; NULL for none
  ptrdiff_t depth;
  ptrdiff_t columns;
};

/// Bytes of one panel, a multiple of 64.
ptrdiff_t ck_panel_byte_count(enum ck_format format, ptrdiff_t depth);

#include "ck_slice.h"
#include "rounding.h"
#include "transpose.h"

_Static_assert(CK_PANEL == CK_LANES, "one panel row is one vector");

// Values of a row that are one cache line.
enum { LINE = 16 };

// What a pass reads ahead of its use in each row that it walks along.
enum { LINES_AHEAD = 2 };

// Rows that a pass reads ahead where it takes a line or a few of each.
enum { ROWS_AHEAD = 16 };

/// Two rows of floats as one of 32-bit pairs of bfloat16, the even row in the lower halves.
CK_INLINE void pair_rows(const ck_v16 *even, const ck_v16 *odd, ck_u16 *pairs) {
  ck_u16 low, high;
  ck_round_to_bfloat16(even, &low);
  ck_round_to_bfloat16(odd, &high);
  *pairs = low | high << 16;
}

/// Neighbours of a row as 32-bit pairs of bfloat16, in the lower half of the lanes.
CK_INLINE void pair_neighbours(const ck_v16 *row, ck_u8 *pairs) {
  ck_u16 halves;
  ck_round_to_bfloat16(row, &halves);
  const ck_u8 even = halves.even, odd = halves.odd;
  *pairs = even | odd << 16;
}

/// A block of `rows` x `count` floats, zero beyond `count`.
CK_INLINE void load_rows(const float *x, ptrdiff_t stride, const int rows, ptrdiff_t count, ck_v16 *block) {
  CK_UNROLL for (int r = 0; r < rows; r++) {
    if (count >= LINE) ck_load(&block[r], x + r * stride);
    else ck_load_part(&block[r], x + r * stride, count, 0.0f);
  }
}

/// 8 rows of 16 32-bit values become 16 of 8, `y_stride` bytes apart; the first `count` of them are written.
CK_INLINE void store_turned(const ck_v16 *block, unsigned char *y, ptrdiff_t y_stride, ptrdiff_t count) {
  CK_UNROLL for (int half = 0; half < 2; half++) {
    ck_u8 part[8];
    CK_UNROLL for (int r = 0; r < 8; r++) {
      const ck_v8 values = half == 0 ? block[r].lo : block[r].hi;
      memcpy(&part[r], &values, sizeof values);
    }
    ck_transpose(part);
    CK_UNROLL for (int r = 0; r < 8; r++) {
      if (half * 8 + r < count) *(ck_u8_unaligned *)(y + (half * 8 + r) * y_stride) = part[r];
    }
  }
}

/// 8 features of a panel along up to 16 depths.
CK_INLINE void pack_feature_block(enum ck_format format, const float *w, ptrdiff_t stride, ptrdiff_t depth,
                                  unsigned char *panel) {
  ck_v16 block[8];
  load_rows(w, stride, 8, depth, block);
  if (format == CK_FORMAT_F32) return store_turned(block, panel, CK_PANEL * sizeof(float), depth);
  ck_u8 pairs[8];
  CK_UNROLL for (int r = 0; r < 8; r++) pair_neighbours(&block[r], &pairs[r]);
  ck_transpose(pairs);
  CK_UNROLL for (int r = 0; r < 8; r++) {
    if (2 * r < depth) *(ck_u8_unaligned *)(panel + r * CK_PANEL * (ptrdiff_t)sizeof(uint32_t)) = pairs[r];
  }
}

/// Bytes of a panel that `depth` depths take, `depth` even for bf16.
CK_INLINE ptrdiff_t panel_bytes(enum ck_format format, ptrdiff_t depth) {
  return depth * CK_PANEL * (format == CK_FORMAT_F32 ? 4 : 2);
}

CK_INLINE void pack_rows_of_panel(enum ck_format format, const float *w, ptrdiff_t stride, ptrdiff_t depth,
                                  unsigned char *panel) {
  for (ptrdiff_t k = 0; k < depth; k += LINE) {
    CK_UNROLL for (int half = 0; half < 2; half++) {
      const float *rows = w + half * 8 * stride + k;
      CK_UNROLL for (int r = 0; r < 8; r++) __builtin_prefetch(rows + r * stride + LINES_AHEAD * LINE);
      pack_feature_block(format, rows, stride, depth - k, panel + panel_bytes(format, k) + half * 32);
    }
  }
}

/// The last panel, through a copy with rows of zeros.
CK_INLINE void pack_last_rows(enum ck_format format, const float *w, ptrdiff_t stride, ptrdiff_t features,
                              ptrdiff_t depth, unsigned char *panel) {
  for (ptrdiff_t k = 0; k < depth; k += LINE) {
    float copy[CK_PANEL * LINE] = {0};
    const ptrdiff_t count = depth - k < LINE ? depth - k : LINE;
    for (ptrdiff_t f = 0; f < features; f++) memcpy(copy + f * LINE, w + f * stride + k, (size_t)count * sizeof *copy);
    CK_UNROLL for (int half = 0; half < 2; half++) {
      pack_feature_block(format, copy + half * 8 * LINE, LINE, count, panel + panel_bytes(format, k) + half * 32);
    }
  }
}

CK_INLINE void pack_rows(enum ck_format format, const float *w, ptrdiff_t stride, ptrdiff_t features, ptrdiff_t depth,
                         void *panels) {
  const ptrdiff_t panel_stride = ck_panel_byte_count(format, depth);
  unsigned char *panel = panels;
  for (; features >= CK_PANEL; features -= CK_PANEL, panel += panel_stride, w += CK_PANEL * stride) {
    pack_rows_of_panel(format, w, stride, depth, panel);
  }
  if (features > 0) pack_last_rows(format, w, stride, features, depth, panel);
}

/// One depth, or for bf16 a pair of them of which the second may not exist.
CK_INLINE void pack_column_block(enum ck_format format, const float *w, ptrdiff_t stride, ptrdiff_t features,
                                 ptrdiff_t depths, unsigned char *panel) {
  ck_v16 rows[2] = {(ck_v16)(0.0f), (ck_v16)(0.0f)};
  load_rows(w, stride, 1, features, &rows[0]);
  if (format == CK_FORMAT_F32) return ck_store((float *)panel, &rows[0]);
  if (depths > 1) load_rows(w + stride, stride, 1, features, &rows[1]);
  ck_u16 pairs;
  pair_rows(&rows[0], &rows[1], &pairs);
  memcpy(panel, &pairs, sizeof pairs);
}

CK_INLINE void pack_columns(enum ck_format format, const float *w, ptrdiff_t stride, ptrdiff_t features,
                            ptrdiff_t depth, void *panels) {
  const int step = format == CK_FORMAT_F32 ? 1 : 2;
  const ptrdiff_t panel_stride = ck_panel_byte_count(format, depth);
  for (ptrdiff_t k = 0; k < depth; k += step) {
    unsigned char *panel = (unsigned char *)panels + panel_bytes(format, k);
    for (ptrdiff_t first = 0; first < features; first += CK_PANEL, panel += panel_stride) {
      const float *block = w + k * stride + first;
      CK_UNROLL for (int r = 0; r < step; r++) __builtin_prefetch(block + (ROWS_AHEAD + r) * stride);
      pack_column_block(format, block, stride, features - first, depth - k, panel);
    }
  }
}

/// Up to 16 columns along 8 depths, or 16 for bf16: 32 bytes of each row of y.
CK_INLINE void turn_block(enum ck_format format, const float *x, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth,
                          unsigned char *y, ptrdiff_t y_stride) {
  ck_v16 block[8];
  if (format == CK_FORMAT_F32) {
    CK_UNROLL for (int r = 0; r < 8; r++) {
      block[r] = (ck_v16)(0.0f);
      if (r < depth) load_rows(x + r * stride, stride, 1, columns, &block[r]);
    }
  } else {
    CK_UNROLL for (int r = 0; r < 8; r++) {
      ck_v16 rows[2] = {(ck_v16)(0.0f), (ck_v16)(0.0f)};
      CK_UNROLL for (int i = 0; i < 2; i++) {
        if (2 * r + i < depth) load_rows(x + (2 * r + i) * stride, stride, 1, columns, &rows[i]);
      }
      ck_u16 pairs;
      pair_rows(&rows[0], &rows[1], &pairs);
      memcpy(&block[r], &pairs, sizeof pairs);
    }
  }
  store_turned(block, y, y_stride, columns);
}

CK_INLINE void prepare_columns(enum ck_format format, const float *x, ptrdiff_t stride, ptrdiff_t columns,
                               ptrdiff_t depth, void *y, ptrdiff_t y_stride) {
  const ptrdiff_t step = format == CK_FORMAT_F32 ? 8 : 16, value_size = format == CK_FORMAT_F32 ? 4 : 2;
  for (ptrdiff_t k = 0; k < depth; k += step) {
    for (ptrdiff_t first = 0; first < columns; first += LINE) {
      unsigned char *target = (unsigned char *)y + first * y_stride + k * value_size;
      turn_block(format, x + k * stride + first, stride, columns - first, depth - k, target, y_stride);
    }
  }
}

#define BOTH_FORMATS(name, body, parameters, ...)                                                    \
  CK_INLINE void name parameters {                                                                   \
    if (format == CK_FORMAT_F32) body(CK_FORMAT_F32, __VA_ARGS__);                                   \
    else body(CK_FORMAT_BF16, __VA_ARGS__);                                                          \
  }
#define PACK_PARAMETERS                                                                              \
  (enum ck_format format, const float *w, ptrdiff_t stride, ptrdiff_t features, ptrdiff_t depth, void *panels)
#define TURN_PARAMETERS                                                                              \
  (enum ck_format format, const float *x, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth, void *y, \
   ptrdiff_t y_stride)

BOTH_FORMATS(pack_rows_as, pack_rows, PACK_PARAMETERS, w, stride, features, depth, panels)
BOTH_FORMATS(pack_columns_as, pack_columns, PACK_PARAMETERS, w, stride, features, depth, panels)
BOTH_FORMATS(prepare_columns_as, prepare_columns, TURN_PARAMETERS, x, stride, columns, depth, y, y_stride)

CK_DEFINE_LEVELS(void, ck_pack_feature_rows, PACK_PARAMETERS, (format, w, stride, features, depth, panels),
                 pack_rows_as)
CK_DEFINE_LEVELS(void, ck_pack_feature_columns, PACK_PARAMETERS, (format, w, stride, features, depth, panels),
                 pack_columns_as)
CK_DEFINE_LEVELS(void, ck_prepare_columns, TURN_PARAMETERS, (format, x, stride, columns, depth, y, y_stride),
                 prepare_columns_as)

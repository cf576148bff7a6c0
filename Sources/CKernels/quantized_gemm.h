// Private to the kernels of the quantised formats: the product around the integer dot products of one group.
#pragma once

#include "quantized.h"

// Where many rows share the weights: rows whose prepared slices stay in the second-level cache, and groups of a slice,
// whose weights, expanded, stay in the first-level one.
enum { CK_BLOCK_ROWS = 128, CK_SLICE_GROUPS = 32, CK_EXPANDED_MAXIMUM = 2 * CK_Q8_GROUP_BYTES };

// Rows of a tile at most, and how far ahead of their use weights are fetched from memory (measured: without, reading
// reaches 3/4 of the speed in q8 and 1/2 in q4).
enum { CK_TALLEST = 8, CK_PREFETCH_BYTES = 8192 };

// For loops over quads: unrolled, the compiler reorders their sums into more live values than there are registers.
#define CK_KEEP_LOOP _Pragma("clang loop unroll(disable)")

/// sums[r] += products of one group of a panel's weights with `rows` prepared rows. Whether the weights are packed
/// or what ck_expand made of them, and `rows`, are constants where this is inlined.
typedef void ck_dot(const unsigned char *weights, const int expanded, const unsigned char *x, ptrdiff_t x_stride,
                    const int rows, ck_i16 *sums);

/// Brings one packed group of a panel into the form in which its dot products are fastest.
typedef void ck_expand(const unsigned char *packed, unsigned char *expanded);

/// One format at one level; constants where it is used.
struct ck_kernel {
  ck_dot *dot;
  ck_expand *expand;                      // NULL: its packed form is the fastest
  ptrdiff_t packed_bytes, expanded_bytes; // of a group
  ptrdiff_t many_rows;                    // rows from which the product runs in slices
  enum ck_layout layout;
  int tallest; // rows of a tile, at most CK_TALLEST
};

/// Some rows against some groups of one panel.
struct ck_panel_slice {
  const struct ck_matrix *w;
  ptrdiff_t panel, first_group, groups;
  const unsigned char *weights; // of the first group, packed or expanded
  const uint16_t *scales;       // of the first group
  const unsigned char *x;
  ptrdiff_t x_stride;
  int adds; // sums start at y
  float *y;
  ptrdiff_t y_stride;
};

CK_INLINE void ck_start(const struct ck_panel_slice *s, ptrdiff_t row, ck_v16 *sum) {
  const ptrdiff_t column = s->panel * CK_PANEL, width = s->w->columns - column;
  const float *y = s->y + row * s->y_stride + column;
  ck_v16 before = (ck_v16)(0.0f);
  if (s->adds || s->first_group > 0) {
    if (width >= CK_PANEL) ck_load(&before, y);
    else ck_load_part(&before, y, width, 0.0f);
  }
  *sum = before;
  if (s->first_group > 0 || !s->w->bias) return;
  ck_load(sum, s->w->bias + column);
  if (s->adds) *sum += before;
}

CK_INLINE void ck_finish(const struct ck_panel_slice *s, ptrdiff_t row, const ck_v16 *sum) {
  const ptrdiff_t column = s->panel * CK_PANEL, width = s->w->columns - column;
  float *y = s->y + row * s->y_stride + column;
  if (width >= CK_PANEL) ck_store(y, sum);
  else ck_store_part(y, sum, width);
}

CK_INLINE void ck_load_scales(const uint16_t *bf16, ck_v16 *scales) {
  typedef uint16_t halves __attribute__((ext_vector_type(16), aligned(2)));
  const ck_u16 bits = __builtin_convertvector(*(const halves *)bf16, ck_u16) << 16;
  memcpy(scales, &bits, sizeof bits);
}

/// One quad of a prepared row, or half of one in words, for a broadcast.
CK_INLINE int32_t ck_load_quad(const unsigned char *x) {
  int32_t quad;
  memcpy(&quad, x, sizeof quad);
  return quad;
}

// Past the last panel this asks for what does not exist, which is harmless.
CK_INLINE void ck_prefetch(const unsigned char *weights, ptrdiff_t group_bytes) {
  CK_UNROLL for (ptrdiff_t byte = 0; byte < group_bytes; byte += 64) {
    __builtin_prefetch(weights + CK_PREFETCH_BYTES + byte);
  }
}

/// `rows` x 1 panel of sums in registers; `rows` and `expanded` are constants where this is inlined.
CK_INLINE void ck_tile(const struct ck_kernel *k, const struct ck_panel_slice *s, ptrdiff_t row, const int rows,
                       const int expanded) {
  const ptrdiff_t group_bytes = expanded ? k->expanded_bytes : k->packed_bytes;
  const ptrdiff_t x_group = ck_group_stride(k->layout), x_stride = s->x_stride;
  const unsigned char *weights = s->weights, *x = s->x + row * x_stride + s->first_group * x_group;
  ck_v16 totals[CK_TALLEST], scales;
  ck_i16 sums[CK_TALLEST];
  CK_UNROLL for (int r = 0; r < rows; r++) ck_start(s, row + r, &totals[r]);
  CK_KEEP_LOOP for (ptrdiff_t g = 0; g < s->groups; g++) {
    const unsigned char *ends = x + x_group - sizeof(struct ck_group_end);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      sums[r] = (ck_i16)(((const struct ck_group_end *)(ends + r * x_stride))->offset);
    }
    if (!expanded) ck_prefetch(weights, group_bytes);
    k->dot(weights, expanded, x, x_stride, rows, sums);
    ck_load_scales(s->scales + g * CK_PANEL, &scales);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      const float scale = ((const struct ck_group_end *)(ends + r * x_stride))->scale;
      totals[r] = CK_FMA(__builtin_convertvector(sums[r], ck_v16), scales * scale, totals[r]);
    }
    weights += group_bytes;
    x += x_group;
  }
  CK_UNROLL for (int r = 0; r < rows; r++) ck_finish(s, row + r, &totals[r]);
}

/// Tiles of nearly equal height, so that the cost grows evenly with the rows.
CK_INLINE void ck_sweep(const struct ck_kernel *k, const struct ck_panel_slice *s, ptrdiff_t rows, const int expanded) {
  ptrdiff_t height;
  for (ptrdiff_t row = 0; row < rows; row += height) {
    const ptrdiff_t left = rows - row, tiles = (left + k->tallest - 1) / k->tallest;
    height = (left + tiles - 1) / tiles;
    switch (height) {
    case 1: ck_tile(k, s, row, 1, expanded); break;
    case 2: if (k->tallest >= 2) ck_tile(k, s, row, 2, expanded); break;
    case 3: if (k->tallest >= 3) ck_tile(k, s, row, 3, expanded); break;
    case 4: if (k->tallest >= 4) ck_tile(k, s, row, 4, expanded); break;
    case 5: if (k->tallest >= 5) ck_tile(k, s, row, 5, expanded); break;
    case 6: if (k->tallest >= 6) ck_tile(k, s, row, 6, expanded); break;
    case 7: if (k->tallest >= 7) ck_tile(k, s, row, 7, expanded); break;
    case 8: if (k->tallest >= 8) ck_tile(k, s, row, 8, expanded); break;
    }
  }
}

CK_INLINE const unsigned char *ck_panel_start(const struct ck_matrix *w, ptrdiff_t panel) {
  return (const unsigned char *)w->panels + panel * ck_panel_byte_count(w->format, w->depth);
}

/// Few rows: each panel is read once, from memory, and then from the caches.
CK_INLINE void ck_gemm_few(const struct ck_kernel *k, struct ck_panel_slice s, ptrdiff_t rows, ptrdiff_t end) {
  for (; s.panel < end; s.panel++) {
    s.weights = ck_panel_start(s.w, s.panel);
    s.scales = (const uint16_t *)(s.weights + s.groups * k->packed_bytes);
    ck_sweep(k, &s, rows, 0);
  }
}

/// Many rows: a slice of a panel is expanded once for all of them.
CK_INLINE void ck_gemm_many(const struct ck_kernel *k, struct ck_panel_slice s, ptrdiff_t rows, ptrdiff_t end) {
  _Alignas(64) unsigned char expanded[CK_SLICE_GROUPS * CK_EXPANDED_MAXIMUM];
  const ptrdiff_t groups = s.groups, first_panel = s.panel;
  s.first_group = 0;
  do {
    s.groups = groups - s.first_group < CK_SLICE_GROUPS ? groups - s.first_group : CK_SLICE_GROUPS;
    for (s.panel = first_panel; s.panel < end; s.panel++) {
      const unsigned char *panel = ck_panel_start(s.w, s.panel), *packed = panel + s.first_group * k->packed_bytes;
      s.scales = (const uint16_t *)(panel + groups * k->packed_bytes) + s.first_group * CK_PANEL;
      s.weights = k->expand ? expanded : packed;
      if (k->expand) {
        for (ptrdiff_t g = 0; g < s.groups; g++) {
          k->expand(packed + g * k->packed_bytes, expanded + g * k->expanded_bytes);
        }
      }
      ck_sweep(k, &s, rows, k->expand != NULL);
    }
    s.first_group += CK_SLICE_GROUPS;
  } while (s.first_group < groups);
}

CK_INLINE void ck_gemm_quantized(const struct ck_kernel *k, CK_SWEEP_PARAMETERS) {
  const ptrdiff_t end = first_panel + panel_count;
  struct ck_panel_slice s = {.w = w, .panel = first_panel, .groups = ck_groups(w->depth), .x = x, .x_stride = x_stride,
                       .adds = adds, .y = y, .y_stride = y_stride};
  if (rows < k->many_rows) return ck_gemm_few(k, s, rows, end);
  for (ptrdiff_t row = 0; row < rows; row += CK_BLOCK_ROWS) {
    s.x = (const unsigned char *)x + row * x_stride;
    s.y = y + row * y_stride;
    ck_gemm_many(k, s, rows - row < CK_BLOCK_ROWS ? rows - row : CK_BLOCK_ROWS, end);
  }
}

#if defined(__x86_64__)
/// Defines ck_gemm_NAME out of the kernels portable, avx2, avx512 and vnni.
#define CK_DEFINE_QUANTIZED(name)                                                                    \
  static void gemm_portable(CK_SWEEP_PARAMETERS) { ck_gemm_quantized(&portable, CK_SWEEP_ARGUMENTS); } \
  CK_TARGET_AVX2 static void gemm_avx2(CK_SWEEP_PARAMETERS) {                                        \
    ck_gemm_quantized(&avx2, CK_SWEEP_ARGUMENTS);                                                    \
  }                                                                                                  \
  CK_TARGET_AVX512 static void gemm_avx512(CK_SWEEP_PARAMETERS) {                                    \
    ck_gemm_quantized(&avx512, CK_SWEEP_ARGUMENTS);                                                  \
  }                                                                                                  \
  CK_TARGET_AVX512_VNNI static void gemm_vnni(CK_SWEEP_PARAMETERS) {                                 \
    ck_gemm_quantized(&vnni, CK_SWEEP_ARGUMENTS);                                                    \
  }                                                                                                  \
  void ck_gemm_##name(CK_GEMM_PARAMETERS) {                                                          \
    if (level >= CK_AVX512_VNNI) return gemm_vnni(CK_SWEEP_ARGUMENTS);                               \
    if (level >= CK_AVX512) return gemm_avx512(CK_SWEEP_ARGUMENTS);                                  \
    if (level >= CK_AVX2) return gemm_avx2(CK_SWEEP_ARGUMENTS);                                      \
    gemm_portable(CK_SWEEP_ARGUMENTS);                                                               \
  }
#else
#define CK_DEFINE_QUANTIZED(name)                                                                    \
  void ck_gemm_##name(CK_GEMM_PARAMETERS) {                                                          \
    (void)level;                                                                                     \
    ck_gemm_quantized(&portable, CK_SWEEP_ARGUMENTS);                                                \
  }
#endif

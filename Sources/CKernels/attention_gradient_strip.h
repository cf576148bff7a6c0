// Private to the gradient of attention: a strip of queries, the keys and values, and how they come into the scratch.
#pragma once

#include "ck_attention_gradient.h"
#include "real.h"

#define CK_LOG2_E 1.44269504088896340736

#if defined(CK_DOUBLE)
#define GRADIENT struct ck_attention_gradient_f64
#else
#define GRADIENT struct ck_attention_gradient_f32
#endif

enum {
  // Rows of a tile: with one vector they fill the registers of AVX2, with four those of AVX-512.
  TILE = 6,
  // Queries of a strip: whole tiles and whole vectors. Each key and value is loaded once for them.
  STRIP = 48,
  // Keys whose weights are in the first-level cache while four products use them: whole tiles.
  BLOCK = 48,
};
_Static_assert(STRIP % TILE == 0 && STRIP % CK_LANES == 0 && BLOCK % TILE == 0, "tiles fill strips and blocks");

/// The keys and values of one head, dense, a tile more than there are, [rows + TILE][width] each.
struct keys {
  ptrdiff_t width; // head size, rounded up to whole vectors
  ck_real *keys, *values, *d_keys, *d_values;
};

/// Queries by the row and then by the head. Those beyond `height` are zero and see what the last one sees.
struct strip {
  ptrdiff_t height;
  ck_real *columns, *d_columns;       // queries, scaled, and d_attended, [head_size][STRIP]
  ck_real *rows, *d_rows, *d_queries; // queries, d_attended, and what is summed up, [STRIP][width]
  ck_real *weights, *slopes;          // [rows + TILE][STRIP]
  ck_real *d_scores;                  // [BLOCK][STRIP]
  ck_whole first[STRIP], end[STRIP];  // positions that each query sees
  ck_real shares[STRIP];              // 1 / sum of the weights
  ck_real means[STRIP];               // sum(d_attended * attended): the mean of the weights' gradients
};

CK_INLINE ptrdiff_t whole_vectors(ptrdiff_t count) { return (count + CK_LANES - 1) / CK_LANES * CK_LANES; }

CK_INLINE ck_real *take(ck_real **scratch, ptrdiff_t count) {
  ck_real *const part = *scratch;
  *scratch += count;
  return part;
}

/// Cuts the scratch; ck_attention_gradient_scratch_count adds up the same.
CK_INLINE void lay_out(const GRADIENT *g, struct keys *k, struct strip *s) {
  const ptrdiff_t rows = g->rows + TILE, width = whole_vectors(g->head_size);
  ck_real *scratch = g->scratch;
  k->width = width;
  k->keys = take(&scratch, rows * width);
  k->values = take(&scratch, rows * width);
  k->d_keys = take(&scratch, rows * width);
  k->d_values = take(&scratch, rows * width);
  s->columns = take(&scratch, STRIP * width);
  s->d_columns = take(&scratch, STRIP * width);
  s->rows = take(&scratch, STRIP * width);
  s->d_rows = take(&scratch, STRIP * width);
  s->d_queries = take(&scratch, STRIP * width);
  s->weights = take(&scratch, rows * STRIP);
  s->slopes = take(&scratch, rows * STRIP);
  s->d_scores = take(&scratch, BLOCK * STRIP);
}

/// `size` values and zeros up to `width`.
CK_INLINE void copy_padded(const ck_real *from, ptrdiff_t size, ck_real *to, ptrdiff_t width) {
  memcpy(to, from, (size_t)size * sizeof *to);
  memset(to + size, 0, (size_t)(width - size) * sizeof *to);
}

CK_INLINE void load_keys(const GRADIENT *g, const struct keys *k) {
  const size_t count = (size_t)((g->rows + TILE) * k->width);
  for (ptrdiff_t row = 0; row < g->rows; row++) {
    copy_padded(g->keys + row * g->qkv_stride, g->head_size, k->keys + row * k->width, k->width);
    copy_padded(g->values + row * g->qkv_stride, g->head_size, k->values + row * k->width, k->width);
  }
  memset(k->keys + g->rows * k->width, 0, (size_t)(TILE * k->width) * sizeof(ck_real));
  memset(k->values + g->rows * k->width, 0, (size_t)(TILE * k->width) * sizeof(ck_real));
  memset(k->d_keys, 0, count * sizeof(ck_real));
  memset(k->d_values, 0, count * sizeof(ck_real));
}

/// [STRIP][width] turned to [head_size][STRIP], times a factor.
CK_INLINE void transpose(const ck_real *rows, ptrdiff_t width, ptrdiff_t head_size, ck_real factor, ck_real *columns) {
  for (ptrdiff_t d = 0; d < head_size; d++) {
    for (ptrdiff_t m = 0; m < STRIP; m++) columns[d * STRIP + m] = rows[m * width + d] * factor;
  }
}

/// sum(x * y), over whole vectors and then the rest.
CK_INLINE ck_real dot(const ck_real *x, const ck_real *y, ptrdiff_t size) {
  ck_reals sums = (ck_reals)(0), a, b;
  ptrdiff_t d = 0;
  for (; d + CK_LANES <= size; d += CK_LANES) {
    ck_reals_load(&a, x + d);
    ck_reals_load(&b, y + d);
    sums = CK_FMA(a, b, sums);
  }
  ck_real rest = 0;
  for (; d < size; d++) rest = CK_FMA(x[d], y[d], rest);
  return ck_reals_sum(&sums) + rest;
}

/// Queries `index` ..< index + s->height of the sequence's rows * heads.
CK_INLINE void start_strip(const GRADIENT *g, const struct keys *k, ptrdiff_t index, struct strip *s) {
  const ck_real scale = g->soft_cap > 0 ? g->scale : g->scale * (ck_real)CK_LOG2_E;
  for (ptrdiff_t m = 0; m < STRIP; m++) {
    const ptrdiff_t query = index + (m < s->height ? m : s->height - 1);
    const ptrdiff_t row = query / g->heads, offset = query % g->heads * g->head_size;
    const ptrdiff_t size = m < s->height ? g->head_size : 0;
    const ck_real *attended = g->attended + row * g->attended_stride + offset;
    copy_padded(g->queries + row * g->qkv_stride + offset, size, s->rows + m * k->width, k->width);
    copy_padded(g->d_attended + row * g->attended_stride + offset, size, s->d_rows + m * k->width, k->width);
    s->means[m] = dot(s->d_rows + m * k->width, attended, size);
    s->end[m] = g->ends[row];
    s->first[m] = g->window > 0 && g->window < g->ends[row] ? (ck_whole)(g->ends[row] - g->window) : 0;
  }
  transpose(s->rows, k->width, g->head_size, scale, s->columns);
  transpose(s->d_rows, k->width, g->head_size, 1, s->d_columns);
  memset(s->d_queries, 0, (size_t)(STRIP * k->width) * sizeof(ck_real));
}

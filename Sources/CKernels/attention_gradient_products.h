// Private to the gradient of attention: the five products, in tiles of rows that leave out what no query sees.
#pragma once

#include "attention_gradient_strip.h"

/// c[r][i] = sum over k of a[r * a_stride + k * a_step] * b[k * b_stride + i], or that added to it, for TILE rows r.
struct product {
  const ck_real *a;
  ptrdiff_t a_stride, a_step;
  const ck_real *b;
  ptrdiff_t b_stride;
  ck_real *c;
  ptrdiff_t c_stride, depth;
};

/// What is constant where a kernel is inlined: the rows and vectors of sums that fit the registers.
struct build {
  int rows, vectors;
};

CK_INLINE void multiply_tile(const int rows, const int vectors, const int is_adding, const ptrdiff_t a_step,
                             const struct product *p, ptrdiff_t row, ptrdiff_t column) {
  ck_reals sums[TILE * 4], b[4];
  const ck_real *a = p->a + row * p->a_stride, *from = p->b + column;
  ck_real *c = p->c + row * p->c_stride + column;
  CK_UNROLL for (int i = 0; i < rows * vectors; i++) {
    if (is_adding) ck_reals_load(&sums[i], c + i / vectors * p->c_stride + i % vectors * CK_LANES);
    else sums[i] = (ck_reals)(0);
  }
#pragma clang loop unroll(disable)
  for (ptrdiff_t k = 0; k < p->depth; k++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) ck_reals_load(&b[i], from + k * p->b_stride + i * CK_LANES);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      const ck_reals value = (ck_reals)(a[r * p->a_stride + k * a_step]);
      CK_UNROLL for (int i = 0; i < vectors; i++) {
        sums[r * vectors + i] = CK_FMA(value, b[i], sums[r * vectors + i]);
      }
    }
  }
  CK_UNROLL for (int i = 0; i < rows * vectors; i++) {
    ck_reals_store(c + i / vectors * p->c_stride + i % vectors * CK_LANES, &sums[i]);
  }
}

/// TILE rows of columns ..< end, multiples of CK_LANES.
CK_INLINE void multiply(const struct build build, const int is_adding, const ptrdiff_t a_step,
                        const struct product *p, ptrdiff_t column, ptrdiff_t end) {
  for (ptrdiff_t row = 0; row < TILE; row += build.rows) {
    ptrdiff_t i = column;
#define MULTIPLY(count)                                                                              \
  if (build.vectors >= (count)) {                                                                    \
    for (; end - i >= (count) * CK_LANES; i += (count) * CK_LANES) {                                 \
      multiply_tile(build.rows, count, is_adding, a_step, p, row, i);                                \
    }                                                                                                \
  }
    MULTIPLY(4)
    MULTIPLY(3)
    MULTIPLY(2)
    MULTIPLY(1)
#undef MULTIPLY
  }
}

/// A range of queries or of keys.
struct range {
  ptrdiff_t first, end;
};

/// The strip's queries that see any of the keys key ..< key + TILE. They are consecutive: ends never fall.
CK_INLINE struct range seeing(const struct strip *s, ptrdiff_t key) {
  struct range queries = {0, s->height};
  while (queries.first < s->height && s->end[queries.first] <= key) queries.first++;
  while (queries.end > queries.first && s->first[queries.end - 1] >= key + TILE) queries.end--;
  return queries;
}

/// c [TILE][STRIP] = rows . columns for the rows from `key` on, at least where a query sees one.
CK_INLINE void multiply_columns(const struct build build, const struct strip *s, const ck_real *columns,
                                ptrdiff_t head_size, const ck_real *rows, ptrdiff_t width, ptrdiff_t key,
                                ck_real *c) {
  const struct range queries = seeing(s, key);
  const struct product p = {rows + key * width, width, 1, columns, STRIP, c, STRIP, head_size};
  multiply(build, 0, 1, &p, queries.first / CK_LANES * CK_LANES, whole_vectors(queries.end));
}

/// target[key ...] += (the keys' rows of a [TILE][STRIP])^T . rows.
CK_INLINE void add_rows(const struct build build, const struct strip *s, const ck_real *a, const ck_real *rows,
                        ptrdiff_t width, ptrdiff_t key, ck_real *target) {
  const struct range queries = seeing(s, key);
  const struct product p = {a + queries.first, STRIP, 1, rows + queries.first * width, width,
                            target + key * width, width, queries.end - queries.first};
  multiply(build, 1, 1, &p, 0, width);
}

/// d_queries += d_scores^T . keys, for each tile of queries over what any of them sees of the block.
CK_INLINE void add_to_queries(const struct build build, const struct strip *s, const struct keys *k,
                              struct range block) {
  for (ptrdiff_t m = 0; m < s->height; m += TILE) {
    const ptrdiff_t first = s->first[m] > block.first ? s->first[m] : block.first;
    const ptrdiff_t end = s->end[m + TILE - 1] < block.end ? s->end[m + TILE - 1] : block.end;
    if (first >= end) continue;
    const struct product p = {s->d_scores + (first - block.first) * STRIP + m, 1, STRIP, k->keys + first * k->width,
                              k->width, s->d_queries + m * k->width, k->width, end - first};
    multiply(build, 1, STRIP, &p, 0, k->width);
  }
}

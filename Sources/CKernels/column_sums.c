#include "ck_column_sums.h"
#include "row_part.h"

// Columns whose sums stay in registers while the rows go by: two cache lines of a row.
enum { WIDTH = 2 };

/// What a row adds to the sums of 16 columns.
struct addends {
  const float *dy, *x;
  ptrdiff_t stride;
  const struct ck_row_statistics *statistics;
};

CK_INLINE void add_row(const struct addends *a, const int normalized, ptrdiff_t row, ptrdiff_t column,
                       ptrdiff_t count, ck_v16 *sum) {
  ck_v16 d, v;
  ck_load_up_to(&d, a->dy + row * a->stride + column, count, 0.0f);
  if (!normalized) {
    *sum += d;
    return;
  }
  const struct ck_row_statistics s = a->statistics[row];
  ck_load_up_to(&v, a->x + row * a->stride + column, count, s.mean);
  *sum = CK_FMA(d, (v - s.mean) * s.scale, *sum);
}

CK_INLINE void sum_strip(const struct addends *a, const int normalized, ptrdiff_t rows, ptrdiff_t column,
                         ptrdiff_t count, const int vectors, float *sums) {
  ck_v16 totals[WIDTH];
  CK_UNROLL for (int i = 0; i < vectors; i++) ck_load_up_to(&totals[i], sums + column + i * CK_LANES, count, 0.0f);
  for (ptrdiff_t row = 0; row < rows; row++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) {
      add_row(a, normalized, row, column + i * CK_LANES, count, &totals[i]);
    }
  }
  CK_UNROLL for (int i = 0; i < vectors; i++) ck_store_up_to(sums + column + i * CK_LANES, &totals[i], count);
}

CK_INLINE void sum_columns(const struct addends *a, const int normalized, ptrdiff_t rows, ptrdiff_t count,
                           float *sums) {
  ptrdiff_t i = 0;
  for (; count - i >= WIDTH * CK_LANES; i += WIDTH * CK_LANES) sum_strip(a, normalized, rows, i, CK_LANES, WIDTH, sums);
  for (; i < count; i += CK_LANES) sum_strip(a, normalized, rows, i, count - i, 1, sums);
}

CK_INLINE void column_sums(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t count, float *sums) {
  const struct addends a = {.dy = x, .stride = stride};
  sum_columns(&a, 0, rows, count, sums);
}

CK_INLINE void norm_column_sums(const float *dy, const float *x, ptrdiff_t stride, ptrdiff_t rows,
                                const struct ck_row_statistics *statistics, ptrdiff_t count, float *sums) {
  const struct addends a = {dy, x, stride, statistics};
  sum_columns(&a, 1, rows, count, sums);
}

CK_DEFINE_LEVELS(void, ck_column_sums_f32,
                 (const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t count, float *sums),
                 (x, stride, rows, count, sums), column_sums)
CK_DEFINE_LEVELS(void, ck_norm_column_sums_f32,
                 (const float *dy, const float *x, ptrdiff_t stride, ptrdiff_t rows,
                  const struct ck_row_statistics *statistics, ptrdiff_t count, float *sums),
                 (dy, x, stride, rows, statistics, count, sums), norm_column_sums)

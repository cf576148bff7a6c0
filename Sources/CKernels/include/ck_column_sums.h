#pragma once

#include "ck_layer_norm_gradient.h"

#include <stddef.h>

/// sums[i] += sum over rows of x[row, i], in the order of rows; x [rows, count] with `stride` floats between rows.
void ck_column_sums_f32(enum ck_level level, const float *_Nonnull x, ptrdiff_t stride, ptrdiff_t rows,
                        ptrdiff_t count, float *_Nonnull sums);

/// sums[i] += sum over rows of dy[row, i] * (x[row, i] - mean) * scale with the row's statistics, in the order of rows.
/// dy and x [rows, count] with `stride` floats between rows.
void ck_norm_column_sums_f32(enum ck_level level, const float *_Nonnull dy, const float *_Nonnull x,
                             ptrdiff_t stride, ptrdiff_t rows, const struct ck_row_statistics *_Nonnull statistics,
                             ptrdiff_t count, float *_Nonnull sums);

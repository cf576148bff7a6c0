#pragma once

#include "ck_matrix.h"

/// Part of a row-major matrix as the weights of a product, packed on the way: panels as in `ck_matrix`, for the f32
/// and bf16 formats. Writes whole panels, zero beyond `features`; panels aliases nothing.

/// Features are rows: w [features, depth] with `stride` floats between rows.
void ck_pack_feature_rows(enum ck_level level, enum ck_format format, const float *_Nonnull w, ptrdiff_t stride,
                          ptrdiff_t features, ptrdiff_t depth, void *_Nonnull panels);

/// Features are columns: w [depth, features] with `stride` floats between rows.
void ck_pack_feature_columns(enum ck_level level, enum ck_format format, const float *_Nonnull w, ptrdiff_t stride,
                             ptrdiff_t features, ptrdiff_t depth, void *_Nonnull panels);

/// Columns of x [depth, columns], with `stride` floats between rows, as rows of a product with weights of `format`:
/// floats, or for bf16 what `ck_prepare` makes of them. y [columns] with `y_stride` bytes between rows, a multiple of 4
/// with room for `depth` values rounded up to 16; aliases nothing.
void ck_prepare_columns(enum ck_level level, enum ck_format format, const float *_Nonnull x, ptrdiff_t stride,
                        ptrdiff_t columns, ptrdiff_t depth, void *_Nonnull y, ptrdiff_t y_stride);

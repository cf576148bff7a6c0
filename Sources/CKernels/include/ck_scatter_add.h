#pragma once

#include "ck_level.h"

#include <stddef.h>
#include <stdint.h>

/// table[indices[row], i] += factor * x[row, i] for `count` values of each row, in the order of rows; x [rows] and table
/// have `stride` floats between rows; no aliasing.
void ck_scatter_add_f32(enum ck_level level, const float *_Nonnull x, const int32_t *_Nonnull indices, ptrdiff_t rows,
                        ptrdiff_t stride, ptrdiff_t count, float factor, float *_Nonnull table);

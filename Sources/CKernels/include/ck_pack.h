#pragma once

#include <stddef.h>

enum ck_element { CK_F32 = 0, CK_F16 = 1, CK_BF16 = 2 };

/// Converts `count` little-endian elements at any alignment to float; exact. y aliases nothing.
void ck_convert(enum ck_element element, const void *_Nonnull x, ptrdiff_t count, float *_Nonnull y);

/// Converts rows [rows, depth] of a checkpoint (any alignment) and writes them as output features
/// first_row ..< first_row + rows into panels [panel][depth][16]; see ck_matrix. Touches no other lane.
void ck_pack_rows(enum ck_element element, const void *_Nonnull x, ptrdiff_t rows, ptrdiff_t depth,
                  ptrdiff_t first_row, float *_Nonnull panels);

/// Converts rows [count, columns] of weights [depth, columns] (any alignment), which hold an output feature in a
/// column, and writes them as depths first_depth ..< first_depth + count. Touches no lane at or beyond `columns`.
void ck_pack_columns(enum ck_element element, const void *_Nonnull x, ptrdiff_t first_depth, ptrdiff_t count,
                     ptrdiff_t depth, ptrdiff_t columns, float *_Nonnull panels);

/// y[k] = output feature `row` at depth k: one row out of the panels again.
void ck_unpack_row(const float *_Nonnull panels, ptrdiff_t depth, ptrdiff_t row, float *_Nonnull y);

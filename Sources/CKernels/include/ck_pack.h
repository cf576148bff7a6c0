#pragma once

#include "ck_matrix.h"

enum ck_element { CK_F32 = 0, CK_F16 = 1, CK_BF16 = 2 };

/// Converts `count` little-endian elements at any alignment to float; exact. y aliases nothing.
void ck_convert(enum ck_element element, const void *_Nonnull x, ptrdiff_t count, float *_Nonnull y);

/// Rounds rows x [rows, depth] to `format` and writes them as output features first_row ..< first_row + rows into
/// panels; see ck_matrix. Touches no other lane: the panels are zero before the first call.
void ck_pack_rows(enum ck_format format, const float *_Nonnull x, ptrdiff_t rows, ptrdiff_t depth,
                  ptrdiff_t first_row, void *_Nonnull panels);

/// y[k] = output feature `row` at depth k: one row out of the panels again, as its products see it.
void ck_unpack_row(enum ck_format format, const void *_Nonnull panels, ptrdiff_t depth, ptrdiff_t row,
                   float *_Nonnull y);

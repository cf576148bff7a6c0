#pragma once

#include "ck_matrix.h"

/// Bytes of one prepared row of `depth` activations, a multiple of 64: what `ck_gemm` reads in place of floats.
/// 0: it reads the floats as they are.
ptrdiff_t ck_prepared_byte_count(enum ck_level level, enum ck_format format, ptrdiff_t depth);

/// Prepares one row x [depth] for products with weights of `format`.
///
/// q8, q4: each group of 32 is rounded to 8 bits, x = scale * q with scale = max |x| / 127. A group with NaN or
/// infinity makes the row's products NaN. bf16 at CK_AVX512_BF16: rounded to bf16.
void ck_prepare(enum ck_level level, enum ck_format format, const float *_Nonnull x, ptrdiff_t depth,
                void *_Nonnull prepared);

/// y[row, column] = bias[column] + sum over k of x[row, k] w[column, k], for the columns of `panel_count` panels.
///
/// x: rows of floats, or prepared ones where the format asks for it, `x_stride` bytes apart; y [rows, columns] with
/// `y_stride` floats between rows; y aliases nothing. Each element depends on its row of x and its column of w
/// alone, never on `rows` or the tiling. f32, and bf16 below CK_AVX512_BF16: one chain of fused multiply-adds in the
/// order of k that starts at the bias. q8, q4: the same chain over groups, of the group's exact integer sum times
/// the product of both scales. NaN and infinity propagate (to NaN in the quantised formats).
void ck_gemm(enum ck_level level, const struct ck_matrix *_Nonnull w, const void *_Nonnull x, ptrdiff_t x_stride,
             ptrdiff_t rows, ptrdiff_t first_panel, ptrdiff_t panel_count, float *_Nonnull y, ptrdiff_t y_stride);

/// y[row, column] += what `ck_gemm` makes: each chain starts at y, or at y + bias.
void ck_gemm_add(enum ck_level level, const struct ck_matrix *_Nonnull w, const void *_Nonnull x, ptrdiff_t x_stride,
                 ptrdiff_t rows, ptrdiff_t first_panel, ptrdiff_t panel_count, float *_Nonnull y, ptrdiff_t y_stride);

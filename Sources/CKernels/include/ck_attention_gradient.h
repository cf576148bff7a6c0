#pragma once

#include "ck_level.h"

#include <stddef.h>
#include <stdint.h>

/// One sequence and the `heads` of its query heads that share one key/value head, in float or double.
///
/// queries and d_queries [rows][heads, head_size]; keys, d_keys, values and d_values [rows][head_size]: columns of
/// matrices whose rows are qkv_stride apart. attended and d_attended [rows][heads, head_size], attended_stride apart.
/// The gradients are overwritten and alias nothing.
///
/// Row r sees the rows before ends[r] (at least one, at most `rows`; never fewer than the row before it), of them the
/// last `window` if it is not 0. Scores are scale * q.k, then, if soft_cap is not 0, soft_cap tanh(score / soft_cap).
#define CK_ATTENTION_GRADIENT(name, real)                                                            \
  struct name {                                                                                      \
    const real *_Nonnull queries, *_Nonnull keys, *_Nonnull values;                                  \
    real *_Nonnull d_queries, *_Nonnull d_keys, *_Nonnull d_values;                                  \
    ptrdiff_t qkv_stride;                                                                            \
    const real *_Nonnull attended, *_Nonnull d_attended;                                             \
    ptrdiff_t attended_stride;                                                                       \
    const int32_t *_Nonnull ends;                                                                    \
    ptrdiff_t rows, heads, head_size, window;                                                        \
    real scale, soft_cap;                                                                            \
    real *_Nonnull scratch;                                                                          \
  };

CK_ATTENTION_GRADIENT(ck_attention_gradient_f32, float)
CK_ATTENTION_GRADIENT(ck_attention_gradient_f64, double)

/// Values that `scratch` has room for, at a multiple of 64 bytes, of whatever content.
ptrdiff_t ck_attention_gradient_scratch_count(ptrdiff_t rows, ptrdiff_t head_size);

/// d_queries, d_keys and d_values from d_attended, as in FlashAttention-2 (Dao 2023, algorithm 2) but for the scratch.
///
/// A strip of queries computes its weights P again, which takes room for a strip by the rows; then, with
/// D = sum(d_attended * attended) of each query, dS = P (d_attended.v - D), times the slope of the soft cap:
/// dV = P^T d_attended, dK = scale dS^T Q, dQ = scale dS K. Every sum is one chain in the order of positions, of
/// dimensions or, for keys and values, of rows and then heads; D alone sums lanes. What a query does not see has no
/// part in anything, but NaN and infinities may spread over the sequence.
void ck_attention_gradient(enum ck_level level, const struct ck_attention_gradient_f32 *_Nonnull sequence);

/// The portable build for doubles: slow, for tests.
void ck_attention_gradient_in_double(const struct ck_attention_gradient_f64 *_Nonnull sequence);

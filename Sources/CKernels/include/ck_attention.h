#pragma once

#include "ck_kv_store.h"
#include "ck_level.h"

/// How a row's scores come about.
struct ck_scoring {
  float scale;
  float soft_cap; // scores become soft_cap tanh(score / soft_cap); 0: they stay
};

/// Rows of one sequence and the `heads` of their query heads that share one key/value head.
///
/// queries [rows][heads, head_size], rows query_stride floats apart; y likewise, and aliases nothing. A row sees the
/// positions before its end (at least one), of them the last `window` if it is not 0: up to its own for causal
/// attention, all of its sequence for attention in both directions.
struct ck_query_rows {
  const float *_Nonnull queries;
  ptrdiff_t query_stride;
  float *_Nonnull y;
  ptrdiff_t y_stride;
  const int32_t *_Nonnull ends;
  ptrdiff_t rows;
  ptrdiff_t heads;
  ptrdiff_t window;
};

/// Attention of the rows over the cache; block_table[i] is the block of their sequence's positions 32 i ..< 32 (i + 1).
///
/// Scores are scale * q.k, capped; weights are powers of 2 of scores times log2(e). The softmax runs online over blocks
/// in the order of positions, a score over the dimensions in order, the weighted sum over the positions in order: a
/// row's result depends on its own query and the keys and values that it sees alone, never on what else is computed,
/// how it is cut or how the positions came into the cache. Slots that a row does not see are never read as its numbers.
/// NaN propagates.
void ck_attention(enum ck_level level, const struct ck_kv_layer *_Nonnull cache, const int32_t *_Nonnull block_table,
                  ptrdiff_t kv_head, const struct ck_query_rows *_Nonnull rows,
                  const struct ck_scoring *_Nonnull scoring);

#pragma once

#include "ck_kv_store.h"
#include "ck_level.h"

/// How a row's scores come about.
struct ck_scoring {
  float scale;
  float soft_cap; // scores become soft_cap tanh(score / soft_cap); 0: they stay
};

/// Attention of one query row for the `heads` query heads that share one key/value head.
///
/// queries, y [heads, head_size], y aliases nothing; block_table[i] is the block of positions 32 i ..< 32 (i + 1);
/// the row sees positions first ..< end (first < end): up to its own for causal attention, all of its sequence for
/// attention in both directions. Scores are scale * q.k, capped. The softmax runs online over blocks in the order of
/// positions, a score over the dimensions in order, the weighted sum over the positions in order: the result depends on
/// the row's own query, keys and values alone, never on what else is computed or how the positions came into the cache.
/// Slots outside first ..< end are never read as numbers. NaN propagates.
void ck_attention_f32(enum ck_level level, const struct ck_kv_layer *_Nonnull cache,
                      const int32_t *_Nonnull block_table, ptrdiff_t first, ptrdiff_t end, ptrdiff_t kv_head,
                      const float *_Nonnull queries, ptrdiff_t heads, const struct ck_scoring *_Nonnull scoring,
                      float *_Nonnull y);

#include "ck_attention.h"
#include "hyperbolic.h"

_Static_assert(CK_KV_BLOCK == 2 * CK_LANES, "a block's scores are two vectors");

// Query heads taken together, so that one load of the keys serves them.
enum { HEADS = 2 };

/// What the online softmax carries from block to block for one query head.
struct head_state {
  float maximum, sum;
  _Alignas(64) float weights[CK_KV_BLOCK];
  _Alignas(64) float mix[CK_MAXIMUM_HEAD_SIZE];
};

struct block {
  const float *keys, *values;
  ptrdiff_t head_size, value_stride;
  ptrdiff_t first, end; // slots that the row sees
};

CK_INLINE void scores(const struct block *b, const float *queries, const int heads, ck_v16 *out) {
  CK_UNROLL for (int i = 0; i < 2 * heads; i++) out[i] = (ck_v16)(0.0f);
#pragma clang loop unroll(disable)
  for (ptrdiff_t d = 0; d < b->head_size; d++) {
    ck_v16 low, high;
    ck_load(&low, b->keys + d * CK_KV_BLOCK);
    ck_load(&high, b->keys + d * CK_KV_BLOCK + CK_LANES);
    CK_UNROLL for (int h = 0; h < heads; h++) {
      const ck_v16 q = (ck_v16)(queries[h * b->head_size + d]);
      out[2 * h] = CK_FMA(q, low, out[2 * h]);
      out[2 * h + 1] = CK_FMA(q, high, out[2 * h + 1]);
    }
  }
}

/// exp(before - after): exactly 1 while the maximum stays, which is most of the time.
CK_INLINE float shrinkage(float before, float after) {
  if (before == after) return 1.0f;
  ck_v16 shrink = (ck_v16)(before - after);
  ck_exp(&shrink);
  return shrink[0];
}

/// Weights of the block's slots; returns the factor that what was summed so far shrinks by.
CK_INLINE float weigh(const struct block *b, ck_v16 *low, ck_v16 *high, const struct ck_scoring *scoring,
                      struct head_state *state) {
  const ck_i16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const ck_i16 first = (ck_i16)((int32_t)b->first), end = (ck_i16)((int32_t)b->end);
  const ck_i16 low_seen = (lanes >= first) & (lanes < end), high_seen = (lanes + 16 >= first) & (lanes + 16 < end);
  const ck_v16 nothing = (ck_v16)(-__builtin_inff());
  *low *= scoring->scale;
  *high *= scoring->scale;
  if (scoring->soft_cap > 0.0f) {
    ck_soft_cap(low, scoring->soft_cap);
    ck_soft_cap(high, scoring->soft_cap);
  }
  *low = low_seen ? *low : nothing;
  *high = high_seen ? *high : nothing;
  ck_v16 larger = *low > *high ? *low : *high;
  const float block_maximum = ck_max(&larger);
  const float maximum = block_maximum > state->maximum ? block_maximum : state->maximum;
  *low -= maximum;
  *high -= maximum;
  ck_exp(low);
  ck_exp(high);
  ck_store(state->weights, low);
  ck_store(state->weights + CK_LANES, high);
  const ck_v16 both = *low + *high;
  const float factor = shrinkage(state->maximum, maximum);
  state->sum = state->sum * factor + ck_sum(&both);
  state->maximum = maximum;
  return factor;
}

/// mix = mix * factor + sum over slots of weight * value, for `vectors` vectors of the heads' dimensions from d.
CK_INLINE void mix_part(const struct block *b, struct head_state *states, const float *factors, const int heads,
                        ptrdiff_t d, const int vectors) {
  ck_v16 sums[4], v;
  CK_UNROLL for (int h = 0; h < heads; h++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) {
      ck_load(&sums[h * vectors + i], states[h].mix + d + i * CK_LANES);
      sums[h * vectors + i] *= factors[h];
    }
  }
#pragma clang loop unroll(disable)
  for (ptrdiff_t slot = b->first; slot < b->end; slot++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) {
      ck_load(&v, b->values + slot * b->value_stride + d + i * CK_LANES);
      CK_UNROLL for (int h = 0; h < heads; h++) {
        sums[h * vectors + i] = CK_FMA((ck_v16)(states[h].weights[slot]), v, sums[h * vectors + i]);
      }
    }
  }
  CK_UNROLL for (int h = 0; h < heads; h++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) {
      ck_store(states[h].mix + d + i * CK_LANES, &sums[h * vectors + i]);
    }
  }
}

CK_INLINE void attend_block(const struct block *b, const float *queries, const int heads,
                            const struct ck_scoring *scoring, struct head_state *states) {
  ck_v16 s[2 * HEADS];
  float factors[HEADS];
  scores(b, queries, heads, s);
  CK_UNROLL for (int h = 0; h < heads; h++) factors[h] = weigh(b, &s[2 * h], &s[2 * h + 1], scoring, &states[h]);
  const int vectors = 4 / heads;
  ptrdiff_t d = 0;
  for (; b->value_stride - d >= vectors * CK_LANES; d += vectors * CK_LANES) {
    mix_part(b, states, factors, heads, d, vectors);
  }
  for (; d < b->value_stride; d += CK_LANES) mix_part(b, states, factors, heads, d, 1);
}

CK_INLINE void attend_heads(const struct ck_kv_layer *cache, const int32_t *block_table, ptrdiff_t first,
                            ptrdiff_t end, ptrdiff_t kv_head, const float *queries, const int heads,
                            const struct ck_scoring *scoring, float *y) {
  const ptrdiff_t size = cache->head_size, stride = cache->value_stride;
  struct head_state states[HEADS];
  for (int h = 0; h < heads; h++) {
    states[h].maximum = -__builtin_inff();
    states[h].sum = 0.0f;
    memset(states[h].mix, 0, (size_t)stride * sizeof(float));
  }
  for (ptrdiff_t start = first - first % CK_KV_BLOCK; start < end; start += CK_KV_BLOCK) {
    const ptrdiff_t index = block_table[start / CK_KV_BLOCK] * cache->kv_heads + kv_head;
    const struct block b = {
        .keys = cache->keys + index * size * CK_KV_BLOCK,
        .values = cache->values + index * stride * CK_KV_BLOCK,
        .head_size = size,
        .value_stride = stride,
        .first = first > start ? first - start : 0,
        .end = end - start < CK_KV_BLOCK ? end - start : CK_KV_BLOCK,
    };
    attend_block(&b, queries, heads, scoring, states);
  }
  for (int h = 0; h < heads; h++) {
    const float share = 1.0f / states[h].sum;
    for (ptrdiff_t d = 0; d < size; d++) y[h * size + d] = states[h].mix[d] * share;
  }
}

CK_INLINE void attention(const struct ck_kv_layer *cache, const int32_t *block_table, ptrdiff_t first, ptrdiff_t end,
                         ptrdiff_t kv_head, const float *queries, ptrdiff_t heads, const struct ck_scoring *scoring,
                         float *y) {
  const ptrdiff_t size = cache->head_size;
  ptrdiff_t h = 0;
  for (; heads - h >= HEADS; h += HEADS) {
    attend_heads(cache, block_table, first, end, kv_head, queries + h * size, HEADS, scoring, y + h * size);
  }
  if (h < heads) attend_heads(cache, block_table, first, end, kv_head, queries + h * size, 1, scoring, y + h * size);
}

CK_DEFINE_LEVELS(void, ck_attention_f32,
                 (const struct ck_kv_layer *cache, const int32_t *block_table, ptrdiff_t first,
                  ptrdiff_t end, ptrdiff_t kv_head, const float *queries, ptrdiff_t heads,
                  const struct ck_scoring *scoring, float *y),
                 (cache, block_table, first, end, kv_head, queries, heads, scoring, y), attention)

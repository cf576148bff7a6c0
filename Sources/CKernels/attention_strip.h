// Private to the attention kernel: a strip of queries against one block of keys and values.
#pragma once

#include "ck_attention.h"
#include "hyperbolic.h"
#include "kv_group.h"
#include "power_of_two.h"

_Static_assert(CK_KV_BLOCK == 2 * CK_LANES, "a block's scores are two vectors");

// Queries that meet a block's keys and values in registers together.
enum { STRIP = 6 };

#define CK_LOG2_E 1.44269504088896341f

/// Up to STRIP queries and what the online softmax carries for them from block to block.
struct strip {
  ptrdiff_t height;
  float *queries;                     // [head_size][height], scaled: uncapped scores are logarithms to base 2
  float *mix;                         // [height][mix_width]
  ptrdiff_t first[STRIP], end[STRIP]; // positions that each query sees
  ptrdiff_t least_first, greatest_first, least_end, greatest_end;
  _Alignas(64) float maxima[CK_LANES];
  _Alignas(64) float sums[STRIP][CK_LANES];
};

/// One block of keys and values for one head, and what a strip makes of it.
struct block {
  const char *keys, *values;
  const float *key_scales, *value_scales; // null unless the format has them
  ptrdiff_t keys_ahead, values_ahead;     // bytes from here to the next block, for fetching it; or 0
  ptrdiff_t head_size, mix_width, start;
  _Alignas(64) float factors[CK_LANES]; // what was summed so far shrinks by
  _Alignas(64) float weights[STRIP][CK_KV_BLOCK];
};

/// What is constant where a kernel is inlined: the format, the queries of a strip, and the vectors of sums that several
/// vectors of keys or values may take part in without spilling.
struct build {
  enum ck_kv_format format;
  int strip, room;
};

/// weights[h] = q.k for the block's slots, visible or not.
CK_INLINE void score(const struct build build, const int height, const struct strip *s, struct block *b) {
  const int vectors = 2 * height <= build.room ? 2 : 1;
  const ptrdiff_t group_bytes = ck_kv_group_bytes(build.format);
  CK_UNROLL for (int half = 0; half < 2; half += vectors) {
    ck_v16 sums[2 * STRIP], keys[2];
    CK_UNROLL for (int i = 0; i < height * vectors; i++) sums[i] = (ck_v16)(0.0f);
#pragma clang loop unroll(disable)
    for (ptrdiff_t d = 0; d < b->head_size; d++) {
      const char *group = b->keys + d * group_bytes;
      if (vectors == 2 || half == 0) __builtin_prefetch(group + b->keys_ahead);
      if (group_bytes > 64 && (vectors == 2 || half == 1)) __builtin_prefetch(group + b->keys_ahead + 64);
      CK_UNROLL for (int i = 0; i < vectors; i++) ck_load_half(&keys[i], build.format, group, half + i);
      CK_UNROLL for (int h = 0; h < height; h++) {
        const ck_v16 query = (ck_v16)(s->queries[d * height + h]);
        CK_UNROLL for (int i = 0; i < vectors; i++) {
          sums[h * vectors + i] = CK_FMA(query, keys[i], sums[h * vectors + i]);
        }
      }
    }
    CK_UNROLL for (int h = 0; h < height; h++) {
      CK_UNROLL for (int i = 0; i < vectors; i++) {
        ck_store(b->weights[h] + (half + i) * CK_LANES, &sums[h * vectors + i]);
      }
    }
  }
}

/// The largest lane. A NaN may win or lose: its weight makes the sum NaN anyway.
CK_INLINE float largest_lane(const ck_v16 *v) {
  const ck_v8 eight = v->lo > v->hi ? v->lo : v->hi;
  const ck_v4 four = eight.lo > eight.hi ? eight.lo : eight.hi;
  const ck_v2 two = four.lo > four.hi ? four.lo : four.hi;
  return two.x > two.y ? two.x : two.y;
}

/// Scores become capped logarithms to base 2; what a query does not see, -infinity.
CK_INLINE void prepare_scores(const struct strip *s, struct block *b, float soft_cap, int is_ragged) {
  const ck_i16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (ptrdiff_t h = 0; h < s->height; h++) {
    const ck_i16 first = (ck_i16)((int32_t)(s->first[h] - b->start)), end = (ck_i16)((int32_t)(s->end[h] - b->start));
    CK_UNROLL for (int i = 0; i < 2; i++) {
      ck_v16 v, scale;
      ck_load(&v, b->weights[h] + i * CK_LANES);
      if (b->key_scales) {
        ck_load(&scale, b->key_scales + i * CK_LANES);
        v *= scale;
      }
      if (soft_cap > 0.0f) {
        ck_soft_cap(&v, soft_cap);
        v *= CK_LOG2_E;
      }
      const ck_i16 slots = lanes + i * CK_LANES;
      if (is_ragged) v = ((slots >= first) & (slots < end)) ? v : (ck_v16)(-__builtin_inff());
      ck_store(b->weights[h] + i * CK_LANES, &v);
    }
  }
}

/// The strip's new maxima, and the factors that they bring: exactly 1 while a maximum stays.
CK_INLINE void raise_maxima(struct strip *s, struct block *b) {
  ck_v16 before, after;
  ck_load(&before, s->maxima);
  for (ptrdiff_t h = 0; h < s->height; h++) {
    ck_v16 low, high;
    ck_load(&low, b->weights[h]);
    ck_load(&high, b->weights[h] + CK_LANES);
    const ck_v16 larger = low > high ? low : high;
    s->maxima[h] = largest_lane(&larger);
  }
  ck_load(&after, s->maxima);
  after = before > after ? before : after;
  ck_store(s->maxima, &after);
  ck_v16 factors = before - after;
  ck_power_of_two(&factors);
  factors = before == after ? (ck_v16)(1.0f) : factors;
  ck_store(b->factors, &factors);
}

/// Scores become weights. A query that sees nothing of the block is left as it is.
CK_INLINE void weigh(struct strip *s, struct block *b) {
  for (ptrdiff_t h = 0; h < s->height; h++) {
    if (s->end[h] <= b->start || s->first[h] >= b->start + CK_KV_BLOCK) continue;
    ck_v16 low, high, sums;
    ck_load(&low, b->weights[h]);
    ck_load(&high, b->weights[h] + CK_LANES);
    low -= s->maxima[h];
    high -= s->maxima[h];
    ck_power_of_two(&low);
    ck_power_of_two(&high);
    ck_load(&sums, s->sums[h]);
    sums = CK_FMA(sums, (ck_v16)(b->factors[h]), low + high);
    ck_store(s->sums[h], &sums);
    if (b->value_scales) {
      ck_v16 scale;
      ck_load(&scale, b->value_scales);
      low *= scale;
      ck_load(&scale, b->value_scales + CK_LANES);
      high *= scale;
    }
    ck_store(b->weights[h], &low);
    ck_store(b->weights[h] + CK_LANES, &high);
  }
}

/// mix = mix * factor + sum over slots of weight * value, for `vectors` halves of groups from half `half` on.
CK_INLINE void mix_halves(const struct build build, const int height, const struct block *b, const float *weights,
                          const float *factors, float *mix, ptrdiff_t first, ptrdiff_t end, ptrdiff_t group,
                          const int half, const int vectors) {
  const ptrdiff_t group_bytes = ck_kv_group_bytes(build.format);
  const ptrdiff_t slot_bytes = ck_kv_value_groups(b->head_size) * group_bytes;
  const char *values = b->values + group * group_bytes;
  float *target = mix + group * 2 * CK_LANES + half * CK_LANES;
  ck_v16 sums[2 * STRIP], v;
  CK_UNROLL for (int h = 0; h < height; h++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) {
      ck_load(&sums[h * vectors + i], target + h * b->mix_width + i * CK_LANES);
      sums[h * vectors + i] *= factors[h];
    }
  }
#pragma clang loop unroll(disable)
  for (ptrdiff_t slot = first; slot < end; slot++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) {
      const int place = half + i;
      const char *halves = values + slot * slot_bytes + place / 2 * group_bytes;
      if (place % 2 == 0 || group_bytes > 64) __builtin_prefetch(halves + place % 2 * 64 + b->values_ahead);
      ck_load_half(&v, build.format, halves, place % 2);
      CK_UNROLL for (int h = 0; h < height; h++) {
        const ck_v16 weight = (ck_v16)(weights[h * CK_KV_BLOCK + slot]);
        sums[h * vectors + i] = CK_FMA(weight, v, sums[h * vectors + i]);
      }
    }
  }
  CK_UNROLL for (int h = 0; h < height; h++) {
    CK_UNROLL for (int i = 0; i < vectors; i++) {
      ck_store(target + h * b->mix_width + i * CK_LANES, &sums[h * vectors + i]);
    }
  }
}

/// The slots first ..< end of the block for `height` queries that see them all.
CK_INLINE void mix(const struct build build, const int height, const struct block *b, const float *weights,
                   const float *factors, float *mix, ptrdiff_t first, ptrdiff_t end) {
#define MIX(group, half, vectors) \
  mix_halves(build, height, b, weights, factors, mix, first, end, group, half, vectors)
  const ptrdiff_t halves = (b->head_size + CK_LANES - 1) / CK_LANES;
  ptrdiff_t i = 0;
  if (4 * height <= build.room) {
    for (; halves - i >= 4; i += 4) MIX(i / 2, 0, 4);
  }
  if (2 * height <= build.room) {
    for (; halves - i >= 2; i += 2) MIX(i / 2, 0, 2);
  } else {
    for (; halves - i >= 2; i += 2) {
      MIX(i / 2, 0, 1);
      MIX(i / 2, 1, 1);
    }
  }
  if (i < halves) MIX(i / 2, 0, 1);
#undef MIX
}

/// Where a position lies in the block, or the nearer of its ends.
CK_INLINE ptrdiff_t slot_of(const struct block *b, ptrdiff_t position) {
  const ptrdiff_t slot = position - b->start;
  return slot < 0 ? 0 : slot > CK_KV_BLOCK ? CK_KV_BLOCK : slot;
}

/// Runs `call` with `height`, 1 ... build.strip, as a constant.
#define FOR_HEIGHT(height, call)                                                                     \
  if (build.strip == 1) {                                                                            \
    call(1);                                                                                         \
  } else {                                                                                           \
    switch (height) {                                                                                \
      case 1: call(1); break;                                                                        \
      case 2: call(2); break;                                                                        \
      case 3: call(3); break;                                                                        \
      case 4: call(4); break;                                                                        \
      case 5: call(5); break;                                                                        \
      case 6: call(6); break;                                                                        \
    }                                                                                                \
  }
_Static_assert(STRIP == 6, "FOR_HEIGHT has the heights of a strip");

/// The weighted sums: over the slots that all queries see from their first on together, over the rest one by one.
CK_INLINE void mix_block(const struct build build, const struct strip *s, struct block *b) {
  const ptrdiff_t first = slot_of(b, s->greatest_first);
  const ptrdiff_t shared = slot_of(b, s->least_first) == first ? slot_of(b, s->least_end) : 0;
  const ptrdiff_t singles = first == 0 && shared == CK_KV_BLOCK ? 0 : s->height;
  for (ptrdiff_t i = -1; i < singles; i++) {
    const ptrdiff_t query = i < 0 ? 0 : i, height = i < 0 ? s->height : 1, own = slot_of(b, s->first[query]);
    const ptrdiff_t start = i < 0 ? first : shared > own ? shared : own;
    const ptrdiff_t end = i < 0 ? shared : slot_of(b, s->end[query]);
    if (start >= end) continue;
#define MIX(height) \
  mix(build, height, b, b->weights[query], b->factors + query, s->mix + query * b->mix_width, start, end)
    FOR_HEIGHT(height, MIX)
#undef MIX
    const ck_v16 one = (ck_v16)(1.0f);
    if (i < 0) ck_store(b->factors, &one);
  }
}

CK_INLINE void attend_block(const struct build build, struct strip *s, struct block *b, float soft_cap) {
  const int is_ragged = s->greatest_first > b->start || s->least_end < b->start + CK_KV_BLOCK;
#define SCORE(height) score(build, height, s, b)
  FOR_HEIGHT(s->height, SCORE)
#undef SCORE
  if (is_ragged || soft_cap > 0.0f || b->key_scales) prepare_scores(s, b, soft_cap, is_ragged);
  raise_maxima(s, b);
  weigh(s, b);
  mix_block(build, s, b);
}

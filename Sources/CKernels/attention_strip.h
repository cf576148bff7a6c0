// Private to the attention kernel: a strip of queries, a block of keys and values, and the online softmax between them.
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

// Private to the attention kernel: queries times keys, weights times values.
//
// Both fetch the next block ahead: blocks lie scattered, so that a processor does not see them coming.
#pragma once

#include "attention_strip.h"

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

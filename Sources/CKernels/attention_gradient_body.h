// Private to the gradient of attention: the work itself, in float or double.
#pragma once

#include "attention_gradient_products.h"

/// Scores become capped logarithms to base 2, what a query does not see -infinity; the slopes are those of the cap.
CK_INLINE void prepare_scores(const struct strip *s, ptrdiff_t key, ptrdiff_t lane, ck_real soft_cap, ck_reals *v) {
  if (soft_cap > 0) {
    *v /= soft_cap;
    ck_reals_tanh(v);
    const ck_reals slopes = ((ck_real)1 - *v) * ((ck_real)1 + *v);
    ck_reals_store(s->slopes + key * STRIP + lane, &slopes);
    *v *= soft_cap * (ck_real)CK_LOG2_E;
  }
  if (key < s->end[lane] && key >= s->first[lane + CK_LANES - 1]) return;
  ck_wholes first, end;
  ck_wholes_load(&first, s->first + lane);
  ck_wholes_load(&end, s->end + lane);
  const ck_wholes here = (ck_wholes)((ck_whole)key);
  *v = ((here >= first) & (here < end)) ? *v : (ck_reals)(-(ck_real)__builtin_inff());
}

/// Scores become weights, not yet divided by their sums. Each query's softmax is one lane.
CK_INLINE void weigh(struct strip *s, struct range keys, ck_real soft_cap) {
  for (ptrdiff_t lane = 0; lane < whole_vectors(s->height); lane += CK_LANES) {
    ck_real *weights = s->weights + lane;
    ck_reals maxima = (ck_reals)(-(ck_real)__builtin_inff()), sums = (ck_reals)(0), v;
    for (ptrdiff_t key = keys.first; key < keys.end; key++) {
      ck_reals_load(&v, weights + key * STRIP);
      prepare_scores(s, key, lane, soft_cap, &v);
      ck_reals_store(weights + key * STRIP, &v);
      maxima = v > maxima ? v : maxima;
    }
    for (ptrdiff_t key = keys.first; key < keys.end; key++) {
      ck_reals_load(&v, weights + key * STRIP);
      v -= maxima;
      ck_reals_power_of_two(&v);
      ck_reals_store(weights + key * STRIP, &v);
      sums += v;
    }
    sums = (ck_real)1 / sums;
    ck_reals_store(s->shares + lane, &sums);
  }
}

/// The weights of keys ..< keys + BLOCK become those of the softmax, and d_scores, which holds the gradient of the
/// weights, that of the scores before the cap.
CK_INLINE void differentiate(const struct strip *s, struct range keys, ck_real soft_cap) {
  for (ptrdiff_t lane = 0; lane < whole_vectors(s->height); lane += CK_LANES) {
    ck_reals shares, means, weight, d_score, slope;
    ck_reals_load(&shares, s->shares + lane);
    ck_reals_load(&means, s->means + lane);
    for (ptrdiff_t key = keys.first; key < keys.end; key++) {
      ck_real *weights = s->weights + key * STRIP + lane, *d_scores = s->d_scores + (key - keys.first) * STRIP + lane;
      ck_reals_load(&weight, weights);
      ck_reals_load(&d_score, d_scores);
      weight *= shares;
      ck_reals_store(weights, &weight);
      d_score = weight * (d_score - means);
      if (soft_cap > 0) {
        ck_reals_load(&slope, s->slopes + key * STRIP + lane);
        d_score *= slope;
      }
      // Where a query sees none of a tile's keys, no product was made: anything may have been there.
      d_score = weight == 0 ? (ck_reals)(0) : d_score;
      ck_reals_store(d_scores, &d_score);
    }
  }
}

/// The strip's part in d_values and d_keys, and its d_queries but for the scale.
CK_INLINE void differentiate_strip(const struct build build, const GRADIENT *g, const struct keys *k,
                                   struct strip *s) {
  const struct range keys = {s->first[0] / TILE * TILE, (s->end[STRIP - 1] + TILE - 1) / TILE * TILE};
  for (ptrdiff_t key = keys.first; key < keys.end; key += TILE) {
    multiply_columns(build, s, s->columns, g->head_size, k->keys, k->width, key, s->weights + key * STRIP);
  }
  weigh(s, keys, g->soft_cap);
  for (ptrdiff_t start = keys.first; start < keys.end; start += BLOCK) {
    const struct range block = {start, start + BLOCK < keys.end ? start + BLOCK : keys.end};
    ck_real *d_scores = s->d_scores - start * STRIP;
    for (ptrdiff_t key = start; key < block.end; key += TILE) {
      multiply_columns(build, s, s->d_columns, g->head_size, k->values, k->width, key, d_scores + key * STRIP);
    }
    differentiate(s, block, g->soft_cap);
    for (ptrdiff_t key = start; key < block.end; key += TILE) {
      add_rows(build, s, s->weights + key * STRIP, s->d_rows, k->width, key, k->d_values);
      add_rows(build, s, d_scores + key * STRIP, s->rows, k->width, key, k->d_keys);
    }
    add_to_queries(build, s, k, block);
  }
}

CK_INLINE void scale_row(const ck_real *from, ptrdiff_t size, ck_real factor, ck_real *to) {
  for (ptrdiff_t d = 0; d < size; d++) to[d] = from[d] * factor;
}

CK_INLINE void attention_gradient(const struct build build, const GRADIENT *g) {
  struct keys k;
  struct strip s;
  lay_out(g, &k, &s);
  load_keys(g, &k);
  const ptrdiff_t queries = g->rows * g->heads;
  for (ptrdiff_t index = 0; index < queries; index += STRIP) {
    s.height = queries - index < STRIP ? queries - index : STRIP;
    start_strip(g, &k, index, &s);
    differentiate_strip(build, g, &k, &s);
    for (ptrdiff_t m = 0; m < s.height; m++) {
      ck_real *target = g->d_queries + (index + m) / g->heads * g->qkv_stride + (index + m) % g->heads * g->head_size;
      scale_row(s.d_queries + m * k.width, g->head_size, g->scale, target);
    }
  }
  for (ptrdiff_t row = 0; row < g->rows; row++) {
    scale_row(k.d_keys + row * k.width, g->head_size, g->scale, g->d_keys + row * g->qkv_stride);
    scale_row(k.d_values + row * k.width, g->head_size, 1, g->d_values + row * g->qkv_stride);
  }
}

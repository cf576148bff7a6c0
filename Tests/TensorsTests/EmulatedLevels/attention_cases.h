// Attention over a cache in every format.
#pragma once

#include "harness.h"

/// Blocks whose positions are all stored.
static struct ck_kv_layer random_cache(enum ck_kv_format format, ptrdiff_t blocks) {
  const ptrdiff_t heads = between(1, 3), size = one_in(2) ? 16 * between(1, 8) : between(1, 100);
  const ptrdiff_t key_bytes = blocks * heads * ck_kv_key_bytes(format, size);
  const ptrdiff_t value_bytes = blocks * heads * ck_kv_value_bytes(format, size);
  const struct ck_kv_layer cache = {new_bytes(key_bytes), memset(new_bytes(value_bytes), 0, (size_t)value_bytes),
                                    format, heads, size};
  float *key = new_floats(heads * size), *value = new_floats(heads * size);
  for (ptrdiff_t i = 0; i < blocks * CK_KV_BLOCK; i++) {
    for (ptrdiff_t j = 0; j < heads * size; j++) key[j] = random_float(1), value[j] = random_float(1);
    ck_kv_store(&cache, (int32_t)(i / CK_KV_BLOCK), i % CK_KV_BLOCK, key, value);
  }
  return cache;
}

/// The rows at a level. A row alone has to have the same bits.
static float *attend(enum ck_level level, const struct ck_kv_layer *cache, const int32_t *table, ptrdiff_t kv_head,
                     struct ck_query_rows rows, const struct ck_scoring *scoring) {
  float *y = new_floats(rows.rows * rows.y_stride), *alone = new_floats(rows.y_stride);
  rows.y = y;
  ck_attention(level, cache, table, kv_head, &rows, scoring);
  const ptrdiff_t row = between(0, rows.rows - 1);
  rows.queries += row * rows.query_stride, rows.ends += row, rows.y = alone, rows.rows = 1;
  ck_attention(level, cache, table, kv_head, &rows, scoring);
  const long before = differences;
  expect_equal(level, y + row * rows.y_stride, alone, rows.y_stride);
  if (differences > before) report(level, "that was a row alone against itself among others");
  return y;
}

static void attention(enum ck_kv_format format) {
  const ptrdiff_t blocks = between(1, 4), heads = between(1, 5), count = one_in(2) ? between(1, 4) : between(1, 20);
  const struct ck_kv_layer cache = random_cache(format, blocks);
  const ptrdiff_t kv_head = between(0, cache.kv_heads - 1), stride = heads * cache.head_size + between(0, 3);
  int32_t table[4], ends[20];
  for (int32_t i = 0; i < blocks; i++) table[i] = (int32_t)blocks - 1 - i;
  const int is_causal = one_in(2), most = (int)blocks * CK_KV_BLOCK;
  const int start = (int)between(1, most - (int)count);
  for (int i = 0; i < count; i++) ends[i] = is_causal ? start + i : start;
  const struct ck_query_rows rows = {.queries = random_floats(count * stride, 1),
                                     .query_stride = stride,
                                     .y_stride = stride,
                                     .ends = ends,
                                     .rows = count,
                                     .heads = heads,
                                     .window = one_in(2) ? 0 : between(1, 50)};
  const float cap = one_in(2) ? 0.0f : 5.0f + fabsf(uniform(20));
  const struct ck_scoring scoring = {1.0f / sqrtf((float)cache.head_size), cap};
  SHAPE("format %d, %td rows of %td heads of %td, ends %d ... %d, window %td, cap %a", format, count, heads,
        cache.head_size, ends[0], ends[count - 1], rows.window, cap);
  const float *expected = attend(CK_PORTABLE, &cache, table, kv_head, rows, &scoring);
  FOR_LEVELS {
    expect_equal(level, expected, attend(level, &cache, table, kv_head, rows, &scoring), count * stride);
  }
}

static void attention_f32(void) { attention(CK_KV_F32); }
static void attention_bf16(void) { attention(CK_KV_BF16); }
static void attention_q8(void) { attention(CK_KV_Q8); }

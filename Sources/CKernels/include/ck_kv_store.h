#pragma once

#include <stddef.h>
#include <stdint.h>

/// Positions in one block of the key/value cache.
enum { CK_KV_BLOCK = 32, CK_MAXIMUM_HEAD_SIZE = 512 };

/// One layer of a paged key/value cache.
///
/// keys   [block][kv_heads][head_size][CK_KV_BLOCK]: the scores of a block's positions lie in the lanes
/// values [block][kv_heads][CK_KV_BLOCK][value_stride], value_stride = head_size rounded up to a multiple of 16,
///        the padding zero
struct ck_kv_layer {
  float *_Nonnull keys;
  float *_Nonnull values;
  ptrdiff_t kv_heads;
  ptrdiff_t head_size;
  ptrdiff_t value_stride;
};

/// Writes one position's keys and values [kv_heads, head_size] into slot `slot` < CK_KV_BLOCK of `block`.
void ck_kv_store_f32(const struct ck_kv_layer *_Nonnull cache, int32_t block, ptrdiff_t slot,
                     const float *_Nonnull keys, const float *_Nonnull values);

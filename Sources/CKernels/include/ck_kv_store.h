#pragma once

#include <stddef.h>
#include <stdint.h>

/// Positions in one block of the key/value cache.
enum { CK_KV_BLOCK = 32, CK_MAXIMUM_HEAD_SIZE = 512 };

/// How keys and values are stored.
enum ck_kv_format {
  CK_KV_F32 = 0,
  CK_KV_BF16 = 1, // rounded to nearest even
  CK_KV_Q8 = 2,   // integers -127 ... 127 times one f32 scale for each position and head, absmax / 127
};

/// One layer of a paged key/value cache.
///
/// keys   [block][kv_heads] of head_size groups, one for each dimension: the block's positions lie in the lanes
/// values [block][kv_heads] of CK_KV_BLOCK x ceil(head_size / 32) groups: a position's dimensions lie in the lanes,
///        the padding zero
///
/// A group is 32 elements whose halves 0-15 and 16-31 are vectors: f32 and q8 in order; bf16 as 16 words of 32 bits,
/// element i in the low and element 16 + i in the high half of word i, so that a shift and a mask make floats of them.
/// In q8 the groups of a block and head are followed by the scales of its positions [CK_KV_BLOCK].
struct ck_kv_layer {
  void *_Nonnull keys;
  void *_Nonnull values;
  enum ck_kv_format format;
  ptrdiff_t kv_heads;
  ptrdiff_t head_size;
};

/// Groups that a position's value takes.
static inline ptrdiff_t ck_kv_value_groups(ptrdiff_t head_size) { return (head_size + 31) / 32; }

static inline ptrdiff_t ck_kv_group_bytes(enum ck_kv_format format) {
  return format == CK_KV_F32 ? 128 : format == CK_KV_BF16 ? 64 : 32;
}

static inline ptrdiff_t ck_kv_scale_bytes(enum ck_kv_format format) {
  return format == CK_KV_Q8 ? CK_KV_BLOCK * (ptrdiff_t)sizeof(float) : 0;
}

/// Bytes of one block's keys for one head.
static inline ptrdiff_t ck_kv_key_bytes(enum ck_kv_format format, ptrdiff_t head_size) {
  return head_size * ck_kv_group_bytes(format) + ck_kv_scale_bytes(format);
}

/// Bytes of one block's values for one head.
static inline ptrdiff_t ck_kv_value_bytes(enum ck_kv_format format, ptrdiff_t head_size) {
  return CK_KV_BLOCK * ck_kv_value_groups(head_size) * ck_kv_group_bytes(format) + ck_kv_scale_bytes(format);
}

/// Writes one position's keys and values [kv_heads, head_size] into slot `slot` < CK_KV_BLOCK of `block`.
///
/// NaN stays NaN. In q8 a NaN or an infinity makes the position's key or value NaN, and what is below 2^-100 in all its
/// dimensions is stored as 0.
void ck_kv_store(const struct ck_kv_layer *_Nonnull cache, int32_t block, ptrdiff_t slot,
                 const float *_Nonnull keys, const float *_Nonnull values);

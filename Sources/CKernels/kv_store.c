#include "ck_kv_store.h"
#include "vector.h"

/// Where an element lies in the groups of a block and head.
struct place {
  ptrdiff_t group, element;
};

typedef struct place place_function(ptrdiff_t d, ptrdiff_t slot, ptrdiff_t value_groups);

CK_INLINE struct place place_of_key(ptrdiff_t d, ptrdiff_t slot, ptrdiff_t value_groups) {
  (void)value_groups;
  return (struct place){d, slot};
}

CK_INLINE struct place place_of_value(ptrdiff_t d, ptrdiff_t slot, ptrdiff_t value_groups) {
  return (struct place){slot * value_groups + d / 32, d % 32};
}

static uint16_t rounded_to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (x != x) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// The largest magnitude; NaN if there is one. As integers, magnitudes are ordered with NaN above all numbers.
static float absolute_maximum(const float *x, ptrdiff_t count) {
  uint32_t largest = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  float result;
  memcpy(&result, &largest, sizeof result);
  return result;
}

/// Rounds half to even: adding 1.5 * 2^23 leaves the integer in the low bits. NaN leaves anything; the scale says so.
static int8_t rounded_to_q8(float x) {
  const float shifted = x + 12582912.0f;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  return (int8_t)(bits & 0xff);
}

CK_INLINE void store_f32(char *groups, place_function *place_of, ptrdiff_t slot, const float *x, ptrdiff_t size) {
  const ptrdiff_t value_groups = ck_kv_value_groups(size);
  for (ptrdiff_t d = 0; d < size; d++) {
    const struct place p = place_of(d, slot, value_groups);
    memcpy(groups + (p.group * 32 + p.element) * 4, x + d, sizeof(float));
  }
}

CK_INLINE void store_bf16(char *groups, place_function *place_of, ptrdiff_t slot, const float *x, ptrdiff_t size) {
  const ptrdiff_t value_groups = ck_kv_value_groups(size);
  for (ptrdiff_t d = 0; d < size; d++) {
    const struct place p = place_of(d, slot, value_groups);
    const uint16_t rounded = rounded_to_bf16(x[d]);
    memcpy(groups + p.group * 64 + p.element % 16 * 4 + p.element / 16 * 2, &rounded, sizeof rounded);
  }
}

CK_INLINE void store_q8(char *groups, char *scales, place_function *place_of, ptrdiff_t slot, const float *x,
                        ptrdiff_t size) {
  const float largest = absolute_maximum(x, size);
  const int vanishes = largest < 0x1p-100f;
  // NaN for an infinity too: its integer would be anything.
  const float scale = vanishes ? 0.0f : largest / 127.0f + (largest - largest);
  const float inverse = vanishes ? 0.0f : 127.0f / largest;
  const ptrdiff_t value_groups = ck_kv_value_groups(size);
  for (ptrdiff_t d = 0; d < size; d++) {
    const struct place p = place_of(d, slot, value_groups);
    groups[p.group * 32 + p.element] = rounded_to_q8(x[d] * inverse);
  }
  memcpy(scales + slot * 4, &scale, sizeof scale);
}

/// One head's key or value; `groups` is a block's for the head, of `byte_count` bytes.
CK_INLINE void store(enum ck_kv_format format, char *groups, ptrdiff_t byte_count, place_function *place_of,
                     ptrdiff_t slot, const float *x, ptrdiff_t size) {
  switch (format) {
    case CK_KV_F32: return store_f32(groups, place_of, slot, x, size);
    case CK_KV_BF16: return store_bf16(groups, place_of, slot, x, size);
    case CK_KV_Q8:
      return store_q8(groups, groups + byte_count - ck_kv_scale_bytes(format), place_of, slot, x, size);
  }
}

void ck_kv_store(const struct ck_kv_layer *cache, int32_t block, ptrdiff_t slot, const float *keys,
                 const float *values) {
  const enum ck_kv_format format = cache->format;
  const ptrdiff_t size = cache->head_size;
  const ptrdiff_t key_bytes = ck_kv_key_bytes(format, size), value_bytes = ck_kv_value_bytes(format, size);
  for (ptrdiff_t head = 0; head < cache->kv_heads; head++) {
    const ptrdiff_t index = block * cache->kv_heads + head;
    store(format, (char *)cache->keys + index * key_bytes, key_bytes, place_of_key, slot, keys + head * size, size);
    store(format, (char *)cache->values + index * value_bytes, value_bytes, place_of_value, slot, values + head * size,
          size);
  }
}

#include "ck_kv_store.h"
#include "bfloat16.h"
#include "vector.h"

/// The largest magnitude; NaN if there is one. As integers, magnitudes are ordered with NaN above all numbers.
static float absolute_maximum(const float *x, ptrdiff_t count) {
  int32_t largest = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  float result;
  memcpy(&result, &largest, sizeof result);
  return result;
}

/// Returns the scale. Adding 1.5 * 2^23 rounds half to even and leaves the integer in the low bits, with no conversion
/// that NaN would make undefined: NaN and infinity leave anything there and make the scale NaN.
static float round_to_q8(const float *x, ptrdiff_t count, int8_t *y) {
  const float largest = absolute_maximum(x, count);
  const int vanishes = largest < 0x1p-100f;
  const float inverse = vanishes ? 0.0f : 127.0f / largest;
  for (ptrdiff_t i = 0; i < count; i++) {
    const float shifted = x[i] * inverse + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    y[i] = (int8_t)bits;
  }
  return vanishes ? 0.0f : largest / 127.0f + (largest - largest);
}

/// One head's key or value in a format, in the order of dimensions; bf16 is padded with zeros to whole groups.
struct elements {
  float scale;
  union {
    float f32[CK_MAXIMUM_HEAD_SIZE];
    uint16_t bf16[CK_MAXIMUM_HEAD_SIZE];
    int8_t q8[CK_MAXIMUM_HEAD_SIZE];
  };
};

static void encode(enum ck_kv_format format, const float *x, ptrdiff_t size, struct elements *e) {
  switch (format) {
    case CK_KV_F32: memcpy(e->f32, x, (size_t)size * sizeof *x); return;
    case CK_KV_BF16:
      for (ptrdiff_t i = 0; i < size; i++) e->bf16[i] = ck_to_bfloat16(x[i]);
      memset(e->bf16 + size, 0, (size_t)(ck_kv_value_groups(size) * 32 - size) * sizeof *e->bf16);
      return;
    case CK_KV_Q8: e->scale = round_to_q8(x, size, e->q8); return;
  }
}

static void interleave(const uint16_t *elements, ptrdiff_t group_count, char *groups) {
  for (ptrdiff_t g = 0; g < group_count; g++) {
    for (ptrdiff_t i = 0; i < 16; i++) {
      const uint32_t word = elements[g * 32 + i] | (uint32_t)elements[g * 32 + 16 + i] << 16;
      memcpy(groups + g * 64 + i * 4, &word, sizeof word);
    }
  }
}

/// Spreads the dimensions over the groups of a block and head.
static void place_key(enum ck_kv_format format, const struct elements *e, ptrdiff_t size, ptrdiff_t slot, char *block) {
  switch (format) {
    case CK_KV_F32:
      for (ptrdiff_t d = 0; d < size; d++) memcpy(block + d * 128 + slot * 4, e->f32 + d, 4);
      return;
    case CK_KV_BF16:
      for (ptrdiff_t d = 0; d < size; d++) memcpy(block + d * 64 + slot % 16 * 4 + slot / 16 * 2, e->bf16 + d, 2);
      return;
    case CK_KV_Q8:
      for (ptrdiff_t d = 0; d < size; d++) block[d * 32 + slot] = e->q8[d];
      memcpy(block + size * 32 + slot * 4, &e->scale, 4);
      return;
  }
}

static void place_value(enum ck_kv_format format, const struct elements *e, ptrdiff_t size, ptrdiff_t slot,
                        char *block) {
  const ptrdiff_t slot_bytes = ck_kv_value_groups(size) * ck_kv_group_bytes(format);
  char *groups = block + slot * slot_bytes;
  switch (format) {
    case CK_KV_F32: memcpy(groups, e->f32, (size_t)size * 4); return;
    case CK_KV_BF16: interleave(e->bf16, ck_kv_value_groups(size), groups); return;
    case CK_KV_Q8:
      memcpy(groups, e->q8, (size_t)size);
      memcpy(block + CK_KV_BLOCK * slot_bytes + slot * 4, &e->scale, 4);
      return;
  }
}

void ck_kv_store(const struct ck_kv_layer *cache, int32_t block, ptrdiff_t slot, const float *keys,
                 const float *values) {
  const enum ck_kv_format format = cache->format;
  const ptrdiff_t size = cache->head_size;
  struct elements e;
  for (ptrdiff_t head = 0; head < cache->kv_heads; head++) {
    const ptrdiff_t index = block * cache->kv_heads + head;
    encode(format, keys + head * size, size, &e);
    place_key(format, &e, size, slot, (char *)cache->keys + index * ck_kv_key_bytes(format, size));
    encode(format, values + head * size, size, &e);
    place_value(format, &e, size, slot, (char *)cache->values + index * ck_kv_value_bytes(format, size));
  }
}

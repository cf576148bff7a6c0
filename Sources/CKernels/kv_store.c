#include "ck_kv_store.h"

#include <string.h>

void ck_kv_store_f32(const struct ck_kv_layer *cache, int32_t block, ptrdiff_t slot, const float *keys,
                     const float *values) {
  const ptrdiff_t size = cache->head_size, stride = cache->value_stride;
  float *key_block = cache->keys + block * cache->kv_heads * size * CK_KV_BLOCK;
  float *value_block = cache->values + block * cache->kv_heads * stride * CK_KV_BLOCK;
  for (ptrdiff_t i = 0; i < cache->kv_heads * size; i++) key_block[i * CK_KV_BLOCK + slot] = keys[i];
  for (ptrdiff_t head = 0; head < cache->kv_heads; head++) {
    memcpy(value_block + (head * CK_KV_BLOCK + slot) * stride, values + head * size, (size_t)size * sizeof(float));
  }
}

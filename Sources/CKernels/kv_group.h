// Private to the kernels: groups of the key/value cache (ck_kv_store.h) as vectors.
#pragma once

#include "ck_kv_store.h"
#include "vector.h"

typedef uint32_t ck_u16_unaligned __attribute__((ext_vector_type(16), aligned(4), may_alias));
typedef int8_t ck_b16_unaligned __attribute__((ext_vector_type(16), aligned(1), may_alias));

/// Half 0 or 1 of a group; in q8 without the scale. Format and half are constants where this is inlined.
CK_INLINE void ck_load_half(ck_v16 *v, enum ck_kv_format format, const char *group, const ptrdiff_t half) {
  switch (format) {
    case CK_KV_F32: return ck_load(v, (const float *)group + half * CK_LANES);
    case CK_KV_BF16: {
      const ck_u16_unaligned words = *(const ck_u16_unaligned *)group;
      *v = (ck_v16)(half == 0 ? words << 16 : words & 0xffff0000);
      return;
    }
    case CK_KV_Q8: {
      const ck_b16_unaligned integers = *(const ck_b16_unaligned *)(group + half * CK_LANES);
      *v = __builtin_convertvector(integers, ck_v16);
      return;
    }
  }
}

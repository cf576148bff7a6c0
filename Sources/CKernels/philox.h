// Private to the kernels: random numbers that are a function of key and counter alone.
#pragma once

#include "vector.h"

typedef uint64_t ck_w16 __attribute__((ext_vector_type(16)));

CK_INLINE void ck_multiply_wide(const ck_u16 *x, uint32_t factor, ck_u16 *high, ck_u16 *low) {
  const ck_w16 product = __builtin_convertvector(*x, ck_w16) * (ck_w16)((uint64_t)factor);
  *high = __builtin_convertvector(product >> 32, ck_u16);
  *low = __builtin_convertvector(product, ck_u16);
}

/// Philox4x32-10 (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3") in 16 lanes: 4 counters become 4
/// random words.
CK_INLINE void ck_philox(ck_u16 words[4], uint64_t key) {
  uint32_t low_key = (uint32_t)key, high_key = (uint32_t)(key >> 32);
#pragma clang loop unroll(disable)
  for (int round = 0; round < 10; round++) {
    ck_u16 first_high, first_low, second_high, second_low;
    ck_multiply_wide(&words[0], 0xD2511F53u, &first_high, &first_low);
    ck_multiply_wide(&words[2], 0xCD9E8D57u, &second_high, &second_low);
    words[0] = second_high ^ words[1] ^ low_key;
    words[1] = second_low;
    words[2] = first_high ^ words[3] ^ high_key;
    words[3] = first_low;
    low_key += 0x9E3779B9u;
    high_key += 0xBB67AE85u;
  }
}

// Private to the kernels: blocks of 32-bit values turned about their diagonal.
#pragma once

#include "vector.h"

typedef uint32_t ck_u8 __attribute__((ext_vector_type(8)));
typedef uint32_t ck_u8_unaligned __attribute__((ext_vector_type(8), aligned(4)));

/// Rows become columns.
CK_INLINE void ck_transpose(ck_u8 block[8]) {
  ck_u8 pairs[8], quads[8];
  CK_UNROLL for (int i = 0; i < 8; i += 2) {
    pairs[i] = __builtin_shufflevector(block[i], block[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[i + 1] = __builtin_shufflevector(block[i], block[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  CK_UNROLL for (int i = 0; i < 8; i += 4) {
    CK_UNROLL for (int j = 0; j < 2; j++) {
      quads[i + 2 * j] = __builtin_shufflevector(pairs[i + j], pairs[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      quads[i + 2 * j + 1] = __builtin_shufflevector(pairs[i + j], pairs[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  CK_UNROLL for (int i = 0; i < 4; i++) {
    block[i] = __builtin_shufflevector(quads[i], quads[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    block[i + 4] = __builtin_shufflevector(quads[i], quads[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

#include "ck_dropout.h"
#include "philox.h"
#include "row_part.h"

_Static_assert(CK_DROPOUT_BLOCK == 4 * CK_LANES, "four words of each lane");

CK_INLINE void dropout(uint64_t key, uint64_t counter, uint64_t first_block, uint32_t threshold, float factor,
                       ptrdiff_t count, float *x) {
  const ck_u16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (ptrdiff_t i = 0; i < count; i += CK_DROPOUT_BLOCK) {
    // The lanes' numbers fit into the low four bits.
    const uint64_t number = (first_block + (uint64_t)(i / CK_DROPOUT_BLOCK)) * CK_LANES;
    ck_u16 words[4] = {lanes + (uint32_t)number, (ck_u16)((uint32_t)(number >> 32)), (ck_u16)((uint32_t)counter),
                       (ck_u16)((uint32_t)(counter >> 32))};
    ck_philox(words, key);
    CK_UNROLL for (int word = 0; word < 4; word++) {
      const ptrdiff_t start = i + word * CK_LANES;
      if (start >= count) return;
      ck_v16 v;
      ck_load_up_to(&v, x + start, count - start, 0.0f);
      v = words[word] < threshold ? (ck_v16)(0.0f) : v * factor;
      ck_store_up_to(x + start, &v, count - start);
    }
  }
}

CK_DEFINE_LEVELS(void, ck_dropout_f32,
                 (uint64_t key, uint64_t counter, uint64_t first_block, uint32_t threshold, float factor,
                  ptrdiff_t count, float *x),
                 (key, counter, first_block, threshold, factor, count, x), dropout)

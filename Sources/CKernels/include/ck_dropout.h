#pragma once

#include "ck_level.h"

#include <stddef.h>
#include <stdint.h>

/// Values that a block of random words decides about.
enum { CK_DROPOUT_BLOCK = 64 };

/// x[i] *= factor, or 0 where the random word of its position is below `threshold`, for `count` values.
///
/// Value i of block `first_block` + i / 64 is decided by word i / 16 mod 4 of Philox4x32-10 with the counter
/// (16 block + i mod 16, `counter`), two 64-bit numbers, low words first, and `key`. Dropped NaN becomes 0.
void ck_dropout_f32(enum ck_level level, uint64_t key, uint64_t counter, uint64_t first_block, uint32_t threshold,
                    float factor, ptrdiff_t count, float *_Nonnull x);

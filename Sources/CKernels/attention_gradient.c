#include "attention_gradient_body.h"

ptrdiff_t ck_attention_gradient_scratch_count(ptrdiff_t rows, ptrdiff_t head_size) {
  const ptrdiff_t padded = rows + TILE, width = whole_vectors(head_size);
  const ptrdiff_t count = 4 * padded * width + 5 * STRIP * width + 2 * padded * STRIP + BLOCK * STRIP;
  return whole_vectors(count);
}

#define DEFINE_LEVEL(target, name, rows, vectors)                                                    \
  target static void name(const struct ck_attention_gradient_f32 *sequence) {                        \
    attention_gradient((struct build){rows, vectors}, sequence);                                     \
  }

DEFINE_LEVEL(, attention_gradient_portable, 1, 1)
#if defined(__x86_64__)
DEFINE_LEVEL(CK_TARGET_AVX2, attention_gradient_avx2, TILE, 1)
DEFINE_LEVEL(CK_TARGET_AVX512, attention_gradient_avx512, TILE, 4)
#endif

void ck_attention_gradient(enum ck_level level, const struct ck_attention_gradient_f32 *sequence) {
#if defined(__x86_64__)
  if (level >= CK_AVX512) return attention_gradient_avx512(sequence);
  if (level >= CK_AVX2) return attention_gradient_avx2(sequence);
#else
  (void)level;
#endif
  attention_gradient_portable(sequence);
}

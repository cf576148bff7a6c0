// The gradient of attention.
#pragma once

#include "harness.h"

static void attention_gradient(void) {
  const ptrdiff_t rows = between(1, one_in(3) ? 70 : 20), heads = between(1, 4);
  const ptrdiff_t size = one_in(2) ? 16 * between(1, 5) : between(1, 40);
  const ptrdiff_t stride = (heads + 2) * size + between(0, 3), attended_stride = heads * size + between(0, 3);
  const int is_causal = !one_in(4);
  int32_t ends[70];
  for (int i = 0; i < rows; i++) ends[i] = is_causal ? i + 1 : (int32_t)rows;
  const float *qkv = random_floats(rows * stride, 1);
  struct ck_attention_gradient_f32 sequence = {.queries = qkv,
                                               .keys = qkv + heads * size,
                                               .values = qkv + (heads + 1) * size,
                                               .qkv_stride = stride,
                                               .attended = random_floats(rows * attended_stride, 1),
                                               .d_attended = random_floats(rows * attended_stride, 1),
                                               .attended_stride = attended_stride,
                                               .ends = ends,
                                               .rows = rows,
                                               .heads = heads,
                                               .head_size = size,
                                               .window = one_in(2) ? 0 : between(1, 40),
                                               .scale = 1.0f / sqrtf((float)size),
                                               .soft_cap = one_in(2) ? 0.0f : 5.0f + fabsf(uniform(20))};
  SHAPE("%td rows of %td heads of %td, %s, window %td, cap %a", rows, heads, size, is_causal ? "causal" : "ahead",
        sequence.window, sequence.soft_cap);
  float *results[CK_AVX512_BF16 + 1];
  for (enum ck_level level = CK_PORTABLE; level <= ck_detect_level(); level++) {
    float *d_qkv = results[level] = new_floats(rows * stride);
    sequence.d_queries = d_qkv;
    sequence.d_keys = d_qkv + heads * size;
    sequence.d_values = d_qkv + (heads + 1) * size;
    sequence.scratch = new_floats(ck_attention_gradient_scratch_count(rows, size));
    ck_attention_gradient(level, &sequence);
    expect_equal(level, results[CK_PORTABLE], d_qkv, rows * stride);
  }
}

// The kernels of single rows.
#pragma once

#include "harness.h"

static ptrdiff_t random_count(void) { return one_in(3) ? between(1, 20) : between(1, 300); }

static void add(void) {
  const ptrdiff_t count = random_count();
  const float *x = random_floats(count, 1), *start = random_floats(count, 1);
  float *expected = copy_of(start, count);
  SHAPE("%td values", count);
  ck_add_f32(CK_PORTABLE, x, count, expected);
  FOR_LEVELS {
    float *y = copy_of(start, count);
    ck_add_f32(level, x, count, y);
    expect_equal(level, expected, y, count);
  }
}

static void argmax(void) {
  const ptrdiff_t count = random_count();
  float *x = random_floats(count, 1);
  if (one_in(3)) x[between(0, count - 1)] = x[between(0, count - 1)] = 2.0f;
  if (one_in(20)) for (ptrdiff_t i = 0; i < count; i++) x[i] = NAN;
  SHAPE("%td values", count);
  const ptrdiff_t expected = ck_argmax_f32(CK_PORTABLE, x, count);
  FOR_LEVELS {
    compared++;
    if (ck_argmax_f32(level, x, count) != expected) report(level, "another index");
  }
}

static void mask(void) {
  const ptrdiff_t count = random_count();
  const float *start = random_floats(count, 1);
  uint64_t words[5];
  for (int i = 0; i < 5; i++) words[i] = one_in(3) ? ~0ull : next_random();
  float *expected = copy_of(start, count);
  SHAPE("%td values", count);
  ck_mask_f32(CK_PORTABLE, expected, count, words);
  FOR_LEVELS {
    float *y = copy_of(start, count);
    ck_mask_f32(level, y, count, words);
    expect_equal(level, expected, y, count);
  }
}

static void soft_cap(void) {
  const ptrdiff_t count = random_count();
  const float cap = 1.0f + fabsf(uniform(50)), *start = random_floats(count, 100);
  float *expected = copy_of(start, count);
  SHAPE("%td values, cap %a", count, cap);
  ck_soft_cap_f32(CK_PORTABLE, expected, count, cap);
  FOR_LEVELS {
    float *y = copy_of(start, count);
    ck_soft_cap_f32(level, y, count, cap);
    expect_equal(level, expected, y, count);
  }
}

static void norms(void) {
  const ptrdiff_t count = random_count();
  const float *x = random_floats(count, 3), *weight = random_floats(count, 1), *bias = random_floats(count, 1);
  float *root_mean_square = new_floats(count), *layer = new_floats(count);
  SHAPE("%td values", count);
  ck_rms_norm_f32(CK_PORTABLE, x, weight, 1e-6f, count, root_mean_square);
  ck_layer_norm_f32(CK_PORTABLE, x, weight, bias, 1e-5f, count, layer);
  FOR_LEVELS {
    float *y = new_floats(count), *z = new_floats(count);
    ck_rms_norm_f32(level, x, weight, 1e-6f, count, y);
    ck_layer_norm_f32(level, x, weight, bias, 1e-5f, count, z);
    expect_equal(level, root_mean_square, y, count);
    expect_equal(level, layer, z, count);
  }
}

static void softmax(void) {
  const ptrdiff_t count = random_count();
  const float scale = one_in(2) ? 1.0f : 0.3f + fabsf(uniform(2));
  float *x = random_floats(count, 30), *expected = new_floats(count);
  for (ptrdiff_t i = 0; i < count; i++) x[i] = one_in(5) ? -INFINITY : x[i];
  SHAPE("%td values, scale %a", count, scale);
  ck_softmax_f32(CK_PORTABLE, x, scale, count, expected);
  const struct ck_exponential_sum expected_sum = ck_exponential_sum_f32(CK_PORTABLE, x, scale, count);
  FOR_LEVELS {
    float *y = new_floats(count);
    ck_softmax_f32(level, x, scale, count, y);
    expect_equal(level, expected, y, count);
    const struct ck_exponential_sum sum = ck_exponential_sum_f32(level, x, scale, count);
    expect_equal(level, &expected_sum.maximum, &sum.maximum, 1);
    expect_equal(level, &expected_sum.sum, &sum.sum, 1);
  }
}

static void activation(void) {
  const ptrdiff_t count = random_count();
  const enum ck_activation activation = (enum ck_activation)between(CK_SILU, CK_RELU);
  const float *x = random_floats(count, 8), *up = random_floats(count, 1);
  float *expected = new_floats(count), *expected_gated = new_floats(count);
  SHAPE("%td values, activation %d", count, activation);
  ck_activate_f32(CK_PORTABLE, activation, x, count, expected);
  ck_activate_gated_f32(CK_PORTABLE, activation, x, up, count, expected_gated);
  FOR_LEVELS {
    float *y = new_floats(count), *z = new_floats(count);
    ck_activate_f32(level, activation, x, count, y);
    ck_activate_gated_f32(level, activation, x, up, count, z);
    expect_equal(level, expected, y, count);
    expect_equal(level, expected_gated, z, count);
  }
}

static void rope(void) {
  const ptrdiff_t heads = between(1, 5), width = 2 * between(1, 70), size = width + 8 * between(0, 2);
  const ptrdiff_t count = heads * size;
  const float *start = random_floats(count, 2), *cosines = random_floats(width / 2, 1);
  const float *sines = random_floats(width / 2, 1);
  float *expected = copy_of(start, count), *expected_gradient = copy_of(start, count);
  SHAPE("%td heads of %td, %td turned", heads, size, width);
  ck_rope_f32(CK_PORTABLE, expected, heads, size, width, cosines, sines);
  ck_rope_gradient_f32(CK_PORTABLE, expected_gradient, heads, size, width, cosines, sines);
  FOR_LEVELS {
    float *y = copy_of(start, count), *gradient = copy_of(start, count);
    ck_rope_f32(level, y, heads, size, width, cosines, sines);
    ck_rope_gradient_f32(level, gradient, heads, size, width, cosines, sines);
    expect_equal(level, expected, y, count);
    expect_equal(level, expected_gradient, gradient, count);
  }
}

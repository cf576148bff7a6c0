// The kernels of training.
#pragma once

#include "harness.h"
#include "row_cases.h"

/// Weights packed, and rows turned, on the way into a product.
static void slices(void) {
  const enum ck_format format = one_in(2) ? CK_FORMAT_F32 : CK_FORMAT_BF16;
  const ptrdiff_t features = between(1, 70), depth = random_count();
  const ptrdiff_t along = depth + between(0, 3), across = features + between(0, 3);
  const ptrdiff_t panels = (features + CK_PANEL - 1) / CK_PANEL, size = panels * ck_panel_byte_count(format, depth);
  const ptrdiff_t turned_stride = (depth + 15) / 16 * 16 * (format == CK_FORMAT_F32 ? 4 : 2) + 4 * between(0, 3);
  const float *rows = random_floats(features * along, 1), *columns = random_floats(depth * across, 1);
  const ptrdiff_t turned_size = features * turned_stride, counts[3] = {size / 4, size / 4, turned_size / 4};
  float *expected[3] = {new_bytes(size), new_bytes(size), new_bytes(turned_size)};
  SHAPE("format %d, %td features, depth %td", format, features, depth);
  ck_pack_feature_rows(CK_PORTABLE, format, rows, along, features, depth, expected[0]);
  ck_pack_feature_columns(CK_PORTABLE, format, columns, across, features, depth, expected[1]);
  ck_prepare_columns(CK_PORTABLE, format, columns, across, features, depth, expected[2], turned_stride);
  FOR_LEVELS {
    float *actual[3] = {new_bytes(size), new_bytes(size), new_bytes(turned_size)};
    ck_pack_feature_rows(level, format, rows, along, features, depth, actual[0]);
    ck_pack_feature_columns(level, format, columns, across, features, depth, actual[1]);
    ck_prepare_columns(level, format, columns, across, features, depth, actual[2], turned_stride);
    for (int i = 0; i < 3; i++) expect_equal(level, expected[i], actual[i], counts[i]);
  }
}

static void norm_gradients(void) {
  const ptrdiff_t count = random_count();
  const int adds = one_in(2);
  const float *dy = random_floats(count, 1), *x = random_floats(count, 3), *weight = random_floats(count, 1);
  const float *start = random_floats(count, 1);
  float *root_mean_square = copy_of(start, count), *layer = copy_of(start, count);
  SHAPE("%td values%s", count, adds ? ", added" : "");
  ck_rms_norm_gradient_f32(CK_PORTABLE, dy, x, weight, 1e-6f, count, adds, root_mean_square);
  ck_layer_norm_gradient_f32(CK_PORTABLE, dy, x, weight, 1e-5f, count, adds, layer);
  const float scale = ck_rms_norm_scale_f32(CK_PORTABLE, x, 1e-6f, count);
  const struct ck_row_statistics row = ck_layer_norm_statistics_f32(CK_PORTABLE, x, 1e-5f, count);
  FOR_LEVELS {
    float *y = copy_of(start, count), *z = copy_of(start, count);
    ck_rms_norm_gradient_f32(level, dy, x, weight, 1e-6f, count, adds, y);
    ck_layer_norm_gradient_f32(level, dy, x, weight, 1e-5f, count, adds, z);
    expect_equal(level, root_mean_square, y, count);
    expect_equal(level, layer, z, count);
    const float other_scale = ck_rms_norm_scale_f32(level, x, 1e-6f, count);
    const struct ck_row_statistics other_row = ck_layer_norm_statistics_f32(level, x, 1e-5f, count);
    expect_equal(level, &scale, &other_scale, 1);
    expect_equal(level, &row.mean, &other_row.mean, 1);
    expect_equal(level, &row.scale, &other_row.scale, 1);
  }
}

static void activation_gradients(void) {
  const ptrdiff_t count = random_count();
  const enum ck_activation activation = (enum ck_activation)between(CK_SILU, CK_RELU);
  const float *dy = random_floats(count, 1), *x = random_floats(count, 8), *up = random_floats(count, 1);
  const float cap = 1.0f + fabsf(uniform(50));
  float *dx = new_floats(count), *dgate = new_floats(count), *dup = new_floats(count), *capped = copy_of(dy, count);
  SHAPE("%td values, activation %d, cap %a", count, activation, cap);
  ck_activation_gradient_f32(CK_PORTABLE, activation, dy, x, count, dx);
  ck_activation_gradient_gated_f32(CK_PORTABLE, activation, dy, x, up, count, dgate, dup);
  ck_soft_cap_gradient_f32(CK_PORTABLE, capped, x, count, cap);
  FOR_LEVELS {
    float *a = new_floats(count), *b = new_floats(count), *c = new_floats(count), *d = copy_of(dy, count);
    ck_activation_gradient_f32(level, activation, dy, x, count, a);
    ck_activation_gradient_gated_f32(level, activation, dy, x, up, count, b, c);
    ck_soft_cap_gradient_f32(level, d, x, count, cap);
    expect_equal(level, dx, a, count);
    expect_equal(level, dgate, b, count);
    expect_equal(level, dup, c, count);
    expect_equal(level, capped, d, count);
  }
}

static void column_sums(void) {
  const ptrdiff_t count = random_count(), rows = between(0, 9), stride = count + between(0, 3);
  const float *dy = random_floats(rows * stride, 1), *x = random_floats(rows * stride, 3);
  const float *start = random_floats(count, 1);
  struct ck_row_statistics *statistics = (struct ck_row_statistics *)random_floats(2 * rows, 1);
  float *sums = copy_of(start, count), *norm_sums = copy_of(start, count);
  SHAPE("[%td, %td]", rows, count);
  ck_column_sums_f32(CK_PORTABLE, dy, stride, rows, count, sums);
  ck_norm_column_sums_f32(CK_PORTABLE, dy, x, stride, rows, statistics, count, norm_sums);
  FOR_LEVELS {
    float *y = copy_of(start, count), *z = copy_of(start, count);
    ck_column_sums_f32(level, dy, stride, rows, count, y);
    ck_norm_column_sums_f32(level, dy, x, stride, rows, statistics, count, z);
    expect_equal(level, sums, y, count);
    expect_equal(level, norm_sums, z, count);
  }
}

static void scatter_add(void) {
  const ptrdiff_t count = random_count(), rows = between(0, 9), stride = count + between(0, 3);
  const float factor = uniform(3), *x = random_floats(rows * stride, 1), *start = random_floats(5 * stride, 1);
  int32_t indices[9];
  for (int i = 0; i < 9; i++) indices[i] = (int32_t)between(0, 4);
  float *expected = copy_of(start, 5 * stride);
  SHAPE("[%td, %td]", rows, count);
  ck_scatter_add_f32(CK_PORTABLE, x, indices, rows, stride, count, factor, expected);
  FOR_LEVELS {
    float *table = copy_of(start, 5 * stride);
    ck_scatter_add_f32(level, x, indices, rows, stride, count, factor, table);
    expect_equal(level, expected, table, 5 * stride);
  }
}

static void cross_entropy(void) {
  const ptrdiff_t count = random_count(), label = between(0, count - 1);
  const float factor = uniform(2), smoothing = one_in(2) ? 0.0f : fabsf(uniform(1));
  const float *start = random_floats(count, 20);
  float *expected = copy_of(start, count);
  SHAPE("%td values, label %td, factor %a, smoothing %a", count, label, factor, smoothing);
  const struct ck_cross_entropy result = ck_cross_entropy_f32(CK_PORTABLE, expected, count, label, factor, smoothing);
  FOR_LEVELS {
    float *logits = copy_of(start, count);
    const struct ck_cross_entropy other = ck_cross_entropy_f32(level, logits, count, label, factor, smoothing);
    expect_equal(level, expected, logits, count);
    expect_equal(level, &result.loss, &other.loss, 1);
    if (result.is_hit != other.is_hit) report(level, "another hit");
  }
}

static void adamw(void) {
  const ptrdiff_t count = random_count();
  const struct ck_adamw step = {0.5f, 0.1f, 0.99f, 0.01f, 0.999f, uniform(0.1f), 0.3f, 1e-8f};
  const float *gradient = random_floats(count, 1), *w = random_floats(count, 1), *m = random_floats(count, 1);
  const float *v = random_floats(count, 1);
  float *expected[3] = {copy_of(w, count), copy_of(m, count), copy_of(v, count)};
  SHAPE("%td values", count);
  ck_adamw_f32(CK_PORTABLE, &step, gradient, count, expected[0], expected[1], expected[2]);
  FOR_LEVELS {
    float *actual[3] = {copy_of(w, count), copy_of(m, count), copy_of(v, count)};
    ck_adamw_f32(level, &step, gradient, count, actual[0], actual[1], actual[2]);
    for (int i = 0; i < 3; i++) expect_equal(level, expected[i], actual[i], count);
  }
}

static void sum_of_squares(void) {
  const ptrdiff_t count = random_count();
  const float *x = random_floats(count, 1);
  SHAPE("%td values", count);
  const double expected = ck_sum_of_squares_f32(CK_PORTABLE, x, count);
  FOR_LEVELS {
    compared++;
    const double actual = ck_sum_of_squares_f32(level, x, count);
    if (actual != expected && !(isnan(actual) && isnan(expected))) report(level, "another sum");
  }
}

static void dropout(void) {
  const ptrdiff_t count = random_count();
  const uint64_t key = next_random(), counter = next_random(), block = next_random() >> between(10, 60);
  const uint32_t threshold = (uint32_t)next_random();
  const float factor = 1.0f + fabsf(uniform(1)), *start = random_floats(count, 1);
  float *expected = copy_of(start, count);
  SHAPE("%td values from block %llu", count, (unsigned long long)block);
  ck_dropout_f32(CK_PORTABLE, key, counter, block, threshold, factor, count, expected);
  FOR_LEVELS {
    float *x = copy_of(start, count);
    ck_dropout_f32(level, key, counter, block, threshold, factor, count, x);
    expect_equal(level, expected, x, count);
  }
}

// Products with weights in every format.
#pragma once

#include "harness.h"

/// A product: rows of activations, some panels of a matrix.
struct product {
  struct ck_matrix w;
  const float *x;
  ptrdiff_t rows, first_panel, panel_count, y_stride;
  int adds;
  const float *start; // y before
};

static uint16_t to_bfloat16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (uint16_t)(isnan(value) ? bits >> 16 | 0x40 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static float through_bfloat16(float value) {
  const uint32_t bits = (uint32_t)to_bfloat16(value) << 16;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float flushed(float value) { return fabsf(value) < 0x1p-126f ? copysignf(0.0f, value) : value; }

/// As in VDPBF16PS: without subnormals.
static float flushing_fma(float a, float b, float c) { return flushed(fmaf(flushed(a), flushed(b), flushed(c))); }

/// What Intel specifies for chains of VDPBF16PS: of each pair of depths the second first, every product fused.
static float *bfloat16_products(const struct product *p) {
  const ptrdiff_t depth = p->w.depth;
  const ptrdiff_t start = p->first_panel * CK_PANEL, panels_end = start + p->panel_count * CK_PANEL;
  const ptrdiff_t end = panels_end < p->w.columns ? panels_end : p->w.columns;
  float *y = copy_of(p->start, p->rows * p->y_stride), *w = new_floats(depth + 1);
  for (ptrdiff_t column = start; column < end; column++) {
    ck_unpack_row(p->w.format, p->w.panels, depth, column, w);
    for (ptrdiff_t row = 0; row < p->rows; row++) {
      const float *x = p->x + row * depth;
      float sum = p->w.bias ? p->w.bias[column] : 0.0f;
      if (p->adds) sum = p->w.bias ? y[row * p->y_stride + column] + sum : y[row * p->y_stride + column];
      for (ptrdiff_t k = 0; k < depth; k += 2) {
        const int whole = k + 1 < depth;
        sum = flushing_fma(whole ? through_bfloat16(x[k + 1]) : 0.0f, whole ? w[k + 1] : 0.0f, sum);
        sum = flushing_fma(through_bfloat16(x[k]), w[k], sum);
      }
      y[row * p->y_stride + column] = sum;
    }
  }
  return y;
}

static struct product random_product(enum ck_format format) {
  // Enough rows for weights to be expanded, and depths of more than one slice, among many small cases.
  const ptrdiff_t rows = one_in(2) ? between(1, 9) : one_in(3) ? between(65, 70) : between(1, 40);
  const ptrdiff_t columns = one_in(2) ? between(1, 110) : between(1, 180);
  const ptrdiff_t depth = columns <= 110 && one_in(4) ? between(1020, 1100)
                          : one_in(6)                 ? between(0, 2)
                          : one_in(4)                 ? between(250, 600)
                                                      : between(1, 90);
  const ptrdiff_t panels = (columns + CK_PANEL - 1) / CK_PANEL, byte_count = panels * ck_panel_byte_count(format, depth);
  void *packed = memset(new_bytes(byte_count), 0, (size_t)byte_count);
  ck_pack_rows(format, random_floats(columns * depth, 1), columns, depth, 0, packed);
  float *bias = NULL;
  if (one_in(2)) {
    bias = memset(new_floats(panels * CK_PANEL), 0, (size_t)(panels * CK_PANEL) * sizeof(float));
    for (ptrdiff_t i = 0; i < columns; i++) bias[i] = random_float(1);
  }
  const ptrdiff_t first = between(0, panels - 1), count = between(1, panels - first);
  const ptrdiff_t y_stride = columns + between(0, 3);
  const int adds = one_in(2);
  SHAPE("format %d, %s[%td, %td] [%td, %td]%s, panels %td ..< %td", format, adds ? "y + " : "", rows, depth, columns,
        depth, bias ? " + bias" : "", first, first + count);
  return (struct product){.w = {format, packed, bias, depth, columns},
                          .x = random_floats(rows * depth, 1),
                          .rows = rows,
                          .first_panel = first,
                          .panel_count = count,
                          .y_stride = y_stride,
                          .adds = adds,
                          .start = random_floats(rows * y_stride, 1)};
}

/// The product at a level. A row alone, one panel at a time, has to have the same bits.
static float *multiply(enum ck_level level, const struct product *p) {
  const struct ck_matrix *w = &p->w;
  const ptrdiff_t prepared = ck_prepared_byte_count(level, w->format, w->depth);
  const ptrdiff_t x_stride = prepared ? prepared + 64 * between(0, 1) : w->depth * (ptrdiff_t)sizeof(float);
  const unsigned char *x = (const unsigned char *)p->x;
  if (prepared) {
    unsigned char *rows = new_bytes(p->rows * x_stride);
    for (ptrdiff_t i = 0; i < p->rows; i++) {
      ck_prepare(level, w->format, p->x + i * w->depth, w->depth, rows + i * x_stride);
    }
    x = rows;
  }
  const ptrdiff_t row = between(0, p->rows - 1);
  float *y = copy_of(p->start, p->rows * p->y_stride), *alone = copy_of(p->start + row * p->y_stride, p->y_stride);
  void (*const product)(enum ck_level, const struct ck_matrix *, const void *, ptrdiff_t, ptrdiff_t, ptrdiff_t,
                        ptrdiff_t, float *, ptrdiff_t) = p->adds ? ck_gemm_add : ck_gemm;
  product(level, w, x, x_stride, p->rows, p->first_panel, p->panel_count, y, p->y_stride);
  for (ptrdiff_t i = 0; i < p->panel_count; i++) {
    product(level, w, x + row * x_stride, x_stride, 1, p->first_panel + i, 1, alone, p->y_stride);
  }
  const long before = differences;
  expect_equal(level, y + row * p->y_stride, alone, p->y_stride);
  if (differences > before) report(level, "that was a row alone against itself among others");
  return y;
}

static void products(enum ck_format format) {
  const struct product p = random_product(format);
  const float *expected = multiply(CK_PORTABLE, &p);
  FOR_LEVELS {
    const float *y = multiply(level, &p);
    if (format == CK_FORMAT_BF16 && level == CK_AVX512_BF16) expected = bfloat16_products(&p);
    expect_equal(level, expected, y, p.rows * p.y_stride);
  }
}

static void products_f32(void) { products(CK_FORMAT_F32); }
static void products_bf16(void) { products(CK_FORMAT_BF16); }
static void products_q8(void) { products(CK_FORMAT_Q8); }
static void products_q4(void) { products(CK_FORMAT_Q4); }

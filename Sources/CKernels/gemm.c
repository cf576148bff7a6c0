#include "ck_gemm.h"
#include "formats.h"

static ptrdiff_t rounded_up(ptrdiff_t value, ptrdiff_t unit) { return (value + unit - 1) / unit * unit; }

ptrdiff_t ck_panel_byte_count(enum ck_format format, ptrdiff_t depth) {
  const ptrdiff_t groups = (depth + CK_GROUP - 1) / CK_GROUP, scales = 2 * CK_PANEL;
  switch (format) {
  case CK_FORMAT_F32: return depth * CK_PANEL * 4;
  case CK_FORMAT_BF16: return rounded_up(depth, 2) * CK_PANEL * 2;
  case CK_FORMAT_Q8: return rounded_up(groups * (CK_GROUP * CK_PANEL + scales), 64);
  case CK_FORMAT_Q4: return rounded_up(groups * (CK_GROUP * CK_PANEL / 2 + scales), 64);
  }
  __builtin_unreachable();
}

static void multiply(CK_GEMM_PARAMETERS) {
  switch (w->format) {
  case CK_FORMAT_F32: return ck_gemm_f32(CK_GEMM_ARGUMENTS);
  case CK_FORMAT_BF16: return ck_gemm_bf16(CK_GEMM_ARGUMENTS);
  case CK_FORMAT_Q8: return ck_gemm_q8(CK_GEMM_ARGUMENTS);
  case CK_FORMAT_Q4: return ck_gemm_q4(CK_GEMM_ARGUMENTS);
  }
}

void ck_gemm(enum ck_level level, const struct ck_matrix *w, const void *x, ptrdiff_t x_stride, ptrdiff_t rows,
             ptrdiff_t first_panel, ptrdiff_t panel_count, float *y, ptrdiff_t y_stride) {
  multiply(level, w, x, x_stride, rows, first_panel, panel_count, 0, y, y_stride);
}

void ck_gemm_add(enum ck_level level, const struct ck_matrix *w, const void *x, ptrdiff_t x_stride, ptrdiff_t rows,
                 ptrdiff_t first_panel, ptrdiff_t panel_count, float *y, ptrdiff_t y_stride) {
  multiply(level, w, x, x_stride, rows, first_panel, panel_count, 1, y, y_stride);
}

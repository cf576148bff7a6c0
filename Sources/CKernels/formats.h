// Private to the kernels: what each weight format implements; ck_gemm and ck_pack choose.
#pragma once

#include "ck_gemm.h"

#define CK_SWEEP_PARAMETERS                                                                          \
  const struct ck_matrix *w, const void *x, ptrdiff_t x_stride, ptrdiff_t rows, ptrdiff_t first_panel, \
      ptrdiff_t panel_count, const int adds, float *y, ptrdiff_t y_stride
#define CK_SWEEP_ARGUMENTS w, x, x_stride, rows, first_panel, panel_count, adds, y, y_stride
#define CK_GEMM_PARAMETERS enum ck_level level, CK_SWEEP_PARAMETERS
#define CK_GEMM_ARGUMENTS level, CK_SWEEP_ARGUMENTS

void ck_gemm_f32(CK_GEMM_PARAMETERS);
void ck_gemm_bf16(CK_GEMM_PARAMETERS);
/// At CK_AVX512_BF16, where there is x86.
void ck_gemm_bf16_dot(CK_SWEEP_PARAMETERS);
void ck_gemm_q8(CK_GEMM_PARAMETERS);
void ck_gemm_q4(CK_GEMM_PARAMETERS);

/// One row of x [depth] as the feature in lane `lane` of a panel, and back.
void ck_pack_bf16(const float *x, ptrdiff_t depth, ptrdiff_t lane, void *panel);
void ck_pack_q8(const float *x, ptrdiff_t depth, ptrdiff_t lane, void *panel);
void ck_pack_q4(const float *x, ptrdiff_t depth, ptrdiff_t lane, void *panel);
void ck_unpack_bf16(const void *panel, ptrdiff_t depth, ptrdiff_t lane, float *y);
void ck_unpack_q8(const void *panel, ptrdiff_t depth, ptrdiff_t lane, float *y);
void ck_unpack_q4(const void *panel, ptrdiff_t depth, ptrdiff_t lane, float *y);

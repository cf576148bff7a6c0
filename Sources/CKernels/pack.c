#include "ck_pack.h"
#include "bfloat16.h"
#include "formats.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "checkpoints are little-endian; this machine is not"
#endif

static float from_half(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
  const uint32_t bits = sign | (exponent == 31 ? 0x7F800000u : (exponent + 112) << 23) | fraction << 13;
  float value;
  memcpy(&value, &bits, sizeof value);
  if (exponent != 0) return value;
  const float magnitude = (float)fraction * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

void ck_convert(enum ck_element element, const void *x, ptrdiff_t count, float *y) {
  const unsigned char *bytes = x;
  if (element == CK_F32) {
    memcpy(y, x, (size_t)count * sizeof *y);
    return;
  }
  for (ptrdiff_t i = 0; i < count; i++) {
    uint16_t half;
    memcpy(&half, bytes + 2 * i, sizeof half);
    y[i] = element == CK_BF16 ? ck_from_bfloat16(half) : from_half(half);
  }
}

static void pack_f32(const float *x, ptrdiff_t depth, ptrdiff_t lane, float *panel) {
  for (ptrdiff_t k = 0; k < depth; k++) panel[k * CK_PANEL + lane] = x[k];
}

static void unpack_f32(const float *panel, ptrdiff_t depth, ptrdiff_t lane, float *y) {
  for (ptrdiff_t k = 0; k < depth; k++) y[k] = panel[k * CK_PANEL + lane];
}

void ck_pack_rows(enum ck_format format, const float *x, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t first_row,
                  void *panels) {
  const ptrdiff_t panel_bytes = ck_panel_byte_count(format, depth);
  for (ptrdiff_t i = 0; i < rows; i++) {
    const ptrdiff_t lane = (first_row + i) % CK_PANEL;
    void *panel = (unsigned char *)panels + (first_row + i) / CK_PANEL * panel_bytes;
    switch (format) {
    case CK_FORMAT_F32: pack_f32(x + i * depth, depth, lane, panel); break;
    case CK_FORMAT_BF16: ck_pack_bf16(x + i * depth, depth, lane, panel); break;
    case CK_FORMAT_Q8: ck_pack_q8(x + i * depth, depth, lane, panel); break;
    case CK_FORMAT_Q4: ck_pack_q4(x + i * depth, depth, lane, panel); break;
    }
  }
}

void ck_unpack_row(enum ck_format format, const void *panels, ptrdiff_t depth, ptrdiff_t row, float *y) {
  const ptrdiff_t lane = row % CK_PANEL;
  const void *panel = (const unsigned char *)panels + row / CK_PANEL * ck_panel_byte_count(format, depth);
  switch (format) {
  case CK_FORMAT_F32: return unpack_f32(panel, depth, lane, y);
  case CK_FORMAT_BF16: return ck_unpack_bf16(panel, depth, lane, y);
  case CK_FORMAT_Q8: return ck_unpack_q8(panel, depth, lane, y);
  case CK_FORMAT_Q4: return ck_unpack_q4(panel, depth, lane, y);
  }
}

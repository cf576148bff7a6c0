#include "ck_pack.h"
#include "ck_gemm.h"

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "checkpoints are little-endian; this machine is not"
#endif

static inline float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float from_half(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 31) return from_bits(sign | 0x7F800000u | fraction << 13);
  if (exponent != 0) return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
  const float magnitude = (float)fraction * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

static inline float element_at(enum ck_element element, const unsigned char *x, ptrdiff_t i) {
  if (element == CK_F32) {
    float value;
    memcpy(&value, x + 4 * i, sizeof value);
    return value;
  }
  uint16_t bits;
  memcpy(&bits, x + 2 * i, sizeof bits);
  return element == CK_BF16 ? from_bits((uint32_t)bits << 16) : from_half(bits);
}

static ptrdiff_t element_size(enum ck_element element) { return element == CK_F32 ? 4 : 2; }

void ck_convert(enum ck_element element, const void *x, ptrdiff_t count, float *y) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] = element_at(element, x, i);
}

void ck_pack_rows(enum ck_element element, const void *x, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t first_row,
                  float *panels) {
  const unsigned char *source = x;
  ptrdiff_t row = 0;
  while (row < rows) {
    const ptrdiff_t feature = first_row + row, lane = feature % CK_PANEL;
    const ptrdiff_t lanes = CK_PANEL - lane < rows - row ? CK_PANEL - lane : rows - row;
    float *panel = panels + feature / CK_PANEL * depth * CK_PANEL + lane;
    const unsigned char *start = source + row * depth * element_size(element);
    for (ptrdiff_t k = 0; k < depth; k++) {
      for (ptrdiff_t l = 0; l < lanes; l++) panel[k * CK_PANEL + l] = element_at(element, start, l * depth + k);
    }
    row += lanes;
  }
}

void ck_pack_columns(enum ck_element element, const void *x, ptrdiff_t first_depth, ptrdiff_t count, ptrdiff_t depth,
                     ptrdiff_t columns, float *panels) {
  for (ptrdiff_t k = 0; k < count; k++) {
    for (ptrdiff_t i = 0; i < columns; i++) {
      float *lanes = panels + (i / CK_PANEL * depth + first_depth + k) * CK_PANEL;
      lanes[i % CK_PANEL] = element_at(element, x, k * columns + i);
    }
  }
}

void ck_unpack_row(const float *panels, ptrdiff_t depth, ptrdiff_t row, float *y) {
  const float *panel = panels + row / CK_PANEL * depth * CK_PANEL + row % CK_PANEL;
  for (ptrdiff_t k = 0; k < depth; k++) y[k] = panel[k * CK_PANEL];
}

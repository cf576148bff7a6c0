#include "quantized.h"

/// The scales of one lane, CK_PANEL apart.
static uint16_t *scales_of(const void *panel, ptrdiff_t depth, ptrdiff_t lane) {
  return (uint16_t *)((unsigned char *)panel + ck_groups(depth) * CK_Q8_GROUP_BYTES) + lane;
}

/// 0 for a group whose scale would be subnormal, NaN for one with NaN or infinity.
static uint16_t scale_for(const float *x, ptrdiff_t count) {
  const float largest = ck_largest_magnitude(x, count);
  if (largest != largest) return CK_BFLOAT16_NAN;
  if (largest < CK_SMALLEST_MAGNITUDE) return 0;
  const float scale = largest / 127.0f;
  uint32_t bits;
  memcpy(&bits, &scale, sizeof bits);
  return (uint16_t)((bits + 0xFFFF) >> 16); // up, so that no value exceeds 127 steps
}

void ck_pack_q8(const float *x, ptrdiff_t depth, ptrdiff_t lane, void *panel) {
  for (ptrdiff_t group = 0; group < ck_groups(depth); group++) {
    const ptrdiff_t start = group * CK_GROUP, count = depth - start < CK_GROUP ? depth - start : CK_GROUP;
    const uint16_t bits = scale_for(x + start, count);
    const float scale = ck_from_bfloat16(bits);
    scales_of(panel, depth, lane)[group * CK_PANEL] = bits;
    unsigned char *bytes = (unsigned char *)panel + group * CK_Q8_GROUP_BYTES + lane * CK_QUAD;
    for (ptrdiff_t i = 0; i < CK_GROUP; i++) {
      const float steps = i < count && scale > 0.0f ? x[start + i] / scale : 0.0f;
      bytes[ck_place(i)] = (unsigned char)(CK_Q8_ZERO + ck_nearest_integer(steps));
    }
  }
}

void ck_unpack_q8(const void *panel, ptrdiff_t depth, ptrdiff_t lane, float *y) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    const ptrdiff_t group = k / CK_GROUP, i = k % CK_GROUP;
    const unsigned char *bytes = (const unsigned char *)panel + group * CK_Q8_GROUP_BYTES + lane * CK_QUAD;
    const float scale = ck_from_bfloat16(scales_of(panel, depth, lane)[group * CK_PANEL]);
    y[k] = scale * (float)(bytes[ck_place(i)] - CK_Q8_ZERO);
  }
}

#include "quantized.h"

// Sixteen levels for weights of bell-shaped distributions (the optimum for normal and Laplace distributions and some
// checkpoints, by descent over the integers -16...15), as bytes around CK_Q4_ZERO.
const uint8_t ck_q4_levels[16] = {0, 3, 6, 8, 10, 12, 13, 15, 16, 18, 19, 21, 23, 25, 27, 30};

// The level nearest to a value depends on the half step it lies in alone, since levels are integers: `nearest[h]` is
// the index for h / 2 <= value + REACH < (h + 1) / 2. Trials put the largest magnitude between FIRST_TRIAL and
// FIRST_TRIAL + TRIALS / 2, on either side.
enum { REACH = 24, HALF_STEPS = 4 * REACH, FIRST_TRIAL = 11, TRIALS = 16 };

struct levels {
  float values[16];
  uint8_t nearest[HALF_STEPS];
  float rounded[HALF_STEPS]; // values[nearest[h]]
};

static float distance(float a, float b) { return __builtin_fabsf(a - b); }

static void prepare_levels(struct levels *levels) {
  for (int i = 0; i < 16; i++) levels->values[i] = (float)(ck_q4_levels[i] - CK_Q4_ZERO);
  int index = 0;
  for (int h = 0; h < HALF_STEPS; h++) {
    const float middle = ((float)h + 0.5f) / 2 - REACH;
    while (index < 15 && distance(levels->values[index + 1], middle) < distance(levels->values[index], middle)) index++;
    levels->nearest[h] = (uint8_t)index;
    levels->rounded[h] = levels->values[index];
  }
}

/// The scale with the least squared error for x, |x| <= 1, among the best ones for a few roundings.
static float best_scale(const struct levels *levels, const float *x) {
  float best_gain = 0.0f, scale = 0.0f;
  for (int trial = 0; trial < 2 * TRIALS; trial++) {
    const float half_steps = (trial < TRIALS ? 1.0f : -1.0f) * (float)(2 * FIRST_TRIAL + trial % TRIALS);
    float mixed = 0.0f, squares = 0.0f;
    for (int i = 0; i < CK_GROUP; i++) {
      const float level = levels->rounded[(int)(x[i] * half_steps + 2 * REACH)];
      mixed += x[i] * level;
      squares += level * level;
    }
    // The error is the sum of x^2 less this, when the scale is mixed / squares.
    const float gain = squares > 0.0f ? mixed * mixed / squares : 0.0f;
    if (gain > best_gain) {
      best_gain = gain;
      scale = mixed / squares;
    }
  }
  return scale;
}

static uint16_t nearest_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// Rounds one group to indices; returns its scale.
static uint16_t round_group(const struct levels *levels, const float *x, ptrdiff_t count, uint8_t *indices) {
  float unit[CK_GROUP] = {0};
  const float largest = ck_largest_magnitude(x, count);
  const int usable = largest >= 127 * 0x1p-126f; // neither NaN nor so small that the scale might be subnormal
  if (usable) {
    for (ptrdiff_t i = 0; i < count; i++) unit[i] = x[i] / largest;
  }
  const uint16_t scale = usable ? nearest_bf16(best_scale(levels, unit) * largest) : 0;
  const float half_steps = usable ? 2 * largest / ck_float_of_bf16(scale) : 0.0f;
  for (int i = 0; i < CK_GROUP; i++) {
    const float position = unit[i] * half_steps + 2 * REACH;
    const float bounded = position < 0.0f ? 0.0f : position > HALF_STEPS - 1 ? HALF_STEPS - 1 : position;
    indices[i] = levels->nearest[(int)bounded];
  }
  return largest == largest ? scale : CK_BF16_NAN;
}

static uint16_t *scales_of(const void *panel, ptrdiff_t depth, ptrdiff_t lane) {
  return (uint16_t *)((unsigned char *)panel + ck_groups(depth) * CK_Q4_GROUP_BYTES) + lane;
}

void ck_pack_q4(const float *x, ptrdiff_t depth, ptrdiff_t lane, void *panel) {
  struct levels levels;
  prepare_levels(&levels);
  for (ptrdiff_t group = 0; group < ck_groups(depth); group++) {
    const ptrdiff_t start = group * CK_GROUP, count = depth - start < CK_GROUP ? depth - start : CK_GROUP;
    uint8_t indices[CK_GROUP];
    scales_of(panel, depth, lane)[group * CK_PANEL] = round_group(&levels, x + start, count, indices);
    unsigned char *bytes = (unsigned char *)panel + group * CK_Q4_GROUP_BYTES + lane * CK_QUAD;
    for (int i = 0; i < CK_GROUP / 2; i++) {
      bytes[i / CK_QUAD * CK_PANEL * CK_QUAD + i % CK_QUAD] =
          (unsigned char)(indices[i] | indices[i + CK_GROUP / 2] << 4);
    }
  }
}

void ck_unpack_q4(const void *panel, ptrdiff_t depth, ptrdiff_t lane, float *y) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    const ptrdiff_t group = k / CK_GROUP, i = k % (CK_GROUP / 2);
    const unsigned char *bytes = (const unsigned char *)panel + group * CK_Q4_GROUP_BYTES + lane * CK_QUAD;
    const unsigned char both = bytes[i / CK_QUAD * CK_PANEL * CK_QUAD + i % CK_QUAD];
    const int index = k % CK_GROUP < CK_GROUP / 2 ? both & 15 : both >> 4;
    const float scale = ck_float_of_bf16(scales_of(panel, depth, lane)[group * CK_PANEL]);
    y[k] = scale * (float)(ck_q4_levels[index] - CK_Q4_ZERO);
  }
}

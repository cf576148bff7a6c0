#include "bfloat16.h"
#include "formats.h"

// Where depth k of a lane lies in a panel.
static ptrdiff_t index_of(ptrdiff_t k, ptrdiff_t lane) { return (k / 2 * CK_PANEL + lane) * 2 + k % 2; }

void ck_pack_bf16(const float *x, ptrdiff_t depth, ptrdiff_t lane, void *panel) {
  uint16_t *halves = panel;
  for (ptrdiff_t k = 0; k < depth; k++) halves[index_of(k, lane)] = ck_to_bfloat16(x[k]);
}

void ck_unpack_bf16(const void *panel, ptrdiff_t depth, ptrdiff_t lane, float *y) {
  const uint16_t *halves = panel;
  for (ptrdiff_t k = 0; k < depth; k++) y[k] = ck_from_bfloat16(halves[index_of(k, lane)]);
}

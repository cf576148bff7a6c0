#include "ck_sum_of_squares.h"
#include "row_part.h"

typedef double doubles __attribute__((ext_vector_type(16)));

// The square of a float is exact in f64: fused or not, the sum is the same.
CK_INLINE double sum_of_squares(const float *x, ptrdiff_t count) {
  doubles sums = (doubles)(0.0);
  ck_v16 v;
  for (ptrdiff_t i = 0; i < count; i += CK_LANES) {
    ck_load_up_to(&v, x + i, count - i, 0.0f);
    const doubles wide = __builtin_convertvector(v, doubles);
    sums += wide * wide;
  }
  double total = 0.0;
  for (int lane = 0; lane < CK_LANES; lane++) total += sums[lane];
  return total;
}

CK_DEFINE_LEVELS(double, ck_sum_of_squares_f32, (const float *x, ptrdiff_t count), (x, count), sum_of_squares)

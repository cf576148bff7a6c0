// Private to the kernels: products whose elements are one chain of multiply-adds in the order of the depths. A format
// says how 16 of its weights become a vector, and what a multiply-add is.
#pragma once

#include "sweep.h"

enum { CK_CHAIN_UNROLLED = 4 };

/// The weights of a panel that value `k` of a row meets, `w` those of value 0; `k` is a constant mostly.
typedef void ck_load_weights(const unsigned char *w, ptrdiff_t k, ck_v16 *weights);

/// One link of 16 chains: the same value of x for all.
typedef void ck_add_products(const float *x, const ck_v16 *weights, ck_v16 *sum);

/// Makes the compiler finish one depth before the next: mixed with each other they need more registers than there are,
/// and sums go through memory.
typedef void ck_settle_sums(const float **x, const unsigned char **w, ck_v16 *sums, const int count);

/// Constants where they are used.
struct ck_chain {
  ptrdiff_t depths;      // that a 32-bit value of a row holds
  ptrdiff_t weight_size; // bytes of what meets a value, in each lane
  ck_load_weights *load;
  ck_add_products *add;
  ck_settle_sums *settle;
};

CK_INLINE void ck_chain_step(const struct ck_chain *chain, const float *x, ptrdiff_t x_stride, const unsigned char *w,
                             ptrdiff_t w_stride, ptrdiff_t k, const int rows, const int panels, ck_v16 *sums) {
  CK_UNROLL for (int p = 0; p < panels; p++) {
    ck_v16 weights;
    chain->load(w + p * w_stride, k, &weights);
    CK_UNROLL for (int r = 0; r < rows; r++) {
      chain->add(&x[r * x_stride + k], &weights, &sums[r * panels + p]);
    }
  }
}

/// `rows` x `panels` sums in registers; both are constants where this is inlined.
CK_INLINE void ck_chain_tile(const struct ck_chain *chain, const struct ck_slice *s, ptrdiff_t row, ptrdiff_t panel,
                             float *y, ptrdiff_t y_stride, const int rows, const int panels, const int ahead) {
  ck_v16 sums[CK_MAXIMUM_SUMS];
  const ptrdiff_t vector_size = CK_PANEL * chain->weight_size, w_stride = s->panel_stride;
  const ptrdiff_t x_stride = s->x_stride / (ptrdiff_t)sizeof(float);
  const ptrdiff_t first = s->first_depth / chain->depths;
  const float *x = (const float *)s->x + row * x_stride + first;
  const unsigned char *w = (const unsigned char *)s->w->panels + panel * w_stride + first * vector_size;
  ck_start_sums(s, panel, y, y_stride, rows, panels, sums);
  // Fewer rows are the last ones.
  if (rows > 2) ck_fetch_next_sums(y, y_stride, rows, panels);
  ptrdiff_t left = (s->depth + chain->depths - 1) / chain->depths;
  CK_ROLLED for (; left >= CK_CHAIN_UNROLLED; left -= CK_CHAIN_UNROLLED) {
    CK_UNROLL for (int k = 0; k < CK_CHAIN_UNROLLED; k++) {
      if (k * vector_size % CK_LINE == 0) ck_fetch(w + k * vector_size, w_stride, panels, ahead);
      ck_chain_step(chain, x, x_stride, w, w_stride, k, rows, panels, sums);
      chain->settle(&x, &w, sums, rows * panels);
    }
    x += CK_CHAIN_UNROLLED;
    w += CK_CHAIN_UNROLLED * vector_size;
  }
  CK_ROLLED for (ptrdiff_t k = 0; k < left; k++) ck_chain_step(chain, x, x_stride, w, w_stride, k, rows, panels, sums);
  ck_finish_sums(y, y_stride, rows, panels, sums);
}

CK_INLINE void ck_add_fused(const float *x, const ck_v16 *weights, ck_v16 *sum) {
  *sum = CK_FMA((ck_v16)(*x), *weights, *sum);
}

#define CK_CHAIN_TILE(...) ck_chain_tile(chain, __VA_ARGS__)

CK_INLINE void ck_settle_nothing(const float **x, const unsigned char **w, ck_v16 *sums, const int count) {
  (void)x, (void)w, (void)sums, (void)count;
}

CK_INLINE void ck_sweep_portable(const struct ck_chain *chain, const struct ck_slice *s, ptrdiff_t rows,
                                 ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(CK_CHAIN_TILE, 1, 1, 0)
}

#if defined(__x86_64__)
CK_TARGET_AVX2 CK_INLINE void ck_settle_avx2(const float **x, const unsigned char **w, ck_v16 *sums, const int count) {
  __asm__("" : "+r"(*x), "+r"(*w));
  CK_UNROLL for (int i = 0; i < count; i++) {
    ck_v8 low = sums[i].lo, high = sums[i].hi;
    __asm__("" : "+x"(low), "+x"(high));
    sums[i].lo = low, sums[i].hi = high;
  }
}

CK_TARGET_AVX512 CK_INLINE void ck_settle_avx512(const float **x, const unsigned char **w, ck_v16 *sums,
                                                 const int count) {
  __asm__("" : "+r"(*x), "+r"(*w));
  CK_UNROLL for (int i = 0; i < count; i++) __asm__("" : "+v"(sums[i]));
}

// 16 registers of half a panel's width: 12 hold sums. One row alone takes 4 panels, so that enough chains hide the
// latency.
CK_INLINE void ck_sweep_avx2(const struct ck_chain *chain, const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel,
                             ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(CK_CHAIN_TILE, 6, 1, CK_AHEAD)
  CK_SWEEP(CK_CHAIN_TILE, 5, 1, CK_AHEAD)
  CK_SWEEP(CK_CHAIN_TILE, 4, 1, CK_AHEAD)
  CK_SWEEP(CK_CHAIN_TILE, 3, 1, CK_AHEAD)
  CK_SWEEP(CK_CHAIN_TILE, 2, 2, 0)
  CK_SWEEP(CK_CHAIN_TILE, 1, 4, 0)
}

// 32 registers of a panel's width.
CK_INLINE void ck_sweep_avx512(const struct ck_chain *chain, const struct ck_slice *s, ptrdiff_t rows,
                               ptrdiff_t panel, ptrdiff_t panels) {
  ptrdiff_t row = 0;
  CK_SWEEP(CK_CHAIN_TILE, 8, 2, CK_AHEAD)
  CK_SWEEP(CK_CHAIN_TILE, 4, 2, CK_AHEAD)
  CK_SWEEP(CK_CHAIN_TILE, 2, 4, 0)
  CK_SWEEP(CK_CHAIN_TILE, 1, 4, 0)
}
#endif

/// Defines one level of a product, of which the rest are the members of its `ck_chain`.
#define CK_DEFINE_CHAIN(level, target, ...)                                                          \
  target CK_INLINE void sweep_##level(const struct ck_slice *s, ptrdiff_t rows, ptrdiff_t panel,     \
                                      ptrdiff_t panels) {                                            \
    const struct ck_chain chain = {__VA_ARGS__};                                                     \
    ck_sweep_##level(&chain, s, rows, panel, panels);                                                \
  }                                                                                                  \
  target static void gemm_##level(CK_SWEEP_PARAMETERS) {                                             \
    ck_sweep_slices(sweep_##level, CK_SWEEP_ARGUMENTS);                                              \
  }

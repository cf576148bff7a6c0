// Every kernel at every level of the processor against the portable one, on random shapes: levels SEED ROUNDS [KERNEL].
// Exits with 1 when anything differs; `levels SEED 1 KERNEL` repeats the case of a report.
#include "attention_cases.h"
#include "product_cases.h"
#include "row_cases.h"
#include "training_cases.h"

static const struct {
  const char *name;
  void (*run)(void);
} kernels[] = {
    {"add", add},
    {"argmax", argmax},
    {"mask", mask},
    {"soft_cap", soft_cap},
    {"norms", norms},
    {"softmax", softmax},
    {"activation", activation},
    {"rope", rope},
    {"slices", slices},
    {"norm_gradients", norm_gradients},
    {"activation_gradients", activation_gradients},
    {"column_sums", column_sums},
    {"scatter_add", scatter_add},
    {"cross_entropy", cross_entropy},
    {"adamw", adamw},
    {"sum_of_squares", sum_of_squares},
    {"dropout", dropout},
    {"attention_f32", attention_f32},
    {"attention_bf16", attention_bf16},
    {"attention_q8", attention_q8},
    {"products_f32", products_f32},
    {"products_bf16", products_bf16},
    {"products_q8", products_q8},
    {"products_q4", products_q4},
};

static void run_case(size_t kernel, uint64_t seed) {
  test.kernel = kernels[kernel].name;
  test.seed = test.random = seed;
  test.values = between(MILD, SPECIAL);
  buffer_count = 0;
  kernels[kernel].run();
  expect_canaries();
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const uint64_t seed = strtoull(argv[1], NULL, 10), rounds = strtoull(argv[2], NULL, 10);
  make_slots();
  for (size_t kernel = 0; kernel < sizeof kernels / sizeof *kernels; kernel++) {
    if (argc > 3 && strcmp(argv[3], kernels[kernel].name) != 0) continue;
    for (uint64_t i = 0; i < rounds; i++) run_case(kernel, seed + i);
  }
  printf("level %d, %ld values, %ld differences\n", ck_detect_level(), compared, differences);
  return differences != 0;
}

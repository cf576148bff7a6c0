// Random cases, memory that notices what it should not see, and comparison bit by bit.
#pragma once

#include "CKernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/// The case that runs: its seed alone decides all of it.
static struct {
  const char *kernel;
  uint64_t seed;
  char shape[160];
  uint64_t random;                // state of the generator
  enum { MILD, WIDE, SPECIAL } values; // what its floats are like
} test;

static long compared, differences;

#define SHAPE(...) snprintf(test.shape, sizeof test.shape, __VA_ARGS__)
#define FOR_LEVELS for (enum ck_level level = CK_AVX2; level <= ck_detect_level(); level++)

// SplitMix64.
static uint64_t next_random(void) {
  uint64_t mixed = test.random += 0x9E3779B97F4A7C15u;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
  return mixed ^ mixed >> 31;
}

static ptrdiff_t between(ptrdiff_t low, ptrdiff_t high) {
  return low + (ptrdiff_t)(next_random() % (uint64_t)(high - low + 1));
}

static int one_in(ptrdiff_t n) { return between(1, n) == 1; }

static float uniform(float scale) { return scale * ((float)(next_random() >> 40) * 0x1p-23f - 1.0f); }

static float random_float(float scale) {
  static const float special[] = {0.0f,  -0.0f,  INFINITY, -INFINITY, NAN,    1e-41f, -1e-39f,
                                  3e38f, -3e38f, 1e-20f,   104.0f,    -104.0f, 88.7f};
  if (test.values == SPECIAL && one_in(9)) return special[between(0, sizeof special / sizeof *special - 1)];
  return uniform(scale) * (test.values == WIDE ? ldexpf(1.0f, (int)between(-30, 12)) : 1.0f);
}

// Each buffer ends at a page that nobody may touch and starts after a canary.
enum { SLOT = 512 << 10, SLOTS = 128, PAGE = 4096, CANARY = 64 };
static unsigned char *slots, *buffers[SLOTS];
static int buffer_count;

static void make_slots(void) {
  slots = mmap(NULL, (size_t)SLOT * SLOTS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (ptrdiff_t i = 1; i <= SLOTS; i++) mprotect(slots + i * SLOT - PAGE, PAGE, PROT_NONE);
}

/// Filled with 0x7F: 3.39e38 as floats.
static void *new_bytes(ptrdiff_t count) {
  if (buffer_count == SLOTS || count > SLOT - PAGE - CANARY) {
    fprintf(stderr, "%s: the case is too large: %s\n", test.kernel, test.shape);
    exit(2);
  }
  unsigned char *start = slots + (ptrdiff_t)(buffer_count + 1) * SLOT - PAGE - count;
  memset(start - CANARY, 0xA5, CANARY);
  memset(start, 0x7F, (size_t)count);
  return buffers[buffer_count++] = start;
}

static float *new_floats(ptrdiff_t count) { return new_bytes(count * (ptrdiff_t)sizeof(float)); }

static float *random_floats(ptrdiff_t count, float scale) {
  float *x = new_floats(count);
  for (ptrdiff_t i = 0; i < count; i++) x[i] = random_float(scale);
  return x;
}

static float *copy_of(const float *x, ptrdiff_t count) {
  return memcpy(new_floats(count), x, (size_t)count * sizeof *x);
}

static void report(enum ck_level level, const char *what) {
  differences++;
  printf("%s, level %d, seed %llu: %s: %s\n", test.kernel, level, (unsigned long long)test.seed, test.shape, what);
}

/// One report for all values. The payload of a NaN may differ.
static void expect_equal(enum ck_level level, const float *expected, const float *actual, ptrdiff_t count) {
  compared += count;
  for (ptrdiff_t i = 0; i < count; i++) {
    if (memcmp(&expected[i], &actual[i], sizeof *actual) == 0) continue;
    if (isnan(expected[i]) && isnan(actual[i])) continue;
    char what[120];
    snprintf(what, sizeof what, "[%td] is %a, not %a", i, actual[i], expected[i]);
    return report(level, what);
  }
}

static void expect_canaries(void) {
  for (int i = 0; i < buffer_count; i++) {
    for (int j = 1; j <= CANARY; j++) {
      if (buffers[i][-j] != 0xA5) return report(ck_detect_level(), "wrote before a buffer");
    }
  }
}

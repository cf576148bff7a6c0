// What this processor can do at most: arithmetic in registers, and reading from memory, as one JSON line.
//   cc -O2 -pthread -o limits limits.c && ./limits [THREADS]
// Operations are multiplications and additions, in 10^9 per second; bytes in 10^9 per second. Each figure is the best
// instruction sequence's median, on one thread and on THREADS (default: the processors that it may use).
#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { MAXIMUM_THREADS = 64, REPETITIONS = 5, CHAINS = 10 };
static const size_t BUFFER_BYTES = (size_t)512 << 20;

// Does `rounds` rounds and returns the operations or bytes of one.
typedef double (*work)(const void *buffer, long rounds);

// The inputs are opaque to the compiler at each use, so that it can neither hoist nor merge what uses them.
#define OPAQUE(x) __asm__ volatile("" : "+v"(x))
#define REGISTER_LOOP(TYPE, ZERO, STEP) \
  TYPE sums[CHAINS]; \
  for (int i = 0; i < CHAINS; i++) sums[i] = ZERO; \
  for (long round = 0; round < rounds; round++) { \
    _Pragma("GCC unroll 10") for (int i = 0; i < CHAINS; i++) { OPAQUE(x); sums[i] = STEP; } \
  } \
  for (int i = 0; i < CHAINS; i++) OPAQUE(sums[i])

__attribute__((target("avx2,fma"))) static double fma_256(const void *buffer, long rounds) {
  (void)buffer;
  __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(1e-9f);
  REGISTER_LOOP(__m256, _mm256_setzero_ps(), _mm256_fmadd_ps(sums[i], x, y));
  return CHAINS * 8 * 2;
}

__attribute__((target("avx512f"))) static double fma_512(const void *buffer, long rounds) {
  (void)buffer;
  __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(1e-9f);
  REGISTER_LOOP(__m512, _mm512_setzero_ps(), _mm512_fmadd_ps(sums[i], x, y));
  return CHAINS * 16 * 2;
}

// Bytes without dot-product instructions: pairs to 16 bits, pairs of those to 32, added.
__attribute__((target("avx2"))) static double bytes_256(const void *buffer, long rounds) {
  (void)buffer;
  __m256i x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(1), one = _mm256_set1_epi16(1);
  REGISTER_LOOP(__m256i, _mm256_setzero_si256(),
                _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(x, y), one)));
  return CHAINS * 32 * 2;
}

// Words, for kernels that widen their bytes first.
__attribute__((target("avx2"))) static double words_256(const void *buffer, long rounds) {
  (void)buffer;
  __m256i x = _mm256_set1_epi16(3), y = _mm256_set1_epi16(1);
  REGISTER_LOOP(__m256i, _mm256_setzero_si256(), _mm256_add_epi32(sums[i], _mm256_madd_epi16(x, y)));
  return CHAINS * 16 * 2;
}

__attribute__((target("avx512f,avx512vnni"))) static double bytes_512(const void *buffer, long rounds) {
  (void)buffer;
  __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(1);
  REGISTER_LOOP(__m512i, _mm512_setzero_si512(), _mm512_dpbusd_epi32(sums[i], x, y));
  return CHAINS * 64 * 2;
}

__attribute__((target("avx512f,avx512bf16"))) static double bfloat16_512(const void *buffer, long rounds) {
  (void)buffer;
  __m512bh x, y;
  memset(&x, 0x3f, sizeof x);
  memset(&y, 0x2f, sizeof y);
  REGISTER_LOOP(__m512, _mm512_setzero_ps(), _mm512_dpbf16_ps(sums[i], x, y));
  return CHAINS * 32 * 2;
}

// The buffer as `streams` parts that are read side by side.
__attribute__((target("avx2"), always_inline)) static inline double read_streams(const __m256i *p, long rounds,
                                                                                  size_t streams) {
  const size_t length = BUFFER_BYTES / sizeof(__m256i) / streams;
  __m256i sums[8];
  for (size_t i = 0; i < streams; i++) sums[i] = _mm256_setzero_si256();
  for (long round = 0; round < rounds; round++) {
    for (size_t at = 0; at < length; at += 2) {
      for (size_t i = 0; i < streams; i++) {
        const __m256i *line = p + i * length + at;
        _mm_prefetch((const char *)(line + 32), _MM_HINT_T0);
        sums[i] = _mm256_xor_si256(sums[i], _mm256_xor_si256(_mm256_load_si256(line), _mm256_load_si256(line + 1)));
      }
    }
  }
  for (size_t i = 0; i < streams; i++) OPAQUE(sums[i]);
  return (double)BUFFER_BYTES;
}

__attribute__((target("avx2"))) static double read_1(const void *buffer, long rounds) {
  return read_streams(buffer, rounds, 1);
}

__attribute__((target("avx2"))) static double read_8(const void *buffer, long rounds) {
  return read_streams(buffer, rounds, 8);
}

typedef struct {
  work work;
  const void *buffer;
  long rounds;
  int processor;
  pthread_barrier_t *barrier;
  double done, seconds;
} share;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void *run(void *argument) {
  share *s = argument;
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(s->processor, &processors);
  sched_setaffinity(0, sizeof processors, &processors);
  s->work(s->buffer, s->rounds / 8 + 1);
  pthread_barrier_wait(s->barrier);
  const double start = now();
  s->done = s->work(s->buffer, s->rounds) * (double)s->rounds;
  s->seconds = now() - start;
  return NULL;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int processors[MAXIMUM_THREADS];
static void *buffers[MAXIMUM_THREADS];

// Median over the repetitions, in 10^9 per second, of all threads together.
static double measure(work work, long rounds, int threads) {
  double speeds[REPETITIONS];
  for (int repetition = 0; repetition < REPETITIONS; repetition++) {
    share shares[MAXIMUM_THREADS];
    pthread_t handles[MAXIMUM_THREADS];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
      shares[i] = (share){work, buffers[i], rounds, processors[i], &barrier, 0, 0};
      if (pthread_create(&handles[i], NULL, run, &shares[i])) exit(1);
    }
    double done = 0, seconds = 0;
    for (int i = 0; i < threads; i++) {
      pthread_join(handles[i], NULL);
      done += shares[i].done;
      if (shares[i].seconds > seconds) seconds = shares[i].seconds;
    }
    pthread_barrier_destroy(&barrier);
    speeds[repetition] = done / seconds / 1e9;
  }
  qsort(speeds, REPETITIONS, sizeof *speeds, compare);
  return speeds[REPETITIONS / 2];
}

// Prints "name": [one thread, all threads], the faster of two ways; `other` may be NULL.
static void report(const char *name, work way, work other, long rounds, int threads) {
  double speeds[2];
  for (int i = 0; i < 2; i++) {
    speeds[i] = measure(way, rounds, i ? threads : 1);
    const double second = other ? measure(other, rounds, i ? threads : 1) : 0;
    if (second > speeds[i]) speeds[i] = second;
  }
  printf(", \"%s\": [%.1f, %.1f]", name, speeds[0], speeds[1]);
  fflush(stdout);
}

int main(int count, char **arguments) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    fprintf(stderr, "limits: this processor has no AVX2; there is no limit to compare with\n");
    return 1;
  }
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) return 1;
  int threads = 0;
  for (int i = 0; i < CPU_SETSIZE && threads < MAXIMUM_THREADS; i++) {
    if (CPU_ISSET(i, &allowed)) processors[threads++] = i;
  }
  const int wanted = count > 1 ? atoi(arguments[1]) : threads;
  if (wanted < 1 || wanted > threads) {
    fprintf(stderr, "limits: THREADS must be from 1 to %d\n", threads);
    return 2;
  }
  for (int i = 0; i < wanted; i++) {
    buffers[i] = mmap(NULL, BUFFER_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffers[i] == MAP_FAILED) {
      fprintf(stderr, "limits: no memory for %zu bytes a thread\n", BUFFER_BYTES);
      return 1;
    }
    madvise(buffers[i], BUFFER_BYTES, MADV_HUGEPAGE);
    memset(buffers[i], 1, BUFFER_BYTES);
  }
  const int wide = __builtin_cpu_supports("avx512f");
  const int vnni = wide && __builtin_cpu_supports("avx512vnni");
  const int bfloat16 = wide && __builtin_cpu_supports("avx512bf16");
  const long rounds = 20000000;
  printf("{\"threads\": [1, %d]", wanted);
  report("f32", fma_256, wide ? fma_512 : NULL, rounds, wanted);
  // Without instructions of its own bf16 is widened and multiplied as f32.
  report("bf16", bfloat16 ? bfloat16_512 : fma_256, wide && !bfloat16 ? fma_512 : NULL, rounds, wanted);
  report("int8", bytes_256, vnni ? bytes_512 : words_256, rounds, wanted);
  report("read", read_1, read_8, 2, wanted);
  printf("}\n");
  return 0;
}

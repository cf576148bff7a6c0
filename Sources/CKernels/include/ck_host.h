#pragma once

#include <stddef.h>

/// Processors that the calling thread may run on (its affinity mask), at least 1.
ptrdiff_t ck_available_processors(void);

/// Tells the processor that this is a spin loop.
static inline void ck_spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#pragma once

/// The instruction sets a kernel exists for, slowest first. The caller passes the level to every kernel;
/// a level above `ck_detect_level()` is undefined behaviour (illegal instruction).
///
/// Reductions run over 16 lanes in one fixed order and every multiply-add is fused (`fmaf` in the portable build),
/// so all levels give the same bits, NaN payloads apart; bf16 products at CK_AVX512_BF16 alone differ.
enum ck_level {
  CK_PORTABLE = 0,
  CK_AVX2 = 1,        // AVX2 and FMA
  CK_AVX512 = 2,      // AVX-512 F, BW, DQ, VL
  CK_AVX512_VNNI = 3, // and VNNI: dot products of bytes
  CK_AVX512_BF16 = 4, // and BF16: dot products of bfloat16
};

/// The highest level that this processor and its operating system run.
enum ck_level ck_detect_level(void);

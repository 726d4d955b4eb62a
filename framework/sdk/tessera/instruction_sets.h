/* Records in a program or library which instruction sets the compiler was allowed to use, so that a plugin
 * built for another processor is reported before any of its code runs. Included by tessera/plugin.h.
 *
 * Each source file contributes an ELF note to the section .note.tessera, with the owner "Tessera", type 1,
 * and the names of the instruction sets, separated by blanks: `readelf -n` shows it. Code that tests the
 * processor at run time, such as functions with the attribute target_clones, does not count. On processors
 * other than x86, the note is empty. */
#ifndef TESSERA_INSTRUCTION_SETS_H
#define TESSERA_INSTRUCTION_SETS_H

#if defined(__GNUC__) && defined(__ELF__)

#include <stdint.h>

struct tessera_instruction_set_note {
  uint32_t owner_size;
  uint32_t sets_size;
  uint32_t type;
  char owner[8];
  char sets[256]; /* names as in __builtin_cpu_supports() of GCC */
};

/* clang-format off */
__attribute__((section(".note.tessera"), aligned(4), used))
static const struct tessera_instruction_set_note tessera_needed_instruction_sets = {8, 256, 1, "Tessera", ""
#if defined(__x86_64__) || defined(__i386__)
#ifdef __SSE3__
  " sse3"
#endif
#ifdef __SSSE3__
  " ssse3"
#endif
#ifdef __SSE4_1__
  " sse4.1"
#endif
#ifdef __SSE4_2__
  " sse4.2"
#endif
#ifdef __POPCNT__
  " popcnt"
#endif
#ifdef __AVX__
  " avx"
#endif
#ifdef __FMA__
  " fma"
#endif
#ifdef __FMA4__
  " fma4"
#endif
#ifdef __XOP__
  " xop"
#endif
#ifdef __BMI__
  " bmi"
#endif
#ifdef __BMI2__
  " bmi2"
#endif
#ifdef __AVX2__
  " avx2"
#endif
#ifdef __AVX512F__
  " avx512f"
#endif
#ifdef __AVX512CD__
  " avx512cd"
#endif
#ifdef __AVX512BW__
  " avx512bw"
#endif
#ifdef __AVX512DQ__
  " avx512dq"
#endif
#ifdef __AVX512VL__
  " avx512vl"
#endif
#ifdef __AVX512IFMA__
  " avx512ifma"
#endif
#ifdef __AVX512VBMI__
  " avx512vbmi"
#endif
#ifdef __AVX512VBMI2__
  " avx512vbmi2"
#endif
#ifdef __AVX512VNNI__
  " avx512vnni"
#endif
#ifdef __AVX512BITALG__
  " avx512bitalg"
#endif
#ifdef __AVX512VPOPCNTDQ__
  " avx512vpopcntdq"
#endif
#ifdef __AVX512BF16__
  " avx512bf16"
#endif
#ifdef __AVX512FP16__
  " avx512fp16"
#endif
#ifdef __AVXVNNI__
  " avxvnni"
#endif
#ifdef __GFNI__
  " gfni"
#endif
#ifdef __VAES__
  " vaes"
#endif
#ifdef __VPCLMULQDQ__
  " vpclmulqdq"
#endif
#endif
};
/* clang-format on */

#endif

#endif

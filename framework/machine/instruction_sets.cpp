// Compiled for the most basic processor. Calls no inline function of the standard library: the linker might
// choose the copy of another source file, which may use any instruction set.
#include "machine/instruction_sets.h"

#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace tessera::machine {

namespace {

#if defined(__x86_64__) || defined(__i386__)
/// The features in leaf 7 of CPUID; 0 if the processor does not have this leaf.
struct ExtendedFeatures {
  unsigned ecx = 0;   // of subleaf 0
  unsigned edx = 0;   // of subleaf 0
  unsigned eax1 = 0;  // of subleaf 1
};

ExtendedFeatures read_extended_features() {
  ExtendedFeatures features;
  unsigned max_subleaf = 0;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid_count(7, 0, &max_subleaf, &ebx, &features.ecx, &features.edx) == 0) return {};
  if (max_subleaf >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0) features.eax1 = eax;
  return features;
}

bool has_bit(unsigned bits, unsigned position) { return ((bits >> position) & 1U) != 0; }
#endif

bool is_missing(Word set) {
#if defined(__x86_64__) || defined(__i386__)
  struct Known {
    const char* name;
    int is_supported;
  };
  __builtin_cpu_init();
  // Clang 14 does not know all of these. Whether the operating system saves their registers is known for the
  // sets that introduced the registers.
  const ExtendedFeatures features = read_extended_features();
  const bool has_avx = __builtin_cpu_supports("avx") != 0;
  const bool has_avx512 = __builtin_cpu_supports("avx512f") != 0;
  // The builtin function accepts only literals.
  const Known all[] = {{"sse3", __builtin_cpu_supports("sse3")},
                       {"ssse3", __builtin_cpu_supports("ssse3")},
                       {"sse4.1", __builtin_cpu_supports("sse4.1")},
                       {"sse4.2", __builtin_cpu_supports("sse4.2")},
                       {"popcnt", __builtin_cpu_supports("popcnt")},
                       {"avx", __builtin_cpu_supports("avx")},
                       {"fma", __builtin_cpu_supports("fma")},
                       {"fma4", __builtin_cpu_supports("fma4")},
                       {"xop", __builtin_cpu_supports("xop")},
                       {"bmi", __builtin_cpu_supports("bmi")},
                       {"bmi2", __builtin_cpu_supports("bmi2")},
                       {"avx2", __builtin_cpu_supports("avx2")},
                       {"avx512f", __builtin_cpu_supports("avx512f")},
                       {"avx512cd", __builtin_cpu_supports("avx512cd")},
                       {"avx512bw", __builtin_cpu_supports("avx512bw")},
                       {"avx512dq", __builtin_cpu_supports("avx512dq")},
                       {"avx512vl", __builtin_cpu_supports("avx512vl")},
                       {"avx512ifma", __builtin_cpu_supports("avx512ifma")},
                       {"avx512vbmi", __builtin_cpu_supports("avx512vbmi")},
                       {"avx512vbmi2", __builtin_cpu_supports("avx512vbmi2")},
                       {"avx512vnni", __builtin_cpu_supports("avx512vnni")},
                       {"avx512bitalg", __builtin_cpu_supports("avx512bitalg")},
                       {"avx512vpopcntdq", __builtin_cpu_supports("avx512vpopcntdq")},
                       {"avx512bf16", has_avx512 && has_bit(features.eax1, 5)},
                       {"avx512fp16", has_avx512 && has_bit(features.edx, 23)},
                       {"avxvnni", has_avx && has_bit(features.eax1, 4)},
                       {"gfni", has_bit(features.ecx, 8)},
                       {"vaes", has_avx && has_bit(features.ecx, 9)},
                       {"vpclmulqdq", has_avx && has_bit(features.ecx, 10)}};
  for (const Known& known : all) {
    if (strlen(known.name) == set.length && strncmp(known.name, set.begin, set.length) == 0)
      return known.is_supported == 0;
  }
#else
  (void)set;
#endif
  return false;
}

}  // namespace

Word find_missing_instruction_set(const char* sets) {
  for (Word word{sets, 0}; *word.begin != '\0'; word.begin += word.length) {
    word.begin += strspn(word.begin, " ");
    word.length = strcspn(word.begin, " ");
    if (word.length > 0 && is_missing(word)) return word;
  }
  return {};
}

}  // namespace tessera::machine

#include "machine/instruction_sets.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using tessera::machine::find_missing_instruction_set;
using tessera::machine::Word;

namespace {

/// The instruction sets among `sets` that this processor lacks.
std::vector<std::string> missing(const std::string& sets) {
  std::vector<std::string> names;
  Word word = find_missing_instruction_set(sets.c_str());
  for (; word.length > 0; word = find_missing_instruction_set(word.begin + word.length))
    names.emplace_back(word.begin, word.length);
  return names;
}

/// The features that the kernel has found in the first processor.
std::set<std::string> kernel_flags() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words{line.substr(line.find(':') + 1)};
    std::set<std::string> flags;
    for (std::string word; words >> word;) flags.insert(word);
    return flags;
  }
  return {};
}

struct Set {
  const char* name;
  const char* flag;        ///< its name in the kernel
  bool is_recent = false;  ///< old kernels do not know the flag
};

constexpr Set all_sets[] = {{"sse3", "pni"},
                            {"ssse3", "ssse3"},
                            {"sse4.1", "sse4_1"},
                            {"sse4.2", "sse4_2"},
                            {"popcnt", "popcnt"},
                            {"avx", "avx"},
                            {"fma", "fma"},
                            {"fma4", "fma4"},
                            {"xop", "xop"},
                            {"bmi", "bmi1"},
                            {"bmi2", "bmi2"},
                            {"avx2", "avx2"},
                            {"avx512f", "avx512f"},
                            {"avx512cd", "avx512cd"},
                            {"avx512bw", "avx512bw"},
                            {"avx512dq", "avx512dq"},
                            {"avx512vl", "avx512vl"},
                            {"avx512ifma", "avx512ifma"},
                            {"avx512vbmi", "avx512vbmi"},
                            {"avx512vbmi2", "avx512_vbmi2"},
                            {"avx512vnni", "avx512_vnni"},
                            {"avx512bitalg", "avx512_bitalg"},
                            {"avx512vpopcntdq", "avx512_vpopcntdq"},
                            {"avx512bf16", "avx512_bf16", true},
                            {"avx512fp16", "avx512_fp16", true},
                            {"avxvnni", "avx_vnni", true},
                            {"gfni", "gfni"},
                            {"vaes", "vaes"},
                            {"vpclmulqdq", "vpclmulqdq"}};

}  // namespace

TEST_CASE("unknown instruction sets are not missing") {
  CHECK(missing("").empty());
  CHECK(missing("  ").empty());
  CHECK(missing(" none avx51 avx512fp161 ").empty());
}

TEST_CASE("the instruction sets of this processor are those that the kernel has found") {
  const std::set<std::string> flags = kernel_flags();
  if (!flags.contains("sse2")) return;  // not an x86 processor, or no such file
  for (const Set& set : all_sets) {
    CAPTURE(set.name);
    const bool is_missing = !missing(set.name).empty();
    if (flags.contains(set.flag)) CHECK_FALSE(is_missing);
    if (!flags.contains(set.flag) && !set.is_recent) CHECK(is_missing);
  }
}

TEST_CASE("all missing instruction sets are found in a list") {
  std::string list;
  std::vector<std::string> expected;
  for (const Set& set : all_sets) {
    list += std::string(" ") + set.name;
    if (!missing(set.name).empty()) expected.emplace_back(set.name);
  }
  CHECK(missing(list) == expected);
}

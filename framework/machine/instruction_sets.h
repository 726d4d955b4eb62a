// The instruction sets of this processor, such as AVX2.
#pragma once

#include <cstddef>

namespace tessera::machine {

/// Part of a text that need not end in a zero byte.
struct Word {
  const char* begin = nullptr;
  std::size_t length = 0;
};

/// Finds the first of the instruction sets `sets`, names as in __builtin_cpu_supports() of GCC, separated by
/// blanks, that this processor or its operating system lacks. Skips unknown names. Returns a word of length 0
/// if there is none. To find the others, call it again with the rest of the text. Uses only instructions that
/// every processor has, and may be called before main().
Word find_missing_instruction_set(const char* sets);

}  // namespace tessera::machine

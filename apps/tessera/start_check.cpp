// Ends a program that this processor cannot run, with a message instead of SIGILL. Runs before all other code
// of the program and, like find_missing_instruction_set(), must not use any but the basic instruction sets.
#include "machine/instruction_sets.h"

#include <string.h>
#include <unistd.h>

/// The instruction sets that the compiler was allowed to use in this program. Defined in main.cpp, which is
/// compiled with the usual options.
extern "C" const char* const tessera_program_instruction_sets;

namespace {

void print(const char* text, size_t length) {
  const ssize_t written = write(STDERR_FILENO, text, length);
  (void)written;
}

void print(const char* text) { print(text, strlen(text)); }

/// The priority 101, the first for programs, precedes the constructors of all global objects.
[[gnu::constructor(101)]] void check_instruction_sets() {
  using tessera::machine::find_missing_instruction_set;
  using tessera::machine::Word;
  Word missing = find_missing_instruction_set(tessera_program_instruction_sets);
  if (missing.length == 0) return;
  print("error: this tessera was built for another processor: this one lacks");
  for (; missing.length > 0; missing = find_missing_instruction_set(missing.begin + missing.length)) {
    print(" ");
    print(missing.begin, missing.length);
  }
  print("\n  = build it on this kind of processor, or with -DTESSERA_NATIVE=OFF for all kinds\n");
  constexpr int unavailable = 69;  // base::ExitCode::unavailable
  _exit(unavailable);
}

}  // namespace

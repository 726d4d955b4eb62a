// Precondition checks.
#pragma once

#include <stdexcept>
#include <string>

namespace tessera::base {

/// Thrown for a violated precondition, which is a programming error.
class ContractViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws ContractViolation with `what` and the caller's file and line if `condition` is false. Use it for
/// programming errors only, never for invalid user input. It uses builtins because clang 14 cannot compile
/// std::source_location from libstdc++ 12.
inline void expects(bool condition, const char* what, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  if (!condition) throw ContractViolation(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

}  // namespace tessera::base

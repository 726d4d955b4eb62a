// Checks of preconditions.
#pragma once

#include <stdexcept>
#include <string>

namespace tessera::base {

class ContractViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws ContractViolation with the caller's file and line unless `condition` holds. For programming errors
/// only, never for bad user input. (clang 14 cannot compile std::source_location of libstdc++ 12.)
inline void expects(bool condition, const char* what, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  if (!condition) throw ContractViolation(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

}  // namespace tessera::base

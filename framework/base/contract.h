// Contracts between programmers.
#pragma once

#include <stdexcept>
#include <string>

namespace tessera::base {

class ContractViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws ContractViolation naming the caller's place unless `held`. For misuse by code, never for bad
/// input of users. (clang 14 cannot compile the source_location of libstdc++ 12.)
inline void expects(bool held, const char* what, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  if (!held) throw ContractViolation(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

}  // namespace tessera::base

// Environment variables in tests.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace tessera::test {

/// Sets an environment variable. The destructor restores its previous state.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_{name} {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  ~EnvironmentVariable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace tessera::test

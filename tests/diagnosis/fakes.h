// Programs and variables that stand for a cluster's.
#pragma once

#include "support/temporary_folder.h"

#include <cstdlib>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace tessera::test {

/// A variable of the environment for the length of a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_{name} {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
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

/// A shell script that can be started; its path.
inline std::string program(const TemporaryFolder& folder, const std::string& name, const std::string& body) {
  const std::string path = folder.write(name, "#!/bin/sh\n" + body + "\n");
  ::chmod(path.c_str(), 0755);
  return path;
}

}  // namespace tessera::test

// Fake programs for tests, written as shell scripts.
#pragma once

#include "support/temporary_folder.h"
#include "support/variable.h"

#include <cstdlib>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace tessera::test {

/// Writes an executable shell script and returns its path.
inline std::string write_program(const TemporaryFolder& folder, const std::string& name,
                                 const std::string& body) {
  const std::string path = folder.write(name, "#!/bin/sh\n" + body + "\n");
  ::chmod(path.c_str(), 0755);
  return path;
}

}  // namespace tessera::test

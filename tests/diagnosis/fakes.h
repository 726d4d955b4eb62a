// Programs and variables that stand for a cluster's.
#pragma once

#include "support/temporary_folder.h"
#include "support/variable.h"

#include <cstdlib>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace tessera::test {

/// A shell script that can be started; its path.
inline std::string program(const TemporaryFolder& folder, const std::string& name, const std::string& body) {
  const std::string path = folder.write(name, "#!/bin/sh\n" + body + "\n");
  ::chmod(path.c_str(), 0755);
  return path;
}

}  // namespace tessera::test

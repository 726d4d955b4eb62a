#include "diagnosis/launcher_version.h"

#include "base/text.h"

#include <algorithm>

namespace tessera::diagnosis {

std::string launcher_version(const std::string& output) {
  const std::string line = output.substr(0, output.find('\n'));
  // The second is what it says of itself where it is called mpiexec.
  for (const std::string mark : {"(Open MPI) ", "(OpenRTE) "}) {
    const std::size_t at = line.find(mark);
    if (at == std::string::npos) continue;
    const std::string version = line.substr(at + mark.size());
    return "Open MPI " + base::printable(version.substr(0, version.find_first_of(" \t\r")), 40);
  }
  return base::printable(line, 100);
}

}  // namespace tessera::diagnosis

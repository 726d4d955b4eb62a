#include "diagnosis/launcher_version.h"

#include "base/text.h"

#include <algorithm>
#include <array>

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

bool is_of_another_mpi(const std::string& version) {
  const std::array marks{"HYDRA", "MPICH", "Intel(R) MPI", "MVAPICH"};
  return std::any_of(marks.begin(), marks.end(),
                     [&](const char* mark) { return version.find(mark) != std::string::npos; });
}

}  // namespace tessera::diagnosis

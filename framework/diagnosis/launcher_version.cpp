#include "diagnosis/launcher_version.h"

#include "base/text.h"

#include <algorithm>

namespace tessera::diagnosis {

std::string launcher_version(const std::string& output) {
  const std::string line = output.substr(0, output.find('\n'));
  // Open MPI's launcher prints "(OpenRTE)" if it is called as mpiexec.
  for (const std::string marker : {"(Open MPI) ", "(OpenRTE) "}) {
    const std::size_t at = line.find(marker);
    if (at == std::string::npos) continue;
    const std::string version = line.substr(at + marker.size());
    return "Open MPI " + base::printable(version.substr(0, version.find_first_of(" \t\r")), 40);
  }
  if (line.find("HYDRA") != std::string::npos) {  // MPICH prints its version on a later line
    const std::size_t at = output.find("Version:");
    const std::size_t begin = at == std::string::npos ? at : output.find_first_not_of(" \t", at + 8);
    if (begin != std::string::npos)
      return "MPICH " +
             base::printable(output.substr(begin, output.find_first_of(" \t\r\n", begin) - begin), 40);
  }
  return base::printable(line, 100);
}

MpiFamily mpi_family_of(const std::string& version) {
  const auto has = [&](const char* marker) { return version.find(marker) != std::string::npos; };
  if (has("Open MPI")) return MpiFamily::open_mpi;
  return has("MPICH") || has("HYDRA") || has("Intel(R) MPI") || has("MVAPICH") ? MpiFamily::mpich
                                                                               : MpiFamily::unknown;
}

}  // namespace tessera::diagnosis

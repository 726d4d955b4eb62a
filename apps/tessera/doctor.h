// What a run needs, and whether it is there.
#pragma once

#include "console.h"

#include <string>
#include <vector>

namespace tessera::app {

struct DoctorOptions {
  std::string hostfile;                     ///< empty: this host alone
  std::string run_directory = "runs";       ///< need not exist
  int ranks = 0;                            ///< 0: not said
  std::vector<std::string> plugin_folders;  ///< looked in first
  bool json = false;
};

/// Prints what it finds. Returns 0, or 1 where something must be mended. Throws base::Error (usage) under
/// mpirun. Changes nothing that stays.
int doctor(const DoctorOptions& options, const Console& console);

}  // namespace tessera::app

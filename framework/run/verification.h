// Verifies the files of a run directory.
#pragma once

#include "rundir/examination.h"
#include "work/kind.h"

#include <string>
#include <vector>

namespace tessera::run {

struct Verification {
  bool is_active = false;  ///< whether the run was active; its latest files are then not recorded yet
  std::string status;      ///< see rundir::RunStatus::state()
  std::vector<rundir::Finding> findings;
};

/// Examines every file in the directory of a run of this kind. Reads all its data; changes nothing. Makes no
/// MPI calls. Throws base::Error (no_input) if `directory` is not the directory of a run.
Verification verify(const std::string& directory, const work::Kind& kind);

}  // namespace tessera::run

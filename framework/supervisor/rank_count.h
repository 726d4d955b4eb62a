// How many ranks a run gets.
#pragma once

#include <string>

namespace tessera::supervisor {

/// Returns `asked` if it is above 0; else the number of slots in the hostfile, if there is one; else the
/// number of tasks of the Slurm job (SLURM_NTASKS), or 1. Throws base::Error: usage if a host of the file
/// does not give its slots, bad_data or no_input if the file cannot be read.
int rank_count(int asked, const std::string& hostfile);

}  // namespace tessera::supervisor

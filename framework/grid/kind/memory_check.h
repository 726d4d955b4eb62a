// Compares the memory that a grid job needs with the memory that its ranks have.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/loop/memory_plan.h"
#include "grid/solver/solver_schema.h"
#include "host/memory_shortage.h"

#include <optional>
#include <vector>

namespace tessera::grid {

/// Returns the first shortage of memory in a run on the ranks of `limits`; nullopt if there is none. Counts
/// only what the run surely needs: no message buffers, and no second copy of the fields while chunks migrate.
/// `data_sets`: the data sets that the job reads. At the start, the first rank of each node stores those that
/// are in memory, and each rank its part of one of the others. Makes no MPI calls.
std::optional<host::Shortage> find_memory_shortage(const JobSpec& job, const solver::SolverSchema& schema,
                                                   const input::DataSets& data_sets,
                                                   const std::vector<host::RankLimits>& limits);

/// Returns the first shortage if a rank with the given memory ran alone on this host; nullopt if there is
/// none.
std::optional<host::Shortage> find_memory_shortage_here(const JobSpec& job, const loop::RankMemory& memory,
                                                        const input::DataSets& data_sets);

}  // namespace tessera::grid

// What is printed of a grid job before its first step.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/partition/partition.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// Lines on the solver, the distribution over the ranks, and the input files. `nodes`: the node of each rank;
/// `bytes`: size of the fields of rank 0.
std::string banner_text(const JobSpec& job, const solver::SolverSchema& schema, const std::vector<int>& nodes,
                        const partition::Partition& partition, double bytes);

}  // namespace tessera::grid

// Estimates the resources that a job would need on a given number of ranks, without running it.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/memory_plan.h"
#include "grid/solver/solver_schema.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::loop {

/// Minimum, mean and maximum of a quantity over all ranks; idle ranks count as 0.
struct RankStatistics {
  double minimum = 0.0;
  double mean = 0.0;
  double maximum = 0.0;
};

struct PlanSummary {
  std::string partitioner;
  std::int64_t ranks = 0;
  std::int64_t idle_ranks = 0;
  grid::Index cells;
  grid::Index chunk;
  grid::Index lattice;
  std::int64_t chunks = 0;
  RankStatistics chunks_per_rank;
  RankStatistics bricks_per_rank;
  RankStatistics cells_per_rank;
  RankStatistics bytes_per_rank;       ///< RankMemory::total()
  RankStatistics halo_bytes_per_step;  ///< received from other ranks per step
  RankMemory largest_memory;           ///< of the rank that needs most
  double imbalance = 0.0;              ///< largest cell count of a rank over the mean, minus 1
};

/// Summarizes how a job would be distributed over `ranks` ranks. Assumes nodes with eight ranks and a typical
/// cache, so that the result does not depend on the machine. Does not use MPI. Fast even for a million ranks.
PlanSummary summarize_plan(const grid::JobSpec& job, const solver::SolverSchema& schema, int ranks);

}  // namespace tessera::loop

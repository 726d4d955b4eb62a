// How a grid run went, for people and for scripts.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/loop_report.h"
#include "grid/loop/probe_set.h"
#include "grid/loop/state_digest.h"
#include "grid/solver/solver_schema.h"
#include "report/phase_table.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::grid {

/// Traffic over all ranks.
struct TrafficTotals {
  std::int64_t bytes_sent = 0;
  std::int64_t bytes_in_messages = 0;    ///< of these; the rest was read from the memory of a neighbour
  std::int64_t bytes_between_nodes = 0;  ///< of these
  double hidden_seconds = 0.0;   ///< of exchanges in progress while a rank computed, mean over the ranks
  double exposed_seconds = 0.0;  ///< in which a rank waited, mean over the ranks
};

/// What a finished or stopped grid run reports.
struct GridReport {
  const JobSpec* job = nullptr;
  const solver::SolverSchema* schema = nullptr;
  int ranks = 1;
  Index chunk;  ///< cells
  std::int64_t chunks = 0;
  double imbalance = 0.0;  ///< most cells of a rank over the mean, less 1; on rank 0
  loop::LoopReport loop;
  std::vector<loop::FieldDigest> digests;
  std::vector<loop::ProbeRecord> probes;
  std::vector<report::PhaseRow> phases;  ///< on rank 0
  TrafficTotals traffic;

  /// Fills in what all ranks contribute: phases and traffic. @note Collective.
  void gather(const transport::Communicator& comm);

  double cell_updates_per_second() const;
};

/// Seconds that this rank spent in each phase, as a sentence; phases that took next to none are left out.
std::string phases_text(const loop::PhaseTimes& phases);

/// JSON objects, whose members grids add to run.json: what is known before the first step, and the rest.
std::string facts_json(const GridReport& report);
std::string results_json(const GridReport& report);

/// Steps, rate and traffic in one line.
std::string headline_of(const GridReport& report);
/// How the cells were traversed, and tables of phases, diagnostics and arrivals.
std::string summary_of(const GridReport& report);

}  // namespace tessera::grid

// What is reported of a grid run, to people and scripts.
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
  halo::Traffic traffic;                 ///< bytes of all ranks, mean seconds

  /// Fills in what all ranks contribute: phases and traffic. @note Collective.
  void gather(const transport::Communicator& comm);

  double cell_updates_per_second() const;
};

/// Seconds that this rank spent in each phase, as a sentence; phases that took next to none are left out.
std::string phases_text(const loop::PhaseTimes& phases);

/// JSON objects, whose members grids add to run.json: what is known before the first step, and the rest.
std::string facts_json(const GridReport& report);
std::string results_json(const GridReport& report);

/// Before the first step: lines on the solver, the distribution over the ranks of so many nodes, and the
/// input.
std::string banner_of(const GridReport& report, std::size_t nodes);
/// Steps, rate and traffic in one line.
std::string headline_of(const GridReport& report);
/// How the cells were traversed, and tables of phases, diagnostics and arrivals.
std::string summary_of(const GridReport& report);

}  // namespace tessera::grid

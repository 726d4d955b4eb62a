// The report of a grid run, in human-readable form and as JSON.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/loop_report.h"
#include "grid/loop/probe_set.h"
#include "grid/loop/state_digest.h"
#include "grid/loop/statistic_set.h"
#include "grid/solver/solver_schema.h"
#include "report/phase_table.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::grid {

/// The data in the report of a grid run.
struct GridReport {
  const JobSpec* job = nullptr;
  const solver::SolverSchema* schema = nullptr;
  int ranks = 1;
  Index chunk;  ///< extents of a chunk, in cells
  std::int64_t chunks = 0;
  double imbalance = 0.0;  ///< largest cell count of a rank over the mean, minus 1; set on rank 0
  loop::LoopReport loop;
  std::vector<loop::FieldDigest> digests;
  std::vector<loop::ProbeRecord> probes;
  std::vector<loop::SavedStatistic> statistics;  ///< in the order of the job
  std::vector<report::PhaseRow> phases;          ///< set on rank 0
  halo::Traffic traffic;                         ///< bytes summed over all ranks, seconds averaged over them

  /// Sets `phases` and `traffic` from the data of all ranks. @note Collective.
  void gather(const transport::Communicator& comm);

  double cell_updates_per_second() const;
};

/// Returns the time spent in each phase on this rank as text; phases shorter than 1 ms are omitted.
std::string phases_text(const loop::PhaseTimes& phases);

/// Return JSON objects whose members are added to run.json: the facts known before the first step, and the
/// results.
std::string facts_json(const GridReport& report);
std::string results_json(const GridReport& report);

/// Returns the lines to print at the start of a run: the solver, the distribution over ranks, and the input
/// files. `nodes`: number of nodes.
std::string banner_of(const GridReport& report, std::size_t nodes);
/// Returns one line with the number of steps, the cell update rate and the bytes sent.
std::string headline_of(const GridReport& report);
/// Returns the lines to print below the headline: tiling, exchange and balance, then tables of phases,
/// diagnostics and arrivals.
std::string summary_of(const GridReport& report);

}  // namespace tessera::grid

// What a finished run reports, for people and for machines.
#pragma once

#include "driver/attempt.h"
#include "report/arrival_table.h"
#include "report/phase_table.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::app {

/// What rank 0 knows of a run.
struct RunFacts {
  std::string run;        ///< name of the run
  bool launched = false;  ///< by a supervisor
  std::string directory;
  std::string mpi;  ///< name and version of the MPI library
  int ranks = 1;
  std::vector<std::string> hosts;  ///< one a rank
  std::string started;             ///< local time, ISO 8601
  double total_seconds = 0.0;
  std::string solver_file;
  std::int64_t peak_bytes = 0;  ///< largest resident set of a rank
  std::optional<std::string> failure;
};

/// The whole report of a run.
struct RunReport {
  RunFacts facts;
  const job::JobSpec* job = nullptr;
  const job::SolverSchema* schema = nullptr;
  std::int64_t chunks = 0;
  grid::Index chunk;
  double imbalance = 0.0;
  driver::RunOutcome outcome;
  std::vector<report::PhaseRow> phases;
  std::int64_t bytes_sent = 0;           ///< over all ranks
  std::int64_t bytes_in_messages = 0;    ///< of these; the rest was read from a neighbour's memory
  std::int64_t bytes_between_nodes = 0;  ///< of these
  double hidden_seconds = 0.0;           ///< of exchanges under way while a rank computed, mean of the ranks
  double exposed_seconds = 0.0;          ///< in which it waited
  std::vector<driver::ProbeRecord> probes;

  /// Fills in what all ranks have to say: phases, traffic and memory. @note Collective.
  void gather(const transport::Communicator& comm);

  double cell_updates_per_second() const;
  std::string state_digest() const;
  /// How the cells were gone over: in words.
  std::string blocking_text() const;

  /// The JSON of run.json.
  std::string json() const;
  /// What is printed at the end.
  std::string text() const;
};

}  // namespace tessera::app

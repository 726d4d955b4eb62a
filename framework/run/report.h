// The report of a run: run.json, for users and scripts.
#pragma once

#include "run/place.h"
#include "rundir/run_record.h"
#include "transport/communicator.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// The outcome of an attempt.
struct Outcome {
  rundir::RunRecord record;
  double seconds = 0.0;                 ///< duration of this attempt
  std::string facts;                    ///< JSON object from the work: facts known before the first step
  std::string results;                  ///< JSON object from the work: its results; empty after a failure
  std::optional<std::uint64_t> digest;  ///< digest of the state
  std::string failure;                  ///< why the run failed; empty if it did not
};

/// The report of a run, of any kind of job; complete on rank 0.
class Report {
 public:
  /// `plan` must outlive this object. @note Collective over `comm`.
  Report(const transport::Communicator& comm, const Plan& plan);

  /// Returns the name of the run.
  std::string run_name() const;
  /// Returns the number of nodes of the run.
  std::size_t node_count() const;

  /// Records the peak memory of the rank that used most. @note Collective.
  void gather_memory(const transport::Communicator& comm);

  /// Returns the content of run.json.
  std::string json(const Outcome& outcome) const;

 private:
  const Plan* plan_;
  std::string start_time_;
  std::vector<std::string> hosts_;
  int ranks_;
  std::int64_t peak_bytes_ = 0;
};

}  // namespace tessera::run

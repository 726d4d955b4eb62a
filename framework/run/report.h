// The report of a run, run.json, for users and scripts.
#pragma once

#include "run/plan.h"
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
  std::string facts;                    ///< see work::Work::facts()
  std::string results;                  ///< see work::Report::json; empty after a failure
  std::optional<std::uint64_t> digest;  ///< digest of the state
  std::string failure;                  ///< why the run failed; empty if it did not
};

/// The report of a run; complete on rank 0 only.
class Report {
 public:
  /// `plan` must outlive this object. @note Collective over `comm`.
  Report(const transport::Communicator& comm, const Plan& plan);

  /// Returns the name of the run directory.
  std::string run_name() const;
  /// Returns the number of nodes of the run.
  std::size_t node_count() const;

  /// Records the largest peak memory use of any rank. @note Collective over `comm`.
  void record_peak_memory(const transport::Communicator& comm);

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

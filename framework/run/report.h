// The report of a run, for people and for scripts: run.json.
#pragma once

#include "run/place.h"
#include "rundir/run_record.h"
#include "transport/communicator.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// How a run ended.
struct Ending {
  rundir::RunRecord record;
  double seconds = 0.0;  ///< duration of this attempt
  std::string facts;     ///< JSON object from the work, with what is known before the first step
  std::string results;   ///< JSON object from the work, with its results; empty after a failure
  std::optional<std::uint64_t> digest;  ///< digest of the state
  std::string failure;                  ///< why the run failed; empty if it did not
};

/// The report of a run, of any kind of job; complete on rank 0.
class Report {
 public:
  /// `plan` must outlive it. @note Collective over `comm`.
  Report(const transport::Communicator& comm, const Plan& plan);

  /// The name of the run.
  std::string run() const;
  /// Number of nodes that the ranks are on.
  std::size_t nodes() const;

  /// Records the largest peak memory of a rank. @note Collective.
  void gather(const transport::Communicator& comm);

  /// The content of run.json.
  std::string json(const Ending& ending) const;

 private:
  const Plan* plan_;
  std::string started_;
  std::vector<std::string> hosts_;
  int ranks_;
  std::int64_t peak_bytes_ = 0;
};

}  // namespace tessera::run

// One attempt of a run, on all of its ranks.
#pragma once

#include "base/exit_code.h"
#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "host/crash_report.h"
#include "host/file_lock.h"
#include "host/progress_board.h"
#include "machine/topology.h"
#include "run/checkpoints.h"
#include "run/monitor.h"
#include "run/options.h"
#include "run/plan.h"
#include "run/report.h"
#include "run/requests.h"
#include "work/kind.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

/// Plans the run, restores or computes the state from which it continues, advances the work until it is done
/// or stopped, and writes the report. Every public function is collective over `comm` and throws
/// transport::AgreedError on all ranks.
class Session {
 public:
  /// Plans the run and acquires its lock, unless the run is already done; see plan_run(). All referenced
  /// objects must outlive this object.
  Session(const transport::Communicator& comm, const work::Kind& kind, const Options& options,
          const Terminal& terminal, const host::BoardSlot& board);

  /// Runs the job. Returns the exit code: `done`, or `resumable` if the run was stopped.
  base::ExitCode run();

 private:
  void announce(const work::Work& work, const machine::Topology& topology);
  void warn_of_oversubscription(const machine::Topology& topology);
  /// Advances the work until it is done or must stop on request. Returns whether it was stopped.
  bool advance(work::Work& work);
  void save_final_state(work::Work& work);
  void report_done() const;
  std::string write_report(const std::string& content, const std::vector<checkpoint::Section>& outputs);
  void conclude(work::Work& work, bool stopped, const std::string& checkpoint_problem);
  void record_failure(const base::Error& error, const std::string& facts);
  bool owns_lock() const { return !lock_ || lock_->still_owned(); }
  bool prints() const { return comm_->is_root() && !options_->quiet; }

  base::Stopwatch total_;
  host::CrashReport crash_report_;
  const transport::Communicator* comm_;
  const work::Kind* kind_;
  const Options* options_;
  const Terminal* terminal_;
  const host::BoardSlot* board_;
  std::vector<int> nodes_;              // node of each rank
  std::optional<host::FileLock> lock_;  // on rank 0
  Plan plan_;
  base::FailPoints faults_;
  Report report_;
  std::optional<Monitor> monitor_;
  std::optional<Checkpoints> checkpoints_;  // nullopt if the work cannot be saved
  std::optional<Requests> requests_;
  std::optional<work::Context> context_;  // outlives the work
};

}  // namespace tessera::run

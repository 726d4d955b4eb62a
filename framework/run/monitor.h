// Reports the progress of a run: to its log, the terminal, and its supervisor.
#pragma once

#include "base/log.h"
#include "host/progress_board.h"
#include "job/header.h"
#include "run/progress.h"
#include "transport/communicator.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::run {

class Monitor {
 public:
  /// `directory`: the run directory, on every rank. `nodes`: the node of each rank. `progress`: only on rank
  /// 0. `board` must outlive it. Rank 0 writes run.log; one rank on every other node, or every other rank if
  /// the job has `log.per_rank`, writes its own log in logs/. Throws transport::AgreedError.
  /// @note Collective.
  Monitor(const transport::Communicator& comm, const job::LogSpec& spec, const std::string& directory,
          const std::vector<int>& nodes, const host::BoardSlot& board, std::optional<Progress> progress);

  base::Log& log() { return log_; }

  /// Reports that a phase begins: publishes a heartbeat and, on rank 0, rewrites progress.json, for a
  /// supervisor on another node, which cannot read the board. Without a step, the last one still applies.
  void enter(host::BoardPhase phase, std::optional<std::int64_t> step = std::nullopt);
  /// Reports that the run resumes from this step.
  void resumed(std::int64_t step);
  /// Reports that the work has reached another safe point.
  void advanced(const work::Progress& progress);
  /// Writes a message to the log and, if rank 0 is watched, to the terminal. With `advice` it is a warning.
  void report(const std::string& text, const std::string& advice = {});
  /// Clears the progress line.
  void finish();

 private:
  base::Log log_;
  const host::BoardSlot* board_;
  std::optional<Progress> progress_;
  bool watched_;
};

}  // namespace tessera::run

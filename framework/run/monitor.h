// What a run tells those who watch it: its log, the terminal, and its supervisor.
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
  /// `directory`: the run directory, on every rank. `nodes`: the node of each rank. `progress`: on rank 0.
  /// `board` must outlive it. Rank 0 writes run.log; on every other node, or every other rank if the job asks
  /// for that, a rank writes a log of its own in logs/. Throws transport::AgreedError. @note Collective.
  Monitor(const transport::Communicator& comm, const job::LogSpec& spec, const std::string& directory,
          const std::vector<int>& nodes, const host::BoardSlot& board, std::optional<Progress> progress);

  base::Log& log() { return log_; }

  /// A phase begins: a heartbeat, and on rank 0 a new progress.json, since far ranks cannot see the board.
  /// Without a step: at the one that was published last.
  void enter(host::BoardPhase phase, std::optional<std::int64_t> step = std::nullopt);
  /// The run resumes from this step.
  void resumed(std::int64_t step);
  /// The work has reached another safe point.
  void advanced(const work::Progress& progress);
  /// A message in the log and, if rank 0 is watched, on the terminal. With `advice` it is a warning.
  void report(const std::string& text, const std::string& advice = {});
  /// Prints the progress line no longer.
  void finish();

 private:
  base::Log log_;
  const host::BoardSlot* board_;
  std::optional<Progress> progress_;
  bool watched_;
};

}  // namespace tessera::run

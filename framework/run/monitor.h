// Reports the progress of a run to its log, the terminal and its supervisor.
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
  /// `directory`: the run directory; must be given on every rank. `nodes`: node of each rank. `progress`:
  /// nullopt except on rank 0. `board` must outlive this object. Rank 0 writes run.log. One rank on every
  /// other node, or every other rank if the job sets `log.per_rank`, writes its own log to logs/. A
  /// log that cannot be opened is reported, and the run continues without it.
  Monitor(const transport::Communicator& comm, const job::LogSpec& spec, const std::string& directory,
          const std::vector<int>& nodes, const host::BoardSlot& board, std::optional<Progress> progress);

  base::Log& log() { return log_; }

  /// Reports that a phase begins: publishes the phase and a heartbeat on the progress board. If the phase has
  /// changed, rank 0 also rewrites progress.json, for a supervisor on another node, which cannot read the
  /// board. `step`: nullopt to leave the published step unchanged.
  void enter(host::BoardPhase phase, std::optional<std::int64_t> step = std::nullopt);
  /// Reports that the run resumes from `step`.
  void report_resume(std::int64_t step);
  /// Reports that the work has reached another safe point.
  void report_progress(const work::Progress& progress);
  /// Writes a message, or a warning if `advice` is not empty, to the log. On rank 0, if the run prints
  /// progress, also prints it on the terminal.
  void report(const std::string& text, const std::string& advice = {});
  /// Clears the progress line.
  void clear_line();

 private:
  base::Log log_;
  const host::BoardSlot* board_;
  std::optional<Progress> progress_;
  bool prints_;
};

}  // namespace tessera::run

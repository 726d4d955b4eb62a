#include "run/monitor.h"

#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "checkpoint/local_store.h"
#include "transport/environment.h"

#include <filesystem>

#include <fmt/format.h>

namespace tessera::run {

namespace {

/// The enumerators of both types are in the same order.
base::LogLevel level_of(job::LogLevel level) { return static_cast<base::LogLevel>(level); }
static_assert(static_cast<int>(job::LogLevel::error) == static_cast<int>(base::LogLevel::error));

}  // namespace

Monitor::Monitor(const transport::Communicator& comm, const job::LogSpec& spec, const std::string& directory,
                 const std::vector<int>& nodes, const host::BoardSlot& board,
                 std::optional<Progress> progress)
    : board_{&board}, progress_{std::move(progress)}, prints_{progress_ && progress_->has_line()} {
  const auto open = [&](const std::string& path) {
    try {
      log_ = base::Log{path, comm.rank(), level_of(spec.level)};
    } catch (const base::Error& e) {
      report(e.message(), "the run continues without this log");
    }
  };
  if (comm.is_root()) {
    open(directory + "/run.log");
  } else if (spec.per_rank || checkpoint::is_node_leader(comm.rank(), nodes)) {
    std::error_code ignored;  // if the folder is missing, opening the log fails
    std::filesystem::create_directories(directory + "/logs", ignored);
    const std::string name =
        spec.per_rank ? fmt::format("rank-{}", comm.rank()) : transport::Environment::host();
    open(directory + "/logs/" + name + ".log");
  }
}

void Monitor::enter(host::BoardPhase phase, std::optional<std::int64_t> step) {
  if (step) {
    board_->publish(phase, *step);
  } else {
    board_->publish(phase);
  }
  if (progress_ && phase != progress_->phase()) progress_->enter(phase);
}

void Monitor::report_resume(std::int64_t step) {
  if (progress_) progress_->resume(step);
}

void Monitor::report_progress(const work::Progress& progress) {
  board_->publish(host::BoardPhase::compute, progress.step);
  if (progress_) progress_->update(progress);
}

void Monitor::report(const std::string& text, const std::string& advice) {
  if (advice.empty()) {
    log_.info(text);
  } else {
    log_.warning(text);
  }
  if (!prints_) return;
  clear_line();
  const auto shown = [](const std::string& t) {
    return base::printable(t, base::unlimited, base::Newlines::indented);
  };
  if (advice.empty()) {
    base::print(stderr, "✓ {}\n", base::Lines{shown(text)});
  } else {
    base::print(stderr, "warning: {}\n  = {}\n", base::Lines{shown(text)}, base::Lines{shown(advice)});
  }
}

void Monitor::clear_line() {
  if (progress_) progress_->clear();
}

}  // namespace tessera::run

#include "run/monitor.h"

#include "checkpoint/partners.h"

#include "transport/agreement.h"
#include "transport/environment.h"

#include <filesystem>

#include <fmt/format.h>

namespace tessera::run {

namespace {

base::LogLevel level_of(job::LogLevel level) {
  switch (level) {
    case job::LogLevel::debug:
      return base::LogLevel::debug;
    case job::LogLevel::info:
      return base::LogLevel::info;
    case job::LogLevel::warning:
      return base::LogLevel::warning;
    case job::LogLevel::error:
      break;
  }
  return base::LogLevel::error;
}

}  // namespace

Monitor::Monitor(const transport::Communicator& comm, const job::LogSpec& spec, const std::string& directory,
                 const std::vector<int>& nodes, const host::BoardSlot& board,
                 std::optional<Progress> progress)
    : board_{&board}, progress_{std::move(progress)}, watched_{progress_ && progress_->watched()} {
  transport::collectively(comm, [&] {
    if (comm.root()) {
      log_ = base::Log{directory + "/run.log", 0, level_of(spec.level)};
    } else if (spec.per_rank || checkpoint::leads_node(comm.rank(), nodes)) {
      std::error_code ignored;  // the log says so itself
      std::filesystem::create_directories(directory + "/logs", ignored);
      const std::string name =
          spec.per_rank ? fmt::format("rank-{}", comm.rank()) : transport::Environment::host();
      log_ = base::Log{directory + "/logs/" + name + ".log", comm.rank(), level_of(spec.level)};
    }
  });
}

void Monitor::enter(host::BoardPhase phase, std::int64_t step) {
  board_->publish(phase, step);
  if (progress_ && phase != progress_->phase()) progress_->enter(phase);
}

void Monitor::enter(host::BoardPhase phase) {
  board_->publish(phase);
  if (progress_ && phase != progress_->phase()) progress_->enter(phase);
}

void Monitor::resumed(std::int64_t step) {
  if (progress_) progress_->resume(step);
}

void Monitor::advanced(const work::Progress& progress) {
  board_->publish(host::BoardPhase::compute, progress.step);
  if (progress_) progress_->update(progress);
}

void Monitor::report(const std::string& text, const std::string& advice) {
  if (advice.empty()) {
    log_.info(text);
  } else {
    log_.warning(text);
  }
  if (!watched_) return;
  finish();
  if (advice.empty()) {
    fmt::print(stderr, "✓ {}\n", text);
  } else {
    fmt::print(stderr, "warning: {}\n  = {}\n", text, advice);
  }
}

void Monitor::finish() {
  if (progress_) progress_->clear();
}

}  // namespace tessera::run

#include "rundir/run_status.h"

#include "base/error.h"
#include "host/file_lock.h"
#include "rundir/run_directory.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::rundir {

namespace {

namespace fs = std::filesystem;

/// Seconds since an entry was last created in or removed from a folder; 0 if unknown.
double age_of(const std::string& folder) {
  std::error_code ec;
  const auto time = fs::last_write_time(folder, ec);
  if (ec) return 0.0;
  return std::max(0.0, std::chrono::duration<double>(fs::file_time_type::clock::now() - time).count());
}

/// Calls `read` and returns its result. If it throws, adds the first line of the message to `problems`.
template <class Read>
auto read_or_add_problem(std::vector<std::string>& problems, Read read) -> decltype(read()) {
  try {
    return read();
  } catch (const base::Error& e) {
    const std::string message = e.message();
    problems.push_back(message.substr(0, message.find('\n')));
    return {};
  }
}

/// Age in seconds below which a progress report shows that a run is active, if its locks cannot be read.
constexpr double fresh_seconds = 15.0;

/// Whether a run is active; nullopt if its locks cannot be read.
std::optional<bool> try_is_active(const std::string& run_directory) {
  try {
    return is_active(run_directory);
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

bool has_ended(const RunRecord& record) {
  return record.status != RunRecord::Status::created && record.status != RunRecord::Status::running;
}

}  // namespace

std::string RunStatus::state() const {
  if (active) return "running";
  // If there is a supervisor, its status takes precedence, except over `done`: it may have been killed before
  // it could record that the run is done.
  if (record && has_ended(*record) && (record->status == RunRecord::Status::done || !supervision))
    return name_of(record->status);
  if (supervision && supervision->status != "running") return supervision->status;
  return "interrupted";
}

std::int64_t RunStatus::attempt() const {
  std::int64_t latest = record ? record->attempt : 0;
  if (!checkpoints.empty()) latest = std::max(latest, std::int64_t{checkpoints.front().attempt});
  if (supervision && !supervision->attempts.empty()) latest = supervision->attempts.back().number;
  if (live_progress() != nullptr) latest = std::max(latest, live_progress()->attempt);
  return latest;
}

std::int64_t RunStatus::step() const {
  const bool has_attempts = supervision && !supervision->attempts.empty();
  std::int64_t step = checkpoints.empty() ? 0 : checkpoints.front().step;
  if (record) step = std::max(step, record->step);
  if (has_attempts) {
    const std::int64_t last = supervision->attempts.back().last_step;
    step = active ? last : std::max(step, last);
  }
  const ProgressRecord* current = live_progress();
  return current != nullptr && current->attempt >= attempt() && current->step > 0 ? current->step : step;
}

std::optional<double> RunStatus::fraction_done() const {
  if (state() == "done") return 1.0;
  return progress ? progress->fraction_done : std::nullopt;
}

bool is_active(const std::string& run_directory) {
  return host::FileLock::is_held(run_directory + "/supervisor.lock") ||
         host::FileLock::is_held(run_directory + "/run.lock");
}

RunStatus status_of(const std::string& run_directory) {
  RunStatus status;
  std::error_code ec;
  const fs::path resolved = fs::weakly_canonical(run_directory, ec);
  const fs::path path = ec ? fs::path{run_directory} : resolved;
  status.path = path.string();
  status.name = path.filename().string();
  const std::optional<bool> was_active = try_is_active(status.path);
  read_or_add_problem(status.problems, [&] {
    RunDirectory::refuse_earlier_version(status.path);
    return true;
  });
  status.supervision = read_or_add_problem(
      status.problems, [&] { return Supervision::read(Supervision::path_in(status.path)); });
  status.record = read_or_add_problem(status.problems, [&] { return RunRecord::read(status.path); });
  status.batch = BatchRecord::read(status.path);
  if (!status.batch && fs::exists(BatchRecord::path_in(status.path), ec))
    status.problems.push_back(fmt::format("`{}` is damaged", BatchRecord::path_in(status.path)));
  status.checkpoints = list_checkpoints(status.path);
  if (!status.checkpoints.empty())
    status.checkpoint_age = age_of(status.path + "/checkpoints/" + status.checkpoints.front().name);
  status.progress = ProgressRecord::read(status.path);
  // A run that started or ended during this function counts as active, not as interrupted.
  const std::optional<bool> is_active_now = try_is_active(status.path);
  if (is_active_now) {
    status.active = was_active.value_or(false) || *is_active_now;
  } else {
    const bool ended = status.record && has_ended(*status.record);
    status.active = !ended && status.progress && status.progress->age_seconds() < fresh_seconds;
    status.problems.push_back("its locks belong to another user, so the status may be wrong");
  }
  return status;
}

}  // namespace tessera::rundir

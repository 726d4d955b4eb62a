#include "supervisor/earlier_launch.h"

#include "host/process.h"
#include "rundir/checkpoint_names.h"
#include "rundir/progress_record.h"
#include "supervisor/launch_plan.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

namespace tessera::supervisor {

double close_abandoned(rundir::AttemptRecord& record, const std::string& directory, const std::string& host) {
  namespace fs = std::filesystem;
  const auto progress = rundir::ProgressRecord::read(directory);
  const bool known = progress && progress->attempt == record.number;
  if (known) record.last_step = std::max(record.last_step, progress->step);
  const auto checkpoints = rundir::list_checkpoints(directory);
  if (!checkpoints.empty()) record.last_step = std::max(record.last_step, checkpoints.front().step);
  rundir::Fault fault;
  fault.kind = rundir::FaultKind::supervisor;
  fault.step = record.last_step;
  fault.message = rundir::describe(fault, host);
  record.outcome = "fault";
  record.fault = fault;
  if (checkpoints.empty() || !known) return 0.0;
  // Both times are the file server's.
  std::error_code ec;
  const auto alive = fs::last_write_time(directory + "/progress.json", ec);
  if (ec) return 0.0;
  const auto saved = fs::last_write_time(directory + "/checkpoints/" + checkpoints.front().name, ec);
  if (ec) return 0.0;
  return std::max(0.0, std::chrono::duration<double>(alive - saved).count());
}

std::string kill_orphans(const std::string& directory) {
  const std::vector<host::Process> orphans = host::processes_with_arguments(mark_of(directory));
  if (orphans.empty()) return {};
  const bool gone = host::kill_and_wait(orphans, 5.0);
  return fmt::format("what an earlier launch had left at work {} ({} orphan{})",
                     gone ? "has been ended" : "cannot be ended", orphans.size(),
                     orphans.size() == 1 ? "" : "s");
}

}  // namespace tessera::supervisor

#include "earlier_run.h"

#include "base/error.h"
#include "checkpoint/store.h"
#include "checkpointing.h"
#include "supervisor/run_record.h"

#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

namespace tessera::app {

namespace {

/// Some checkpoint must be of that job, if any is of one. Whether it is whole shows later.
void check_checkpoints(const std::string& directory, const checkpoint::Wanted& wanted) {
  std::optional<base::Error> refusal;
  for (const checkpoint::Published& p : checkpoint::Store{directory}.list()) {
    try {
      const std::string other = checkpoint::mismatch(checkpoint::read_manifest(p.path), wanted);
      if (other.empty()) return;
      if (refusal) continue;
      refusal.emplace(base::ExitCode::bad_data,
                      fmt::format("the checkpoint `{}` cannot be gone on from: {}", p.path, other),
                      "change that back, or give another --run-dir");
    } catch (const base::Error&) {
      continue;
    }
  }
  if (refusal) throw base::Error{*refusal};
}

/// Whether jobs differ at most in what may change, such as their end and their output.
bool is_same_job(const JobRequest& request, const std::string& text, const checkpoint::Wanted& wanted) {
  try {
    const LoadedJob earlier = load_checked_job(request, text);
    const checkpoint::Identity identity = wanted_of(earlier.job, earlier.solver.schema()).identity;
    return identity.solver == wanted.identity.solver && identity.job == wanted.identity.job;
  } catch (const base::Error&) {
    return false;
  }
}

}  // namespace

bool is_done(const std::string& directory, const JobRequest& request, const std::string& text,
             const checkpoint::Wanted& wanted) {
  std::ostringstream content;
  content << std::ifstream{directory + "/job.toml", std::ios::binary}.rdbuf();
  const std::string earlier = content.str();
  const auto record = supervisor::RunRecord::read(directory);
  if (earlier == text && record && record->status == "done") return true;
  if (!checkpoint::Store{directory}.list().empty()) {
    check_checkpoints(directory, wanted);
  } else if (earlier != text && !is_same_job(request, earlier, wanted)) {
    throw base::Error(
        base::ExitCode::cannot_create,
        fmt::format("`{}` holds a run of another job, and no checkpoint to go on from", directory),
        "give another --run-dir, or remove it");
  }
  return false;
}

}  // namespace tessera::app

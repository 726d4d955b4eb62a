#include "earlier_run.h"

#include "base/error.h"
#include "checkpoint/store.h"
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

}  // namespace

bool is_done(const std::string& directory, const std::string& text, const checkpoint::Wanted& wanted) {
  std::ostringstream earlier;
  earlier << std::ifstream{directory + "/job.toml", std::ios::binary}.rdbuf();
  const bool same = earlier.str() == text;
  if (!same && checkpoint::Store{directory}.list().empty()) {
    throw base::Error(
        base::ExitCode::cannot_create,
        fmt::format("`{}` holds a run of another job, and no checkpoint to go on from", directory),
        "give another --run-dir, or remove it");
  }
  const auto record = supervisor::RunRecord::read(directory);
  if (same && record && record->status == "done") return true;
  check_checkpoints(directory, wanted);
  return false;
}

}  // namespace tessera::app

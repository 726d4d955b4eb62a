#include "run/earlier_run.h"

#include "base/error.h"
#include "checkpoint/store.h"
#include "rundir/run_record.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace tessera::run {

namespace fs = std::filesystem;

namespace {

/// At least one checkpoint must be of that job, if any is of one. Whether it is whole is found out on
/// restoring it.
void check_checkpoints(const std::string& directory, const checkpoint::Identity& identity) {
  std::optional<base::Error> refusal;
  for (const checkpoint::Published& p : checkpoint::Store{directory}.list()) {
    try {
      const std::string other = checkpoint::mismatch(checkpoint::read_manifest(p.path).identity, identity);
      if (other.empty()) return;
      if (refusal) continue;
      refusal.emplace(base::ExitCode::bad_data,
                      fmt::format("the checkpoint `{}` cannot be resumed: {}", p.path, other),
                      "change that back, or give another --run-dir");
    } catch (const base::Error&) {
      continue;
    }
  }
  if (refusal) throw base::Error{*refusal};
}

}  // namespace

bool is_done(const std::string& directory, const std::string& text, const checkpoint::Identity& identity) {
  const auto record = rundir::RunRecord::read(directory);
  if (record && record->job_text == text && record->status == rundir::RunRecord::Status::done) return true;
  if (!checkpoint::Store{directory}.list().empty()) {
    check_checkpoints(directory, identity);
  } else if (record && record->job_text != text &&
             (record->identity != identity.job || record->solver != identity.solver)) {
    throw base::Error(
        base::ExitCode::cannot_create,
        fmt::format("`{}` holds a run of another job, and no checkpoint to resume from", directory),
        "give another --run-dir, or remove it");
  }
  return false;
}

std::string find_run(const std::string& parent, const checkpoint::Identity& identity) {
  std::string best;
  fs::file_time_type newest{};
  std::error_code none;
  for (fs::directory_iterator entry{parent, none}, end; !none && entry != end; entry.increment(none)) {
    for (const checkpoint::Published& p : checkpoint::Store{entry->path().string()}.list()) {
      try {
        if (!checkpoint::mismatch(checkpoint::read_manifest(p.path).identity, identity).empty()) break;
      } catch (const base::Error&) {
        continue;  // an older one may still show which job it is
      }
      std::error_code unknown;
      const auto when = fs::last_write_time(p.path, unknown);
      if (best.empty() || when > newest) {
        best = entry->path().string();
        newest = when;
      }
      break;
    }
  }
  return best;
}

}  // namespace tessera::run

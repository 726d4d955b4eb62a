#include "earlier_run.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
#include "supervisor/run_record.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace tessera::app {

bool is_done(const std::string& directory, const std::string& text) {
  std::ostringstream earlier;
  earlier << std::ifstream{directory + "/job.toml", std::ios::binary}.rdbuf();
  const bool same = earlier.str() == text;
  // With checkpoints the ranks see whether the job can go on from them: it may have a later end.
  if (!same && base::list_checkpoints(directory).empty()) {
    throw base::Error(
        base::ExitCode::cannot_create,
        fmt::format("`{}` holds a run of another job, and no checkpoint to go on from", directory),
        "give another --run-dir, or remove it");
  }
  const auto record = supervisor::RunRecord::read(directory);
  return same && record && record->status == "done";
}

}  // namespace tessera::app

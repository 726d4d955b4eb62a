#include "run/leftovers.h"

#include "base/error.h"
#include "host/file_lock.h"
#include "host/replacement_file.h"

#include <filesystem>

namespace tessera::run {

void remove_leftovers_of_run(const std::string& directory) {
  host::remove_temporary_files(
      directory, {"record.json", "job.toml", "run.json", "progress.json", "inventory", "fields.xdmf"});
}

void remove_leftovers_if_inactive(const std::string& directory) {
  // A lock file that does not exist is not created, so that a run without a supervisor gets none.
  const auto while_locked = [&](const std::string& name, const std::string& what, auto remove) {
    std::error_code ec;
    if (!std::filesystem::exists(directory + "/" + name, ec)) return;
    try {
      if (host::FileLock::is_held(directory + "/" + name)) return;
      const auto lock = host::FileLock::acquire(directory + "/" + name, what);
      remove();
    } catch (const base::Error&) {  // it has just become active, or this user may not lock it
    }
  };
  while_locked("run.lock", "run", [&] { remove_leftovers_of_run(directory); });
  while_locked("supervisor.lock", "supervisor",
               [&] { host::remove_temporary_files(directory, {"supervision.json"}); });
}

}  // namespace tessera::run

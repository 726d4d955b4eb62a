#include "run/shared_directory.h"

#include "base/error.h"
#include "base/stopwatch.h"
#include "transport/agreement.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

namespace tessera::run {

namespace {

constexpr double max_wait = 5.0;  // seconds

/// Whether the record in the directory that this rank sees is that of the run.
bool sees_run(const RunInfo& info) {
  try {
    const auto record = rundir::RunRecord::read(info.directory);
    return record && record->id == info.id;
  } catch (const base::Error&) {
    return false;
  }
}

}  // namespace

void check_shared_directory(const transport::Communicator& comm, const RunInfo& info) {
  transport::collectively(comm, [&] {
    const base::Stopwatch since_start;
    while (!sees_run(info)) {
      if (since_start.seconds() < max_wait) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        continue;
      }
      std::error_code ec;
      throw base::Error{
          base::ExitCode::cannot_create,
          fmt::format("the run directory `{}` of rank 0 is not visible here, in the working directory `{}`",
                      info.directory, std::filesystem::current_path(ec).string()),
          "use a --run-dir on a file system that all nodes share, and start all ranks in the same directory"};
    }
  });
}

}  // namespace tessera::run

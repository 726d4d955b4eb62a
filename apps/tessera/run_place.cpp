#include "run_place.h"

#include "checkpoint/store.h"
#include "checkpointing.h"
#include "earlier_run.h"
#include "output/output_file.h"
#include "output/run_directory.h"
#include "resume.h"
#include "transport/agreement.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include <fmt/format.h>

namespace tessera::app {

namespace {

/// Seconds that the processes of an earlier attempt get to end.
constexpr double lock_patience = 3.0;

/// The directory of a run to go on with; empty where a new one is to be made. On rank 0.
std::string directory_to_resume(const RunOptions& options, const LoadedJob& loaded) {
  if (options.resume == Resume::never) return {};
  if (!options.run_directory.empty()) {
    return output::RunDirectory::is_run(options.run_directory) ? options.run_directory : std::string{};
  }
  if (options.resume == Resume::from) {
    const std::filesystem::path store = std::filesystem::path{options.resume_from}.lexically_normal();
    const std::filesystem::path folder = store.has_filename() ? store : store.parent_path();
    return folder.parent_path().parent_path().string();
  }
  return find_run(loaded.job.output.directory, wanted_of(loaded.job, loaded.solver.schema()));
}

/// A run that is at work is not to be replaced. Throws base::Error.
void refuse_where_at_work(const std::string& directory) {
  for (const char* name : {"/run.lock", "/supervisor.lock"}) {
    if (!base::FileLock::is_held(directory + name)) continue;
    throw base::Error(base::ExitCode::cannot_create, fmt::format("another run is at work in `{}`", directory),
                      "wait for it, stop it, or give another --run-dir");
  }
}

/// On rank 0, which holds `lock` from then on.
RunPlace find_place(const RunOptions& options, const LoadedJob& loaded, std::optional<base::FileLock>& lock) {
  RunPlace place;
  const std::string resumed = directory_to_resume(options, loaded);
  if (!resumed.empty() && options.resume == Resume::automatic && !options.from_start)
    static_cast<void>(
        is_done(resumed, options.job, loaded.job.text, wanted_of(loaded.job, loaded.solver.schema())));
  using Existing = output::RunDirectory::Existing;
  if (options.overwrite && !options.run_directory.empty()) refuse_where_at_work(options.run_directory);
  const auto directory =
      !resumed.empty() ? output::RunDirectory::existing(resumed)
      : options.run_directory.empty()
          ? output::RunDirectory::create_named(loaded.job.output.directory)
          : output::RunDirectory::create_at(options.run_directory,
                                            options.overwrite ? Existing::replace : Existing::refuse);
  place.directory = directory.path();
  if (options.take_over) {
    auto [taken, by_force] = base::FileLock::take_over(directory.file("run.lock"), "run", lock_patience);
    lock.emplace(std::move(taken));
    // Who held it looks after it once a second.
    if (by_force) std::this_thread::sleep_for(std::chrono::milliseconds{2500});
  } else {
    lock.emplace(base::FileLock::acquire(directory.file("run.lock"), "run"));
  }
  place.identity = RunIdentity::of(place.directory);
  const std::vector<checkpoint::Published> published = checkpoint::Store{place.directory}.list();
  for (const checkpoint::Published& p : published) {
    place.attempt = std::max(place.attempt, p.attempt + 1);
    if (!resumed.empty() && options.resume == Resume::automatic) place.checkpoints.push_back(p.path);
  }
  if (options.resume == Resume::from) place.checkpoints.push_back(options.resume_from);
  place.attempt = std::max(place.attempt, place.identity.since + 1);
  if (options.attempt > 0) place.attempt = static_cast<std::uint32_t>(options.attempt);
  if (loaded.job.log.per_rank) directory.folder("logs");
  output::write_whole_file(directory.file("job.toml"), loaded.job.text);
  return place;
}

}  // namespace

RunPlace place_of(const transport::Communicator& comm, const RunOptions& options, const LoadedJob& loaded,
                  std::optional<base::FileLock>& lock) {
  RunPlace place;
  transport::collectively(comm, [&] {
    if (comm.root()) place = find_place(options, loaded, lock);
  });
  std::string text = fmt::format("{}\n{}\n{}\n{}\n", place.attempt, place.directory, place.identity.text,
                                 place.identity.since);
  for (const std::string& path : place.checkpoints) text += path + "\n";
  comm.broadcast(text);
  std::istringstream lines{text};
  RunPlace all;
  std::string line;
  std::getline(lines, line);
  all.attempt = static_cast<std::uint32_t>(std::stoul(line));
  std::getline(lines, all.directory);
  std::getline(lines, all.identity.text);
  std::getline(lines, line);
  all.identity.since = static_cast<std::uint32_t>(std::stoul(line));
  while (std::getline(lines, line)) all.checkpoints.push_back(line);
  return all;
}

}  // namespace tessera::app

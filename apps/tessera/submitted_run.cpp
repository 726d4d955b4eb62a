#include "submitted_run.h"

#include "shared_options.h"

#include "base/error.h"
#include "batch/sweep.h"
#include "grid/kind/grid_kind.h"
#include "host/file_lock.h"
#include "host/remove_tree.h"
#include "run/earlier_run.h"
#include "run/plan.h"
#include "rundir/batch_record.h"
#include "rundir/run_directory.h"
#include "rundir/run_record.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ExitCode;

std::string absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

/// Throws base::Error (cannot_create) if the run in a directory is running or queued.
void require_inactive(const std::string& directory, const batch::Slurm& slurm) {
  if (host::FileLock::is_held(directory + "/supervisor.lock") ||
      host::FileLock::is_held(directory + "/run.lock")) {
    throw Error(ExitCode::cannot_create, fmt::format("a run is active in `{}`", directory),
                "wait for it, or use another --run-dir");
  }
  const auto record = rundir::BatchRecord::read(directory);
  if (!record) return;
  const auto jobs = slurm.queue({record->job_id});
  if (!jobs) return;
  for (const batch::QueuedJob& job : *jobs) {
    if (!job.is_active()) continue;
    throw Error(ExitCode::cannot_create,
                fmt::format("`{}` is already queued, as job {} ({})", directory, job.id, job.state),
                fmt::format("cancel that job first: scancel {}", job.id));
  }
}

std::string canonical_path(const rundir::RunDirectory& directory) {
  return fs::canonical(directory.path()).string();
}

/// Puts back the record `old` of a run, unless another process has changed the record that contains
/// `job_text`.
void restore_record(const std::string& directory, const rundir::RunRecord& old, const std::string& job_text) {
  const host::FileLock lock = host::FileLock::acquire(directory + "/run.lock", "run");
  const auto current = rundir::RunRecord::read(directory);
  if (current && current->job_text == job_text && current->attempt == old.attempt) old.write(directory);
}

}  // namespace

std::vector<SubmittedRun> submitted_runs(const SubmitOptions& options) {
  const batch::JobArguments arguments =
      batch::classify_arguments(options.job.path, options.job.overrides, options.jobs);
  const auto combinations = batch::combinations_of(options.sweep);
  batch::check_run_count(arguments.paths.size(), combinations.size());
  std::vector<SubmittedRun> all;
  std::set<std::string> labels;
  for (const std::string& path : arguments.paths) {
    for (const auto& combination : combinations) {
      run::JobRequest request = options.job;
      request.path = path;
      request.overrides = arguments.overrides;
      request.overrides.insert(request.overrides.end(), combination.begin(), combination.end());
      SubmittedRun run{request, {}, run::check_job(grid::GridKind{}, request)};
      const std::string label = batch::run_label(path, arguments.paths.size() > 1, combination);
      run.label = label;
      for (int n = 2; !labels.insert(run.label).second; ++n) run.label = fmt::format("{}-{}", label, n);
      all.push_back(std::move(run));
    }
  }
  return all;
}

std::vector<std::string> launch_arguments(const SubmittedRun& run, const SubmitOptions& options) {
  std::vector<std::string> words;
  for (const std::string& name : options.accept) words.insert(words.end(), {"--accept-changed", name});
  for (const std::string& folder : run.request.plugin_folders)
    words.insert(words.end(), {"--plugin-path", absolute(folder)});
  return words;
}

SubmittedDirectory prepare_directory(const std::string& path, const SubmittedRun& run,
                                     const SubmitOptions& options, const batch::Slurm& slurm,
                                     batch::Rollback& rollback) {
  if (!path.empty() && rundir::RunDirectory::is_run(path)) {
    const std::string directory = canonical_path(rundir::RunDirectory::open_existing(path));
    require_inactive(directory, slurm);
    const work::CheckedJob job = run::with_builds(run.job);
    if (run::is_done(grid::GridKind{}, directory, job, accepted_changes(options.accept)))
      return {directory, true};
    if (const auto old = rundir::RunRecord::read(directory)) {
      rollback.add([directory, record = *old, text = run.job.header.text] {
        restore_record(directory, record, text);
      });
    }
    run::replace_recorded_job(directory, run.job);
    return {directory};
  }
  std::error_code ec;
  const bool existed = !path.empty() && fs::exists(path, ec);
  const std::string directory =
      canonical_path(path.empty() ? rundir::RunDirectory::create_in(run.job.header.output_directory)
                                  : rundir::RunDirectory::create_at(path));
  rollback.add([directory, existed] {
    if (!existed) static_cast<void>(host::remove_tree(directory));
    std::error_code ignored;
    for (const char* name : {"/record.json", "/job.toml"}) fs::remove(directory + name, ignored);
  });
  // Marks the folder as a run for `tessera launch`, even if the reply of sbatch is lost.
  run::new_record(run.job).write(directory);
  return {directory};
}

std::string prepare_array_folder(const SubmitOptions& options, const SubmittedRun& first,
                                 batch::Rollback& rollback) {
  std::error_code ec;
  if (!options.run_directory.empty() && fs::is_regular_file(options.run_directory + "/submit.sh", ec)) {
    return fs::canonical(options.run_directory).string();
  }
  const bool existed = !options.run_directory.empty() && fs::exists(options.run_directory, ec);
  const std::string path = canonical_path(
      options.run_directory.empty() ? rundir::RunDirectory::create_in(first.job.header.output_directory)
                                    : rundir::RunDirectory::create_at(options.run_directory));
  rollback.add([path, existed] {
    if (!existed) static_cast<void>(host::remove_tree(path));
  });
  return path;
}

double checkpoint_seconds(const std::string& run_directory) {
  std::ifstream file{run_directory + "/run.json", std::ios::binary};
  if (!file) return -1.0;
  const nlohmann::json j = nlohmann::json::parse(file, nullptr, false);
  if (!j.is_object() || !j.contains("phases") || !j["phases"].is_array()) return -1.0;
  for (const nlohmann::json& phase : j["phases"]) {
    if (!phase.is_object() || !phase.contains("name") || phase["name"] != "checkpoint") continue;
    const auto seconds = phase.find("seconds_max");
    if (seconds != phase.end() && seconds->is_number()) return seconds->get<double>();
  }
  return -1.0;
}

}  // namespace tessera::app

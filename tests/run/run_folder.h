// A run in a folder that all ranks share, for the tests of run/ on several ranks.
#pragma once

#include "counting.h"

#include "base/error.h"
#include "checkpoint/rank_blocks.h"
#include "run/session.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace tessera::test {

/// Counter jobs whose new run directories are created in `folder`.
class CounterKind : public counter::Kind {
 public:
  explicit CounterKind(std::string folder) : folder_{std::move(folder)} {}
  std::optional<work::CheckedJob> check(const job::Document& document, const work::CheckOptions& options,
                                        job::Diagnostics& problems) const override {
    auto checked = Kind::check(document, options, problems);
    if (checked) checked->header.output_directory = folder_;
    return checked;
  }

 private:
  std::string folder_;
};

/// Executes `action` on rank 0 while the other ranks wait. Collective.
inline void on_root(const std::function<void()>& action) {
  world().barrier();
  if (world().is_root()) action();
  world().barrier();
}

class RunFolder {
 public:
  RunFolder() : kind{folder_.path + "/runs"} {
    write_job(counter_job(10));
    options.job.path = folder_.path + "/job.toml";
    options.run_directory = folder_.path + "/run";
    options.quiet = true;
  }

  void write_job(const std::string& text) const {
    on_root([&] { std::ofstream{folder_.path + "/job.toml"} << text; });
  }
  std::string path(const std::string& name) const { return folder_.path + "/" + name; }
  const std::string& run_directory() const { return options.run_directory; }

  /// Runs the job to completion, and returns the exit code. Collective.
  base::ExitCode run_to_completion() const {
    world().barrier();
    const host::BoardSlot board;
    const run::Terminal terminal;
    run::Session session{world(), kind, options, terminal, board};
    const base::ExitCode code = session.run();
    world().barrier();
    return code;
  }
  /// Runs the job to completion, then changes the record as if the run had been killed before it was recorded
  /// as done. Returns the exit code. Collective.
  base::ExitCode run_without_recording_the_end() const {
    const base::ExitCode code = run_to_completion();
    on_root([&] {
      rundir::RunRecord changed = record();
      changed.status = rundir::RunRecord::Status::running;
      changed.write(run_directory());
    });
    return code;
  }
  /// Plans the run, and sets `lock` on rank 0 to the lock of the run. Collective.
  run::Plan plan(std::optional<host::FileLock>& lock) const {
    world().barrier();  // another rank may still be reading the files that this call changes
    return run::plan_run(world(), kind, options, {}, lock);
  }
  /// Plans the run, then releases its lock. Collective.
  run::Plan plan() const {
    std::optional<host::FileLock> lock;
    run::Plan result = plan(lock);
    world().barrier();
    return result;
  }
  /// Returns the exit code of the error that plan() throws; `done` if it throws none. Collective.
  base::ExitCode plan_exit_code() const {
    try {
      plan();
    } catch (const base::Error& e) {
      return e.code();
    }
    return base::ExitCode::done;
  }
  rundir::RunRecord record() const { return rundir::RunRecord::read(run_directory()).value(); }
  std::string checkpoint_path(const std::string& name) const {
    return run_directory() + "/checkpoints/" + name;
  }

 private:
  SharedFolder folder_;

 public:
  CounterKind kind;
  run::Options options;
};

}  // namespace tessera::test

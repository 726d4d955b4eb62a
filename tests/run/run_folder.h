// A run in a folder that all ranks share, for the tests of run/ on several ranks.
#pragma once

#include "counting.h"

#include "base/error.h"
#include "checkpoint/side.h"
#include "run/session.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace tessera::test {

/// Counter jobs whose new run directories are created in `folder`.
class CounterIn : public counter::Kind {
 public:
  explicit CounterIn(std::string folder) : folder_{std::move(folder)} {}
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
    write_job(counting(10));
    options.job.path = folder_.path + "/job.toml";
    options.run_directory = folder_.path + "/run";
    options.quiet = true;
  }

  void write_job(const std::string& text) const {
    on_root([&] { std::ofstream{folder_.path + "/job.toml"} << text; });
  }
  std::string path(const std::string& name) const { return folder_.path + "/" + name; }
  const std::string& run() const { return options.run_directory; }

  /// Runs the job to completion. Collective. Returns the exit code.
  base::ExitCode finish() const {
    world().barrier();
    const host::BoardSlot board;
    const run::Terminal terminal;
    run::Session session{world(), kind, options, terminal, board};
    const base::ExitCode code = session.run();
    world().barrier();
    return code;
  }
  run::Plan plan(std::optional<host::FileLock>& lock) const {
    world().barrier();  // so that no rank still reads the files that this changes
    return run::plan_run(world(), kind, options, 1e12, lock);
  }
  /// Plans the run, then releases the lock.
  run::Plan plan() const {
    std::optional<host::FileLock> lock;
    run::Plan result = plan(lock);
    world().barrier();
    return result;
  }
  /// Returns the exit code with which plan() fails; `done` if it succeeds.
  base::ExitCode refusal() const {
    try {
      plan();
    } catch (const base::Error& e) {
      return e.code();
    }
    return base::ExitCode::done;
  }
  rundir::RunRecord record() const { return rundir::RunRecord::read(run()).value(); }
  std::string checkpoint(const std::string& name) const { return run() + "/checkpoints/" + name; }

 private:
  SharedFolder folder_;

 public:
  CounterIn kind;
  run::Options options;
};

}  // namespace tessera::test

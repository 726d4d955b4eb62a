// A run in a folder that all ranks know, for the tests of run/ on several ranks.
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

/// The counter, with its new run directories in a folder of the test.
class CounterIn : public counter::Kind {
 public:
  explicit CounterIn(std::string folder) : folder_{std::move(folder)} {}
  std::optional<work::Checked> check(const job::Document& document, const work::CheckOptions& options,
                                     job::Diagnostics& problems) const override {
    auto checked = Kind::check(document, options, problems);
    if (checked) checked->header.output_directory = folder_;
    return checked;
  }

 private:
  std::string folder_;
};

/// Does something on rank 0 while the others wait.
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

  /// Runs the job to its end.
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
    world().barrier();  // so that no rank still reads what this changes
    return run::plan_run(world(), kind, options, 1e12, lock);
  }
  /// Plans, and releases the lock again.
  run::Plan plan() const {
    std::optional<host::FileLock> lock;
    run::Plan made = plan(lock);
    world().barrier();
    return made;
  }
  /// The code with which planning is refused; done if it is not.
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

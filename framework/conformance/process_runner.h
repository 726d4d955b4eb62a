// Runs trials with `tessera run`, in separate processes.
#pragma once

#include "conformance/runner.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tessera::conformance {

class ProcessRunner : public Runner {
 public:
  struct Setup {
    std::string program;                 ///< path of the tessera executable
    std::vector<std::string> launcher;   ///< such as mpirun --oversubscribe; not used for one rank
    std::string job;                     ///< path of the job file
    std::string shown_job;               ///< path of the job file in commands_for()
    std::vector<std::string> overrides;  ///< job overrides for all runs
    std::vector<std::string> fields;     ///< names of the fields to compare
    int dimensions = 1;                  ///< dimensions of the domain
    std::string folder;                  ///< parent folder of the run directories
    double seconds = 600.0;              ///< time limit for each run
    std::function<void(const Trial&)> before_run = {};  ///< called before each run; may be empty
    std::function<bool()> should_stop = {};  ///< polled during a run; true: end the run; may be empty
  };

  explicit ProcessRunner(Setup setup) : setup_{std::move(setup)} {}

  Outcome run(const Trial& trial) override;
  std::string difference(const Outcome& first, const Outcome& second) override;
  std::string checkpoint_of(const Outcome& outcome) override;
  std::vector<std::string> commands_for(const std::vector<Trial>& trials) const override;
  void discard(const Outcome& outcome) override;

 private:
  std::vector<std::string> command_of(const Trial& trial, const std::string& job,
                                      const std::string& directory) const;

  Setup setup_;
};

}  // namespace tessera::conformance

// The hosts of a supervised run: which of them answer, and which an attempt gets.
#pragma once

#include "rundir/supervision.h"
#include "supervisor/host_pool.h"
#include "supervisor/launch_plan.h"

#include <string>
#include <vector>

namespace tessera::supervisor {

class LaunchHosts {
 public:
  /// `pool` may be empty: then attempts use the hostfile of their plan, or this host. `directory`: of the
  /// run.
  LaunchHosts(HostPool pool, std::string directory);

  /// Asks all hosts whether they are up and kills what is left of the run there. Returns a line for each host
  /// that has come or gone. Takes several seconds if a host does not answer.
  std::vector<std::string> probe();

  /// Whether an attempt of `ranks` ranks, or of fewer, can be launched.
  bool any(int ranks) const { return pool_.empty() || pool_.allot(ranks).ranks > 0; }

  /// Chooses hosts for an attempt of `ranks` ranks: writes their hostfile and enters hosts, hostfile and
  /// number of ranks in `plan` and `record`. There may be fewer ranks than asked for. Throws base::Error
  /// (io_error).
  void allot(int ranks, LaunchPlan& plan, rundir::AttemptRecord& record) const;

  /// Which of `names` do not answer.
  std::vector<std::string> lost_of(const std::vector<std::string>& names) const;

 private:
  HostPool pool_;
  std::string directory_;
};

}  // namespace tessera::supervisor

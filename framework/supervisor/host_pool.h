// The hosts that a run may use, and which of them answer.
#pragma once

#include "base/hostfile.h"

#include <string>
#include <vector>

namespace tessera::supervisor {

struct PoolHost {
  base::HostEntry entry;
  bool local = false;  ///< this host: ranks start without a remote shell
  bool out = false;    ///< does not answer
  bool unfit = false;  ///< answers, but the run could not be at work there; for good
};

/// Hosts in the order of a hostfile. The first that have slots enough are used; the others are spares.
class HostPool {
 public:
  HostPool() = default;
  explicit HostPool(std::vector<PoolHost> hosts) : hosts_{std::move(hosts)} {}

  bool empty() const { return hosts_.empty(); }
  const std::vector<PoolHost>& hosts() const { return hosts_; }

  /// What an attempt gets.
  struct Allotment {
    std::vector<base::HostEntry> hosts;
    int ranks = 0;
    /// The lines of a hostfile, for Open MPI.
    std::string hostfile() const;
    /// The same, for MPICH.
    std::string hydra_hostfile() const;
  };
  /// Hosts for `ranks`, or for as many as those that answer have slots for; 0 where none answers. Where a
  /// host does not say its slots, all hosts are used, as mpirun knows how many there are.
  Allotment allot(int ranks) const;

  /// Asks all hosts at once by mpirun's remote shell whether they are there, and kills what is left there of
  /// processes that have the words of `mark` in a row. Returns a line for each host that has come or gone.
  /// Takes at most `seconds`.
  std::vector<std::string> probe(const std::vector<std::string>& mark, double seconds);

 private:
  std::vector<PoolHost> hosts_;
};

/// The command with which a host is asked: kills what has the words of `mark` in a row, but not itself, and
/// waits for its end for 3 s.
std::vector<std::string> fence_command(const std::vector<std::string>& mark);

}  // namespace tessera::supervisor

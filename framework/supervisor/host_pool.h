// The hosts that a run may use, and which of them respond.
#pragma once

#include "host/hostfile.h"

#include <string>
#include <vector>

namespace tessera::supervisor {

struct PoolHost {
  host::HostEntry entry;
  bool local = false;  ///< this host: ranks start without a remote shell
  bool out = false;    ///< does not respond
  bool unfit = false;  ///< responds, but the run cannot work there; permanent
};

/// Hosts in the order of a hostfile. The first ones with enough slots are used; the others are spares.
class HostPool {
 public:
  HostPool() = default;
  explicit HostPool(std::vector<PoolHost> hosts) : hosts_{std::move(hosts)} {}

  bool empty() const { return hosts_.empty(); }
  const std::vector<PoolHost>& hosts() const { return hosts_; }

  /// The share of an attempt.
  struct Allotment {
    std::vector<host::HostEntry> hosts;
    int ranks = 0;
    /// The hosts as a hostfile for Open MPI.
    std::string hostfile() const;
    /// The hosts as a hostfile for MPICH.
    std::string hydra_hostfile() const;
  };
  /// Returns hosts for `ranks` ranks, or for as many as the responding hosts have slots for; 0 ranks if no
  /// host responds. If the slots of any host are unknown, all hosts are used, since mpirun determines the
  /// slots.
  Allotment allot(int ranks) const;

  /// Contacts all hosts at once through mpirun's remote shell, and kills remaining processes there that have
  /// the words of `mark` as consecutive arguments. Returns a message for each host that became unresponsive
  /// or responds again. Takes at most `seconds`.
  std::vector<std::string> probe(const std::vector<std::string>& mark, double seconds);

 private:
  std::vector<PoolHost> hosts_;
};

/// The command that probe() runs on a host: kills processes that have the words of `mark` as consecutive
/// arguments, except itself, and waits for their end for up to 3 s.
std::vector<std::string> fence_command(const std::vector<std::string>& mark);

}  // namespace tessera::supervisor

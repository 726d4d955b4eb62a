// The hosts that a run may use, and which of them respond.
#pragma once

#include "host/hostfile.h"
#include "rundir/supervision.h"
#include "supervisor/launch_plan.h"

#include <string>
#include <vector>

namespace tessera::supervisor {

struct PoolHost {
  host::HostEntry entry;
  bool local = false;         ///< whether it is this host, on which ranks start without a remote shell
  bool unresponsive = false;  ///< it does not respond
  bool unusable = false;      ///< it responds, but cannot run the job; never changes
};

/// Hosts in the order of a hostfile. The first hosts that together have enough slots are used; the others are
/// spares.
class HostPool {
 public:
  HostPool() = default;
  explicit HostPool(std::vector<PoolHost> hosts) : hosts_{std::move(hosts)} {}

  bool empty() const { return hosts_.empty(); }
  const std::vector<PoolHost>& hosts() const { return hosts_; }

  /// The hosts and number of ranks of an attempt.
  struct Allocation {
    std::vector<host::HostEntry> hosts;
    int ranks = 0;
    /// The text of a hostfile for Open MPI.
    std::string hostfile() const;
    /// The text of a hostfile for MPICH.
    std::string hydra_hostfile() const;
  };
  /// Returns hosts for `ranks` ranks, or for fewer if the usable hosts have too few slots; 0 ranks if no host
  /// is usable. If the slots of any host are unknown, returns all usable hosts: mpirun determines the slots.
  Allocation allocate(int ranks) const;

  /// Contacts all remote hosts concurrently through mpirun's remote shell, and kills processes left there
  /// whose command lines contain `arguments` consecutively. Returns a message for each host that has stopped
  /// responding or responds again. Takes at most `seconds`.
  std::vector<std::string> probe(const std::vector<std::string>& arguments, double seconds);
  /// Returns the hosts in `names` that do not respond.
  std::vector<std::string> lost_hosts_of(const std::vector<std::string>& names) const;

 private:
  std::vector<PoolHost> hosts_;
};

/// The command that probe() runs on a host. It kills the processes, except itself, whose command lines
/// contain `arguments` consecutively, and waits up to 3 s for them to end.
std::vector<std::string> fence_command(const std::vector<std::string>& arguments);

/// A host, and the reason if the run cannot use it.
struct ExaminedHost {
  PoolHost host;
  std::string problem;  ///< one line, possibly followed by lines of advice; empty if the host can be used
};

struct HostSelection {
  HostPool pool;
  std::string unusable_hosts;  ///< "\n  host NAME: PROBLEM" for each host that cannot be used
};

/// Throws base::Error: bad_data if no entry of `hostfile` has a slot; usage if all slots are known but there
/// are too few for `ranks`, unless the run has begun and may thus resume on fewer ranks.
void check_slots(const std::vector<host::HostEntry>& entries, const std::string& hostfile, int ranks,
                 bool run_has_begun);

/// Makes a pool of the examined hosts. Hosts with a problem must already be marked as unresponsive or
/// unusable. Throws base::Error (unavailable), listing all problems, if there are any and the other hosts are
/// not known to suffice for `ranks`. If `run_has_begun`, one other host suffices.
HostSelection select_hosts(const std::vector<ExaminedHost>& examined, int ranks, bool run_has_begun);

/// Chooses hosts for an attempt with `ranks` ranks, or with fewer if there are not enough slots. Writes their
/// hostfile, and stores hosts, hostfile and number of ranks in `plan` and `record`. If the pool is empty, the
/// plan keeps its hostfile. Throws base::Error (io_error) if the file cannot be written.
void assign_hosts(const HostPool& pool, int ranks, LaunchPlan& plan, rundir::AttemptRecord& record);

/// Returns `requested` if it is positive; else the number of slots in the hostfile, if there is one; else the
/// number of tasks of the Slurm job (SLURM_NTASKS), or 1. Throws base::Error: usage if the file does not give
/// the slots of every host, bad_data or no_input if the file cannot be read.
int rank_count(int requested, const std::string& hostfile);

}  // namespace tessera::supervisor

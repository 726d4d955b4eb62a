// The hosts that a run may use, and whether they respond.
#pragma once

#include "host/hostfile.h"
#include "rundir/supervision.h"
#include "supervisor/launch_plan.h"

#include <string>
#include <vector>

namespace tessera::supervisor {

struct PoolHost {
  host::HostEntry entry;
  bool local = false;         ///< whether this is the supervisor's host, which needs no remote shell
  bool unresponsive = false;  ///< whether the host does not respond
  bool unusable = false;      ///< whether the host responds but cannot run the job; never changes
};

/// Hosts in the order of a hostfile. The first hosts that together have enough slots are used; the others are
/// spares.
class HostPool {
 public:
  HostPool() = default;
  explicit HostPool(std::vector<PoolHost> hosts) : hosts_{std::move(hosts)} {}

  bool empty() const { return hosts_.empty(); }
  const std::vector<PoolHost>& hosts() const { return hosts_; }

  /// The hosts and the number of ranks of an attempt.
  struct Allocation {
    std::vector<host::HostEntry> hosts;
    int ranks = 0;
    /// The contents of a hostfile for Open MPI.
    std::string hostfile() const;
    /// The contents of a hostfile for MPICH.
    std::string hydra_hostfile() const;
  };
  /// Returns hosts for `ranks` ranks. If the usable hosts have too few slots, the number of ranks is reduced,
  /// to 0 if no host is usable. If the number of slots of any host is unknown, returns all usable hosts,
  /// because only mpirun can determine the number.
  Allocation allocate(int ranks) const;

  /// Contacts all remote hosts concurrently through mpirun's remote shell, and kills any remaining processes
  /// there whose command lines contain `arguments` as consecutive arguments. Returns a message for each host
  /// that has stopped responding or responds again. Takes at most `seconds`.
  std::vector<std::string> probe(const std::vector<std::string>& arguments, double seconds);
  /// Returns the hosts in `names` that do not respond.
  std::vector<std::string> lost_hosts_among(const std::vector<std::string>& names) const;

 private:
  std::vector<PoolHost> hosts_;
};

/// The command that probe() runs on a host. It kills all processes, except itself, whose command lines
/// contain `arguments` as consecutive arguments, and waits up to 3 s for them to end.
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

/// Throws base::Error: bad_data if no entry of `hostfile` has a slot; usage if the total number of slots is
/// known and less than `ranks`, unless the run has begun and can therefore resume on fewer ranks.
void check_slots(const std::vector<host::HostEntry>& entries, const std::string& hostfile, int ranks,
                 bool run_has_begun);

/// Creates a pool of the examined hosts. Hosts with a problem must already be marked as unresponsive or
/// unusable. Throws base::Error (unavailable), with a list of all problems, if there are any and the other
/// hosts may have too few slots for `ranks`. If `run_has_begun`, one other host is enough.
HostSelection select_hosts(const std::vector<ExaminedHost>& examined, int ranks, bool run_has_begun);

/// Chooses hosts for an attempt with `ranks` ranks, or with fewer if there are not enough slots. Writes their
/// hostfile to the run directory, and stores the hosts, the hostfile and the number of ranks in `plan` and
/// `record`. If the pool is empty, the plan keeps its hostfile. Throws base::Error (io_error) if the file
/// cannot be written.
void assign_hosts(const HostPool& pool, int ranks, LaunchPlan& plan, rundir::AttemptRecord& record);

/// Returns `requested` if it is positive; otherwise the number of slots in the hostfile, if there is one;
/// otherwise the number of tasks of the Slurm job (SLURM_NTASKS), or 1. Throws base::Error: usage if the
/// hostfile does not give the slots of every host, bad_data or no_input if it cannot be read.
int rank_count(int requested, const std::string& hostfile);

}  // namespace tessera::supervisor

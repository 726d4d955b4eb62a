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
  bool local = false;  ///< it is this host: ranks start without a remote shell
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

  /// The hosts and number of ranks of an attempt.
  struct Allotment {
    std::vector<host::HostEntry> hosts;
    int ranks = 0;
    /// The hosts as a hostfile for Open MPI.
    std::string hostfile() const;
    /// The hosts as a hostfile for MPICH.
    std::string hydra_hostfile() const;
  };
  /// Returns hosts for `ranks` ranks, or for as many as the responding hosts have slots for; 0 ranks if none
  /// responds. If the slots of any host are unknown, returns all that respond: mpirun determines the slots.
  Allotment allot(int ranks) const;

  /// Contacts all hosts concurrently through mpirun's remote shell, and kills processes left there that have
  /// the words of `mark` as consecutive arguments. Returns a message for each host that has stopped
  /// responding or responds again. Takes at most `seconds`.
  std::vector<std::string> probe(const std::vector<std::string>& mark, double seconds);
  /// Returns the hosts in `names` that do not respond.
  std::vector<std::string> lost_of(const std::vector<std::string>& names) const;

 private:
  std::vector<PoolHost> hosts_;
};

/// The command that probe() runs on a host: kills processes that have the words of `mark` as consecutive
/// arguments, except itself, and waits up to 3 s until they have ended.
std::vector<std::string> fence_command(const std::vector<std::string>& mark);

/// A host, and why the run cannot use it.
struct ExaminedHost {
  PoolHost host;
  std::string problem;  ///< one line, possibly followed by lines of advice; empty if the host can be used
};

struct HostSelection {
  HostPool pool;
  std::string left_out;  ///< the hosts that cannot be used, "\n  host ..." for each; empty if there are none
};

/// Throws base::Error: bad_data if the entries of `hostfile` have no slots, usage if all slots are known but
/// too few for `ranks`. A run that has begun (`begun`) may continue on fewer ranks.
void check_slots(const std::vector<host::HostEntry>& entries, const std::string& hostfile, int ranks,
                 bool begun);

/// Selects the hosts without a problem. Throws base::Error (unavailable), with all problems, if they do not
/// suffice for `ranks`; for a run that has begun (`begun`), only if there are none.
HostSelection select_hosts(const std::vector<ExaminedHost>& examined, int ranks, bool begun);

/// Chooses hosts for an attempt of `ranks` ranks: writes their hostfile and stores hosts, hostfile and number
/// of ranks in `plan` and `record`. There may be fewer ranks than requested. If the pool is empty, the plan
/// keeps its hostfile. Throws base::Error (io_error).
void assign_hosts(const HostPool& pool, int ranks, LaunchPlan& plan, rundir::AttemptRecord& record);

/// Returns `requested` if it is positive; else the number of slots in the hostfile, if there is one; else the
/// number of tasks of the Slurm job (SLURM_NTASKS), or 1. Throws base::Error: usage if the file does not give
/// the slots of every host, bad_data or no_input if the file cannot be read.
int rank_count(int requested, const std::string& hostfile);

}  // namespace tessera::supervisor

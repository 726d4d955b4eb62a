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
  /// Returns hosts for `ranks` ranks, or for as many as the responding hosts have slots for; 0 ranks if none
  /// responds. If the slots of any host are unknown, all hosts are used: mpirun determines the slots.
  Allotment allot(int ranks) const;

  /// Contacts all hosts at once through mpirun's remote shell, and kills remaining processes there that have
  /// the words of `mark` as consecutive arguments. Returns a message for each host that became unresponsive
  /// or responds again. Takes at most `seconds`.
  std::vector<std::string> probe(const std::vector<std::string>& mark, double seconds);
  /// Which of `names` do not respond.
  std::vector<std::string> lost_of(const std::vector<std::string>& names) const;

 private:
  std::vector<PoolHost> hosts_;
};

/// The command that probe() runs on a host: kills processes that have the words of `mark` as consecutive
/// arguments, except itself, and waits for their end for up to 3 s.
std::vector<std::string> fence_command(const std::vector<std::string>& mark);

/// A host, and what keeps the run from using it.
struct ExaminedHost {
  PoolHost host;
  std::string problem;  ///< one line, and maybe lines of advice; empty if the host can be used
};

struct HostSelection {
  HostPool pool;
  std::string
      left_out;  ///< the hosts that cannot be used, one "\n  host ..." for each; empty if there are none
};

/// Throws base::Error: bad_data if the entries of `hostfile` have no slots, usage if all slots are known and
/// too few for `ranks`. A run that has begun (`begun`) may continue on fewer.
void check_slots(const std::vector<host::HostEntry>& entries, const std::string& hostfile, int ranks,
                 bool begun);

/// Leaves out the hosts that have a problem. Throws base::Error (unavailable), with all problems, if the
/// others do not suffice for `ranks`; for a run that has begun (`begun`), if there are no others.
HostSelection select_hosts(const std::vector<ExaminedHost>& examined, int ranks, bool begun);

/// Chooses hosts for an attempt of `ranks` ranks: writes their hostfile and enters hosts, hostfile and number
/// of ranks in `plan` and `record`. There may be fewer ranks than asked for. Without a pool, the plan keeps
/// its hostfile. Throws base::Error (io_error).
void assign_hosts(const HostPool& pool, int ranks, LaunchPlan& plan, rundir::AttemptRecord& record);

/// Returns `asked` if it is above 0; else the number of slots in the hostfile, if there is one; else the
/// number of tasks of the Slurm job (SLURM_NTASKS), or 1. Throws base::Error: usage if a host of the file
/// does not give its slots, bad_data or no_input if the file cannot be read.
int rank_count(int asked, const std::string& hostfile);

}  // namespace tessera::supervisor

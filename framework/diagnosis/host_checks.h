// Checks of the hosts of a hostfile.
#pragma once

#include "diagnosis/check.h"
#include "host/hostfile.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// The properties of this host that all other hosts must share.
struct Reference {
  std::string program;        ///< absolute path of tessera
  std::string version;        ///< output of `tessera --version`: "tessera 0.1.0"
  std::string launcher;       ///< name or path of mpirun
  std::string run_directory;  ///< absolute path; empty: not compared
};

struct Address {
  std::string text;    ///< "10.0.0.2"; empty if the name cannot be resolved
  bool local = false;  ///< whether it is an address of this host, on which ranks start without a remote shell
};
/// The address that a host name resolves to.
Address address_of(const std::string& host);

/// Checks one host: its name, login without a password, tessera, mpirun, the run directory, the clock, shared
/// memory, and whether it has as many cores as slots. Connects once, in the same way as mpirun. The
/// query takes at most `host_seconds`, but the lookup of the name may hang: call it within
/// run_guarded().
Checks host_checks(const host::HostEntry& host, const Reference& reference);
constexpr double host_seconds = 20.0;

/// Name of the group that contains a host's checks.
std::string group_of(const host::HostEntry& host);

/// Runs host_checks() for all hosts concurrently within run_guarded(). Throws whatever run_guarded() throws.
Checks all_host_checks(const std::vector<host::HostEntry>& hosts, const Reference& reference);

/// Checks that the hosts have at least `ranks` slots in total. `ranks`: 0 if not given.
Check slots_check(const std::vector<host::HostEntry>& hosts, int ranks);

}  // namespace tessera::diagnosis

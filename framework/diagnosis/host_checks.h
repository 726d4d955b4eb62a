// Checks of the hosts of a hostfile.
#pragma once

#include "diagnosis/check.h"
#include "host/hostfile.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// What must be the same on all hosts.
struct Reference {
  std::string program;        ///< absolute path of tessera
  std::string version;        ///< as it prints it: "tessera 0.1.0"
  std::string launcher;       ///< name or path of mpirun
  std::string run_directory;  ///< absolute; empty: not compared
};

/// The address that a host name resolves to.
struct Address {
  std::string text;    ///< "10.0.0.2"; empty if the name cannot be resolved
  bool local = false;  ///< whether it is this host, on which mpirun starts ranks without a remote shell
};
Address address_of(const std::string& host);

/// Checks one host: its name, login without a password, tessera and mpirun there, the run directory, clock,
/// shared memory, and slots against cores. Connects once, in the same way as mpirun. Takes at most
/// `host_seconds`, plus the lookup of the name, which may hang: call it within run_guarded().
Checks host_checks(const host::HostEntry& host, const Reference& reference);
constexpr double host_seconds = 20.0;

/// Name of the group of a host's checks.
std::string group_of(const host::HostEntry& host);

/// Checks all hosts concurrently, each guarded. Throws what run_guarded() throws.
Checks all_host_checks(const std::vector<host::HostEntry>& hosts, const Reference& reference);

/// Compares `ranks` (0: not given) with the slots of all hosts.
Check slots_check(const std::vector<host::HostEntry>& hosts, int ranks);

}  // namespace tessera::diagnosis

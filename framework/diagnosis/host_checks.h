// The hosts of a hostfile.
#pragma once

#include "diagnosis/check.h"
#include "host/hostfile.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// What has to be the same on all hosts.
struct Reference {
  std::string program;        ///< absolute path of tessera
  std::string version;        ///< that it prints: "tessera 0.1.0"
  std::string launcher;       ///< name or path of mpirun
  std::string run_directory;  ///< absolute; empty: not compared
};

/// Where a host leads to.
struct Address {
  std::string text;    ///< "10.0.0.2"; empty: the name is not known
  bool local = false;  ///< it is this host, on which mpirun starts ranks without a remote shell
};
Address address_of(const std::string& host);

/// One host: name, login without a password, tessera and mpirun there, the run directory, clock, shared
/// memory, slots against cores. Reaches it as mpirun does, once. At most `host_seconds`; the look-up of a
/// name may take longer: call under run_guarded.
Checks host_checks(const host::HostEntry& host, const Reference& reference);
constexpr double host_seconds = 20.0;

/// The group of a host's checks.
std::string group_of(const host::HostEntry& host);

/// Those of all hosts, at once and each guarded. See run_guarded() for what it throws.
Checks all_host_checks(const std::vector<host::HostEntry>& hosts, const Reference& reference);

/// `ranks` (0: not said) against the slots of all hosts.
Check slots_check(const std::vector<host::HostEntry>& hosts, int ranks);

}  // namespace tessera::diagnosis

// Reads the hosts of a run from an Open MPI hostfile.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::host {

/// A host. As in mpirun, every line that repeats its name without `slots=` adds a slot.
struct HostEntry {
  std::string name;
  std::string user;          ///< login name; empty: the user of this process
  int slots = 1;             ///< ranks to start there
  bool slots_given = false;  ///< otherwise `slots` is 1, and mpirun starts up to one rank per core
  std::optional<int> max_slots;
  int line = 0;  ///< line that names it first, from 1

  /// "user@name", or the name alone.
  std::string login() const { return user.empty() ? name : user + "@" + name; }
};

/// Returns each host of a hostfile once, in the order of the file. Rejects what mpirun rejects. Throws
/// base::Error: bad_data, with file, line, column and the line itself; no_input if the file cannot be read.
std::vector<HostEntry> read_hostfile(const std::string& path);

/// The same for `text`, the content of a hostfile. `file` is its name in messages.
std::vector<HostEntry> parse_hostfile(const std::string& text, const std::string& file);

}  // namespace tessera::host

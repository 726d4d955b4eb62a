// Reads the hosts of a run from an Open MPI hostfile.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::host {

/// A host. As in mpirun, each further line for the host without `slots=` adds one slot.
struct HostEntry {
  std::string name;
  std::string user;          ///< login name; empty for the user of this process
  int slots = 1;             ///< number of ranks to start there
  bool slots_given = false;  ///< if false, `slots` is 1, and mpirun starts up to one rank per core
  std::optional<int> max_slots;
  int line = 0;  ///< number of the first line for the host, starting at 1

  /// "user@name", or the name alone.
  std::string login() const { return user.empty() ? name : user + "@" + name; }
};

/// Returns each host of a hostfile once, in the order of the file. Throws base::Error: no_input if the file
/// cannot be read; bad_data if mpirun would reject a line, with that line and its position; bad_data if there
/// are no slots.
std::vector<HostEntry> read_hostfile(const std::string& path);

/// Like read_hostfile(), but parses `text`, the content of a hostfile. `file` is its name in messages.
std::vector<HostEntry> parse_hostfile(const std::string& text, const std::string& file);

}  // namespace tessera::host

// The hosts of a run, as a hostfile of Open MPI lists them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::host {

/// A host. Lines that repeat a name without `slots=` add a slot to it, as mpirun has it.
struct HostEntry {
  std::string name;
  std::string user;          ///< to log in as; empty: the user of this process
  int slots = 1;             ///< ranks to start there
  bool slots_given = false;  ///< otherwise `slots` is 1, and mpirun starts up to one rank a core
  std::optional<int> max_slots;
  int line = 0;  ///< where it is named first, from 1

  /// "user@name", or the name alone.
  std::string login() const { return user.empty() ? name : user + "@" + name; }
};

/// The hosts of a file, in its order, each once. What mpirun refuses is refused here: base::Error (bad_data)
/// names file, line and column and quotes the line; (no_input) where the file cannot be read.
std::vector<HostEntry> read_hostfile(const std::string& path);

/// The same of a text. `file`: its name, for errors.
std::vector<HostEntry> parse_hostfile(const std::string& text, const std::string& file);

}  // namespace tessera::host

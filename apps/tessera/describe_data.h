// Shows how a data file is interpreted.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::app {

struct DataRequest {
  std::string path;                         ///< of the data file
  std::string dataset;                      ///< empty: all variables
  std::string job;                          ///< job file; empty: none
  std::vector<std::string> plugin_folders;  ///< searched for the solver of the job
  bool json = false;
  std::size_t columns = 72;  ///< width of the map
};

/// Whether `describe` shows this path as a data file: it is a regular file, but neither a plugin nor the bare
/// name of a solver.
bool is_data_file(const std::string& path);

/// Prints the variables of a file, and what the job takes from it. Throws base::Error if the file or the job
/// is invalid.
void describe_data(const DataRequest& request);

}  // namespace tessera::app

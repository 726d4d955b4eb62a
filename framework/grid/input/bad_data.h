// Errors about the contents of files.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tessera::input {

/// Returns an error with code bad_data.
inline base::Error bad_data(std::string problem, std::string hint = {}) {
  return {base::ExitCode::bad_data, std::move(problem), std::move(hint)};
}

/// Returns an error with code os_error. `purpose`: of the `bytes` that are not available, such as "to read
/// FILE".
base::Error not_enough_memory(const std::string& purpose, double bytes);

/// Returns the first names of a list, for messages: "`a`, `b` and 3 more".
std::string list_names(const std::vector<std::string>& names);

/// Throws base::Error: bad_data if a box has more than max_grid_values values, os_error if they need more
/// memory than is available. The arguments are those of allocate_values().
void expect_room(const std::vector<std::size_t>& count, const std::string& label);

/// Returns memory for the values of a box. `count`: values along each dimension. Throws base::Error: bad_data
/// if there are more than max_grid_values, os_error if out of memory. `label`: name of the variable in
/// messages.
std::vector<double> allocate_values(const std::vector<std::size_t>& count, const std::string& label);

}  // namespace tessera::input

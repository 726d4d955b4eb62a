// A small map of gridded data for the terminal.
#pragma once

#include "grid/input/grid_data.h"

#include <cstddef>
#include <string>

namespace tessera::app {

/// Returns lines of characters, the northernmost first, from `.` for the least to `@` for the greatest value,
/// with blanks where values are missing. Of data with 3 dimensions, shows the first layer. Empty if the data
/// have one dimension, or if `columns`, the largest number of characters per line, is 0.
std::string map_of(const input::GridData& data, std::size_t columns);

}  // namespace tessera::app

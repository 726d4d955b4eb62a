// Missing values of a grid.
#pragma once

#include "grid/input/grid_source.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace tessera::input {

/// Replaces the NaNs in `values`, x fastest, on a grid of `extents` nodes, and returns their number. With
/// `fill.nearest`, each gets the value of the nearest node that has one, by distance in nodes; of several at
/// the same distance, the one with the smallest index. `values` must contain a number.
std::size_t fill_gaps(std::span<double> values, const std::array<std::size_t, 3>& extents,
                      const GapFill& fill);

}  // namespace tessera::input

// A box of points.
#pragma once

#include <array>

namespace tessera::input {

/// A closed box of points. Axes beyond the dimensions of a data set are ignored.
struct Region {
  std::array<double, 3> lower{};
  std::array<double, 3> upper{};

  friend bool operator==(const Region&, const Region&) = default;
  friend auto operator<=>(const Region&, const Region&) = default;
};

}  // namespace tessera::input

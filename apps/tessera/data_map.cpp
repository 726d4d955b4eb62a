#include "data_map.h"

#include "value_range.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

namespace tessera::app {

std::string map_of(const input::GridData& data, std::size_t columns) {
  if (data.dimensions() < 2 || columns == 0) return {};
  constexpr std::string_view shades = ".:-=+*#%@";
  constexpr double aspect = 0.5;  // width of a character, relative to its height
  const std::size_t nx = data.axis(0).size();
  const std::size_t ny = data.axis(1).size();
  const std::span<const double> layer = data.values().first(nx * ny);
  const ValueRange range = range_of(layer);
  const double shape =
      (data.axis(1).back() - data.axis(1).front()) / (data.axis(0).back() - data.axis(0).front());
  const std::size_t width = std::min(columns, std::max<std::size_t>(nx, 2));
  const double wanted = std::round(aspect * shape * static_cast<double>(width));
  const auto height = static_cast<std::size_t>(std::clamp(wanted, 2.0, 24.0));
  std::string text;
  for (std::size_t row = 0; row < height; ++row) {
    const std::size_t j = ny - 1 - (2 * row + 1) * ny / (2 * height);
    for (std::size_t column = 0; column < width; ++column) {
      const double value = layer[j * nx + (2 * column + 1) * nx / (2 * width)];
      const double shade =
          range.greatest > range.least ? (value - range.least) / (range.greatest - range.least) : 0.0;
      const auto last = static_cast<double>(shades.size() - 1);
      text += std::isnan(value) ? ' ' : shades[static_cast<std::size_t>(std::round(shade * last))];
    }
    text += '\n';
  }
  return text;
}

}  // namespace tessera::app

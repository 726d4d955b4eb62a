#include "base/contract.h"
#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/axis_nodes.h"
#include "grid/input/bad_data.h"
#include "grid/input/cf_axes.h"
#include "grid/input/cf_time.h"
#include "grid/input/cf_values.h"
#include "grid/input/gaps.h"
#include "grid/input/grid_data.h"
#include "grid/input/grid_file.h"
#include "grid/input/longitudes.h"
#include "grid/input/map_projection.h"
#include "grid/input/unchanged_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tessera::input {
namespace {

/// A grid while it is brought into the order of GridData.
struct Draft {
  std::string label;
  std::string gap;                        ///< description of the first missing value; empty if there is none
  bool rotated = false;                   ///< whether the columns must be rotated to cover the domain
  std::vector<std::string> axis_names;    ///< x first
  std::vector<std::vector<double>> axes;  ///< coordinates, x first
  std::vector<NodeRange> nodes;           ///< the nodes of the file that are read, x first
  std::vector<bool> descending;           ///< whether the coordinates in the file descend, x first
  std::vector<double> values;             ///< x fastest; NaN if missing
};

/// Returns the coordinates along a dimension, which has some.
std::vector<double> decode_coordinates(const StoredVariable& variable, const StoredCoordinate& coordinate) {
  const std::string label =
      fmt::format("the coordinates `{}` of {}", base::printable(coordinate.name), variable.label);
  const CfValues decode{coordinate.attributes, coordinate.type, label};
  std::vector<double> out;
  out.reserve(coordinate.values.size());
  for (std::size_t i = 0; i < coordinate.values.size(); ++i) {
    const auto value = decode.value(coordinate.values[i]);
    if (!value) {
      throw bad_data(
          fmt::format("{} contain {} at index {}", label, decode.missing_because(coordinate.values[i]), i),
          "coordinates must be finite and strictly ascending or descending");
    }
    out.push_back(*value);
  }
  return out;
}

/// How stored values are arranged in memory. Unused axes have the extent 1.
struct Arrangement {
  std::array<std::size_t, 3> extents{1, 1, 1};  ///< nodes along each axis, x first
  std::array<std::size_t, 3> strides{0, 0, 0};  ///< distance between neighbours along each axis

  /// Whether x is fastest, then y.
  bool is_natural() const {
    std::size_t stride = 1;
    for (std::size_t a = 0; a < 3; ++a) {
      if (extents[a] > 1 && strides[a] != stride) return false;
      stride *= extents[a];
    }
    return true;
  }
};

/// Copies values so that x is fastest, then y.
std::vector<double> transposed(const std::vector<double>& stored, const Arrangement& from,
                               const std::string& label) {
  std::vector<double> out = allocate_values({from.extents.begin(), from.extents.end()}, label);
  std::size_t n = 0;
  for (std::size_t k = 0; k < from.extents[2]; ++k) {
    for (std::size_t j = 0; j < from.extents[1]; ++j) {
      const std::size_t row = k * from.strides[2] + j * from.strides[1];
      for (std::size_t i = 0; i < from.extents[0]; ++i) out[n++] = stored[row + i * from.strides[0]];
    }
  }
  return out;
}

/// Reverses the coordinates and the values along axis `a`.
void flip(Draft& grid, std::size_t a) {
  std::size_t inner = 1;
  for (std::size_t b = 0; b < a; ++b) inner *= grid.axes[b].size();
  const std::size_t n = grid.axes[a].size();
  std::reverse(grid.axes[a].begin(), grid.axes[a].end());
  for (std::size_t start = 0; start < grid.values.size(); start += inner * n) {
    for (std::size_t i = 0; i < n / 2; ++i) {
      const auto low = grid.values.begin() + static_cast<std::ptrdiff_t>(start + i * inner);
      const auto high = grid.values.begin() + static_cast<std::ptrdiff_t>(start + (n - 1 - i) * inner);
      std::swap_ranges(low, low + static_cast<std::ptrdiff_t>(inner), high);
    }
  }
}

bool is_gap(double value) { return std::isnan(value); }

std::size_t count_gaps(std::span<const double> values) {
  return static_cast<std::size_t>(std::count_if(values.begin(), values.end(), is_gap));
}

/// Throws base::Error (bad_data) that names the first missing value in `data`, with its index in the file.
[[noreturn]] void reject_gaps(const Draft& grid, const GridData& data) {
  const std::span<const double> values = data.values();
  auto index = static_cast<std::size_t>(std::find_if(values.begin(), values.end(), is_gap) - values.begin());
  std::string position;
  for (int a = 0; a < data.dimensions(); ++a) {
    const auto n = static_cast<std::size_t>(a);
    const std::size_t i = index % data.axis(a).size();
    index /= data.axis(a).size();
    position +=
        fmt::format("{}{} = {}", a == 0 ? "" : ", ", base::printable(grid.axis_names[n]), data.axis(a)[i]);
    if (grid.rotated && a == 0) continue;
    const NodeRange& nodes = grid.nodes[n];
    position += fmt::format(" (index {})", nodes.first + (grid.descending[n] ? nodes.count - 1 - i : i));
  }
  const std::size_t count = count_gaps(values);
  throw bad_data(fmt::format("{} contains {} at {}{}", grid.label, grid.gap, position,
                             count > 1 ? fmt::format(", and {} more", count - 1) : ""),
                 "extract another region, or fill the gaps: fill = \"nearest\", or fill = a number");
}

/// Selects the time that the job asks for. Returns the weight of the values at the next time.
double select_layer(Slab& slab, const StoredVariable& variable, const AxisMap& map,
                    const GridSource& source) {
  if (!map.time) {
    if (source.at.empty()) return 0.0;
    throw bad_data(fmt::format("the job selects the time `{}`, but {} has no time dimension",
                               base::printable(source.at), variable.label),
                   "remove `at`");
  }
  const StoredDimension& time = variable.dimensions[*map.time];
  slab.count[*map.time] = 1;
  if (time.coordinate) {
    const TimeChoice choice = select_time(*time.coordinate, source.at, variable.label, source.between);
    slab.offset[*map.time] = choice.index;
    return choice.weight;
  }
  if (time.length != 1) {
    throw bad_data(fmt::format("{} has {} times without coordinates", variable.label, time.length),
                   "extract one");
  }
  return 0.0;
}

/// Shifts the longitudes of a grid to those of the domain.
void shift_longitudes(Draft& grid, const Region& domain, bool partial) {
  auto fit = fit_longitudes(grid.axes[0], domain.lower[0], domain.upper[0]);
  if (!fit && partial && overlaps_twice(grid.axes[0], domain.lower[0], domain.upper[0])) {
    throw bad_data(
        fmt::format("{} has columns at both ends of the domain, and only those at one of them would "
                    "be used: it spans longitudes from {:.6g} to {:.6g}",
                    grid.label, grid.axes[0].front(), grid.axes[0].back()),
        "split it at the edge of the domain into two data sets, for example with cdo sellonlatbox");
  }
  if (!fit && partial)
    fit = LongitudeFit{shift_to_overlap(grid.axes[0], domain.lower[0], domain.upper[0]), false};
  if (!fit) return;
  if (fit->shift != 0.0) {
    for (double& longitude : grid.axes[0]) longitude += fit->shift;
  }
  grid.rotated = fit->rotate;
}

/// Reduces the axes of a grid to the nodes around the region, and the slab to their values. `dimensions`: the
/// dimension of each axis in the file, x first.
void select_region(Draft& grid, Slab& slab, const std::vector<std::size_t>& dimensions,
                   const GridSource& source, const std::optional<Region>& region) {
  if (source.longitudes) unwrap_longitudes(grid.axes[0]);
  for (std::size_t a = 0; a < grid.axes.size(); ++a) {
    grid.descending.push_back(
        check_descending(grid.axes[a], base::printable(grid.axis_names[a]), grid.label));
    grid.nodes.push_back({0, grid.axes[a].size()});
  }
  if (!region) return;
  if (source.longitudes) shift_longitudes(grid, source.domain.value_or(*region), source.partial);
  // Columns around the Earth cover all longitudes, and all of them are needed to rotate them.
  const std::size_t first_axis = grid.rotated ? 1 : 0;
  if (!source.partial) check_covers(grid.axes, *region, first_axis);
  for (std::size_t a = first_axis; a < grid.axes.size(); ++a) {
    std::vector<double>& axis = grid.axes[a];
    NodeRange range = nodes_around(ascending(axis), region->lower[a], region->upper[a]);
    if (grid.descending[a]) range.first = axis.size() - range.first - range.count;
    const auto from = axis.begin() + static_cast<std::ptrdiff_t>(range.first);
    axis = std::vector<double>(from, from + static_cast<std::ptrdiff_t>(range.count));
    grid.nodes[a] = range;
    slab.offset[dimensions[a]] = range.first;
    slab.count[dimensions[a]] = range.count;
  }
}

/// Returns the name of the only variable with at least as many dimensions as the domain and, if there are
/// some, its components.
std::string only_variable(const GridFile& file, const GridSource& source, int dimensions) {
  const std::vector<std::string> names = file.variables();
  const std::size_t needed = static_cast<std::size_t>(dimensions) + (source.component ? 1 : 0);
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (names.size() == 1 || file.rank(name) >= needed) found.push_back(name);
  }
  if (needed > 1 || names.size() == 1) {
    if (found.size() == 1) return found.front();
  }
  throw bad_data(
      fmt::format("the job does not name the variable in `{}` to read", base::printable(source.path)),
      "set dataset = \"NAME\"; the file contains " + list_names(names));
}

/// Reads the stored values that the map selects, and brings them into the order of the axes.
Draft read_draft(const GridFile& file, const GridSource& source, int dimensions,
                 const std::optional<Region>& region) {
  const std::string name = source.dataset.empty() ? only_variable(file, source, dimensions) : source.dataset;
  const StoredVariable variable = file.describe(name, source.axes, source.component.has_value());
  const AxisMap map = map_axes(variable, source, dimensions);
  reject_other_coordinates(file, name, variable, map, source);
  reject_other_unit(variable, source);
  Draft grid;
  grid.label = variable.label;
  Slab slab;
  for (const StoredDimension& dimension : variable.dimensions) {
    slab.offset.push_back(0);
    slab.count.push_back(dimension.length);
    if (dimension.length == 0) throw bad_data(grid.label + " is empty");
  }
  const double weight = select_layer(slab, variable, map, source);
  if (map.components) {
    slab.offset[*map.components] = static_cast<std::uint64_t>(source.component->index);
    slab.count[*map.components] = 1;
  }
  for (std::size_t a = 0; a < map.dimension_of_axis.size(); ++a) {
    const StoredDimension& dimension = variable.dimensions[map.dimension_of_axis[a]];
    expect_coordinates(file, variable, dimension, a);
    grid.axis_names.push_back(dimension.coordinate->name);
    grid.axes.push_back(decode_coordinates(variable, *dimension.coordinate));
  }
  select_region(grid, slab, map.dimension_of_axis, source, region);
  Arrangement arrangement;
  for (std::size_t a = 0; a < grid.axes.size(); ++a) {
    arrangement.extents[a] = grid.axes[a].size();
    arrangement.strides[a] = 1;
    for (std::size_t d = map.dimension_of_axis[a] + 1; d < slab.count.size(); ++d)
      arrangement.strides[a] *= slab.count[d];
  }
  const CfValues decode{variable.attributes, variable.type, grid.label};
  const auto read_layer = [&] {
    std::vector<double> values = file.read(name, slab);
    base::expects(values.size() == arrangement.extents[0] * arrangement.extents[1] * arrangement.extents[2],
                  "the axes and the selected time span the variable");
    if (!arrangement.is_natural()) values = transposed(values, arrangement, grid.label);
    const std::string gap = decode.decode(values);
    if (grid.gap.empty()) grid.gap = gap;
    return values;
  };
  grid.values = read_layer();
  if (weight > 0.0) {
    ++slab.offset[*map.time];
    const std::vector<double> next = read_layer();
    for (std::size_t i = 0; i < next.size(); ++i) {
      // std::lerp may ignore a NaN.
      const bool missing = std::isnan(grid.values[i]) || std::isnan(next[i]);
      grid.values[i] =
          missing ? std::numeric_limits<double>::quiet_NaN() : std::lerp(grid.values[i], next[i], weight);
    }
  }
  return grid;
}

GridData crop_to(const GridData& data, const Region& region) {
  const auto dimensions = static_cast<std::size_t>(data.dimensions());
  return data.crop({region.lower.data(), dimensions}, {region.upper.data(), dimensions});
}

}  // namespace

GridData GridData::read(const GridSource& source, int dimensions, const std::optional<Region>& region) {
  base::expects(dimensions >= 1 && dimensions <= 3, "a grid has 1 to 3 dimensions");
  // The nearest value may be anywhere in the domain.
  const bool reads_domain = source.fill && source.fill->nearest && source.domain && region;
  const std::optional<Region>& part = reads_domain ? source.domain : region;
  Draft grid;
  read_unchanged(source.path,
                 [&] { grid = read_draft(*open_grid_file(source.path), source, dimensions, part); });
  for (std::size_t a = 0; a < grid.axes.size(); ++a) {
    if (grid.descending[a]) flip(grid, a);
  }
  if (grid.rotated) {
    const Region& domain = source.domain ? *source.domain : *region;
    rotate_columns(grid.axes[0], grid.values, domain.lower[0], domain.upper[0]);
  }
  GridData data{std::move(grid.axes), std::move(grid.values)};
  if (grid.rotated) data = crop_to(data, *part);
  std::size_t filled = 0;
  if (const std::size_t gaps = grid.gap.empty() ? 0 : count_gaps(data.values_); gaps > 0 && !source.partial) {
    if (!source.fill) reject_gaps(grid, data);
    if (source.fill->nearest && gaps == data.values_.size())
      throw bad_data(fmt::format("{} has no values: all of them are missing", grid.label),
                     "specify other data");
    filled = reads_domain ? count_gaps(crop_to(data, *region).values()) : gaps;
    std::array<std::size_t, 3> extents{1, 1, 1};
    for (std::size_t a = 0; a < data.axes_.size(); ++a) extents[a] = data.axes_[a].size();
    fill_gaps(data.values_, extents, *source.fill);
  }
  if (reads_domain) data = crop_to(data, *region);
  data.filled_ = filled;
  return data;
}

}  // namespace tessera::input

#include "grid/input/stored_axes.h"

#include "base/text.h"
#include "grid/input/axis_nodes.h"
#include "grid/input/bad_data.h"
#include "grid/input/cf_values.h"
#include "grid/input/longitudes.h"
#include "grid/input/map_projection.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace tessera::input {
namespace {

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

/// Shifts longitudes to those of the domain. Returns whether the columns must be rotated to cover it.
bool shift_longitudes(std::vector<double>& axis, const Region& domain, bool partial,
                      const std::string& label) {
  auto fit = fit_longitudes(axis, domain.lower[0], domain.upper[0]);
  if (!fit && partial && overlaps_twice(axis, domain.lower[0], domain.upper[0])) {
    throw bad_data(
        fmt::format("{} has columns at both ends of the domain, and only those at one of them would "
                    "be used: it spans longitudes from {:.6g} to {:.6g}",
                    label, axis.front(), axis.back()),
        "split it at the edge of the domain into two data sets, for example with cdo sellonlatbox");
  }
  if (!fit && partial) fit = LongitudeFit{shift_to_overlap(axis, domain.lower[0], domain.upper[0]), false};
  if (!fit) return false;
  if (fit->shift != 0.0) {
    for (double& longitude : axis) longitude += fit->shift;
  }
  return fit->rotate;
}

/// Rotates the columns of an ascending axis around the Earth, so that they cover the domain.
void rotate(StoredAxis& axis, const Region& domain) {
  std::vector<double> columns(axis.nodes.size());  // their numbers, which are rotated like values
  std::iota(columns.begin(), columns.end(), 0.0);
  rotate_columns(axis.nodes, columns, domain.lower[0], domain.upper[0]);
  std::vector<std::size_t> index;
  for (const double column : columns) index.push_back(axis.index[static_cast<std::size_t>(column)]);
  axis.index = std::move(index);
}

template <class T>
void keep(std::vector<T>& list, const NodeRange& range) {
  const auto from = list.begin() + static_cast<std::ptrdiff_t>(range.first);
  list = std::vector<T>(from, from + static_cast<std::ptrdiff_t>(range.count));
}

}  // namespace

std::vector<StoredAxis> select_axes(const GridFile& file, const StoredVariable& variable, const AxisMap& map,
                                    const GridSource& source, const std::optional<Region>& region) {
  std::vector<StoredAxis> axes;
  std::vector<std::vector<double>> coordinates;  // in the order of the file
  for (std::size_t a = 0; a < map.dimension_of_axis.size(); ++a) {
    const StoredDimension& dimension = variable.dimensions[map.dimension_of_axis[a]];
    expect_coordinates(file, variable, dimension, a);
    axes.push_back({dimension.coordinate->name, map.dimension_of_axis[a], {}, {}});
    coordinates.push_back(decode_coordinates(variable, *dimension.coordinate));
  }
  if (source.longitudes) unwrap_longitudes(coordinates[0]);
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const bool descending = check_descending(coordinates[a], base::printable(axes[a].name), variable.label);
    axes[a].index.resize(coordinates[a].size());
    std::iota(axes[a].index.begin(), axes[a].index.end(), std::size_t{0});
    if (descending) std::reverse(axes[a].index.begin(), axes[a].index.end());
  }
  bool rotated = false;
  const Region* domain = source.domain ? &*source.domain : region ? &*region : nullptr;
  if (region) {
    if (source.longitudes)
      rotated = shift_longitudes(coordinates[0], *domain, source.partial, variable.label);
    // Columns around the Earth cover all longitudes.
    if (!source.partial) check_covers(coordinates, *region, rotated ? 1 : 0);
  }
  for (std::size_t a = 0; a < axes.size(); ++a) axes[a].nodes = ascending(std::move(coordinates[a]));
  if (rotated) rotate(axes[0], *domain);
  for (std::size_t a = 0; region && a < axes.size(); ++a) {
    const NodeRange range = nodes_around(axes[a].nodes, region->lower[a], region->upper[a]);
    keep(axes[a].nodes, range);
    keep(axes[a].index, range);
  }
  return axes;
}

}  // namespace tessera::input

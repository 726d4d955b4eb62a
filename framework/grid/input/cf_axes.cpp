#include "grid/input/cf_axes.h"

#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"

#include <tessera/grid.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tessera::input {
namespace {

constexpr std::array<std::array<std::string_view, 5>, 4> names_of_role{{
    {"lon", "longitude", "x", "easting", "nav_lon"},
    {"lat", "latitude", "y", "northing", "nav_lat"},
    {"z", "depth", "height", "altitude", "level"},
    {"time", "t", "times", "time_counter", "ocean_time"},
}};

constexpr std::array<std::string_view, 6> degrees_east{"degrees_east", "degree_east", "degree_e",
                                                       "degrees_e",    "degreee",     "degreese"};
constexpr std::array<std::string_view, 6> degrees_north{"degrees_north", "degree_north", "degree_n",
                                                        "degrees_n",     "degreen",      "degreesn"};
constexpr std::array<std::string_view, 3> x_names{"longitude", "projection_x_coordinate", "grid_longitude"};
constexpr std::array<std::string_view, 3> y_names{"latitude", "projection_y_coordinate", "grid_latitude"};
constexpr std::array<std::string_view, 5> z_names{"depth", "height", "altitude", "air_pressure",
                                                  "height_above_mean_sea_level"};

bool contains(const auto& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::optional<AxisRole> role_by_units(std::string_view units) {
  if (contains(degrees_east, units)) return AxisRole::x;
  if (contains(degrees_north, units)) return AxisRole::y;
  if (units.find(" since ") != std::string_view::npos) return AxisRole::time;
  if (is_pressure_unit(units)) return AxisRole::z;
  return std::nullopt;
}

std::optional<AxisRole> role_by_axis(std::string_view axis) {
  if (axis.size() != 1) return std::nullopt;
  const std::size_t role = std::string_view{"xyzt"}.find(axis[0]);
  return role == std::string_view::npos ? std::nullopt : std::optional{static_cast<AxisRole>(role)};
}

std::optional<AxisRole> role_by_standard_name(std::string_view name) {
  if (contains(x_names, name)) return AxisRole::x;
  if (contains(y_names, name)) return AxisRole::y;
  if (contains(z_names, name) || name.ends_with("_sigma_coordinate")) return AxisRole::z;
  if (name == "time") return AxisRole::time;
  return std::nullopt;
}

std::optional<AxisRole> role_by_name(std::string_view path) {
  const std::string name = base::lower_case(short_name(path));
  for (std::size_t role = 0; role < names_of_role.size(); ++role) {
    if (contains(names_of_role[role], name)) return static_cast<AxisRole>(role);
  }
  return std::nullopt;
}

std::string shape_text(const StoredVariable& variable) {
  std::string text;
  for (const StoredDimension& d : variable.dimensions) {
    const std::string& name = d.coordinate ? d.coordinate->name : d.name;
    text += name.empty() ? fmt::format("[{}]", d.length)
                         : fmt::format("[{} = {}]", base::printable(name), d.length);
  }
  return text;
}

std::string axes_hint(int axes) {
  constexpr std::array examples{"axes = [\"x\"]", "axes = [\"lon\", \"lat\"]",
                                "axes = [\"lon\", \"lat\", \"depth\"]"};
  return fmt::format("name the coordinates in the job, x first, as in {}",
                     examples[static_cast<std::size_t>(axes - 1)]);
}

/// Maps the dimensions to axes by the names that the job gives.
AxisMap map_by_names(const StoredVariable& variable, const GridSource& source, int axes) {
  AxisMap map;
  for (const std::string& name : source.axes) {
    const std::string wanted = without_slash(name);
    std::optional<std::size_t> found;
    for (std::size_t d = 0; d < variable.dimensions.size(); ++d) {
      const StoredDimension& dimension = variable.dimensions[d];
      const bool named = dimension.name == wanted || short_name(dimension.name) == wanted ||
                         (dimension.coordinate && (dimension.coordinate->name == wanted ||
                                                   short_name(dimension.coordinate->name) == wanted));
      if (named && !found) found = d;
    }
    if (!found) {
      throw bad_data(fmt::format("{} has no dimension with the coordinates `{}`", variable.label,
                                 base::printable(wanted)),
                     "its shape is " + shape_text(variable));
    }
    if (std::find(map.dimension_of_axis.begin(), map.dimension_of_axis.end(), *found) !=
        map.dimension_of_axis.end()) {
      throw bad_data(
          fmt::format("`axes` names the dimension `{}` of {} twice", base::printable(wanted), variable.label),
          "its shape is " + shape_text(variable));
    }
    map.dimension_of_axis.push_back(*found);
  }
  if (map.dimension_of_axis.size() != static_cast<std::size_t>(axes)) {
    throw bad_data(fmt::format("`axes` names {} coordinates, but the domain has {} dimensions",
                               source.axes.size(), axes),
                   axes_hint(axes));
  }
  return map;
}

/// Throws unless the last dimension can contain components, among them the wanted one.
void expect_components(const StoredVariable& variable, const Component& wanted) {
  const StoredDimension& last = variable.dimensions.back();
  const auto role = last.coordinate ? role_of(*last.coordinate, variable.label) : role_by_name(last.name);
  if (role || last.length > TESSERA_MAX_COMPONENTS) {
    throw bad_data(fmt::format("the last dimension of {} does not contain components: its shape is {}",
                               variable.label, shape_text(variable)),
                   wanted.count == 0 ? "remove `component`" : "give each component a data set of its own");
  }
  if (wanted.count != 0 && last.length != static_cast<std::uint64_t>(wanted.count)) {
    throw bad_data(fmt::format("{} has {} components, but the field has {}: its shape is {}", variable.label,
                               last.length, wanted.count, shape_text(variable)),
                   "select one for each component of the field, as in [{ …, component = 0 }, …]");
  }
  if (static_cast<std::uint64_t>(wanted.index) >= last.length) {
    throw bad_data(fmt::format("{} has no component {}: its shape is {}", variable.label, wanted.index,
                               shape_text(variable)),
                   "components are the last dimension, and are numbered from 0");
  }
}

}  // namespace

bool is_pressure_unit(std::string_view units) {
  constexpr std::array<std::string_view, 14> pressures{"pa",        "hpa",     "kpa",  "pascal", "pascals",
                                                       "bar",       "bars",    "mbar", "mb",     "millibar",
                                                       "millibars", "decibar", "dbar", "atm"};
  return contains(pressures, units) || units.starts_with("atmosphere");
}

std::optional<AxisRole> role_of(const StoredCoordinate& coordinate, const std::string& label) {
  const Attributes& a = coordinate.attributes;
  const std::string units = base::lower_case(a.text("units"));
  const std::array<std::optional<AxisRole>, 4> roles{
      role_by_units(units), role_by_axis(base::lower_case(a.text("axis"))),
      role_by_standard_name(a.text("standard_name")),
      a.text("positive").empty() ? std::nullopt : std::optional{AxisRole::z}};
  std::optional<AxisRole> role;
  for (const auto& candidate : roles) {
    if (role && candidate && *role != *candidate) {
      throw bad_data(
          fmt::format("the attributes of the coordinates `{}` of {} contradict each other: units "
                      "`{}`, axis `{}`, standard_name `{}`",
                      base::printable(coordinate.name), label, base::printable(std::string(a.text("units"))),
                      base::printable(std::string(a.text("axis"))),
                      base::printable(std::string(a.text("standard_name")))),
          "correct them, for example with ncatted");
    }
    if (candidate && !role) role = candidate;
  }
  return role ? role : role_by_name(coordinate.name);
}

AxisMap map_axes(const StoredVariable& variable, const GridSource& source, int axes) {
  std::optional<std::size_t> components;
  if (source.component && !variable.dimensions.empty()) {
    expect_components(variable, *source.component);
    components = variable.dimensions.size() - 1;
  }
  std::vector<std::size_t> spatial;  // dimensions other than time, slowest first
  std::vector<std::optional<AxisRole>> roles(variable.dimensions.size());
  std::optional<std::size_t> time;
  for (std::size_t d = 0; d < variable.dimensions.size(); ++d) {
    const StoredDimension& dimension = variable.dimensions[d];
    if (components == d) continue;
    roles[d] =
        dimension.coordinate ? role_of(*dimension.coordinate, variable.label) : role_by_name(dimension.name);
    if (roles[d] == AxisRole::time && !time) {
      time = d;
    } else {
      spatial.push_back(d);
    }
  }
  if (!source.axes.empty()) {
    AxisMap map = map_by_names(variable, source, axes);
    const auto& used = map.dimension_of_axis;
    map.components = components;
    for (std::size_t d = 0; d < variable.dimensions.size(); ++d) {
      if (components == d) continue;
      if (std::find(used.begin(), used.end(), d) != used.end()) continue;
      if (time == d) {
        map.time = time;
      } else if (variable.dimensions[d].length != 1) {
        throw bad_data(fmt::format("{} has dimensions that `axes` does not name: {}", variable.label,
                                   shape_text(variable)),
                       "extract one layer, for example with ncks -d");
      }
    }
    return map;
  }
  const auto wanted = static_cast<std::size_t>(axes);
  // Drop dimensions of length 1 that the domain does not have, the slowest first.
  for (auto d = spatial.begin(); d != spatial.end() && spatial.size() > wanted;) {
    const bool needed = roles[*d] && static_cast<int>(*roles[*d]) < axes;
    d = variable.dimensions[*d].length == 1 && !needed ? spatial.erase(d) : d + 1;
  }
  if (spatial.size() != wanted) {
    const bool may_have_components = !components && spatial.size() == wanted + 1 && !roles[spatial.back()];
    throw bad_data(
        fmt::format("{} has {} dimensions{}, but the domain has {}: its shape is {}", variable.label,
                    spatial.size(), components ? " besides its components" : "", axes, shape_text(variable)),
        may_have_components
            ? "select a component, the last dimension, as in component = 0, or extract the part "
              "that is needed, for example with ncks"
            : "extract the part that is needed, for example with ncks");
  }
  AxisMap map;
  map.time = time;
  map.components = components;
  const auto is_unknown = [&](std::size_t d) { return !roles[d].has_value(); };
  if (std::all_of(spatial.begin(), spatial.end(), is_unknown)) {
    map.dimension_of_axis.assign(spatial.rbegin(), spatial.rend());  // [z][y][x]
    return map;
  }
  for (std::size_t a = 0; a < wanted; ++a) {
    std::vector<std::size_t> found;
    for (const std::size_t d : spatial) {
      if (roles[d] == static_cast<AxisRole>(a)) found.push_back(d);
    }
    if (found.size() != 1) {
      // In a vertical section or a profile, the axes have other meanings: x is not a longitude.
      throw bad_data(fmt::format("it is not clear which dimension of {} is {}: its shape is {}",
                                 variable.label, "xyz"[a], shape_text(variable)),
                     axes_hint(axes));
    }
    map.dimension_of_axis.push_back(found.front());
  }
  return map;
}

std::span<const std::string_view> usual_names(AxisRole role) {
  return names_of_role[static_cast<std::size_t>(role)];
}

std::string usual_axis_names(std::size_t a) {
  std::string text;
  for (std::size_t i = 0; i < 3; ++i)
    text += (i == 0 ? "" : i == 2 ? " or " : ", ") + std::string(names_of_role[a][i]);
  return text;
}

}  // namespace tessera::input

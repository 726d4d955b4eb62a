#include "grid/input/map_projection.h"

#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace tessera::input {
namespace {

constexpr const char* warp_hint =
    "warp it to longitudes and latitudes: gdalwarp -t_srs EPSG:4326 -of netCDF OLD NEW.nc, or cdo "
    "remapbil,GRID OLD "
    "NEW.nc";
constexpr const char* regrid_hint =
    "its coordinates have two dimensions; regrid it, for example with cdo remapbil,GRID OLD NEW.nc";

/// Returns the attributes of a variable that another one names; its name is relative to the group of the
/// other.
std::optional<Attributes> attributes_of(const GridFile& file, const std::string& name,
                                        const std::string& from) {
  const std::string folder = from.substr(0, from.rfind('/') + 1);
  if (auto found = file.attributes(folder + name)) return found;
  return file.attributes(name);
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find_first_of(" :")); }

/// The name of the map projection, as CF defines it; empty if there is none.
std::string projection_of(const GridFile& file, const std::string& name, const StoredVariable& variable) {
  // "crs", or "crs: x y" in the extended form.
  const std::string mapping{first_word(variable.attributes.text("grid_mapping"))};
  if (mapping.empty()) return {};
  const auto attributes = attributes_of(file, mapping, name);
  if (!attributes) return {};
  const std::string projection{attributes->text("grid_mapping_name")};
  return projection == "latitude_longitude" ? "" : projection;
}

/// Whether the attribute `coordinates` names variables of two dimensions.
bool is_curvilinear(const GridFile& file, const std::string& name, const StoredVariable& variable) {
  std::string_view rest = variable.attributes.text("coordinates");
  const std::string folder = name.substr(0, name.rfind('/') + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    for (const std::string& prefix : {folder, std::string{}}) {
      const std::string word = prefix + std::string{rest.substr(0, end)};
      if (end > 0 && file.attributes(word) && file.rank(word) >= 2) return true;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

bool is_in(std::string_view text, const auto& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

enum class Unit { degrees, metres, kilometres, feet, pressure, unknown };

const char* name_of(Unit unit) {
  constexpr std::array names{"degrees",        "metres", "kilometres", "feet", "a unit of pressure",
                             "an unknown unit"};
  return names[static_cast<std::size_t>(unit)];
}

Unit unit_of(const Attributes& attributes) {
  constexpr std::array<std::string_view, 5> metres{"m", "meter", "meters", "metre", "metres"};
  constexpr std::array<std::string_view, 5> kilometres{"km", "kilometer", "kilometers", "kilometre",
                                                       "kilometres"};
  constexpr std::array<std::string_view, 3> feet{"ft", "foot", "feet"};
  const std::string units = base::lower_case(attributes.text("units"));
  if (is_in(units, feet)) return Unit::feet;
  if (is_pressure_unit(units)) return Unit::pressure;
  if (is_in(units, metres)) return Unit::metres;
  if (is_in(units, kilometres)) return Unit::kilometres;
  if (units.starts_with("degree")) return Unit::degrees;
  return Unit::unknown;
}

/// Throws unless the coordinates can be longitudes or latitudes in degrees.
void expect_degrees(const StoredCoordinate& coordinate, std::size_t axis, const std::string& label) {
  const std::string_view standard_name = coordinate.attributes.text("standard_name");
  if (standard_name == "grid_longitude" || standard_name == "grid_latitude") {
    // Programs that extract a variable may drop the one that describes the projection.
    throw bad_data(fmt::format("{} is on a rotated grid: its coordinates `{}` are a {}", label,
                               base::printable(coordinate.name), standard_name),
                   warp_hint);
  }
  const std::string name = base::printable(coordinate.name);
  const Unit unit = unit_of(coordinate.attributes);
  if (unit != Unit::degrees && unit != Unit::unknown) {
    throw bad_data(fmt::format("the coordinates `{}` of {} are in {}, but the domain is in degrees", name,
                               label, name_of(unit)),
                   warp_hint);
  }
  if (coordinate.attributes.find("scale_factor") != nullptr ||
      coordinate.attributes.find("add_offset") != nullptr)
    return;
  const double limit = axis == 0 ? 720.0 : 91.0;
  for (const double value : coordinate.values) {
    if (!(std::abs(value) > limit)) continue;
    throw bad_data(fmt::format("the coordinates `{}` of {} cannot be {}s in degrees: one of them is {}", name,
                               label, axis == 0 ? "longitude" : "latitude", value),
                   std::string{"if the grid is projected, "} + warp_hint);
  }
}

/// How to convert a variable from kilometres or feet to metres.
std::string conversion_hint(std::string_view variable, Unit unit) {
  return fmt::format(
      "convert them to metres, for example with ncap2 -s '{0}={0}*{1}; {0}@units=\"m\"' OLD.nc NEW.nc",
      variable, unit == Unit::feet ? "0.3048" : "1000");
}

/// Throws if the coordinates are in a known unit that is not that of a domain in metres.
void expect_metres(const StoredCoordinate& coordinate, const std::string& label) {
  const Unit unit = unit_of(coordinate.attributes);
  const std::string what = fmt::format("the coordinates `{}` of {} are in {}",
                                       base::printable(coordinate.name), label, name_of(unit));
  if (unit == Unit::kilometres || unit == Unit::feet) throw bad_data(what, conversion_hint("x", unit));
  if (unit == Unit::pressure) throw bad_data(what, "interpolate the data to heights or depths in metres");
}

}  // namespace

void reject_other_coordinates(const GridFile& file, const std::string& name, const StoredVariable& variable,
                              const AxisMap& map, const GridSource& source) {
  const std::string projection = projection_of(file, name, variable);
  const bool rotated = projection.starts_with("rotated");
  if (rotated || (source.longitudes && !projection.empty())) {
    throw bad_data(fmt::format("{} is on a {} grid (`{}`)", variable.label, rotated ? "rotated" : "projected",
                               base::printable(projection)),
                   warp_hint);
  }
  const std::size_t horizontal = std::min<std::size_t>(map.dimension_of_axis.size(), 2);
  bool in_degrees = horizontal > 0;
  for (std::size_t a = 0; a < horizontal; ++a) {
    const auto& coordinate = variable.dimensions[map.dimension_of_axis[a]].coordinate;
    if (!coordinate) continue;
    in_degrees = in_degrees && unit_of(coordinate->attributes) == Unit::degrees;
    if (source.longitudes) expect_degrees(*coordinate, a, variable.label);
  }
  for (std::size_t a = source.longitudes ? horizontal : 0; a < map.dimension_of_axis.size(); ++a) {
    const auto& coordinate = variable.dimensions[map.dimension_of_axis[a]].coordinate;
    if (coordinate) expect_metres(*coordinate, variable.label);
  }
  // The 1-D coordinates of such a file are often mere indices.
  if (source.longitudes && !in_degrees && source.axes.empty() && is_curvilinear(file, name, variable))
    throw bad_data(variable.label + " is on a curvilinear grid", regrid_hint);
}

void reject_other_unit(const StoredVariable& variable, const GridSource& source) {
  const Unit unit = unit_of(variable.attributes);
  if (source.unit != "m" || (unit != Unit::kilometres && unit != Unit::feet)) return;
  throw bad_data(
      fmt::format("the values of {} are in {}, but the field is in metres", variable.label, name_of(unit)),
      conversion_hint("z", unit));
}

void expect_coordinates(const GridFile& file, const StoredVariable& variable,
                        const StoredDimension& dimension, std::size_t axis) {
  if (dimension.coordinate) return;
  throw bad_data(
      fmt::format("{} has no coordinates along {}: there is no 1-D variable named {} with {} values",
                  variable.label, "xyz"[axis], usual_axis_names(axis), dimension.length),
      variable.attributes.text("coordinates").empty()
          ? "name the coordinates in `axes`, x first; the file contains " + list_names(file.variables())
          : regrid_hint);
}

}  // namespace tessera::input

#include "grid/output/cf_metadata.h"

#include "base/text.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace tessera::output {

const char* axis_name(const grid::Geometry& geometry, int axis) {
  constexpr std::array cartesian{"x", "y", "z"};
  constexpr std::array spherical{"lon", "lat", "z"};
  const auto a = static_cast<std::size_t>(axis);
  return geometry.coordinates == grid::Coordinates::spherical ? spherical[a] : cartesian[a];
}

TextAttributes axis_attributes(const grid::Geometry& geometry, int axis) {
  TextAttributes out{{"axis", std::string(1, "XYZ"[axis])}};
  const std::string name = axis_name(geometry, axis);
  if (name == "lon" || name == "lat") {
    const bool is_longitude = name == "lon";
    out.push_back({"standard_name", is_longitude ? "longitude" : "latitude"});
    out.push_back(
        {"long_name", is_longitude ? "longitude of the cell centre" : "latitude of the cell centre"});
    out.push_back({"units", is_longitude ? "degrees_east" : "degrees_north"});
  } else {
    out.push_back({"long_name", name + " coordinate of the cell centre"});
  }
  return out;
}

TextAttributes time_attributes(const std::string& start) {
  TextAttributes out{{"axis", "T"}, {"standard_name", "time"}, {"long_name", "simulated time"}};
  if (start.empty()) {
    // Not "seconds", which xarray would convert to a difference of dates.
    out.push_back({"units", "s"});
    return out;
  }
  out.push_back({"units", "seconds since " + start});
  // In the standard calendar, earlier dates are Julian.
  out.push_back({"calendar", start < "1582-10-15" ? "proleptic_gregorian" : "standard"});
  return out;
}

TextAttributes field_attributes(const solver::FieldSchema& field) {
  TextAttributes out{{"units", field.unit.empty() ? "1" : field.unit}, {"coordinates", "time"}};
  if (!field.help.empty()) out.push_back({"long_name", field.help});
  return out;
}

std::string source_of(const solver::SolverSchema& schema) {
  return fmt::format("{} {}, Tessera {}", schema.name, schema.version, TESSERA_VERSION);
}

TextAttributes file_attributes(const solver::SolverSchema& schema, const std::string& title) {
  return {{"Conventions", "CF-1.11"}, {"title", base::printable(title)}, {"source", source_of(schema)}};
}

}  // namespace tessera::output

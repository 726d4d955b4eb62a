#include "grid/input/file_summary.h"

#include "base/error.h"
#include "grid/input/bad_data.h"
#include "grid/input/cf_axes.h"
#include "grid/input/cf_time.h"
#include "grid/input/cf_values.h"
#include "grid/input/grid_file.h"
#include "grid/input/unchanged_file.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <set>
#include <utility>

namespace tessera::input {
namespace {

const char* name_of(NumberType type) {
  constexpr std::array names{"int8",   "uint8", "int16",  "uint16",  "int32",
                             "uint32", "int64", "uint64", "float32", "float64"};
  return names[static_cast<std::size_t>(type)];
}

const char* name_of(AxisRole role) {
  constexpr std::array names{"x", "y", "z", "time"};
  return names[static_cast<std::size_t>(role)];
}

std::string text_of(const Attributes& attributes, const char* name) {
  return std::string{attributes.text(name)};
}

/// The first of the texts that is not empty.
std::string first_text(std::string a, std::string b) { return a.empty() ? std::move(b) : std::move(a); }

std::optional<AxisRole> role_of_dimension(const StoredDimension& dimension, const std::string& label) {
  // A dimension without coordinates can still have a usual name.
  return role_of(dimension.coordinate ? *dimension.coordinate : StoredCoordinate{dimension.name, {}, {}, {}},
                 label);
}

AxisSummary summarize(const StoredDimension& dimension, const std::string& label) {
  AxisSummary out;
  out.length = dimension.length;
  out.name = dimension.name;
  const auto role = role_of_dimension(dimension, label);
  if (role) out.role = name_of(*role);
  if (!dimension.coordinate || dimension.coordinate->values.empty()) return out;
  const StoredCoordinate& coordinate = *dimension.coordinate;
  out.name = coordinate.name;
  out.units = text_of(coordinate.attributes, "units");
  if (role == AxisRole::time) {
    const std::vector<std::string> times = time_texts(coordinate, label);
    out.first = times.front();
    out.last = times.back();
    return out;
  }
  const CfValues decode{coordinate.attributes, coordinate.type, label};
  const auto first = decode.value(coordinate.values.front());
  const auto last = decode.value(coordinate.values.back());
  const auto text = [](std::optional<double> value) {
    return value ? fmt::format("{:.10g}", *value) : std::string{"missing"};
  };
  out.first = text(first);
  out.last = text(last);
  if (first && last && coordinate.values.size() > 1) out.descending = *last < *first;
  return out;
}

/// Reads the values at the first time.
void read_values(VariableSummary& out, const StoredVariable& variable, const std::string& path,
                 std::uint64_t max_values) {
  int axes = 0;
  std::uint64_t count = 1;
  for (std::size_t d = 0; d < variable.dimensions.size(); ++d) {
    const StoredDimension& dimension = variable.dimensions[d];
    if (out.axes[d].role == "time") {
      if (dimension.length > 1) out.at = out.axes[d].first;
      continue;
    }
    if (dimension.length > 1) ++axes;
    count = dimension.length != 0 && count > std::numeric_limits<std::uint64_t>::max() / dimension.length
                ? std::numeric_limits<std::uint64_t>::max()
                : count * dimension.length;
  }
  if (axes < 1 || axes > 3) {
    out.problem = fmt::format("it has {} dimensions of more than one value, besides the time", axes);
  } else if (count > max_values) {
    out.problem = fmt::format("its {} values are too many to summarise", count);
  } else {
    GridSource source{path, out.name};
    source.at = out.at;
    source.partial = true;
    const AxisMap map = map_axes(variable, source, axes);
    for (std::size_t a = 0; a < map.dimension_of_axis.size(); ++a)
      out.axes[map.dimension_of_axis[a]].role = name_of(static_cast<AxisRole>(a));
    out.data = GridData::read(source, axes);
  }
}

std::vector<VariableSummary> summarize(const std::string& path, const std::string& dataset,
                                       std::uint64_t max_values) {
  const std::unique_ptr<GridFile> file = open_grid_file(path);
  std::vector<VariableSummary> all;
  std::set<std::string> coordinates;
  const std::vector<std::string> names =
      dataset.empty() ? file->variables() : std::vector<std::string>{dataset};
  for (const std::string& name : names) {
    VariableSummary out;
    out.name = name;
    try {
      const StoredVariable variable = file->describe(name, {}, false);
      out.type = name_of(variable.type);
      out.units = first_text(text_of(variable.attributes, "units"), text_of(variable.attributes, "unit"));
      out.title = first_text(text_of(variable.attributes, "long_name"),
                             text_of(variable.attributes, "standard_name"));
      for (const StoredDimension& dimension : variable.dimensions) {
        out.axes.push_back(summarize(dimension, variable.label));
        if (dimension.coordinate) coordinates.insert(dimension.coordinate->name);
      }
      read_values(out, variable, path, max_values);
    } catch (const base::Error& error) {
      if (!dataset.empty() && out.type.empty()) throw;
      out.problem = error.message();
    }
    all.push_back(std::move(out));
  }
  if (dataset.empty())
    std::erase_if(all, [&](const VariableSummary& v) { return coordinates.contains(v.name); });
  return all;
}

}  // namespace

std::vector<VariableSummary> summarize_file(const std::string& path, const std::string& dataset,
                                            std::uint64_t max_values) {
  std::vector<VariableSummary> all;
  read_unchanged(path, [&] { all = summarize(path, dataset, max_values); });
  return all;
}

}  // namespace tessera::input

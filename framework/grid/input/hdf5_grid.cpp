#include "grid/input/raw_grid.h"

#include "base/text.h"
#include "grid/input/axis_nodes.h"
#include "grid/input/hdf5_axes.h"
#include "hdf5/number_type.h"
#include "hdf5/stored_array.h"
#include "host/memory_limit.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

namespace tessera::input {
namespace {

/// Returns the numbers in an attribute; empty if the attribute is missing or not numeric.
std::vector<double> attribute_values(hid_t dataset, const char* name) {
  if (H5Aexists(dataset, name) <= 0) return {};
  const hdf5::Hdf5Handle attribute{H5Aopen(dataset, name, H5P_DEFAULT), H5Aclose};
  if (!attribute) return {};
  const hdf5::Hdf5Handle type{H5Aget_type(attribute.get()), H5Tclose};
  const hdf5::Hdf5Handle space{H5Aget_space(attribute.get()), H5Sclose};
  if (!type || !space) return {};
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (!hdf5::is_number(type.get()) || count < 1 || count > 64) return {};
  std::vector<double> values(static_cast<std::size_t>(count));
  if (H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()) < 0) return {};
  return values;
}

/// Returns the number in an attribute; `otherwise` if there is no such attribute. Throws base::Error
/// (bad_data) if the attribute is not a single number.
double number_in_attribute(const hdf5::StoredArray& array, const char* name, double otherwise) {
  if (H5Aexists(array.id(), name) == 0) return otherwise;
  const std::vector<double> values = attribute_values(array.id(), name);
  if (values.size() == 1) return values[0];
  throw bad_data(fmt::format("attribute `{}` of {} is not a number", name, array.label()),
                 "correct or remove the attribute");
}

std::string absolute_path(const std::string& name) { return name.starts_with('/') ? name : "/" + name; }

/// Returns the paths of the data sets that contain the coordinates, x first.
std::vector<std::string> axis_paths(const hdf5::ForeignFile& file, const GridSource& source,
                                    const hdf5::StoredArray& array) {
  const std::vector<hsize_t>& extents = array.extents();
  if (!source.axes.empty()) {
    if (source.axes.size() == extents.size()) return source.axes;
    throw bad_data(fmt::format("`axes` lists {} data sets, but `{}` in `{}` has {} dimensions",
                               source.axes.size(), source.dataset, source.path, extents.size()),
                   "name one data set per axis, x first");
  }
  std::vector<std::string> paths = find_axes(file, absolute_path(source.dataset), extents);
  for (std::size_t a = 0; a < paths.size(); ++a) {
    if (!paths[a].empty()) continue;
    throw bad_data(
        fmt::format("{} has no coordinates along {}: its group has no 1-D data set named {} with {} values",
                    array.label(), "xyz"[a], usual_axis_names(a), extents[extents.size() - 1 - a]),
        "name the coordinate data sets in `axes`, x first; " + file.contents());
  }
  return paths;
}

}  // namespace

RawGrid read_hdf5_grid(const GridSource& source, int dimensions, const std::optional<Region>& region) {
  const hdf5::ForeignFile file{source.path};
  const hdf5::StoredArray array{file, source.dataset};
  const std::size_t rank = array.extents().size();
  RawGrid grid;
  grid.name = array.label();
  if (rank != static_cast<std::size_t>(dimensions)) {
    throw bad_data(fmt::format("{} has {} dimensions, but the domain has {}", grid.name, rank, dimensions),
                   file.contents());
  }
  for (const std::string& path : axis_paths(file, source, array)) {
    const std::string name = path.starts_with('/') ? path.substr(1) : path;
    const hsize_t length = array.extents()[rank - 1 - grid.axes.size()];
    const hdf5::StoredArray axis{file, name};
    if (axis.extents() != std::vector<hsize_t>{length}) {
      throw bad_data(fmt::format("coordinates `{}` do not match {}: a 1-D data set of {} values is needed",
                                 base::printable(name), grid.name, length),
                     file.contents());
    }
    grid.axis_names.push_back(base::printable(name));
    grid.axes.push_back(axis.read());
  }
  select_nodes(grid, region);
  hdf5::ArrayBox box;
  for (std::size_t a = rank; a-- > 0;) {
    box.first.push_back(grid.first[a]);
    box.count.push_back(grid.axes[a].size());
  }
  // The parts that are sent to the ranks of this node take as much memory again.
  grid.values = array.read(box, 0.5 * host::available_memory().bytes);

  for (const char* name : {"_FillValue", "missing_value"}) {
    for (const double value : attribute_values(array.id(), name)) grid.missing.push_back(value);
  }
  grid.scale = number_in_attribute(array, "scale_factor", 1.0);
  grid.offset = number_in_attribute(array, "add_offset", 0.0);
  return grid;
}

}  // namespace tessera::input

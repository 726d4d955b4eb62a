#include "grid/input/hdf5_axes.h"

#include "base/error.h"
#include "base/utf8.h"
#include "grid/input/cf_axes.h"
#include "grid/input/hdf5_attributes.h"

#include <cstddef>
#include <string_view>

namespace tessera::input {
namespace {

using hdf5::DatasetEntry;

/// Whether a data set represents a netCDF dimension without coordinates. netCDF stores such a dimension as a
/// data set without values, marked by its NAME attribute.
bool is_bare_dimension(hid_t dataset) {
  if (H5Aexists(dataset, "NAME") <= 0) return false;
  const hdf5::Hdf5Handle attribute{H5Aopen(dataset, "NAME", H5P_DEFAULT), H5Aclose};
  if (!attribute) return false;
  const hdf5::Hdf5Handle type{H5Aget_type(attribute.get()), H5Tclose};
  const hdf5::Hdf5Handle space{H5Aget_space(attribute.get()), H5Sclose};
  if (!type || !space || H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
      H5Sget_simple_extent_npoints(space.get()) != 1) {
    return false;
  }
  const std::size_t size = H5Tget_size(type.get());
  if (size == 0 || size > 4096) return false;
  std::string text(size, '\0');
  if (H5Aread(attribute.get(), type.get(), text.data()) < 0) return false;
  return text.starts_with("This is a netCDF dimension but not a netCDF variable");
}

/// An entry in the REFERENCE_LIST of a dimension scale: a data set, and its dimension to which the scale is
/// attached.
struct Attachment {
  hobj_ref_t dataset;
  int dimension;
};

/// Whether all members of a compound type are within its size. HDF5 1.10 does not check this for types that
/// it reads from a file.
bool is_valid_compound(hid_t type) {
  const int members = H5Tget_nmembers(type);
  for (int m = 0; m < members; ++m) {
    const hdf5::Hdf5Handle member{H5Tget_member_type(type, static_cast<unsigned>(m)), H5Tclose};
    const std::size_t offset = H5Tget_member_offset(type, static_cast<unsigned>(m));
    const std::size_t size = member ? H5Tget_size(member.get()) : 0;
    if (size == 0 || offset > H5Tget_size(type) || size > H5Tget_size(type) - offset) return false;
  }
  return members > 0;
}

std::vector<Attachment> attachments_of(hid_t scale) {
  constexpr hssize_t max_count = 1 << 16;
  if (H5Aexists(scale, "REFERENCE_LIST") <= 0) return {};
  const hdf5::Hdf5Handle attribute{H5Aopen(scale, "REFERENCE_LIST", H5P_DEFAULT), H5Aclose};
  if (!attribute) return {};
  const hdf5::Hdf5Handle type{H5Aget_type(attribute.get()), H5Tclose};
  const hdf5::Hdf5Handle space{H5Aget_space(attribute.get()), H5Sclose};
  if (!type || !space || H5Tget_class(type.get()) != H5T_COMPOUND || H5Tget_nmembers(type.get()) != 2 ||
      H5Tget_member_class(type.get(), 0) != H5T_REFERENCE ||
      H5Tget_member_class(type.get(), 1) != H5T_INTEGER || !is_valid_compound(type.get())) {
    return {};
  }
  const hdf5::Hdf5Handle reference{H5Tget_member_type(type.get(), 0), H5Tclose};
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (!reference || H5Tequal(reference.get(), H5T_STD_REF_OBJ) <= 0 || count < 1 || count > max_count)
    return {};
  const hdf5::Hdf5Handle memory{H5Tcreate(H5T_COMPOUND, sizeof(Attachment)), H5Tclose};
  H5Tinsert(memory.get(), "dataset", offsetof(Attachment, dataset), H5T_STD_REF_OBJ);
  H5Tinsert(memory.get(), "dimension", offsetof(Attachment, dimension), H5T_NATIVE_INT);
  std::vector<Attachment> list(static_cast<std::size_t>(count), Attachment{0, -1});
  if (H5Aread(attribute.get(), memory.get(), list.data()) < 0) return {};
  return list;
}

/// Returns the dimension scales attached to a data set, one per dimension. The scales are found through their
/// own attributes: the data set's DIMENSION_LIST has variable-length elements, and HDF5 1.10 crashes when it
/// reads such elements from a damaged heap.
std::vector<Hdf5Dimension> attached_scales(const hdf5::ForeignFile& file,
                                           const std::vector<DatasetEntry>& entries, const std::string& path,
                                           const std::vector<hsize_t>& extents) {
  std::vector<Hdf5Dimension> dimensions(extents.size());
  hobj_ref_t own_reference = 0;
  if (H5Rcreate(&own_reference, file.open_dataset(path).get(), ".", H5R_OBJECT, -1) < 0) return dimensions;
  for (const DatasetEntry& entry : entries) {
    if (entry.extents.size() != 1) continue;
    const hdf5::Hdf5Handle scale = file.open_dataset(entry.path);
    const bool bare = is_bare_dimension(scale.get());
    for (const Attachment& attachment : attachments_of(scale.get())) {
      const auto d = static_cast<std::size_t>(attachment.dimension);
      const bool fits = attachment.dataset == own_reference && attachment.dimension >= 0 &&
                        d < extents.size() && entry.extents[0] == extents[d];
      if (!fits || !dimensions[d].name.empty()) continue;
      dimensions[d].name = short_name(entry.path);
      if (!bare) dimensions[d].coordinate = entry.path;
    }
  }
  return dimensions;
}

/// Returns the path of the 1-D data set of `length` values in `folder` whose name is a usual one for `role`;
/// empty if there is none.
std::string find_by_name(const hdf5::ForeignFile& file, const std::vector<DatasetEntry>& entries,
                         const std::string& folder, AxisRole role, hsize_t length) {
  for (const std::string_view name : usual_names(role)) {
    for (const DatasetEntry& entry : entries) {
      if (entry.extents != std::vector<hsize_t>{length}) continue;
      if (base::lower_case(entry.path) != base::lower_case(folder) + std::string(name)) continue;
      if (!is_bare_dimension(file.open_dataset(entry.path).get())) return entry.path;
    }
  }
  return {};
}

/// Whether the attributes of a data set say that it contains times.
bool has_time_attributes(const hdf5::ForeignFile& file, const std::string& path) {
  const hdf5::Hdf5Handle dataset = file.open_dataset(path);
  if (is_bare_dimension(dataset.get())) return false;
  const std::string label = file.label(path);
  try {
    // Without its name, which is not a usual one of times.
    return role_of({{}, NumberType::float64, read_attributes(file, dataset.get(), label), {}}, label) ==
           AxisRole::time;
  } catch (const base::Error&) {
    return false;  // the attributes are invalid, and the data set may have nothing to do with the variable
  }
}

/// Returns the path of the only 1-D data set of `length` values in `folder` that contains times by its
/// attributes; empty if there is none, or if there are several.
std::string find_times_by_attributes(const hdf5::ForeignFile& file, const std::vector<DatasetEntry>& entries,
                                     const std::string& folder, hsize_t length) {
  std::string found;
  for (const DatasetEntry& entry : entries) {
    const bool in_folder = entry.path.substr(0, entry.path.rfind('/') + 1) == folder;
    if (!in_folder || entry.extents != std::vector<hsize_t>{length}) continue;
    if (!has_time_attributes(file, entry.path)) continue;
    if (!found.empty()) return {};
    found = entry.path;
  }
  return found;
}

}  // namespace

std::vector<Hdf5Dimension> find_dimensions(const hdf5::ForeignFile& file, const std::string& path,
                                           const std::vector<hsize_t>& extents,
                                           const std::vector<std::string>& axes, bool has_components) {
  const std::vector<DatasetEntry> entries = file.list();
  std::vector<Hdf5Dimension> dimensions = attached_scales(file, entries, path, extents);
  constexpr std::size_t max_axes = 3;
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  const std::size_t nodes =
      extents.size() - (has_components ? 1 : 0);  // dimensions other than the components
  for (std::size_t a = 0; a < nodes; ++a) {
    Hdf5Dimension& dimension = dimensions[nodes - 1 - a];
    if (!dimension.name.empty()) continue;
    if (a < axes.size()) {
      dimension.coordinate = axes[a];
    } else if (a < max_axes) {
      dimension.coordinate =
          find_by_name(file, entries, folder, static_cast<AxisRole>(a), extents[nodes - 1 - a]);
    }
  }
  // Times are the slowest dimension.
  if (Hdf5Dimension& slowest = dimensions.front();
      nodes > 0 && slowest.name.empty() && slowest.coordinate.empty()) {
    slowest.coordinate = find_by_name(file, entries, folder, AxisRole::time, extents.front());
    if (slowest.coordinate.empty())
      slowest.coordinate = find_times_by_attributes(file, entries, folder, extents.front());
  }
  return dimensions;
}

}  // namespace tessera::input

#include "grid/input/raw_grid.h"

#include "grid/input/hdf5_axes.h"
#include "hdf5/hdf5_handle.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>

namespace tessera::input {
namespace {

using base::Error;
using base::ExitCode;

/// Returns HDF5's description of the latest error, from the innermost function that failed.
std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* entry, void* out) -> herr_t {
        auto& text = *static_cast<std::string*>(out);
        if (text.empty() && entry->desc != nullptr) text = entry->desc;
        return 0;
      },
      &reason);
  return reason.empty() ? "unknown HDF5 error" : reason;
}

std::string contents_text(std::vector<Hdf5Entry> entries) {
  // The group /VTKHDF contains a second copy of the data, for VTK.
  std::erase_if(entries, [](const Hdf5Entry& e) { return e.path.starts_with("/VTKHDF/"); });
  if (entries.empty()) return "the file contains no data sets";
  std::string text = "the file contains ";
  constexpr std::size_t max_listed = 12;
  for (std::size_t i = 0; i < entries.size() && i < max_listed; ++i) {
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", entries[i].path.substr(1));
    for (const hsize_t n : entries[i].extents) text += fmt::format("[{}]", n);
  }
  if (entries.size() > max_listed) text += fmt::format(" and {} more", entries.size() - max_listed);
  return text;
}

std::string absolute_path(const std::string& name) { return name.starts_with('/') ? name : "/" + name; }

hdf5::Hdf5Handle open_file(const std::string& path) {
  std::ifstream probe{path, std::ios::binary};
  std::array<char, 4> start{};
  if (!probe.is_open()) {
    throw Error(ExitCode::no_input, fmt::format("cannot open `{}`: {}", path, std::strerror(errno)),
                "check the path; paths are relative to the job file's folder");
  }
  if (std::error_code ec; std::filesystem::is_directory(path, ec)) {
    throw Error(ExitCode::no_input, fmt::format("cannot read `{}`: it is a directory", path),
                "specify the path of a file");
  }
  probe.read(start.data(), start.size());
  if (probe.gcount() >= 3 && std::memcmp(start.data(), "CDF", 3) == 0) {
    throw bad_data(fmt::format("`{}` is a NetCDF file in the classic format", path),
                   "convert it to NetCDF-4: nccopy -k nc4 OLD.nc NEW.nc");
  }
  const hdf5::Hdf5Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  // No file locking: several processes read the same file, often on file systems that do not support locking.
  H5Pset_file_locking(access.get(), false, true);
  hdf5::Hdf5Handle file{H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose};
  if (!file) {
    const std::string reason = hdf5_reason();
    if (H5Fis_hdf5(path.c_str()) <= 0) {
      throw bad_data(fmt::format("`{}` is neither an HDF5 nor a NetCDF-4 file", path),
                     "an ESRI ASCII grid must have the file extension .asc");
    }
    throw bad_data(fmt::format("`{}` cannot be read as HDF5: {}", path, reason),
                   "the file appears to be damaged or truncated; copy it again");
  }
  return file;
}

hdf5::Hdf5Handle open_dataset(hid_t file, const GridSource& source, const std::string& name) {
  hdf5::Hdf5Handle dataset{H5Dopen2(file, absolute_path(name).c_str(), H5P_DEFAULT), H5Dclose};
  if (!dataset) {
    throw bad_data(name.empty() ? fmt::format("the name of the data set in `{}` is empty", source.path)
                                : fmt::format("`{}` has no data set `{}`", source.path, name),
                   contents_text(list_datasets(file)));
  }
  return dataset;
}

/// Returns the shape of a data set. Throws base::Error (bad_data) unless the data set is a non-empty array of
/// numbers that does not exceed max_grid_values or the size of the file. `label`: name of the data set in
/// messages.
std::vector<hsize_t> checked_extents(hid_t dataset, const std::string& label, const std::string& path) {
  const hdf5::Hdf5Handle space{H5Dget_space(dataset), H5Sclose};
  const hdf5::Hdf5Handle type{H5Dget_type(dataset), H5Tclose};
  if (!space || !type) throw bad_data(label + " is damaged: " + hdf5_reason());
  const H5T_class_t kind = H5Tget_class(type.get());
  if (kind != H5T_INTEGER && kind != H5T_FLOAT) {
    throw bad_data(label + " does not contain numbers", "specify a data set of integers or reals");
  }
  if (H5Sget_simple_extent_type(space.get()) != H5S_SIMPLE) {
    throw bad_data(label + " is a single value, not a grid");
  }
  const int rank = H5Sget_simple_extent_ndims(space.get());
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank > 0 ? rank : 0));
  if (rank > 0) H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  std::uint64_t count = 1;
  for (const hsize_t n : extents) {
    if (n != 0 && count > max_grid_values / n) {
      throw bad_data(label + " is larger than the limit of 16 GiB",
                     "extract the region that the domain covers");
    }
    count *= n;
  }
  if (count == 0) throw bad_data(label + " is empty");
  std::error_code ec;
  const auto file_size = std::filesystem::file_size(path, ec);
  if (!ec && H5Dget_storage_size(dataset) > file_size) {
    throw bad_data(label + " is larger than the file that contains it",
                   "the file appears to be damaged or truncated; copy it again");
  }
  return extents;
}

std::vector<double> read_values(hid_t dataset, const std::vector<hsize_t>& extents,
                                const std::string& label) {
  std::size_t count = 1;
  for (const hsize_t n : extents) count *= static_cast<std::size_t>(n);
  std::vector<double> values;
  try {
    values.resize(count);
  } catch (const std::bad_alloc&) {
    throw Error(ExitCode::os_error, fmt::format("not enough memory for the {} values of {}", count, label),
                "extract the region that the domain covers");
  }
  if (H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    throw bad_data(
        fmt::format("{} cannot be read: {}", label, hdf5_reason()),
        "the file appears to be damaged or truncated, or needs an HDF5 filter that is not installed");
  }
  return values;
}

/// Returns the numbers in an attribute; empty if the attribute is missing or not numeric.
std::vector<double> attribute_values(hid_t dataset, const char* name) {
  if (H5Aexists(dataset, name) <= 0) return {};
  const hdf5::Hdf5Handle attribute{H5Aopen(dataset, name, H5P_DEFAULT), H5Aclose};
  if (!attribute) return {};
  const hdf5::Hdf5Handle type{H5Aget_type(attribute.get()), H5Tclose};
  const hdf5::Hdf5Handle space{H5Aget_space(attribute.get()), H5Sclose};
  if (!type || !space) return {};
  const H5T_class_t kind = H5Tget_class(type.get());
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || count < 1 || count > 64) return {};
  std::vector<double> values(static_cast<std::size_t>(count));
  if (H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()) < 0) return {};
  return values;
}

std::string name_of(hid_t dataset) {
  std::array<char, 256> text{};
  if (H5Iget_name(dataset, text.data(), text.size()) <= 0) return "?";
  return text[0] == '/' ? std::string(text.data() + 1) : std::string(text.data());
}

std::vector<hdf5::Hdf5Handle> open_axes(hid_t file, const GridSource& source,
                                        const std::vector<hsize_t>& extents) {
  if (source.axes.empty()) return find_axes(file, absolute_path(source.dataset), extents);
  if (source.axes.size() != extents.size()) {
    throw bad_data(fmt::format("`axes` lists {} data sets, but `{}` in `{}` has {} dimensions",
                               source.axes.size(), source.dataset, source.path, extents.size()),
                   "name one data set per axis, x first");
  }
  std::vector<hdf5::Hdf5Handle> axes;
  for (const std::string& name : source.axes) axes.push_back(open_dataset(file, source, name));
  return axes;
}

}  // namespace

RawGrid read_hdf5_grid(const GridSource& source, int dimensions) {
  const hdf5::Hdf5ErrorSilencer silencer;
  const hdf5::Hdf5Handle file = open_file(source.path);
  const hdf5::Hdf5Handle dataset = open_dataset(file.get(), source, source.dataset);
  RawGrid grid;
  const auto label_of = [&](const std::string& name) {
    return fmt::format("data set `{}` in `{}`", name, source.path);
  };
  grid.name = label_of(source.dataset);
  const std::vector<hsize_t> extents = checked_extents(dataset.get(), grid.name, source.path);
  if (extents.size() != static_cast<std::size_t>(dimensions)) {
    throw bad_data(
        fmt::format("{} has {} dimensions, but the domain has {}", grid.name, extents.size(), dimensions),
        contents_text(list_datasets(file.get())));
  }
  const std::vector<hdf5::Hdf5Handle> axes = open_axes(file.get(), source, extents);
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const hsize_t length = extents[extents.size() - 1 - a];
    if (!axes[a]) {
      throw bad_data(
          fmt::format("{} has no coordinates along {}: its group has no 1-D data set named {} with {} values",
                      grid.name, "xyz"[a], usual_axis_names(a), length),
          "name the coordinate data sets in `axes`, x first; " + contents_text(list_datasets(file.get())));
    }
    const std::string name = name_of(axes[a].get());
    const std::vector<hsize_t> shape = checked_extents(axes[a].get(), label_of(name), source.path);
    if (shape != std::vector<hsize_t>{length}) {
      throw bad_data(fmt::format("coordinates `{}` do not match {}: a 1-D data set of {} values is needed",
                                 name, grid.name, length),
                     contents_text(list_datasets(file.get())));
    }
    grid.axis_names.push_back(name);
    grid.axes.push_back(read_values(axes[a].get(), shape, label_of(name)));
  }

  grid.values = read_values(dataset.get(), extents, grid.name);
  for (const char* name : {"_FillValue", "missing_value"}) {
    for (const double value : attribute_values(dataset.get(), name)) grid.missing.push_back(value);
  }
  if (const auto scale = attribute_values(dataset.get(), "scale_factor"); !scale.empty())
    grid.scale = scale[0];
  if (const auto offset = attribute_values(dataset.get(), "add_offset"); !offset.empty())
    grid.offset = offset[0];
  return grid;
}

}  // namespace tessera::input

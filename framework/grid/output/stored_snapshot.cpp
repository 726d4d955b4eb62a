#include "grid/output/stored_snapshot.h"

#include "base/digest.h"
#include "base/error.h"
#include "hdf5/hdf5_handle.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <utility>

#include <hdf5.h>

namespace tessera::output {

namespace fs = std::filesystem;

namespace {

base::Error snapshot_error(const std::string& path, const std::string& what) {
  return {base::ExitCode::bad_data, path + " is not a complete snapshot (" + what + ")",
          "specify a run directory, or an .h5 file in its fields/ directory"};
}

/// A handle that closes an HDF5 object of any kind.
hdf5::Hdf5Handle handle_of(hid_t id) { return {id, H5Idec_ref}; }

template <class T>
void read_attribute(hid_t file, const char* name, hid_t type, T& value, const std::string& path) {
  const auto attribute = handle_of(H5Aopen(file, name, H5P_DEFAULT));
  if (!attribute || H5Aread(attribute.get(), type, &value) < 0)
    throw snapshot_error(path, std::string("no attribute `") + name + "`");
}

std::vector<std::string> dataset_names(hid_t file, const std::string& path) {
  H5G_info_t info;
  if (H5Gget_info(file, &info) < 0) throw snapshot_error(path, "unreadable");
  std::vector<std::string> names;
  for (hsize_t n = 0; n < info.nlinks; ++n) {
    const ssize_t size =
        H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, n, nullptr, 0, H5P_DEFAULT);
    if (size <= 0 || size > 4096) throw snapshot_error(path, "unreadable names");
    std::string name(static_cast<std::size_t>(size), '\0');
    H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, n, name.data(), name.size() + 1, H5P_DEFAULT);
    names.push_back(name);
  }
  return names;
}

StoredField read_field(hid_t file, const std::string& name, std::size_t dimensions, const std::string& path) {
  StoredField field;
  field.name = name;
  const auto data = handle_of(H5Dopen2(file, name.c_str(), H5P_DEFAULT));
  const auto type = handle_of(data ? H5Dget_type(data.get()) : -1);
  const auto space = handle_of(data ? H5Dget_space(data.get()) : -1);
  if (!type || !space || H5Tget_class(type.get()) != H5T_FLOAT)
    throw snapshot_error(path, "`" + name + "` does not contain floating-point numbers");
  field.single_precision = H5Tget_size(type.get()) == 4;
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 1 || rank > 4) throw snapshot_error(path, "`" + name + "` has an unexpected shape");
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  // The header may be damaged: check the size against that of the file before allocating memory.
  std::error_code ec;
  const auto file_bytes = static_cast<double>(fs::file_size(path, ec));
  double bytes = field.single_precision ? 4.0 : 8.0;
  std::size_t count = 1;
  for (const hsize_t n : shape) {
    bytes *= static_cast<double>(n);
    count *= static_cast<std::size_t>(n);
    field.shape.push_back(static_cast<std::int64_t>(n));
  }
  if (ec || bytes > file_bytes) throw snapshot_error(path, "`" + name + "` is larger than the file");
  if (shape.size() == dimensions + 1) field.components = static_cast<int>(shape.back());
  field.values.resize(count);
  if (H5Dread(data.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, field.values.data()) < 0) {
    throw snapshot_error(path, "`" + name + "` cannot be read");
  }
  return field;
}

const StoredField* find(const StoredSnapshot& snapshot, const std::string& name) {
  const auto found = std::find_if(snapshot.fields.begin(), snapshot.fields.end(),
                                  [&](const StoredField& f) { return f.name == name; });
  return found == snapshot.fields.end() ? nullptr : &*found;
}

FieldComparison compare_field(const StoredField& a, const StoredField* b, double tolerance) {
  using Kind = FieldComparison::Kind;
  FieldComparison comparison;
  comparison.name = a.name;
  if (b == nullptr) {
    comparison.kind = Kind::only_in_first;
  } else if (a.shape != b->shape || a.single_precision != b->single_precision) {
    comparison.kind = Kind::incomparable;
  } else {
    comparison.compared_values = a.values.size();
    comparison.difference = compare(a, *b, tolerance);
    if (comparison.difference.count > 0) comparison.first_cell = cell_text(a, comparison.difference.first);
  }
  return comparison;
}

}  // namespace

StoredSnapshot StoredSnapshot::read(const std::string& path) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  if (!fs::exists(path)) throw base::Error(base::ExitCode::no_input, "no such file: " + path);
  const auto file = handle_of(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file) throw snapshot_error(path, "HDF5 cannot open it");
  StoredSnapshot out;
  out.path = path;
  read_attribute(file.get(), "step", H5T_NATIVE_INT64, out.step, path);
  read_attribute(file.get(), "time_s", H5T_NATIVE_DOUBLE, out.time, path);
  const std::vector<std::string> names = dataset_names(file.get(), path);
  const auto is_axis = [](const std::string& n) {
    return n == "x" || n == "y" || n == "z" || n == "lon" || n == "lat";
  };
  const auto dimensions = static_cast<std::size_t>(std::count_if(names.begin(), names.end(), is_axis));
  for (const std::string& name : names) {
    if (!is_axis(name) && name != "VTKHDF")
      out.fields.push_back(read_field(file.get(), name, dimensions, path));
  }
  return out;
}

std::string StoredSnapshot::find_newest(const std::string& path) {
  std::error_code ec;
  if (!fs::is_directory(path, ec)) return path;
  std::string found;
  for (const auto& entry : fs::directory_iterator{fs::path{path} / "fields", ec}) {
    if (entry.path().extension() != ".h5") continue;
    const std::string file = entry.path().string();
    // Steps have at least 8 digits, and may have more.
    if (file.size() > found.size() || (file.size() == found.size() && file > found)) found = file;
  }
  if (found.empty()) {
    throw base::Error(base::ExitCode::no_input, path + " has no field files",
                      "specify the directory of a run that writes fields, or an .h5 file");
  }
  return found;
}

std::uint64_t digest_of(const StoredField& field) {
  std::uint64_t sum = 0;
  for (int c = 0; c < field.components; ++c) {
    const std::uint64_t seed = base::Digest::seed(field.name, c);
    const auto stride = static_cast<std::size_t>(field.components);
    for (std::size_t n = static_cast<std::size_t>(c); n < field.values.size(); n += stride) {
      const double v = field.values[n];
      const std::uint64_t bits = field.single_precision ? std::bit_cast<std::uint32_t>(static_cast<float>(v))
                                                        : std::bit_cast<std::uint64_t>(v);
      sum += base::Digest::cell_hash(seed, n / stride, bits);
    }
  }
  return sum;
}

StoredDifference compare(const StoredField& a, const StoredField& b, double tolerance) {
  StoredDifference d;
  for (std::size_t n = 0; n < a.values.size(); ++n) {
    const double x = a.values[n];
    const double y = b.values[n];
    if (std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y)) continue;
    const double difference = std::abs(x - y);
    if (difference <= tolerance && tolerance > 0.0) continue;
    if (d.count++ == 0) d.first = n;
    if (std::isnan(difference) || difference > d.largest) d.largest = difference;  // a NaN is never replaced
  }
  return d;
}

std::string cell_text(const StoredField& field, std::size_t index) {
  index /= static_cast<std::size_t>(field.components);
  std::string text;
  const std::size_t axes = field.shape.size() - (field.components > 1 ? 1 : 0);
  for (std::size_t a = axes; a-- > 0;) {
    const auto extent = static_cast<std::size_t>(field.shape[a]);
    text += (text.empty() ? "(" : ", ") + std::to_string(index % extent);
    index /= extent;
  }
  return text + ")";
}

std::vector<FieldComparison> compare(const StoredSnapshot& first, const StoredSnapshot& second,
                                     double tolerance) {
  std::vector<FieldComparison> all;
  for (const StoredField& a : first.fields) all.push_back(compare_field(a, find(second, a.name), tolerance));
  for (const StoredField& b : second.fields) {
    if (find(first, b.name) != nullptr) continue;
    FieldComparison comparison;
    comparison.name = b.name;
    comparison.kind = FieldComparison::Kind::only_in_second;
    all.push_back(std::move(comparison));
  }
  return all;
}

}  // namespace tessera::output

#include "grid/output/stored_snapshot.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "grid/output/snapshot_checksum.h"
#include "hdf5/number_type.h"
#include "hdf5/stored_array.h"
#include "host/access.h"

#include <algorithm>
#include <array>
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

/// Reads an attribute of the root group that consists of one number.
template <class T>
void read_attribute(const hdf5::ForeignFile& file, const char* name, hid_t type, T& value) {
  const hdf5::Hdf5Handle attribute{H5Aopen(file.id(), name, H5P_DEFAULT), H5Aclose};
  const hdf5::Hdf5Handle stored{attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose};
  const hdf5::Hdf5Handle space{attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose};
  if (!stored || !space || !hdf5::is_number(stored.get()) || H5Sget_simple_extent_npoints(space.get()) != 1 ||
      H5Aread(attribute.get(), type, &value) < 0)
    throw snapshot_error(file.path(), std::string("no attribute `") + name + "`");
}

/// Reads an attribute of 16 characters; an empty string if there is none. `path`: the file, for messages.
std::string read_hex_attribute(hid_t object, const char* name, const std::string& path) {
  if (H5Aexists(object, name) <= 0) return {};
  const hdf5::Hdf5Handle attribute{H5Aopen(object, name, H5P_DEFAULT), H5Aclose};
  const hdf5::Hdf5Handle type{attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose};
  const hdf5::Hdf5Handle space{attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose};
  std::string text(16, '\0');
  if (!type || !space || H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
      H5Tget_size(type.get()) != text.size() || H5Sget_simple_extent_npoints(space.get()) != 1 ||
      H5Aread(attribute.get(), type.get(), text.data()) < 0)
    throw snapshot_error(path, std::string("its attribute `") + name + "` is damaged");
  return text;
}

std::vector<std::string> dataset_names(const hdf5::ForeignFile& file) {
  H5G_info_t info;
  if (H5Gget_info(file.id(), &info) < 0) throw snapshot_error(file.path(), "unreadable");
  std::vector<std::string> names;
  for (hsize_t n = 0; n < info.nlinks; ++n) {
    std::array<char, 4097> name{};
    const ssize_t size = H5Lget_name_by_idx(file.id(), ".", H5_INDEX_NAME, H5_ITER_INC, n, name.data(),
                                            name.size(), H5P_DEFAULT);
    if (size <= 0 || static_cast<std::size_t>(size) >= name.size())
      throw snapshot_error(file.path(), "unreadable names");
    names.emplace_back(name.data());
  }
  return names;
}

StoredField read_field(const hdf5::ForeignFile& file, const std::string& name, std::size_t dimensions) {
  const hdf5::StoredArray array{file, name};
  const hdf5::Hdf5Handle type{H5Dget_type(array.id()), H5Tclose};
  if (H5Tget_class(type.get()) != H5T_FLOAT || (array.value_bytes() != 4 && array.value_bytes() != 8)) {
    throw snapshot_error(file.path(),
                         "`" + base::printable(name) + "` does not contain floating-point numbers");
  }
  const std::vector<hsize_t>& shape = array.extents();
  if (shape.size() > 4)
    throw snapshot_error(file.path(), "`" + base::printable(name) + "` has an unexpected shape");
  StoredField field;
  field.name = name;
  field.single_precision = array.value_bytes() == 4;
  field.values = array.read();
  for (const hsize_t n : shape) field.shape.push_back(static_cast<std::int64_t>(n));
  if (shape.size() == dimensions + 1) field.components = static_cast<int>(shape.back());
  const std::string stored_digest = read_hex_attribute(array.id(), "digest", file.path());
  if (!stored_digest.empty() && stored_digest != base::Digest::to_hex(digest_of(field)))
    throw snapshot_error(file.path(), "the values of `" + base::printable(name) + "` have been changed");
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

/// Throws base::Error (bad_data) if the file has a checksum, and the snapshot another one.
void check_checksum(const hdf5::ForeignFile& file, const StoredSnapshot& snapshot) {
  const std::string stored = read_hex_attribute(file.id(), "checksum", snapshot.path);
  if (stored.empty()) return;  // written by an earlier version
  std::vector<SnapshotField> fields;
  for (const StoredField& f : snapshot.fields)
    fields.push_back({f.name, f.single_precision, f.shape, digest_of(f)});
  if (stored != snapshot_checksum(snapshot.step, snapshot.time, std::move(fields)))
    throw snapshot_error(snapshot.path, "its step, its time or its fields have been changed");
}

}  // namespace

StoredSnapshot StoredSnapshot::read(const std::string& path) {
  if (!fs::exists(path)) throw base::Error(base::ExitCode::no_input, "no such file: " + path);
  const hdf5::ForeignFile file{path};
  StoredSnapshot out;
  out.path = path;
  read_attribute(file, "step", H5T_NATIVE_INT64, out.step);
  read_attribute(file, "time_s", H5T_NATIVE_DOUBLE, out.time);
  const std::vector<std::string> names = dataset_names(file);
  const auto is_axis = [](const std::string& n) {
    return n == "x" || n == "y" || n == "z" || n == "lon" || n == "lat";
  };
  const auto dimensions = static_cast<std::size_t>(std::count_if(names.begin(), names.end(), is_axis));
  for (const std::string& name : names) {
    if (!is_axis(name) && name != "VTKHDF") out.fields.push_back(read_field(file, name, dimensions));
  }
  check_checksum(file, out);
  return out;
}

std::string StoredSnapshot::find_newest(const std::string& path) {
  host::require_readable(path);
  std::error_code ec;
  if (!fs::is_directory(path, ec)) return path;
  host::require_readable(path + "/fields");
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

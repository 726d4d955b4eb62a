#include "grid/output/stored_snapshot.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "grid/output/snapshot_checksum.h"
#include "hdf5/number_type.h"
#include "hdf5/stored_array.h"
#include "host/access.h"
#include "rundir/field_files.h"

#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <hdf5.h>

namespace tessera::output {

namespace fs = std::filesystem;

namespace {

base::Error snapshot_error(const std::string& path, const std::string& what) {
  return {base::ExitCode::bad_data, path + " is not a complete snapshot (" + what + ")",
          "specify a run directory, or an .h5 file in its fields/ directory"};
}

/// The error for a file whose contents have changed since the run wrote it.
base::Error damage_error(const std::string& path, const std::string& what) {
  return {base::ExitCode::bad_data, path + " is damaged: " + what,
          "restore the file from a copy, or repeat the run"};
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
    throw damage_error(path, std::string("its attribute `") + name + "` is invalid");
  return text;
}

/// The names of the objects in the root group, sorted.
std::vector<std::string> names_in(const hdf5::ForeignFile& file) {
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

/// What the arrays in a snapshot are.
struct Contents {
  std::vector<std::string> fields;
  std::size_t axes = 0;
};

Contents contents_of(const hdf5::ForeignFile& file) {
  Contents out;
  for (const std::string& name : names_in(file)) {
    if (name == "VTKHDF" || name == "time") continue;
    const hdf5::Hdf5Handle dataset = file.open_dataset(name);
    if (H5Aexists(dataset.get(), "CLASS") <= 0) {
      out.fields.push_back(name);
    } else if (H5Aexists(dataset.get(), "axis") > 0) {
      ++out.axes;
    }  // else: the dimension of the components
  }
  return out;
}

/// Computes the digest of the values of a field.
std::uint64_t digest_of(const StoredField& field, const hdf5::StoredArray& array) {
  std::vector<std::uint64_t> seeds;
  for (int c = 0; c < field.components; ++c) seeds.push_back(base::Digest::seed(field.name, c));
  std::uint64_t sum = 0;
  hdf5::ArrayPieces pieces{array.extents(), array.chunk(), max_values_in_memory};
  while (const auto box = pieces.next()) {
    const std::vector<double> values = array.read(*box);
    hdf5::for_each_run(
        *box, array.extents(), [&](std::uint64_t position, std::uint64_t offset, std::uint64_t count) {
          std::uint64_t cell = position / seeds.size();
          std::size_t component = position % seeds.size();
          for (const double v : std::span{values}.subspan(offset, count)) {
            const std::uint64_t bits = field.single_precision
                                           ? std::bit_cast<std::uint32_t>(static_cast<float>(v))
                                           : std::bit_cast<std::uint64_t>(v);
            sum += base::Digest::cell_hash(seeds[component], cell, bits);
            if (++component < seeds.size()) continue;
            component = 0;
            ++cell;
          }
        });
  }
  return sum;
}

StoredField read_field(const hdf5::ForeignFile& file, const std::string& name, std::size_t dimensions) {
  const hdf5::StoredArray array{file, name};
  const hdf5::Hdf5Handle type{H5Dget_type(array.id()), H5Tclose};
  if (H5Tget_class(type.get()) != H5T_FLOAT || (array.value_bytes() != 4 && array.value_bytes() != 8)) {
    throw snapshot_error(file.path(),
                         "`" + base::printable(name) + "` does not contain floating-point numbers");
  }
  const std::vector<hsize_t>& shape = array.extents();
  constexpr hsize_t max_components = 1024;  // far more than a solver may declare
  const bool has_components = shape.size() == dimensions + 1;
  if (shape.size() > 4 || (has_components && (shape.back() == 0 || shape.back() > max_components)))
    throw snapshot_error(file.path(), "`" + base::printable(name) + "` has an unexpected shape");
  StoredField field;
  field.name = name;
  field.single_precision = array.value_bytes() == 4;
  for (const hsize_t n : shape) field.shape.push_back(static_cast<std::int64_t>(n));
  if (has_components) field.components = static_cast<int>(shape.back());
  field.digest = digest_of(field, array);
  const std::string stored_digest = read_hex_attribute(array.id(), "digest", file.path());
  if (!stored_digest.empty() && stored_digest != base::Digest::to_hex(field.digest))
    throw damage_error(file.path(),
                       "the values of `" + base::printable(name) + "` do not match their digest");
  return field;
}

/// Throws base::Error (bad_data) if the file has a checksum, and the snapshot another one.
void check_checksum(const hdf5::ForeignFile& file, const StoredSnapshot& snapshot) {
  const std::string stored = read_hex_attribute(file.id(), "checksum", snapshot.path);
  if (stored.empty()) return;  // written by an earlier version
  std::vector<SnapshotField> fields;
  for (const StoredField& f : snapshot.fields)
    fields.push_back({f.name, f.single_precision, f.shape, f.digest});
  if (stored != snapshot_checksum(snapshot.step, snapshot.time, std::move(fields)))
    throw damage_error(snapshot.path, "its step, its time or its fields do not match its checksum");
}

}  // namespace

std::uint64_t StoredField::value_count() const {
  std::uint64_t count = 1;
  for (const std::int64_t n : shape) count *= static_cast<std::uint64_t>(n);
  return count;
}

StoredSnapshot StoredSnapshot::read(const std::string& path) {
  std::error_code ec;
  if (!fs::exists(path, ec)) {
    throw base::Error(base::ExitCode::no_input,
                      ec ? fmt::format("cannot read `{}`: {}", path, ec.message()) : "no such file: " + path);
  }
  StoredSnapshot out;
  out.path = path;
  out.file = std::make_shared<const hdf5::ForeignFile>(path);
  const hdf5::ForeignFile& file = *out.file;
  read_attribute(file, "step", H5T_NATIVE_INT64, out.step);
  read_attribute(file, "time_s", H5T_NATIVE_DOUBLE, out.time);
  const Contents contents = contents_of(file);
  if (contents.axes == 0) throw snapshot_error(path, "no axes");
  for (const std::string& name : contents.fields) out.fields.push_back(read_field(file, name, contents.axes));
  check_checksum(file, out);
  return out;
}

std::string StoredSnapshot::find_newest(const std::string& path) {
  host::require_readable(path);
  std::error_code ec;
  if (!fs::is_directory(path, ec)) return path;
  return rundir::newest_field_file(path).path;
}

}  // namespace tessera::output

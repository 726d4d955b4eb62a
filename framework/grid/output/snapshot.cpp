#include "grid/output/snapshot.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "grid/field/copy.h"
#include "grid/field/digest.h"
#include "grid/output/snapshot_checksum.h"
#include "hdf5/hdf5_handle.h"
#include "host/durable_file.h"
#include "host/replacement_file.h"
#include "transport/agreement.h"
#include "transport/hdf5_access.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace tessera::output {

namespace {

using hdf5::Hdf5Handle;

/// Thrown if an HDF5 call fails on this rank.
struct WriteFailure {};

base::Error write_error(const std::string& path, int reason = 0) {
  return {base::ExitCode::io_error,
          "cannot write " + path + (reason != 0 ? std::string(" (") + std::strerror(reason) + ")" : ""),
          "check the free space and the permissions of the run directory"};
}

/// Throws base::Error (io_error) if a file of `bytes` bytes does not fit on the disk. This is checked in
/// advance, because parallel HDF5 may hang if a write fails.
void expect_free_space(const std::string& path, double bytes) {
  constexpr double overhead = 65536.0;  // HDF5's metadata, and the tables next to the file
  std::error_code ec;
  const auto space = std::filesystem::space(std::filesystem::path{path}.parent_path(), ec);
  if (ec || static_cast<double>(space.available) >= bytes + overhead) return;
  throw base::Error(base::ExitCode::io_error,
                    "cannot write " + path + " (it needs " + base::format_bytes(bytes + overhead) +
                        ", but only " + base::format_bytes(static_cast<double>(space.available)) +
                        " is free)",
                    "free some space, write less often, or use a --run-dir on another disk");
}

void expect(bool ok) {
  if (!ok) throw WriteFailure{};
}

hid_t file_type(auto s) { return s == decltype(s)::float64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE; }
hid_t memory_type(field::Scalar s) {
  return s == field::Scalar::float64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
}

/// Writes an attribute with `count` values, or a scalar attribute if `count` is 0.
void write_attribute(hid_t object, const char* name, hid_t type, const void* values, hsize_t count = 0) {
  const Hdf5Handle space{count > 0 ? H5Screate_simple(1, &count, nullptr) : H5Screate(H5S_SCALAR), H5Sclose};
  const Hdf5Handle attribute{H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
  expect(attribute && H5Awrite(attribute.get(), type, values) >= 0);
}

void write_text_attribute(hid_t object, const char* name, const std::string& text) {
  const Hdf5Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  // No terminating NUL, because newer versions of VTK's HDF reader treat it as part of the text.
  H5Tset_size(type.get(), std::max<std::size_t>(1, text.size()));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  write_attribute(object, name, type.get(), text.c_str());
}

/// The shape of a field's data set: the axes, slowest (z) first, then the components if there are several.
std::vector<hsize_t> file_shape(const grid::Index& cells, int dimensions, int components) {
  std::vector<hsize_t> shape;
  for (int a = dimensions - 1; a >= 0; --a) shape.push_back(static_cast<hsize_t>(cells[a]));
  if (components > 1) shape.push_back(static_cast<hsize_t>(components));
  return shape;
}

/// The owned values of a brick in file order, in which the component varies fastest.
std::vector<std::byte> values_in_file_order(const field::ConstFieldView& view, const grid::Box& owned) {
  const grid::Box local{{}, owned.extents()};
  std::vector<std::byte> by_component(field::packed_bytes(view, local));
  field::pack(view, local, by_component.data());
  if (view.components == 1) return by_component;
  const std::size_t element = field::bytes_of(view.scalar);
  const auto cells = static_cast<std::size_t>(owned.volume());
  const auto components = static_cast<std::size_t>(view.components);
  std::vector<std::byte> interleaved(by_component.size());
  for (std::size_t c = 0; c < components; ++c) {
    for (std::size_t n = 0; n < cells; ++n) {
      std::memcpy(&interleaved[(n * components + c) * element], &by_component[(c * cells + n) * element],
                  element);
    }
  }
  return interleaved;
}

/// The properties of all data sets: without times, so that equal results are equal files.
Hdf5Handle dataset_properties() {
  Hdf5Handle properties{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
  expect(H5Pset_obj_track_times(properties.get(), false) >= 0);
  return properties;
}

/// Writes a field. Returns where its values are stored.
StoredArray write_field(hid_t file, const solver::FieldSchema& schema, const field::FieldStore& store,
                        int field, const grid::Geometry& geometry, std::uint64_t digest) {
  const field::FieldSpec& spec = store.fields()[static_cast<std::size_t>(field)];
  const auto shape = file_shape(geometry.cells, geometry.dimensions, spec.components);
  Hdf5Handle space{H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
  const Hdf5Handle creation = dataset_properties();
  H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER);  // every value is written below
  Hdf5Handle data{H5Dcreate2(file, spec.name.c_str(), file_type(spec.scalar), space.get(), H5P_DEFAULT,
                             creation.get(), H5P_DEFAULT),
                  H5Dclose};
  expect(data.get() >= 0);
  write_text_attribute(data.get(), "unit", schema.unit);
  write_text_attribute(data.get(), "digest", base::Digest::to_hex(digest));
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const grid::Box& owned = store.bricks()[b];
    std::vector<hsize_t> start;
    for (int a = geometry.dimensions - 1; a >= 0; --a) start.push_back(static_cast<hsize_t>(owned.lower[a]));
    if (spec.components > 1) start.push_back(0);
    const auto count = file_shape(owned.extents(), geometry.dimensions, spec.components);
    const auto values = values_in_file_order(store.current(static_cast<int>(b), field), owned);
    Hdf5Handle target{H5Scopy(space.get()), H5Sclose};
    H5Sselect_hyperslab(target.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    Hdf5Handle memory{H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose};
    expect(H5Dwrite(data.get(), memory_type(spec.scalar), memory.get(), target.get(), H5P_DEFAULT,
                    values.data()) >= 0);
  }
  const haddr_t offset = H5Dget_offset(data.get());
  expect(offset != HADDR_UNDEF && data.close());
  return {spec.name,
          offset,
          static_cast<std::uint64_t>(geometry.domain().volume()),
          static_cast<std::uint32_t>(spec.components),
          static_cast<std::uint32_t>(field::bytes_of(spec.scalar)),
          digest};
}

/// Creates the data sets of the coordinates. Only a rank for which `writes_values` is true writes their
/// values.
/// @note Collective.
void write_axes(hid_t file, const grid::Geometry& geometry, bool writes_values) {
  const bool spherical = geometry.coordinates == grid::Coordinates::spherical;
  constexpr std::array cartesian_names{"x", "y", "z"};
  constexpr std::array spherical_names{"lon", "lat", "z"};
  for (int a = 0; a < geometry.dimensions; ++a) {
    const auto n = static_cast<hsize_t>(geometry.cells[a]);
    const char* name = spherical ? spherical_names[static_cast<std::size_t>(a)]
                                 : cartesian_names[static_cast<std::size_t>(a)];
    Hdf5Handle space{H5Screate_simple(1, &n, nullptr), H5Sclose};
    Hdf5Handle data{H5Dcreate2(file, name, H5T_IEEE_F64LE, space.get(), H5P_DEFAULT,
                               dataset_properties().get(), H5P_DEFAULT),
                    H5Dclose};
    expect(data.get() >= 0);
    write_text_attribute(data.get(), "unit", spherical ? "degrees" : "");
    if (!writes_values) continue;
    std::vector<double> centres;
    for (std::int64_t i = 0; i < geometry.cells[a]; ++i) centres.push_back(geometry.centre(a, i));
    expect(H5Dwrite(data.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, centres.data()) >= 0);
  }
}

/// Makes the data set of a field available in `group` with shape [z][y][x] (and components). In three
/// dimensions, links the data set itself; in fewer, creates a virtual data set with two copies of it along
/// each missing axis, because VTK 9.1 crashes on images that are one point thick.
void add_to_vtk_group(hid_t file, hid_t group, const solver::FieldSchema& field,
                      const grid::Geometry& geometry) {
  if (geometry.dimensions == 3) {
    expect(H5Lcreate_hard(file, field.name.c_str(), group, field.name.c_str(), H5P_DEFAULT, H5P_DEFAULT) >=
           0);
    return;
  }
  const auto stored_shape = file_shape(geometry.cells, geometry.dimensions, field.components);
  grid::Index shown_cells = geometry.cells;
  for (int a = geometry.dimensions; a < 3; ++a) shown_cells[a] = 2;
  const auto shown_shape = file_shape(shown_cells, 3, field.components);
  Hdf5Handle source{H5Screate_simple(static_cast<int>(stored_shape.size()), stored_shape.data(), nullptr),
                    H5Sclose};
  Hdf5Handle space{H5Screate_simple(static_cast<int>(shown_shape.size()), shown_shape.data(), nullptr),
                   H5Sclose};
  const Hdf5Handle creation = dataset_properties();
  const auto copy_shape = file_shape(geometry.cells, 3, field.components);
  for (hsize_t z = 0; z < shown_shape[0]; ++z) {
    for (hsize_t y = 0; y < (geometry.dimensions == 1 ? 2u : 1u); ++y) {
      std::vector<hsize_t> start(shown_shape.size(), 0);
      start[0] = z;
      start[1] = y;
      H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, copy_shape.data(), nullptr);
      expect(H5Pset_virtual(creation.get(), space.get(), ".", ("/" + field.name).c_str(), source.get()) >= 0);
    }
  }
  H5Sselect_all(space.get());
  Hdf5Handle data{H5Dcreate2(group, field.name.c_str(), file_type(field.scalar), space.get(), H5P_DEFAULT,
                             creation.get(), H5P_DEFAULT),
                  H5Dclose};
  expect(data.get() >= 0);
}

/// Writes the group from which VTK's HDF reader, and therefore ParaView, reads the fields. Its format is
/// VTKHDF 1.0. The points of its image are the cell centres, because VTK 9.1 misreads cell data.
void write_vtk_group(hid_t file, const solver::SolverSchema& schema, const std::vector<int>& fields,
                     const grid::Geometry& geometry) {
  Hdf5Handle root{H5Gcreate2(file, "VTKHDF", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
  expect(root.get() >= 0);
  const std::array version{1, 0};
  std::array<int, 6> extent{0, 1, 0, 1, 0, 1};
  std::array<double, 3> spacing{geometry.spacing(0), geometry.spacing(0), geometry.spacing(0)};
  std::array<double, 3> origin{};
  for (int a = 0; a < geometry.dimensions; ++a) {
    extent[static_cast<std::size_t>(2 * a + 1)] = static_cast<int>(geometry.cells[a] - 1);
    spacing[static_cast<std::size_t>(a)] = geometry.spacing(a);
    origin[static_cast<std::size_t>(a)] = geometry.centre(a, 0);
  }
  constexpr std::array direction{1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0};
  write_attribute(root.get(), "Version", H5T_NATIVE_INT, version.data(), version.size());
  write_text_attribute(root.get(), "Type", "ImageData");
  write_attribute(root.get(), "WholeExtent", H5T_NATIVE_INT, extent.data(), extent.size());
  write_attribute(root.get(), "Origin", H5T_NATIVE_DOUBLE, origin.data(), origin.size());
  write_attribute(root.get(), "Spacing", H5T_NATIVE_DOUBLE, spacing.data(), spacing.size());
  write_attribute(root.get(), "Direction", H5T_NATIVE_DOUBLE, direction.data(), direction.size());
  Hdf5Handle points{H5Gcreate2(root.get(), "PointData", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
  expect(points.get() >= 0);
  for (const int f : fields)
    add_to_vtk_group(file, points.get(), schema.fields[static_cast<std::size_t>(f)], geometry);
}

/// Writes the snapshot to the file `partial_path` and closes it. `arrays` receives the fields. Returns the
/// error of this rank, if any.
/// @note Collective over `comm`.
std::optional<base::Error> write_file(const transport::Communicator& comm, const grid::Geometry& geometry,
                                      const solver::SolverSchema& schema, const field::FieldStore& store,
                                      const std::vector<int>& fields,
                                      const std::vector<std::uint64_t>& digests, const SnapshotInfo& info,
                                      const std::string& partial_path, std::vector<StoredArray>& arrays) {
  const Hdf5Handle access{static_cast<hid_t>(transport::create_hdf5_access_list(comm)), H5Pclose};
  Hdf5Handle file{H5Fcreate(partial_path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose};
  if (!file) {
    return base::Error{base::ExitCode::cannot_create, "cannot create " + partial_path,
                       "check the free space and the permissions of the run directory"};
  }
  std::optional<base::Error> failure;
  // Creating data sets is collective, so a rank whose write fails must continue with the others.
  const auto attempt = [&](auto work) {
    try {
      work();
    } catch (const WriteFailure&) {
      if (!failure) failure = write_error(partial_path);
    }
  };
  attempt([&] { write_attribute(file.get(), "step", H5T_NATIVE_INT64, &info.step); });
  attempt([&] { write_attribute(file.get(), "time_s", H5T_NATIVE_DOUBLE, &info.time); });
  attempt([&] { write_text_attribute(file.get(), "solver", schema.name + " " + schema.version); });
  std::vector<SnapshotField> contents;
  for (std::size_t n = 0; n < fields.size(); ++n) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(fields[n])];
    const auto shape = file_shape(geometry.cells, geometry.dimensions, field.components);
    contents.push_back(
        {field.name, field.scalar != solver::Scalar::float64, {shape.begin(), shape.end()}, digests[n]});
  }
  attempt([&] {
    write_text_attribute(file.get(), "checksum", snapshot_checksum(info.step, info.time, contents));
  });
  attempt([&] { write_axes(file.get(), geometry, comm.is_root()); });
  for (std::size_t n = 0; n < fields.size(); ++n) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(fields[n])];
    attempt(
        [&] { arrays.push_back(write_field(file.get(), field, store, fields[n], geometry, digests[n])); });
  }
  attempt([&] { write_vtk_group(file.get(), schema, fields, geometry); });
  // Closing the file is collective and can hang if a rank failed to write, so the ranks first agree whether
  // any failed.
  std::int64_t failures = failure ? 1 : 0;
  comm.allreduce_sum(std::span<std::int64_t>{&failures, 1});
  if (failures > 0) {
    file.release();
  } else {
    attempt([&] { expect(file.close()); });
  }
  return failure;
}

}  // namespace

WrittenSnapshot write_snapshot(const transport::Communicator& comm, const grid::Geometry& geometry,
                               const solver::SolverSchema& schema, const field::FieldStore& store,
                               const std::vector<int>& fields, const SnapshotInfo& info) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  double bytes = 0.0;
  for (const int f : fields) {
    const field::FieldSpec& spec = store.fields()[static_cast<std::size_t>(f)];
    bytes += static_cast<double>(geometry.domain().volume()) * spec.components *
             static_cast<double>(field::bytes_of(spec.scalar));
  }
  std::string partial_path;
  transport::collectively(comm, [&] {
    if (!comm.is_root()) return;
    expect_free_space(info.path, bytes);
    partial_path = host::create_temporary_file(info.path).path();
  });
  comm.broadcast(partial_path);

  std::vector<std::uint64_t> digests;
  for (const int f : fields) digests.push_back(field::partial_digest(store, f, geometry.cells));
  comm.allreduce_sum(std::span<std::uint64_t>{digests});

  WrittenSnapshot written;
  std::optional<base::Error> failure;
  try {
    failure = write_file(comm, geometry, schema, store, fields, digests, info, partial_path, written.fields);
  } catch (...) {
    failure = transport::error_of(std::current_exception());
  }

  try {
    transport::agree(comm, failure);
    transport::collectively(comm, [&] {
      if (!comm.is_root()) return;
      host::sync_file(partial_path);
      std::ranges::sort(written.fields, {}, &StoredArray::offset);
      written.hash = hash_of_rest({partial_path, host::DurableFile::Open::read}, written.fields);
      if (std::rename(partial_path.c_str(), info.path.c_str()) != 0) throw write_error(info.path, errno);
    });
  } catch (const transport::AgreedError&) {
    if (comm.is_root()) std::remove(partial_path.c_str());
    throw;
  }
  return written;
}

}  // namespace tessera::output

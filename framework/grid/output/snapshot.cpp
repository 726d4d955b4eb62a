#include "grid/output/snapshot.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "grid/field/digest.h"
#include "grid/output/cf_metadata.h"
#include "grid/output/dimension_scales.h"
#include "grid/output/field_array.h"
#include "grid/output/snapshot_checksum.h"
#include "grid/output/vtk_group.h"
#include "hdf5/new_object.h"
#include "host/durable_file.h"
#include "host/replacement_file.h"
#include "transport/agreement.h"
#include "transport/hdf5_access.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace tessera::output {

namespace {

using hdf5::expect_written;
using hdf5::Hdf5Handle;

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

/// A field to be written.
struct FieldToWrite {
  int index;                          ///< among the fields of the solver
  const solver::FieldSchema* schema;  ///< name, unit and shape
  std::uint64_t digest;
};

/// The data sets of a snapshot whose values are not written yet.
struct Datasets {
  Hdf5Handle time;
  std::vector<hid_t> axes;         ///< owned by `scales`
  std::vector<Hdf5Handle> fields;  ///< in the order of the fields to be written
};

/// The name of the dimension of the components of a field: component_3, unless a field has this name.
std::string component_dimension(const solver::SolverSchema& schema, int components) {
  std::string name = "component_" + std::to_string(components);
  while (schema.field_index(name) >= 0) name += '_';
  return name;
}

/// Creates the data set of each field, with its attributes and named dimensions.
void create_fields(hid_t file, const grid::Geometry& geometry, const solver::SolverSchema& schema,
                   const std::vector<FieldToWrite>& fields, DimensionScales& scales, Datasets& datasets) {
  std::vector<std::string> axes;
  for (int a = geometry.dimensions - 1; a >= 0; --a) axes.emplace_back(axis_name(geometry, a));
  std::set<int> component_counts;
  const Hdf5Handle properties = hdf5::dataset_properties(true);
  for (const FieldToWrite& field : fields) {
    const int components = field.schema->components;
    std::vector<std::string> dimensions = axes;
    if (components > 1) {
      dimensions.push_back(component_dimension(schema, components));
      if (component_counts.insert(components).second)
        scales.add_bare(dimensions.back(), static_cast<hsize_t>(components));
    }
    datasets.fields.push_back(
        hdf5::create_dataset(file, field.schema->name, file_type(field.schema->scalar),
                             file_shape(geometry.cells, geometry.dimensions, components), properties));
    const hid_t dataset = datasets.fields.back().get();
    for (const TextAttribute& a : field_attributes(*field.schema))
      hdf5::write_text_attribute(dataset, a.name, a.text);
    hdf5::write_text_attribute(dataset, "digest", base::Digest::to_hex(field.digest));
    scales.attach(field.schema->name, dataset, dimensions);
  }
}

/// The checksum of a snapshot.
std::string checksum_of(const grid::Geometry& geometry, const std::vector<FieldToWrite>& fields,
                        const SnapshotInfo& info) {
  std::vector<SnapshotField> contents;
  for (const FieldToWrite& field : fields) {
    const auto shape = file_shape(geometry.cells, geometry.dimensions, field.schema->components);
    contents.push_back({field.schema->name,
                        field.schema->scalar != solver::Scalar::float64,
                        {shape.begin(), shape.end()},
                        field.digest});
  }
  return snapshot_checksum(info.step, info.time, std::move(contents));
}

/// Creates everything in the file but the values of the data sets. Throws WriteFailure.
/// @note Collective.
Datasets create_contents(hid_t file, const grid::Geometry& geometry, const solver::SolverSchema& schema,
                         const std::vector<FieldToWrite>& fields, const SnapshotInfo& info,
                         DimensionScales& scales) {
  for (const TextAttribute& a : file_attributes(schema, info.title))
    hdf5::write_text_attribute(file, a.name, a.text);
  hdf5::write_attribute(file, "step", H5T_NATIVE_INT64, &info.step);
  hdf5::write_attribute(file, "time_s", H5T_NATIVE_DOUBLE, &info.time);
  hdf5::write_text_attribute(file, "checksum", checksum_of(geometry, fields, info));
  Datasets out;
  out.time = hdf5::create_dataset(file, "time", H5T_IEEE_F64LE, {}, hdf5::dataset_properties(true));
  for (const TextAttribute& a : time_attributes(info.start))
    hdf5::write_text_attribute(out.time.get(), a.name, a.text);
  for (int axis = 0; axis < geometry.dimensions; ++axis) {
    const auto cells = static_cast<hsize_t>(geometry.cells[axis]);
    out.axes.push_back(scales.add_coordinates(axis_name(geometry, axis), cells));
    for (const TextAttribute& a : axis_attributes(geometry, axis))
      hdf5::write_text_attribute(out.axes.back(), a.name, a.text);
  }
  create_fields(file, geometry, schema, fields, scales, out);
  scales.complete();
  std::vector<solver::FieldSchema> shown;
  for (const FieldToWrite& field : fields) shown.push_back(*field.schema);
  write_vtk_group(file, shown, geometry);
  return out;
}

/// Writes the time and the coordinates. Called on one rank only.
void write_coordinates(const Datasets& datasets, const grid::Geometry& geometry, const SnapshotInfo& info) {
  expect_written(
      H5Dwrite(datasets.time.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &info.time) >= 0);
  for (int a = 0; a < geometry.dimensions; ++a) {
    std::vector<double> centres;
    for (std::int64_t i = 0; i < geometry.cells[a]; ++i) centres.push_back(geometry.centre(a, i));
    expect_written(H5Dwrite(datasets.axes[static_cast<std::size_t>(a)], H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                            H5P_DEFAULT, centres.data()) >= 0);
  }
}

/// Where the values of a field are stored.
StoredArray stored_array(hid_t dataset, const FieldToWrite& field, const grid::Geometry& geometry) {
  const haddr_t offset = H5Dget_offset(dataset);
  expect_written(offset != HADDR_UNDEF);
  return {field.schema->name,
          offset,
          static_cast<std::uint64_t>(geometry.domain().volume()),
          static_cast<std::uint32_t>(field.schema->components),
          field.schema->scalar == solver::Scalar::float64 ? 8U : 4U,
          field.digest};
}

/// Writes the snapshot to the file `partial_path` and closes it. `arrays` receives the fields. Returns the
/// error of this rank, if any.
/// @note Collective over `comm`.
std::optional<base::Error> write_file(const transport::Communicator& comm, const grid::Geometry& geometry,
                                      const solver::SolverSchema& schema, const field::FieldStore& store,
                                      const std::vector<FieldToWrite>& fields, const SnapshotInfo& info,
                                      const std::string& partial_path, std::vector<StoredArray>& arrays) {
  const Hdf5Handle access{static_cast<hid_t>(transport::create_hdf5_access_list(comm)), H5Pclose};
  Hdf5Handle file{H5Fcreate(partial_path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose};
  if (!file) {
    return base::Error{base::ExitCode::cannot_create, "cannot create " + partial_path,
                       "check the free space and the permissions of the run directory"};
  }
  std::optional<base::Error> failure;
  try {
    DimensionScales scales{file.get()};
    Datasets datasets = create_contents(file.get(), geometry, schema, fields, info, scales);
    // From here on, no call is collective: a rank whose write fails need not continue with the others.
    if (comm.is_root()) write_coordinates(datasets, geometry, info);
    for (std::size_t n = 0; n < fields.size(); ++n) {
      Hdf5Handle& dataset = datasets.fields[n];
      write_values(dataset.get(), store, fields[n].index, geometry.dimensions);
      arrays.push_back(stored_array(dataset.get(), fields[n], geometry));
      expect_written(dataset.close());
    }
  } catch (const hdf5::WriteFailure&) {
    failure = write_error(partial_path);
  } catch (...) {
    failure = transport::error_of(std::current_exception());
  }
  // Closing the file is collective and can hang if a rank failed to write, so the ranks first agree whether
  // any failed.
  std::int64_t failures = failure ? 1 : 0;
  comm.allreduce_sum(std::span<std::int64_t>{&failures, 1});
  if (failures > 0) {
    file.release();
  } else if (!file.close()) {
    failure = write_error(partial_path);
  }
  return failure;
}

}  // namespace

WrittenSnapshot write_snapshot(const transport::Communicator& comm, const grid::Geometry& geometry,
                               const solver::SolverSchema& schema, const field::FieldStore& store,
                               const std::vector<int>& fields, const SnapshotInfo& info) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  double bytes = 0.0;
  for (int a = 0; a < geometry.dimensions; ++a) bytes += 8.0 * static_cast<double>(geometry.cells[a]);
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
  std::vector<FieldToWrite> to_write;
  for (std::size_t n = 0; n < fields.size(); ++n)
    to_write.push_back({fields[n], &schema.fields[static_cast<std::size_t>(fields[n])], digests[n]});

  WrittenSnapshot written;
  std::optional<base::Error> failure;
  try {
    failure = write_file(comm, geometry, schema, store, to_write, info, partial_path, written.fields);
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

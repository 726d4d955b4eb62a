#include "grid/output/vtk_group.h"

#include "grid/output/field_array.h"
#include "hdf5/new_object.h"

#include <array>
#include <cstddef>

namespace tessera::output {

namespace {

using hdf5::expect_written;
using hdf5::Hdf5Handle;

/// Makes the data set of a field available in `group` with shape [z][y][x] (and components). In three
/// dimensions, links the data set itself; in fewer, creates a virtual data set with two copies of it along
/// each missing axis, because VTK 9.1 crashes on images that are one point thick.
void add_field(hid_t file, hid_t group, const solver::FieldSchema& field, const grid::Geometry& geometry) {
  if (geometry.dimensions == 3) {
    expect_written(
        H5Lcreate_hard(file, field.name.c_str(), group, field.name.c_str(), H5P_DEFAULT, H5P_DEFAULT) >= 0);
    return;
  }
  const auto stored_shape = file_shape(geometry.cells, geometry.dimensions, field.components);
  grid::Index shown_cells = geometry.cells;
  for (int a = geometry.dimensions; a < 3; ++a) shown_cells[a] = 2;
  const auto shown_shape = file_shape(shown_cells, 3, field.components);
  const Hdf5Handle source{
      H5Screate_simple(static_cast<int>(stored_shape.size()), stored_shape.data(), nullptr), H5Sclose};
  const Hdf5Handle space{H5Screate_simple(static_cast<int>(shown_shape.size()), shown_shape.data(), nullptr),
                         H5Sclose};
  const Hdf5Handle properties = hdf5::dataset_properties(false);
  const auto copy_shape = file_shape(geometry.cells, 3, field.components);
  for (hsize_t z = 0; z < shown_shape[0]; ++z) {
    for (hsize_t y = 0; y < (geometry.dimensions == 1 ? 2u : 1u); ++y) {
      std::vector<hsize_t> start(shown_shape.size(), 0);
      start[0] = z;
      start[1] = y;
      H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, copy_shape.data(), nullptr);
      expect_written(
          H5Pset_virtual(properties.get(), space.get(), ".", ("/" + field.name).c_str(), source.get()) >= 0);
    }
  }
  hdf5::create_dataset(group, field.name, file_type(field.scalar), shown_shape, properties);
}

}  // namespace

void write_vtk_group(hid_t file, const std::vector<solver::FieldSchema>& fields,
                     const grid::Geometry& geometry) {
  const Hdf5Handle root{H5Gcreate2(file, "VTKHDF", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
  expect_written(static_cast<bool>(root));
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
  hdf5::write_attribute(root.get(), "Version", H5T_NATIVE_INT, version.data(), version.size());
  hdf5::write_text_attribute(root.get(), "Type", "ImageData");
  hdf5::write_attribute(root.get(), "WholeExtent", H5T_NATIVE_INT, extent.data(), extent.size());
  hdf5::write_attribute(root.get(), "Origin", H5T_NATIVE_DOUBLE, origin.data(), origin.size());
  hdf5::write_attribute(root.get(), "Spacing", H5T_NATIVE_DOUBLE, spacing.data(), spacing.size());
  hdf5::write_attribute(root.get(), "Direction", H5T_NATIVE_DOUBLE, direction.data(), direction.size());
  const Hdf5Handle points{H5Gcreate2(root.get(), "PointData", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                          H5Gclose};
  expect_written(static_cast<bool>(points));
  for (const solver::FieldSchema& field : fields) add_field(file, points.get(), field, geometry);
}

}  // namespace tessera::output

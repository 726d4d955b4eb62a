#include "grid/output/field_array.h"

#include "grid/field/copy.h"
#include "hdf5/new_object.h"

#include <cstddef>
#include <cstring>

namespace tessera::output {

using hdf5::expect_written;
using hdf5::Hdf5Handle;

namespace {

hid_t memory_type(field::Scalar s) {
  return s == field::Scalar::float64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
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

}  // namespace

std::vector<hsize_t> file_shape(const grid::Index& cells, int dimensions, int components) {
  std::vector<hsize_t> shape;
  for (int a = dimensions - 1; a >= 0; --a) shape.push_back(static_cast<hsize_t>(cells[a]));
  if (components > 1) shape.push_back(static_cast<hsize_t>(components));
  return shape;
}

hid_t file_type(solver::Scalar scalar) {
  return scalar == solver::Scalar::float64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
}

void write_values(hid_t dataset, const field::FieldStore& store, int field, int dimensions) {
  const field::FieldSpec& spec = store.fields()[static_cast<std::size_t>(field)];
  const Hdf5Handle target{H5Dget_space(dataset), H5Sclose};
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const grid::Box& owned = store.bricks()[b];
    auto start = file_shape(owned.lower, dimensions, 1);
    if (spec.components > 1) start.push_back(0);
    const auto count = file_shape(owned.extents(), dimensions, spec.components);
    const auto values = values_in_file_order(store.current(static_cast<int>(b), field), owned);
    H5Sselect_hyperslab(target.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    const Hdf5Handle memory{H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr),
                            H5Sclose};
    expect_written(H5Dwrite(dataset, memory_type(spec.scalar), memory.get(), target.get(), H5P_DEFAULT,
                            values.data()) >= 0);
  }
}

}  // namespace tessera::output

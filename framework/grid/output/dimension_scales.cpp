#include "grid/output/dimension_scales.h"

#include "base/contract.h"
#include "hdf5/new_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tessera::output {

using hdf5::expect_written;
using hdf5::Hdf5Handle;

namespace {

/// Writes a text with a terminating NUL, which the specification of dimension scales requires.
void write_terminated_text(hid_t object, const char* name, const std::string& text) {
  const Hdf5Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  expect_written(H5Tset_size(type.get(), text.size() + 1) >= 0);
  hdf5::write_attribute(object, name, type.get(), text.c_str());
}

}  // namespace

hid_t DimensionScales::add_coordinates(const std::string& name, hsize_t length) {
  return add(name, length, name, hdf5::dataset_properties(true));
}

void DimensionScales::add_bare(const std::string& name, hsize_t length) {
  // NetCDF recognises such a dimension by this text.
  add(name, length, fmt::format("This is a netCDF dimension but not a netCDF variable.{:10}", length),
      hdf5::dataset_properties(false));
}

hid_t DimensionScales::add(const std::string& name, hsize_t length, const std::string& label,
                           const Hdf5Handle& properties) {
  Hdf5Handle dataset = hdf5::create_dataset(file_, name, H5T_IEEE_F64LE, {length}, properties);
  write_terminated_text(dataset.get(), "CLASS", "DIMENSION_SCALE");
  write_terminated_text(dataset.get(), "NAME", label);
  scales_.push_back({name, reference_to(name), std::move(dataset), {}});
  return scales_.back().dataset.get();
}

void DimensionScales::attach(const std::string& array_name, hid_t array,
                             const std::vector<std::string>& dimensions) {
  const hobj_ref_t array_reference = reference_to(array_name);
  std::vector<hvl_t> list;
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    Scale& one = scale(dimensions[d]);
    Attachment& attachment = one.attachments.emplace_back();
    std::memset(&attachment, 0, sizeof attachment);  // the padding is written to the file
    attachment.array = array_reference;
    attachment.dimension = static_cast<int>(d);
    list.push_back({1, &one.reference});
  }
  const Hdf5Handle type{H5Tvlen_create(H5T_STD_REF_OBJ), H5Tclose};
  hdf5::write_attribute(array, "DIMENSION_LIST", type.get(), list.data(), list.size());
}

void DimensionScales::complete() {
  const Hdf5Handle type{H5Tcreate(H5T_COMPOUND, sizeof(Attachment)), H5Tclose};
  expect_written(H5Tinsert(type.get(), "dataset", HOFFSET(Attachment, array), H5T_STD_REF_OBJ) >= 0 &&
                 H5Tinsert(type.get(), "dimension", HOFFSET(Attachment, dimension), H5T_STD_I32LE) >= 0);
  for (const Scale& one : scales_) {
    if (one.attachments.empty()) continue;
    hdf5::write_attribute(one.dataset.get(), "REFERENCE_LIST", type.get(), one.attachments.data(),
                          one.attachments.size());
  }
}

DimensionScales::Scale& DimensionScales::scale(const std::string& name) {
  const auto found = std::ranges::find(scales_, name, &Scale::name);
  base::expects(found != scales_.end(), "the dimensions of an array have been added");
  return *found;
}

hobj_ref_t DimensionScales::reference_to(const std::string& name) const {
  hobj_ref_t reference = 0;
  expect_written(H5Rcreate(&reference, file_, name.c_str(), H5R_OBJECT, -1) >= 0);
  return reference;
}

}  // namespace tessera::output

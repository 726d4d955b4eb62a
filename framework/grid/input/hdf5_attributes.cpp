#include "grid/input/hdf5_attributes.h"

#include "grid/input/bad_data.h"
#include "hdf5/hdf5_handle.h"
#include "hdf5/number_type.h"
#include "hdf5/variable_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::input {
namespace {

constexpr std::size_t max_text_bytes = 4096;
constexpr hssize_t max_numbers = 64;

/// The attributes that matter.
constexpr std::array<std::string_view, 17> known_names{
    "units",       "axis",         "standard_name",     "positive",   "calendar",      "_Unsigned",
    "coordinates", "grid_mapping", "grid_mapping_name", "_FillValue", "missing_value", "valid_min",
    "valid_max",   "valid_range",  "scale_factor",      "add_offset", "long_name"};

NumberType type_of(hid_t type) {
  const std::size_t bytes = H5Tget_size(type);
  if (H5Tget_class(type) == H5T_FLOAT) return bytes <= 4 ? NumberType::float32 : NumberType::float64;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  switch (bytes) {
    case 1:
      return is_signed ? NumberType::int8 : NumberType::uint8;
    case 2:
      return is_signed ? NumberType::int16 : NumberType::uint16;
    case 4:
      return is_signed ? NumberType::int32 : NumberType::uint32;
    default:
      return is_signed ? NumberType::int64 : NumberType::uint64;
  }
}

std::optional<std::string> read_fixed_text(hid_t attribute, hid_t type) {
  const std::size_t size = H5Tget_size(type);
  if (size == 0 || size > max_text_bytes) return std::nullopt;
  std::string text(size, '\0');
  if (H5Aread(attribute, type, text.data()) < 0) return std::nullopt;
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::optional<Attribute> read_attribute(const hdf5::ForeignFile& file, hid_t dataset,
                                        const std::string& name) {
  const hdf5::Hdf5Handle attribute{H5Aopen(dataset, name.c_str(), H5P_DEFAULT), H5Aclose};
  if (!attribute) return std::nullopt;
  const hdf5::Hdf5Handle type{H5Aget_type(attribute.get()), H5Tclose};
  const hdf5::Hdf5Handle space{H5Aget_space(attribute.get()), H5Sclose};
  if (!type || !space) return std::nullopt;
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (H5Tget_class(type.get()) == H5T_STRING) {
    if (count == 0) return Attribute{name, "", NumberType::int8};
    if (count != 1) return std::nullopt;
    auto text = H5Tis_variable_str(type.get()) > 0
                    ? hdf5::read_variable_text(file, attribute.get(), max_text_bytes)
                    : read_fixed_text(attribute.get(), type.get());
    if (!text) return std::nullopt;
    return Attribute{name, std::move(*text), NumberType::int8};
  }
  if (!hdf5::is_number(type.get()) || count < 1 || count > max_numbers) return std::nullopt;
  std::vector<double> values(static_cast<std::size_t>(count));
  if (H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()) < 0) return std::nullopt;
  return Attribute{name, std::move(values), type_of(type.get())};
}

}  // namespace

Attributes read_attributes(const hdf5::ForeignFile& file, hid_t dataset, const std::string& label) {
  Attributes out;
  for (const std::string_view name : known_names) {
    if (H5Aexists(dataset, std::string(name).c_str()) <= 0) continue;
    auto attribute = read_attribute(file, dataset, std::string(name));
    if (!attribute && name == "long_name") continue;  // only shown
    if (!attribute) {
      throw bad_data(fmt::format("attribute `{}` of {} is neither a text nor a number", name, label),
                     "correct or remove the attribute");
    }
    out.list.push_back(std::move(*attribute));
  }
  return out;
}

NumberType number_type(hid_t dataset) {
  const hdf5::Hdf5Handle type{H5Dget_type(dataset), H5Tclose};
  return type_of(type.get());
}

}  // namespace tessera::input

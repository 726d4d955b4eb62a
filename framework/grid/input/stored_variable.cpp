#include "grid/input/stored_variable.h"

#include <cmath>
#include <limits>

namespace tessera::input {
namespace {

template <class Integer>
std::optional<double> as_integer(double number) {
  // The largest 64-bit integers are not doubles: like stored values, they are rounded up.
  const double low = static_cast<double>(std::numeric_limits<Integer>::min());
  const double high = static_cast<double>(std::numeric_limits<Integer>::max());
  if (!(number >= low && number <= high) || number != std::trunc(number)) return std::nullopt;
  return number;
}

}  // namespace

const Attribute* Attributes::find(std::string_view name) const {
  for (const Attribute& attribute : list) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::string_view Attributes::text(std::string_view name) const {
  const Attribute* found = find(name);
  const auto* text = found == nullptr ? nullptr : std::get_if<std::string>(&found->value);
  if (text == nullptr) return {};
  // Fortran programs pad texts with blanks.
  return std::string_view{*text}.substr(0, text->find_last_not_of(" \t\n\r") + 1);
}

const std::vector<double>* Attributes::numbers(std::string_view name) const {
  const Attribute* found = find(name);
  return found == nullptr ? nullptr : std::get_if<std::vector<double>>(&found->value);
}

std::string_view short_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string without_slash(const std::string& path) { return path.starts_with('/') ? path.substr(1) : path; }

bool is_real(NumberType type) { return type == NumberType::float32 || type == NumberType::float64; }

std::optional<double> as_stored(double number, NumberType type) {
  switch (type) {
    case NumberType::int8:
      return as_integer<std::int8_t>(number);
    case NumberType::uint8:
      return as_integer<std::uint8_t>(number);
    case NumberType::int16:
      return as_integer<std::int16_t>(number);
    case NumberType::uint16:
      return as_integer<std::uint16_t>(number);
    case NumberType::int32:
      return as_integer<std::int32_t>(number);
    case NumberType::uint32:
      return as_integer<std::uint32_t>(number);
    case NumberType::int64:
      return as_integer<std::int64_t>(number);
    case NumberType::uint64:
      return as_integer<std::uint64_t>(number);
    case NumberType::float32: {
      const auto rounded = static_cast<float>(number);
      if (std::isinf(rounded) && !std::isinf(number)) return std::nullopt;
      return static_cast<double>(rounded);
    }
    case NumberType::float64:
      return number;
  }
  return std::nullopt;
}

}  // namespace tessera::input

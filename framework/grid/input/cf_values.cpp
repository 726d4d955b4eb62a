#include "grid/input/cf_values.h"

#include "base/number_text.h"
#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace tessera::input {
namespace {

/// Returns the fill value that netCDF uses for values that were never written (NC_FILL_SHORT etc. in
/// netcdf.h). Bytes have none, because programs use all of their values.
std::optional<double> default_fill_value(NumberType type) {
  switch (type) {
    case NumberType::int8:
    case NumberType::uint8:
      return std::nullopt;
    case NumberType::int16:
      return -32767.0;
    case NumberType::uint16:
      return 65535.0;
    case NumberType::int32:
      return -2147483647.0;
    case NumberType::uint32:
      return 4294967295.0;
    case NumberType::int64:
      return -9223372036854775806.0;
    case NumberType::uint64:
      return 18446744073709551614.0;
    case NumberType::float32:
    case NumberType::float64:
      return 9.9692099683868690e+36;
  }
  return std::nullopt;
}

/// The number of values of an integer type; 0 for reals.
double modulus_of(NumberType type) {
  switch (type) {
    case NumberType::int8:
    case NumberType::uint8:
      return 256.0;
    case NumberType::int16:
    case NumberType::uint16:
      return 65536.0;
    case NumberType::int32:
    case NumberType::uint32:
      return 4294967296.0;
    case NumberType::int64:
    case NumberType::uint64:
      return 18446744073709551616.0;
    case NumberType::float32:
    case NumberType::float64:
      return 0.0;
  }
  return 0.0;
}

bool is_unsigned(NumberType type) {
  return type == NumberType::uint8 || type == NumberType::uint16 || type == NumberType::uint32 ||
         type == NumberType::uint64;
}

/// Returns a single number. Throws base::Error (bad_data) if the attribute is a text or has several numbers.
std::optional<double> single(const Attributes& attributes, std::string_view name, const std::string& label) {
  const Attribute* found = attributes.find(name);
  if (found == nullptr) return std::nullopt;
  const std::vector<double>* numbers = attributes.numbers(name);
  if (numbers == nullptr || numbers->size() != 1 || !std::isfinite(numbers->front())) {
    throw bad_data(fmt::format("attribute `{}` of {} is not a number", name, label),
                   "correct or remove the attribute");
  }
  return numbers->front();
}

/// Returns the numbers of an attribute that lists values; a text may contain numbers, too.
std::vector<double> numbers_of(const Attributes& attributes, std::string_view name,
                               const std::string& label) {
  if (const std::vector<double>* numbers = attributes.numbers(name)) return *numbers;
  std::vector<double> out;
  const std::string text{attributes.text(name)};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" ,;\t", at), text.size());
    if (end > at) {
      const auto number = base::parse_number(text.substr(at, end - at));
      if (!number) {
        throw bad_data(
            fmt::format("attribute `{}` of {} is `{}`, not a number", name, label, base::printable(text)),
            "correct it, for example with ncatted");
      }
      out.push_back(*number);
    }
    at = end + 1;
  }
  return out;
}

/// Throws base::Error (bad_data) unless the valid range of a packed variable refers to its stored numbers.
void expect_stored_range(const Attributes& attributes, NumberType type, const std::string& label) {
  for (const char* name : {"valid_range", "valid_min", "valid_max"}) {
    const Attribute* bound = attributes.find(name);
    if (bound == nullptr || bound->type == type) continue;
    // By the NetCDF User Guide, a range of the type of scale_factor refers to unpacked values, but common
    // programs apply it to the stored numbers.
    throw bad_data(
        fmt::format("{} is packed, and the type of its attribute {} is not that of the stored numbers", label,
                    name),
        "programs disagree on whether the range refers to stored or to unpacked numbers; convert the "
        "attribute to the type of the variable, or remove it, for example with ncatted");
  }
}

}  // namespace

CfValues::CfValues(const Attributes& attributes, NumberType type, const std::string& label) {
  const std::string marker = base::lower_case(attributes.text("_Unsigned"));
  if (!is_real(type) && marker == "true" && !is_unsigned(type)) wrap_ = modulus_of(type);
  if (marker == "false" && is_unsigned(type)) unwrap_ = modulus_of(type);
  if (const auto scale = single(attributes, "scale_factor", label)) scale_ = *scale;
  if (const auto offset = single(attributes, "add_offset", label)) offset_ = *offset;
  if (scale_ == 0.0) {
    throw bad_data(fmt::format("attribute `scale_factor` of {} is 0", label), "all values would be equal");
  }
  flipped_ = base::lower_case(attributes.text("positive")) == "down";
  read_missing(attributes, type, label);
  read_range(attributes, type, label);
}

void CfValues::read_missing(const Attributes& attributes, NumberType type, const std::string& label) {
  for (const char* name : {"_FillValue", "missing_value", "NODATA_value"}) {
    for (const double number : numbers_of(attributes, name, label)) {
      // The type of the attribute may differ from that of the data: as a double, -999.9 is not -999.9f. A
      // number that the type cannot represent does not occur in the data, unless _Unsigned gives the stored
      // numbers another meaning.
      if (const auto stored = as_stored(number, type)) {
        missing_.push_back({as_unsigned(*stored), name});
      } else if (number >= -0.5 * unwrap_ && number < wrap_) {
        missing_.push_back({number, name});
      }
    }
  }
  const auto fill = default_fill_value(type);
  if (fill && attributes.find("_FillValue") == nullptr) {
    missing_.push_back({as_unsigned(*as_stored(*fill, type)), "default _FillValue"});
  }
}

void CfValues::read_range(const Attributes& attributes, NumberType type, const std::string& label) {
  std::optional<double> low = single(attributes, "valid_min", label);
  std::optional<double> high = single(attributes, "valid_max", label);
  if (attributes.find("valid_range") != nullptr) {
    const std::vector<double> numbers = numbers_of(attributes, "valid_range", label);
    if (numbers.size() != 2 || low || high) {
      throw bad_data(
          fmt::format("attribute `valid_range` of {} is not a pair of numbers, or is combined with "
                      "valid_min or valid_max",
                      label),
          "correct it, for example with ncatted");
    }
    low = numbers[0];
    high = numbers[1];
  }
  if (!low && !high) return;
  if ((low && std::isnan(*low)) || (high && std::isnan(*high)) || (low && high && *low > *high)) {
    throw bad_data(fmt::format("the valid range of {} is empty", label),
                   "correct it, for example with ncatted");
  }
  if (scale_ != 1.0 || offset_ != 0.0) expect_stored_range(attributes, type, label);
  // A bound that the type cannot represent limits the values all the same.
  if (low) valid_min_ = as_unsigned(as_stored(*low, type).value_or(*low));
  if (high) valid_max_ = as_unsigned(as_stored(*high, type).value_or(*high));
}

double CfValues::as_unsigned(double stored) const {
  if (wrap_ > 0.0 && stored < 0.0) return stored + wrap_;
  if (unwrap_ > 0.0 && stored >= 0.5 * unwrap_) return stored - unwrap_;
  return stored;
}

std::string CfValues::missing_because(double stored) const {
  if (!std::isfinite(stored)) return std::isnan(stored) ? "NaN" : "an infinite value";
  const double number = as_unsigned(stored);
  for (const Missing& missing : missing_) {
    if (number == missing.stored)
      return fmt::format("a missing value ({} = {})", missing.attribute, missing.stored);
  }
  if (valid_min_ && number < *valid_min_)
    return fmt::format("a missing value ({}, below the valid range, which begins at {})", number,
                       *valid_min_);
  if (valid_max_ && number > *valid_max_)
    return fmt::format("a missing value ({}, above the valid range, which ends at {})", number, *valid_max_);
  if (!value(stored)) return fmt::format("a value that is too large once it is unpacked ({})", stored);
  return {};
}

// One simple loop per rule, which compilers vectorise.
void CfValues::decode_block(std::span<double> numbers) const {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double largest = std::numeric_limits<double>::max();
  if (wrap_ > 0.0 || unwrap_ > 0.0) {
    for (double& number : numbers) number = as_unsigned(number);
  }
  for (const Missing& missing : missing_) {
    for (double& number : numbers) number = number == missing.stored ? nan : number;
  }
  if (valid_min_) {
    for (double& number : numbers) number = number < *valid_min_ ? nan : number;
  }
  if (valid_max_) {
    for (double& number : numbers) number = number > *valid_max_ ? nan : number;
  }
  if (scale_ != 1.0 || offset_ != 0.0) {
    for (double& number : numbers) number = number * scale_ + offset_;
  }
  if (flipped_) {
    for (double& number : numbers) number = 0.0 - number;
  }
  for (double& number : numbers) number = std::abs(number) <= largest ? number : nan;
}

std::string CfValues::decode(std::span<double> numbers) const {
  constexpr std::size_t block_size = 2048;
  std::array<double, block_size> stored{};
  std::string first;
  while (!numbers.empty()) {
    const std::span<double> block = numbers.first(std::min(block_size, numbers.size()));
    if (first.empty()) std::copy(block.begin(), block.end(), stored.begin());
    decode_block(block);
    if (first.empty()) {
      const auto gap =
          std::find_if(block.begin(), block.end(), [](double value) { return std::isnan(value); });
      if (gap != block.end()) first = missing_because(stored[static_cast<std::size_t>(gap - block.begin())]);
    }
    numbers = numbers.subspan(block.size());
  }
  return first;
}

std::optional<double> CfValues::value(double stored) const {
  decode_block({&stored, 1});
  return std::isnan(stored) ? std::nullopt : std::optional{stored};
}

}  // namespace tessera::input

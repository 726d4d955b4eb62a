#include "grid/input/classic_header.h"

#include "grid/input/bad_data.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <type_traits>
#include <utility>

namespace tessera::input {
namespace {

/// Attributes of more values or characters are skipped.
constexpr std::uint64_t max_attribute_length = 4096;
/// The memory for the dimensions of all variables, which refer to names in the header any number of times.
constexpr std::uint64_t max_dimension_bytes = std::uint64_t{64} << 20;
constexpr std::uint64_t text_type = 2;
constexpr std::uint64_t dimension_tag = 10;
constexpr std::uint64_t variable_tag = 11;
constexpr std::uint64_t attribute_tag = 12;

std::optional<NumberType> number_type(std::uint64_t code) {
  constexpr std::array types{NumberType::int8,    NumberType::int8,    NumberType::int16, NumberType::int32,
                             NumberType::float32, NumberType::float64, NumberType::uint8, NumberType::uint16,
                             NumberType::uint32,  NumberType::int64,   NumberType::uint64};
  if (code == text_type || code < 1 || code > types.size()) return std::nullopt;
  return types[code - 1];
}

/// The product of two sizes; the largest number if it overflows.
std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > largest / b ? largest : a * b;
}

std::uint64_t padded(std::uint64_t bytes) { return bytes + (4 - bytes % 4) % 4; }

class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::string name)
      : in_{path, std::ios::binary}, name_{std::move(name)} {
    std::error_code ec;
    size_ = std::filesystem::file_size(path, ec);
    if (ec || !in_.is_open()) throw base::Error(base::ExitCode::no_input, "cannot open " + name_);
  }

  std::vector<ClassicVariable> read() {
    const std::string magic = bytes(4);
    const int version = magic[3];
    if (version != 1 && version != 2 && version != 5)
      reject("is in an unknown variant of the classic NetCDF format");
    count_bytes_ = version == 5 ? 8 : 4;
    offset_bytes_ = version == 1 ? 4 : 8;
    const std::uint64_t records = integer(count_bytes_);
    read_dimensions();
    read_attributes();
    const std::uint64_t count = list_length(variable_tag);
    std::vector<ClassicVariable> variables;
    for (std::uint64_t n = 0; n < count; ++n) variables.push_back(read_variable());
    set_records(variables, records);
    return variables;
  }

 private:
  [[noreturn]] void reject(const std::string& what) const {
    throw bad_data(name_ + " " + what, "the file appears to be damaged or truncated; copy it again");
  }

  /// Throws unless the file contains `count` more items of at least `bytes` bytes.
  void expect(std::uint64_t count, std::uint64_t bytes) const {
    if (product(count, bytes) > size_ - at_) reject("has a header that is longer than the file");
  }

  std::string bytes(std::uint64_t count) {
    expect(count, 1);
    std::string out(count, '\0');
    in_.read(out.data(), static_cast<std::streamsize>(count));
    if (in_.gcount() != static_cast<std::streamsize>(count)) reject("cannot be read");
    at_ += count;
    return out;
  }
  void skip(std::uint64_t count) {
    expect(count, 1);
    at_ += count;
    // Each call of seekg() empties the buffer, which takes long for the padding of many names.
    if (count < 4096) {
      in_.ignore(static_cast<std::streamsize>(count));
    } else {
      in_.seekg(static_cast<std::streamoff>(at_));
    }
  }
  std::uint64_t integer(std::size_t width) {
    std::uint64_t value = 0;
    for (const char c : bytes(width)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::uint64_t list_length(std::uint64_t tag) {
    const std::uint64_t found = integer(4);
    const std::uint64_t count = integer(count_bytes_);
    if (found != tag && (found != 0 || count != 0)) reject("has an invalid header");
    expect(count, 8);
    return count;
  }
  std::string text(std::uint64_t length) {
    std::string out = bytes(length);
    skip(padded(length) - length);
    return out.substr(0, out.find('\0'));
  }
  std::string read_name() {
    const std::uint64_t length = integer(count_bytes_);
    if (length > max_attribute_length) reject("has an invalid header");
    return text(length);
  }

  void read_dimensions() {
    for (std::uint64_t n = list_length(dimension_tag); n > 0; --n) {
      std::string name = read_name();
      dimensions_.push_back({std::move(name), integer(count_bytes_)});
    }
  }

  Attributes read_attributes() {
    Attributes out;
    for (std::uint64_t n = list_length(attribute_tag); n > 0; --n) {
      std::string name = read_name();
      const std::uint64_t code = integer(4);
      const std::uint64_t length = integer(count_bytes_);
      const auto type = number_type(code);
      if (!type && code != text_type) reject("has an attribute of an unknown type");
      const std::uint64_t width = type ? bytes_of(*type) : 1;
      expect(length, width);
      if (length > max_attribute_length) {
        skip(padded(length * width));
      } else if (!type) {
        out.list.push_back({std::move(name), text(length), NumberType::int8});
      } else {
        const std::string stored = bytes(length * width);
        skip(padded(stored.size()) - stored.size());
        std::vector<double> values(length);
        decode_big_endian({stored.begin(), stored.end()}, *type, values.data(), length);
        out.list.push_back({std::move(name), std::move(values), *type});
      }
    }
    return out;
  }

  ClassicVariable read_variable() {
    ClassicVariable out;
    out.name = read_name();
    const std::uint64_t rank = integer(count_bytes_);
    expect(rank, count_bytes_);
    for (std::uint64_t d = 0; d < rank; ++d) {
      const std::uint64_t index = integer(count_bytes_);
      if (index >= dimensions_.size()) reject("has a variable with an unknown dimension");
      // The record dimension has the length 0 in the list.
      if (dimensions_[index].length == 0 && d > 0)
        reject("has a variable whose record dimension is not the first");
      dimension_bytes_ += sizeof(ClassicDimension) + dimensions_[index].name.size();
      if (dimension_bytes_ > max_dimension_bytes) reject("has an invalid header");
      out.dimensions.push_back(dimensions_[index]);
    }
    out.attributes = read_attributes();
    const std::uint64_t code = integer(4);
    out.type = number_type(code);
    if (!out.type && code != text_type) reject("has a variable of an unknown type");
    integer(count_bytes_);  // its size, which is redundant, and wrong if it exceeds 4 GiB
    out.begin = integer(offset_bytes_);
    return out;
  }

  static bool is_record(const ClassicVariable& v) {
    return !v.dimensions.empty() && v.dimensions[0].length == 0;
  }
  static std::uint64_t bytes_per_record(const ClassicVariable& v) {
    std::uint64_t bytes = v.type ? bytes_of(*v.type) : 1;
    for (std::size_t d = 1; d < v.dimensions.size(); ++d) bytes = product(bytes, v.dimensions[d].length);
    return bytes;
  }

  /// Returns the number of records of which the file contains the values of all variables.
  std::uint64_t count_records(const std::vector<ClassicVariable>& variables,
                              std::uint64_t record_bytes) const {
    std::uint64_t records = std::numeric_limits<std::uint64_t>::max();
    for (const ClassicVariable& v : variables) {
      if (!is_record(v)) continue;
      const std::uint64_t left = v.begin < size_ ? size_ - v.begin : 0;
      const std::uint64_t own = bytes_per_record(v);
      records = std::min(records, left < own ? 0 : (left - own) / record_bytes + 1);
    }
    return records;
  }

  /// Sets the number of records, and their size.
  void set_records(std::vector<ClassicVariable>& variables, std::uint64_t records) const {
    const auto count = std::count_if(variables.begin(), variables.end(), is_record);
    std::uint64_t record_bytes = 0;
    for (const ClassicVariable& v : variables) {
      if (!is_record(v)) continue;
      const std::uint64_t bytes = bytes_per_record(v);
      if (bytes > size_) reject("has a variable that is larger than the file");
      record_bytes += count == 1 ? bytes : padded(bytes);  // a single record variable is not padded
    }
    const std::uint64_t unknown = count_bytes_ == 8 ? std::numeric_limits<std::uint64_t>::max() : 0xffffffffU;
    // A program that is still writing has not stored the number.
    if (records == unknown) records = count_records(variables, record_bytes);
    for (ClassicVariable& v : variables) {
      if (!is_record(v)) continue;
      v.record_bytes = record_bytes;
      v.dimensions[0].length = records;
    }
  }

  std::ifstream in_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
  std::size_t count_bytes_ = 4;
  std::size_t offset_bytes_ = 4;
  std::vector<ClassicDimension> dimensions_;
  std::uint64_t dimension_bytes_ = 0;
};

template <class Number>
void decode_as(const std::vector<char>& bytes, double* values, std::uint64_t count) {
  using Bits = std::conditional_t<
      sizeof(Number) == 1, std::uint8_t,
      std::conditional_t<sizeof(Number) == 2, std::uint16_t,
                         std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>>>;
  for (std::uint64_t n = 0; n < count; ++n) {
    std::uint64_t bits = 0;
    for (std::size_t b = 0; b < sizeof(Number); ++b)
      bits = bits << 8 | static_cast<unsigned char>(bytes[n * sizeof(Number) + b]);
    values[n] = static_cast<double>(std::bit_cast<Number>(static_cast<Bits>(bits)));
  }
}

}  // namespace

std::vector<ClassicVariable> read_classic_header(const std::string& path, const std::string& name) {
  return HeaderReader{path, name}.read();
}

std::uint64_t bytes_of(NumberType type) {
  constexpr std::array<std::uint64_t, 10> bytes{1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
  return bytes[static_cast<std::size_t>(type)];
}

void decode_big_endian(const std::vector<char>& bytes, NumberType type, double* values, std::uint64_t count) {
  switch (type) {
    case NumberType::int8:
      return decode_as<std::int8_t>(bytes, values, count);
    case NumberType::uint8:
      return decode_as<std::uint8_t>(bytes, values, count);
    case NumberType::int16:
      return decode_as<std::int16_t>(bytes, values, count);
    case NumberType::uint16:
      return decode_as<std::uint16_t>(bytes, values, count);
    case NumberType::int32:
      return decode_as<std::int32_t>(bytes, values, count);
    case NumberType::uint32:
      return decode_as<std::uint32_t>(bytes, values, count);
    case NumberType::int64:
      return decode_as<std::int64_t>(bytes, values, count);
    case NumberType::uint64:
      return decode_as<std::uint64_t>(bytes, values, count);
    case NumberType::float32:
      return decode_as<float>(bytes, values, count);
    case NumberType::float64:
      return decode_as<double>(bytes, values, count);
  }
}

}  // namespace tessera::input

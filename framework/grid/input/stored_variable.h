// A variable as a file stores it, before its attributes are interpreted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tessera::input {

/// The type of numbers in a file.
enum class NumberType { int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64 };

struct Attribute {
  std::string name;
  std::variant<std::string, std::vector<double>> value;
  NumberType type = NumberType::float64;  ///< type of the numbers
};

struct Attributes {
  std::vector<Attribute> list;

  /// Returns nullptr if there is no attribute of this name.
  const Attribute* find(std::string_view name) const;
  /// Returns the text of an attribute, without blanks at its end; empty if there is none, or if it is not a
  /// text.
  std::string_view text(std::string_view name) const;
  /// Returns the numbers of an attribute; nullptr if there is none, or if it is a text.
  const std::vector<double>* numbers(std::string_view name) const;
};

/// The coordinates along one dimension.
struct StoredCoordinate {
  std::string name;
  NumberType type = NumberType::float64;
  Attributes attributes;
  std::vector<double> values;  ///< as stored
};

struct StoredDimension {
  std::string name;  ///< empty if the file does not name it
  std::uint64_t length = 0;
  std::optional<StoredCoordinate> coordinate;
};

struct StoredVariable {
  std::string label;  ///< name of the variable and of the file, for messages
  NumberType type = NumberType::float64;
  Attributes attributes;
  std::vector<StoredDimension> dimensions;  ///< slowest first
};

/// Converts a number to the type of stored values and back. Returns nullopt if the type cannot represent it.
/// A real is rounded to the nearest value of the type.
std::optional<double> as_stored(double number, NumberType type);

bool is_real(NumberType type);

/// The name of a variable or dimension without its groups.
std::string_view short_name(std::string_view path);
/// A path without a slash at its start, as variables are listed.
std::string without_slash(const std::string& path);

}  // namespace tessera::input

// The values of a variable, by the conventions of CF and NetCDF.
#pragma once

#include "grid/input/stored_variable.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::input {

/// Converts stored numbers to values. Follows the NetCDF User Guide, "Attribute Conventions", and CF-1.11,
/// sections 2.5.1 and 8.1.
class CfValues {
 public:
  /// `label`: name of the variable in messages. Throws base::Error (bad_data) if an attribute contradicts the
  /// type of the variable, so that the values would depend on the program that reads them.
  CfValues(const Attributes& attributes, NumberType type, const std::string& label);

  /// Returns the value of a stored number; nullopt if it denotes missing data: NaN, a value of _FillValue or
  /// missing_value, the default fill value of the type, or a number outside of the valid range.
  std::optional<double> value(double stored) const;

  /// Replaces stored numbers by their values, and by NaN if they denote missing data. Returns a description
  /// of the first missing value, as missing_because() does; empty if there is none.
  std::string decode(std::span<double> numbers) const;

  /// Describes a stored number that denotes missing data, as in "a missing value (_FillValue = -999)"; empty
  /// if it does not.
  std::string missing_because(double stored) const;

 private:
  struct Missing {
    double stored = 0.0;
    const char* attribute = "";
  };

  double as_unsigned(double stored) const;
  void decode_block(std::span<double> numbers) const;
  void read_missing(const Attributes& attributes, NumberType type, const std::string& label);
  void read_range(const Attributes& attributes, NumberType type, const std::string& label);

  std::vector<Missing> missing_;
  std::optional<double> valid_min_;
  std::optional<double> valid_max_;
  double wrap_ = 0.0;    ///< added to negative stored numbers, which are unsigned in truth
  double unwrap_ = 0.0;  ///< subtracted from stored numbers that are signed in truth
  double scale_ = 1.0;
  double offset_ = 0.0;
  bool flipped_ = false;  ///< values are depths, measured downwards
};

}  // namespace tessera::input

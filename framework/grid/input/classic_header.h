// The header of a NetCDF file in a classic format.
#pragma once

#include "grid/input/stored_variable.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::input {

/// A dimension of a variable.
struct ClassicDimension {
  std::string name;
  std::uint64_t length = 0;
};

struct ClassicVariable {
  std::string name;
  std::optional<NumberType> type;  ///< nullopt: text
  std::vector<ClassicDimension> dimensions;
  Attributes attributes;
  std::uint64_t begin = 0;         ///< offset of the first value in the file
  std::uint64_t record_bytes = 0;  ///< distance between two records of the first dimension; 0 if it is not
                                   ///< the record dimension
};

/// Reads the header of a file in the format CDF-1, CDF-2 or CDF-5, and compares all sizes in it with the size
/// of the file. Attributes that are longer than any with a meaning in CF are left out. Throws base::Error
/// (bad_data) if it is invalid. `name`: the file, for messages.
std::vector<ClassicVariable> read_classic_header(const std::string& path, const std::string& name);

/// Returns the size of a stored number in bytes.
std::uint64_t bytes_of(NumberType type);

/// Converts numbers from the byte order of the file, the most significant byte first. `bytes`: contains as
/// many numbers as `values`.
void decode_big_endian(const std::vector<char>& bytes, NumberType type, double* values, std::uint64_t count);

}  // namespace tessera::input

// Files that contain gridded data, in any supported format.
#pragma once

#include "grid/input/grid_source.h"
#include "grid/input/stored_variable.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera::input {

/// A box of stored values: the first index and the number of values along each dimension, slowest first.
struct Slab {
  std::vector<std::uint64_t> offset;
  std::vector<std::uint64_t> count;
};

/// An open file. All functions throw base::Error: bad_data if the contents are invalid, os_error if out of
/// memory.
class GridFile {
 public:
  GridFile() = default;
  GridFile(const GridFile&) = delete;
  GridFile& operator=(const GridFile&) = delete;
  virtual ~GridFile() = default;

  /// Returns the names of the variables that contain numbers, in the order of the file or of their names.
  virtual std::vector<std::string> variables() const = 0;

  /// Returns the number of dimensions of a variable.
  virtual std::size_t rank(const std::string& variable) const = 0;

  /// Returns a variable with its coordinates. For files that do not name their dimensions, `axes` are the
  /// names of the coordinates, x first (empty: automatic), and `has_components` tells whether the last
  /// dimension contains components.
  virtual StoredVariable describe(const std::string& variable, const std::vector<std::string>& axes,
                                  bool has_components) const = 0;

  /// Returns the attributes of a variable of any type; nullopt if there is no such variable.
  virtual std::optional<Attributes> attributes(const std::string& variable) const = 0;

  /// Returns the shape of the chunks in which a variable is stored: each is read as a whole, even if only a
  /// part of it is needed. Empty if any values can be read alone.
  virtual std::vector<std::uint64_t> chunk(const std::string& /*variable*/) const { return {}; }

  /// Throws unless the values of a box are stored in the file, and are not much larger than their
  /// representation there. read() checks this, too, but only for the box that it reads.
  virtual void expect_stored(const std::string& /*variable*/, const Slab& /*slab*/) const {}

  /// Returns the stored values of a box, the last dimension fastest.
  virtual std::vector<double> read(const std::string& variable, const Slab& slab) const = 0;
};

/// Opens a file; the format follows from its first bytes. Throws base::Error: no_input if the file cannot be
/// opened, bad_data if its format is unknown or its contents are invalid, unavailable if reading the format
/// needs a library that is not installed.
std::unique_ptr<GridFile> open_grid_file(const std::string& path);

std::unique_ptr<GridFile> open_hdf5_file(const std::string& path);
std::unique_ptr<GridFile> open_classic_netcdf_file(const std::string& path);
std::unique_ptr<GridFile> open_ascii_file(const std::string& path);
std::unique_ptr<GridFile> open_geotiff_file(const std::string& path);

}  // namespace tessera::input

// NetCDF files in the classic formats. They are read here rather than by the netCDF library, which crashes or
// hangs on damaged files. NetCDF-4 files are HDF5 files.
#include "base/text.h"
#include "grid/input/bad_data.h"
#include "grid/input/classic_header.h"
#include "grid/input/grid_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace tessera::input {
namespace {

/// Values that are stored one after the other are read in pieces of this size.
constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20;

class ClassicNetcdfFile final : public GridFile {
 public:
  explicit ClassicNetcdfFile(std::string path)
      : path_{std::move(path)},
        variables_{read_classic_header(path_, fmt::format("`{}`", base::printable(path_)))} {
    for (std::size_t n = 0; n < variables_.size(); ++n) index_.emplace(variables_[n].name, n);
  }

  std::vector<std::string> variables() const override {
    std::vector<std::string> names;
    for (const ClassicVariable& v : variables_) {
      if (v.type && !v.dimensions.empty()) names.push_back(v.name);
    }
    return names;
  }

  std::size_t rank(const std::string& name) const override { return find(name).dimensions.size(); }

  StoredVariable describe(const std::string& name, const std::vector<std::string>& axes,
                          bool) const override {
    const ClassicVariable& variable = find(name);
    StoredVariable out;
    out.label = label_of(name);
    out.type = number_type(variable);
    out.attributes = variable.attributes;
    for (const ClassicDimension& d : variable.dimensions) {
      StoredDimension dimension{d.name, d.length, std::nullopt};
      if (const ClassicVariable* coordinate = coordinate_of(d, axes))
        dimension.coordinate = read_coordinate(*coordinate);
      out.dimensions.push_back(std::move(dimension));
    }
    return out;
  }

  std::optional<Attributes> attributes(const std::string& name) const override {
    const ClassicVariable* variable = find_or_null(name);
    return variable == nullptr ? std::nullopt : std::optional{variable->attributes};
  }

  void expect_stored(const std::string& name, const Slab&) const override {
    const ClassicVariable& variable = find(name);
    expect_in_file(variable, number_type(variable));
  }

  std::vector<double> read(const std::string& name, const Slab& slab) const override {
    const ClassicVariable& variable = find(name);
    const NumberType type = number_type(variable);
    expect_in_file(variable, type);
    std::vector<double> values = allocate_values({slab.count.begin(), slab.count.end()}, label_of(name));
    std::ifstream in{path_, std::ios::binary};
    std::vector<char> bytes;
    double* next = values.data();
    for_each_run(variable, type, slab, [&](std::uint64_t offset, std::uint64_t count) {
      while (count > 0) {
        const std::uint64_t n = std::min(count, piece_bytes / bytes_of(type));
        bytes.resize(n * bytes_of(type));
        in.seekg(static_cast<std::streamoff>(offset));
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (in.gcount() != static_cast<std::streamsize>(bytes.size())) reject_truncated(name);
        decode_big_endian(bytes, type, next, n);
        next += n;
        offset += bytes.size();
        count -= n;
      }
    });
    return values;
  }

 private:
  std::string label_of(const std::string& name) const {
    return fmt::format("variable `{}` in `{}`", base::printable(name), base::printable(path_));
  }
  [[noreturn]] void reject_truncated(const std::string& name) const {
    throw bad_data(label_of(name) + " is larger than the file",
                   "the file appears to be truncated; copy it again");
  }
  NumberType number_type(const ClassicVariable& variable) const {
    if (variable.type) return *variable.type;
    throw bad_data(label_of(variable.name) + " contains text", "specify a variable of numbers");
  }

  const ClassicVariable* find_or_null(const std::string& name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &variables_[found->second];
  }
  const ClassicVariable& find(const std::string& name) const {
    if (const ClassicVariable* found = find_or_null(name)) return *found;
    throw bad_data(fmt::format("`{}` has no variable `{}`", base::printable(path_), base::printable(name)),
                   "the file contains " + list_names(variables()));
  }

  /// Returns the 1-D variable with the coordinates of a dimension: the one that the job names, or the one
  /// that has the name of the dimension.
  const ClassicVariable* coordinate_of(const ClassicDimension& d,
                                       const std::vector<std::string>& axes) const {
    std::vector<std::string> names = axes;
    names.push_back(d.name);
    for (const std::string& name : names) {
      const ClassicVariable* v = find_or_null(name);
      // Damaged files have several dimensions of the same name.
      if (v != nullptr && v->type && v->dimensions.size() == 1 && v->dimensions[0].name == d.name &&
          v->dimensions[0].length == d.length)
        return v;
    }
    return nullptr;
  }

  StoredCoordinate read_coordinate(const ClassicVariable& variable) const {
    const std::uint64_t length = variable.dimensions[0].length;
    return {variable.name, *variable.type, variable.attributes,
            length == 0 ? std::vector<double>{} : read(variable.name, {{0}, {length}})};
  }

  /// Throws unless the file is long enough for all values of a variable, so that no memory is allocated for
  /// values that do not exist.
  void expect_in_file(const ClassicVariable& variable, NumberType type) const {
    std::error_code ec;
    const std::uint64_t size = std::filesystem::file_size(path_, ec);
    constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t bytes = bytes_of(type);
    for (std::size_t d = variable.record_bytes > 0 ? 1 : 0; d < variable.dimensions.size(); ++d) {
      const std::uint64_t n = variable.dimensions[d].length;
      if (n != 0 && bytes > largest / n) reject_truncated(variable.name);
      bytes *= n;
    }
    if (variable.record_bytes > 0) {
      const std::uint64_t records = variable.dimensions[0].length;
      if (records == 0) return;
      if (records - 1 > (largest - bytes) / variable.record_bytes) reject_truncated(variable.name);
      bytes += (records - 1) * variable.record_bytes;
    }
    if (ec || variable.begin > size || bytes > size - variable.begin) reject_truncated(variable.name);
  }

  /// Calls `read(offset, count)` for values that are stored one after the other, in the order of the slab.
  static void for_each_run(const ClassicVariable& variable, NumberType type, const Slab& slab,
                           const auto& read) {
    const std::size_t rank = slab.count.size();
    if (std::find(slab.count.begin(), slab.count.end(), 0U) != slab.count.end()) return;
    std::vector<std::uint64_t> strides(rank, bytes_of(type));  // in bytes
    for (std::size_t d = rank - 1; d > 0; --d) strides[d - 1] = strides[d] * variable.dimensions[d].length;
    if (variable.record_bytes > 0) strides[0] = variable.record_bytes;
    // Dimensions from `inner` on are read in one run.
    std::size_t inner = rank;
    std::uint64_t run = 1;
    while (inner > 0 && strides[inner - 1] == run * bytes_of(type)) run *= slab.count[--inner];
    std::uint64_t first = variable.begin;
    for (std::size_t d = 0; d < rank; ++d) first += slab.offset[d] * strides[d];
    std::vector<std::uint64_t> at(inner, 0);
    for (;;) {
      std::uint64_t offset = first;
      for (std::size_t d = 0; d < inner; ++d) offset += at[d] * strides[d];
      read(offset, run);
      std::size_t d = inner;
      while (d > 0 && ++at[d - 1] == slab.count[d - 1]) at[--d] = 0;
      if (d == 0) return;
    }
  }

  std::string path_;
  std::vector<ClassicVariable> variables_;
  std::map<std::string, std::size_t> index_;  ///< of each variable; damaged files may have very many
};

}  // namespace

std::unique_ptr<GridFile> open_classic_netcdf_file(const std::string& path) {
  return std::make_unique<ClassicNetcdfFile>(path);
}

}  // namespace tessera::input

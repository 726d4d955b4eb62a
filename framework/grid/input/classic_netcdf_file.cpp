// NetCDF files in the classic formats (CDF-1, CDF-2, CDF-5), read with the NetCDF library. NetCDF-4 files are
// HDF5 files.
#include "base/error.h"
#include "base/text.h"
#include "grid/input/bad_data.h"
#include "grid/input/grid_file.h"

#include <fmt/format.h>
#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <utility>

namespace tessera::input {
namespace {

/// Attributes of more numbers or characters are ignored: none that matters is that long.
constexpr std::size_t max_attribute_length = 4096;

/// Returns nullopt for texts, and for types that classic files do not have.
std::optional<NumberType> number_type(nc_type type) {
  switch (type) {
    case NC_BYTE:
      return NumberType::int8;
    case NC_UBYTE:
      return NumberType::uint8;
    case NC_SHORT:
      return NumberType::int16;
    case NC_USHORT:
      return NumberType::uint16;
    case NC_INT:
      return NumberType::int32;
    case NC_UINT:
      return NumberType::uint32;
    case NC_INT64:
      return NumberType::int64;
    case NC_UINT64:
      return NumberType::uint64;
    case NC_FLOAT:
      return NumberType::float32;
    case NC_DOUBLE:
      return NumberType::float64;
    default:
      return std::nullopt;
  }
}

class ClassicNetcdfFile final : public GridFile {
 public:
  explicit ClassicNetcdfFile(std::string path) : path_{std::move(path)} {
    // The library would take a relative path such as "http://x" for an address.
    const std::string absolute = std::filesystem::absolute(path_).string();
    check(nc_open(absolute.c_str(), NC_NOWRITE, &file_), "cannot be opened");
  }
  ~ClassicNetcdfFile() override { nc_close(file_); }

  std::vector<std::string> variables() const override {
    std::vector<std::string> names;
    int count = 0;
    check(nc_inq_nvars(file_, &count), "cannot be read");
    for (int variable = 0; variable < count; ++variable) {
      if (number_type(type_of(variable)) && !dimensions_of(variable).empty())
        names.push_back(name_of(variable));
    }
    return names;
  }

  std::size_t rank(const std::string& name) const override { return dimensions_of(find(name)).size(); }

  StoredVariable describe(const std::string& name, const std::vector<std::string>& axes) const override {
    const int variable = find(name);
    StoredVariable out;
    out.label = label_of(name);
    const auto type = number_type(type_of(variable));
    if (!type) throw bad_data(out.label + " does not contain numbers", "specify a variable of numbers");
    out.type = *type;
    out.attributes = attributes_of(variable);
    for (const int dimension : dimensions_of(variable)) {
      StoredDimension d = dimension_of(dimension);
      if (const auto coordinate = coordinate_of(d, dimension, axes))
        d.coordinate = read_coordinate(*coordinate);
      out.dimensions.push_back(std::move(d));
    }
    return out;
  }

  std::optional<Attributes> attributes(const std::string& name) const override {
    int variable = -1;
    if (nc_inq_varid(file_, name.c_str(), &variable) != NC_NOERR) return std::nullopt;
    return attributes_of(variable);
  }

  std::vector<double> read(const std::string& name, const Slab& slab) const override {
    const int variable = find(name);
    const std::vector<std::size_t> start(slab.offset.begin(), slab.offset.end());
    const std::vector<std::size_t> count(slab.count.begin(), slab.count.end());
    std::vector<double> values = allocate_values(count, label_of(name));
    check(nc_get_vara_double(file_, variable, start.data(), count.data(), values.data()),
          fmt::format("has the variable `{}`, which cannot be read", base::printable(name)));
    return values;
  }

 private:
  void check(int status, const std::string& what) const {
    if (status == NC_NOERR) return;
    throw bad_data(fmt::format("`{}` {}: {}", base::printable(path_), what, nc_strerror(status)),
                   "the file appears to be damaged or truncated; copy it again");
  }
  std::string label_of(const std::string& name) const {
    return fmt::format("variable `{}` in `{}`", base::printable(name), base::printable(path_));
  }

  int find(const std::string& name) const {
    int variable = -1;
    if (nc_inq_varid(file_, name.c_str(), &variable) == NC_NOERR) return variable;
    std::vector<std::string> names = variables();
    throw bad_data(fmt::format("`{}` has no variable `{}`", base::printable(path_), base::printable(name)),
                   "the file contains " + list_names(names));
  }
  std::string name_of(int variable) const {
    std::array<char, NC_MAX_NAME + 1> name{};
    check(nc_inq_varname(file_, variable, name.data()), "cannot be read");
    return name.data();
  }
  nc_type type_of(int variable) const {
    nc_type type = NC_NAT;
    check(nc_inq_vartype(file_, variable, &type), "cannot be read");
    return type;
  }
  std::vector<int> dimensions_of(int variable) const {
    int count = 0;
    check(nc_inq_varndims(file_, variable, &count), "cannot be read");
    std::vector<int> dimensions(static_cast<std::size_t>(std::max(count, 0)));
    if (!dimensions.empty()) check(nc_inq_vardimid(file_, variable, dimensions.data()), "cannot be read");
    return dimensions;
  }
  StoredDimension dimension_of(int dimension) const {
    std::array<char, NC_MAX_NAME + 1> name{};
    std::size_t length = 0;
    check(nc_inq_dim(file_, dimension, name.data(), &length), "cannot be read");
    return {name.data(), length, std::nullopt};
  }

  /// Returns the 1-D variable with the coordinates of a dimension: the one that the job names, or the one
  /// that has the name of the dimension.
  std::optional<int> coordinate_of(const StoredDimension& d, int dimension,
                                   const std::vector<std::string>& axes) const {
    std::vector<std::string> names = axes;
    names.push_back(d.name);
    for (const std::string& name : names) {
      int variable = -1;
      if (nc_inq_varid(file_, name.c_str(), &variable) == NC_NOERR && number_type(type_of(variable)) &&
          dimensions_of(variable) == std::vector<int>{dimension}) {
        return variable;
      }
    }
    return std::nullopt;
  }

  StoredCoordinate read_coordinate(int variable) const {
    StoredCoordinate out;
    out.name = name_of(variable);
    out.type = *number_type(type_of(variable));
    out.attributes = attributes_of(variable);
    const std::size_t length = dimension_of(dimensions_of(variable).front()).length;
    out.values = read(out.name, {{0}, {length}});
    return out;
  }

  Attributes attributes_of(int variable) const {
    Attributes out;
    int count = 0;
    check(nc_inq_varnatts(file_, variable, &count), "cannot be read");
    for (int n = 0; n < count; ++n) {
      std::array<char, NC_MAX_NAME + 1> name{};
      nc_type type = NC_NAT;
      std::size_t length = 0;
      check(nc_inq_attname(file_, variable, n, name.data()), "cannot be read");
      check(nc_inq_att(file_, variable, name.data(), &type, &length), "cannot be read");
      if (length > max_attribute_length) continue;
      if (type == NC_CHAR) {
        std::string text(length, '\0');
        if (length > 0) check(nc_get_att_text(file_, variable, name.data(), text.data()), "cannot be read");
        text.resize(std::min(text.find('\0'), text.size()));
        out.list.push_back({name.data(), std::move(text), NumberType::int8});
      } else if (const auto numbers = number_type(type)) {
        std::vector<double> values(length);
        if (length > 0)
          check(nc_get_att_double(file_, variable, name.data(), values.data()), "cannot be read");
        out.list.push_back({name.data(), std::move(values), *numbers});
      }
    }
    return out;
  }

  std::string path_;
  int file_ = -1;
};

}  // namespace

std::unique_ptr<GridFile> open_classic_netcdf_file(const std::string& path) {
  return std::make_unique<ClassicNetcdfFile>(path);
}

}  // namespace tessera::input

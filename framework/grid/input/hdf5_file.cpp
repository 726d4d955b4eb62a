// HDF5 files, which include NetCDF-4 files.
#include "base/text.h"
#include "grid/input/bad_data.h"
#include "grid/input/grid_file.h"
#include "grid/input/hdf5_attributes.h"
#include "grid/input/hdf5_axes.h"
#include "hdf5/foreign_file.h"
#include "hdf5/stored_array.h"
#include "host/memory_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::input {
namespace {

std::string absolute_path(const std::string& name) { return name.starts_with('/') ? name : "/" + name; }

class Hdf5File final : public GridFile {
 public:
  explicit Hdf5File(const std::string& path) : file_{path} {}

  std::vector<std::string> variables() const override {
    std::vector<std::string> names;
    for (const hdf5::DatasetEntry& entry : file_.list()) {
      // The group /VTKHDF contains a second copy of the data, for VTK.
      if (!entry.path.starts_with("/VTKHDF/")) names.push_back(without_slash(entry.path));
    }
    return names;
  }

  std::size_t rank(const std::string& name) const override {
    for (const hdf5::DatasetEntry& entry : file_.list()) {
      if (entry.path == absolute_path(name)) return entry.extents.size();
    }
    return 0;
  }

  StoredVariable describe(const std::string& name, const std::vector<std::string>& axes,
                          bool has_components) const override {
    const hdf5::StoredArray array{file_, name};
    StoredVariable out;
    out.label = array.label();
    out.type = number_type(array.id());
    out.attributes = read_attributes(file_, array.id(), array.label());
    const std::vector<hsize_t>& extents = array.extents();
    const auto dimensions = find_dimensions(file_, absolute_path(name), extents, axes, has_components);
    for (std::size_t d = 0; d < dimensions.size(); ++d) {
      StoredDimension dimension{dimensions[d].name, extents[d], std::nullopt};
      if (!dimensions[d].coordinate.empty())
        dimension.coordinate = read_coordinate(dimensions[d].coordinate, array.label(), extents[d]);
      out.dimensions.push_back(std::move(dimension));
    }
    return out;
  }

  std::optional<Attributes> attributes(const std::string& variable) const override {
    const auto names = variables();
    if (std::find(names.begin(), names.end(), without_slash(variable)) == names.end()) return std::nullopt;
    return read_attributes(file_, file_.open_dataset(variable).get(), file_.label(variable));
  }

  std::vector<std::uint64_t> chunk(const std::string& name) const override {
    const hdf5::StoredArray array{file_, name};
    return {array.chunk().begin(), array.chunk().end()};
  }

  void expect_stored(const std::string& name, const Slab& slab) const override {
    hdf5::StoredArray{file_, name}.expect_stored(box_of(slab));
  }

  std::vector<double> read(const std::string& name, const Slab& slab) const override {
    // The values in the order of the axes take as much memory again.
    return hdf5::StoredArray{file_, name}.read(box_of(slab), 0.4 * host::available_memory().bytes);
  }

 private:
  static hdf5::ArrayBox box_of(const Slab& slab) {
    return {{slab.offset.begin(), slab.offset.end()}, {slab.count.begin(), slab.count.end()}};
  }

  StoredCoordinate read_coordinate(const std::string& path, const std::string& label, hsize_t length) const {
    const hdf5::StoredArray array{file_, path};
    StoredCoordinate out;
    out.name = without_slash(path);
    if (array.extents() != std::vector<hsize_t>{length}) {
      throw bad_data(fmt::format("coordinates `{}` do not match {}: a 1-D data set of {} values is needed",
                                 base::printable(out.name), label, length),
                     file_.contents());
    }
    out.type = number_type(array.id());
    out.attributes = read_attributes(file_, array.id(), array.label());
    out.values = array.read();
    return out;
  }

  hdf5::ForeignFile file_;
};

}  // namespace

std::unique_ptr<GridFile> open_hdf5_file(const std::string& path) { return std::make_unique<Hdf5File>(path); }

}  // namespace tessera::input

#include "base/error.h"
#include "grid/input/map_projection.h"
#include "hdf5/hdf5_handle.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <utility>

using Catch::Contains;
using namespace tessera::input;
using tessera::base::Error;
using tessera::hdf5::Hdf5Handle;

namespace {

Attributes texts(const std::vector<std::pair<std::string, std::string>>& list) {
  Attributes out;
  for (const auto& [name, text] : list) out.list.push_back({name, text, NumberType::int8});
  return out;
}

/// A file that has attributes only.
class AttributeFile final : public GridFile {
 public:
  std::map<std::string, Attributes> attributes_of;
  std::size_t rank_of_all = 0;

  std::vector<std::string> variables() const override { return {}; }
  std::size_t rank(const std::string&) const override { return rank_of_all; }
  StoredVariable describe(const std::string&, const std::vector<std::string>&, bool) const override {
    return {};
  }
  std::optional<Attributes> attributes(const std::string& name) const override {
    const auto found = attributes_of.find(name);
    return found == attributes_of.end() ? std::nullopt : std::optional{found->second};
  }
  std::vector<double> read(const std::string&, const Slab&) const override { return {}; }
};

struct Example {
  AttributeFile file;
  StoredVariable variable;
  std::string name = "v";

  Example(const std::string& units, double last) {
    variable.label = "variable `v`";
    for (const char* axis : {"y", "x"})
      variable.dimensions.push_back(
          {axis, 2, StoredCoordinate{axis, NumberType::float64, texts({{"units", units}}), {0, last}}});
  }
  void check(bool longitudes) const {
    GridSource source{"f", "v"};
    source.longitudes = longitudes;
    reject_other_coordinates(file, name, variable, {{1, 0}, std::nullopt}, source);
  }
};

void write_text(const tessera::test::Hdf5Writer& file, const char* dataset, const char* name,
                const std::string& text) {
  const Hdf5Handle object{H5Dopen2(file.id(), dataset, H5P_DEFAULT), H5Dclose};
  const Hdf5Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  H5Tset_size(type.get(), text.size());
  const Hdf5Handle space{H5Screate(H5S_SCALAR), H5Sclose};
  const Hdf5Handle attribute{
      H5Acreate2(object.get(), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
  REQUIRE(H5Awrite(attribute.get(), type.get(), text.data()) >= 0);
}

}  // namespace

TEST_CASE("projected grids do not fit a domain in degrees, and rotated grids fit none") {
  Example example{"m", 1000};
  example.variable.attributes = texts({{"grid_mapping", "crs: x y"}});
  example.file.attributes_of["crs"] = texts({{"grid_mapping_name", "transverse_mercator"}});
  CHECK_THROWS_WITH(
      example.check(true),
      Contains("variable `v` is on a projected grid (`transverse_mercator`)") && Contains("gdalwarp"));
  CHECK_NOTHROW(example.check(false));
  example.file.attributes_of["crs"] = texts({{"grid_mapping_name", "rotated_latitude_longitude"}});
  CHECK_THROWS_WITH(example.check(false), Contains("is on a rotated grid"));
  Example plain{"degrees", 10};
  plain.variable.attributes = texts({{"grid_mapping", "crs"}});
  plain.file.attributes_of["crs"] = texts({{"grid_mapping_name", "latitude_longitude"}});
  CHECK_NOTHROW(plain.check(true));
  plain.name = "group/v";
  plain.file.attributes_of["group/crs"] = texts({{"grid_mapping_name", "polar_stereographic"}});
  CHECK_THROWS_WITH(plain.check(true), Contains("polar_stereographic"));
}

TEST_CASE("the projection of an HDF5 data set in a group is found, with or without a leading slash") {
  const tessera::test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  {
    tessera::test::Hdf5Writer writer{path};
    writer.create_group("g");
    writer.write_reals("g/crs", {1}, {0});
    write_text(writer, "g/crs", "grid_mapping_name", "mercator");
  }
  const auto file = open_grid_file(path);
  Example example{"degrees", 10};
  example.variable.attributes = texts({{"grid_mapping", "crs"}});
  GridSource source{path, "v"};
  source.longitudes = true;
  for (const char* name : {"g/z", "/g/z"}) {
    CHECK_THROWS_WITH(reject_other_coordinates(*file, name, example.variable, {{1, 0}, std::nullopt}, source),
                      Contains("is on a projected grid (`mercator`)"));
  }
  CHECK_NOTHROW(reject_other_coordinates(*file, "/z", example.variable, {{1, 0}, std::nullopt}, source));
}

TEST_CASE("coordinates of a rotated grid are recognised without the projection") {
  Example example{"degrees", 10};
  StoredCoordinate& y = *example.variable.dimensions[0].coordinate;
  y.attributes = texts({{"units", "degrees"}, {"standard_name", "grid_latitude"}});
  CHECK_THROWS_WITH(example.check(true), Contains("is on a rotated grid") && Contains("grid_latitude"));
  y.attributes = texts({{"units", "degrees"}, {"standard_name", "latitude"}});
  CHECK_NOTHROW(example.check(true));
}

TEST_CASE("coordinates in metres do not fit a domain in degrees") {
  CHECK_THROWS_WITH(Example("m", 10).check(true), Contains("are in metres, but the domain is in degrees"));
  CHECK_NOTHROW(Example("m", 10).check(false));
  CHECK_THROWS_WITH(Example("km", 10).check(false), Contains("are in kilometres") && Contains("ncap2"));
  CHECK_THROWS_WITH(Example("km  ", 10).check(false), Contains("are in kilometres"));
  CHECK_THROWS_WITH(Example("", 4.5e6).check(true),
                    Contains("cannot be longitudes in degrees") && Contains("gdalwarp"));
  CHECK_NOTHROW(Example("", 90).check(true));
  CHECK_THROWS_WITH(Example("", 92).check(true),
                    Contains("the coordinates `y` of variable `v` cannot be latitudes"));
}

TEST_CASE("heights in other units than metres fit no domain") {
  Example example{"degrees", 10};
  example.variable.dimensions.insert(
      example.variable.dimensions.begin(),
      {"z", 2, StoredCoordinate{"z", NumberType::float64, texts({{"units", "hPa"}}), {0, 10}}});
  GridSource source{"f", "v"};
  const auto check = [&](const std::string& units, bool longitudes) {
    example.variable.dimensions[0].coordinate->attributes = texts({{"units", units}});
    source.longitudes = longitudes;
    reject_other_coordinates(example.file, "v", example.variable, {{2, 1, 0}, std::nullopt}, source);
  };
  for (const bool longitudes : {false, true}) {
    CHECK_THROWS_WITH(check("hPa", longitudes), Contains("`z` of variable `v` are in a unit of pressure"));
    CHECK_THROWS_WITH(check("km", longitudes), Contains("are in kilometres") && Contains("x*1000"));
    CHECK_THROWS_WITH(check("ft", longitudes), Contains("are in feet") && Contains("x*0.3048"));
    CHECK_NOTHROW(check("m", longitudes));
    CHECK_NOTHROW(check("", longitudes));
    CHECK_NOTHROW(check("level", longitudes));
  }
}

TEST_CASE("values in kilometres or feet do not fit a field in metres") {
  const auto check = [](const std::string& stored, const std::string& field) {
    StoredVariable variable;
    variable.label = "variable `v`";
    variable.attributes = texts({{"units", stored}});
    GridSource source{"f", "v"};
    source.unit = field;
    reject_other_unit(variable, source);
  };
  CHECK_THROWS_WITH(check("km", "m"), Contains("the values of variable `v` are in kilometres") &&
                                          Contains("z=z*1000; z@units=\"m\""));
  CHECK_THROWS_WITH(check("feet", "m"), Contains("are in feet") && Contains("z*0.3048"));
  for (const char* stored : {"m", "meters", "", "m/s", "1"}) CHECK_NOTHROW(check(stored, "m"));
  CHECK_NOTHROW(check("km", ""));
  CHECK_NOTHROW(check("km", "km"));
}

TEST_CASE("curvilinear grids are rejected, unless the job names the coordinates") {
  Example example{"", 10};
  example.variable.attributes = texts({{"coordinates", "nav_lat nav_lon"}});
  example.file.attributes_of["nav_lon"] = {};
  example.file.rank_of_all = 2;
  CHECK_THROWS_WITH(example.check(true), Contains("curvilinear") && Contains("cdo remapbil"));
  CHECK_NOTHROW(example.check(false));
  example.file.rank_of_all = 1;
  CHECK_NOTHROW(example.check(true));
}

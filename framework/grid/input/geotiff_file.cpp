// GeoTIFF files, which are read by GDAL.
#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"
#include "grid/input/gdal_library.h"
#include "grid/input/grid_file.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

namespace tessera::input {
namespace {

// Constants of GDAL.
constexpr unsigned open_raster = 0x02;  // GDAL_OF_RASTER
constexpr int type_float64 = 7;         // GDT_Float64
constexpr int mask_all_valid = 0x01;    // GMF_ALL_VALID
constexpr int mask_by_value = 0x08;     // GMF_NODATA

constexpr const char* crs_name = "crs";

/// The type of numbers that a value of GDALDataType denotes; nullopt for complex numbers, and for 64-bit
/// integers, whose values do not fit into doubles.
std::optional<NumberType> number_type(int gdal_type) {
  switch (gdal_type) {
    case 1:
      return NumberType::uint8;
    case 2:
      return NumberType::uint16;
    case 3:
      return NumberType::int16;
    case 4:
      return NumberType::uint32;
    case 5:
      return NumberType::int32;
    case 6:
      return NumberType::float32;
    case type_float64:
      return NumberType::float64;
    case 14:
      return NumberType::int8;
    default:
      return std::nullopt;
  }
}

Attribute text_attribute(std::string name, std::string text) {
  return {std::move(name), std::move(text), NumberType::float64};
}

Attribute number_attribute(std::string name, double number) {
  return {std::move(name), std::vector<double>{number}, NumberType::float64};
}

class GeotiffFile final : public GridFile {
 public:
  explicit GeotiffFile(const std::string& path)
      : name_{fmt::format("`{}`", base::printable(path))},
        gdal_{&gdal_library(name_)},
        dataset_{open(path), gdal_->GDALClose} {
    if (!dataset_) throw damaged();
    if (gdal_->GDALGetGeoTransform(dataset_.get(), transform_.data()) != 0) {
      throw bad_data(
          name_ + " has no coordinates: it is a TIFF image, but not a GeoTIFF file",
          "assign coordinates, for example with gdal_translate -a_srs EPSG:4326 -a_ullr WEST NORTH "
          "EAST SOUTH OLD.tif NEW.tif");
    }
    if (transform_[2] != 0.0 || transform_[4] != 0.0) {
      throw bad_data(name_ + " is on a rotated grid",
                     "warp it to longitudes and latitudes: gdalwarp -t_srs EPSG:4326 OLD.tif NEW.tif");
    }
  }

  std::vector<std::string> variables() const override {
    std::vector<std::string> names;
    const int count = gdal_->GDALGetRasterCount(dataset_.get());
    for (int band = 1; band <= count; ++band) names.push_back(fmt::format("Band{}", band));
    return names;
  }

  std::size_t rank(const std::string&) const override { return 2; }

  StoredVariable describe(const std::string& name, const std::vector<std::string>&, bool) const override {
    const GdalBand band = find_band(name);
    StoredVariable out;
    out.label = label_of(name);
    out.type = type_of(band, out.label);
    out.attributes = attributes_of(band, out.type);
    if (reference() != nullptr) out.attributes.list.push_back(text_attribute("grid_mapping", crs_name));
    out.dimensions = {dimension("y", rows(), transform_[3], transform_[5]),
                      dimension("x", columns(), transform_[0], transform_[1])};
    return out;
  }

  std::optional<Attributes> attributes(const std::string& name) const override {
    if (name == crs_name && reference() != nullptr) {
      Attributes out;
      out.list.push_back(text_attribute("grid_mapping_name", projection()));
      return out;
    }
    const int number = band_number(name);
    if (number == 0) return std::nullopt;
    const GdalBand band = gdal_->GDALGetRasterBand(dataset_.get(), number);
    return attributes_of(band, type_of(band, label_of(name)));
  }

  std::vector<std::uint64_t> chunk(const std::string& name) const override {
    int columns = 0;
    int rows = 0;
    gdal_->GDALGetBlockSize(find_band(name), &columns, &rows);
    if (columns < 1 || rows < 1) throw damaged();
    return {static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns)};
  }

  void expect_stored(const std::string& name, const Slab& slab) const override {
    expect_written(find_band(name), name, slab);
  }

  std::vector<double> read(const std::string& name, const Slab& slab) const override {
    const GdalBand band = find_band(name);
    expect_no_mask(band, name);
    expect_written(band, name, slab);
    std::vector<double> values = allocate_values({slab.count[0], slab.count[1]}, label_of(name));
    // The offsets and counts are within the raster, whose extents are of type int.
    const int columns = static_cast<int>(slab.count[1]);
    const int rows = static_cast<int>(slab.count[0]);
    if (gdal_->GDALRasterIO(band, 0, static_cast<int>(slab.offset[1]), static_cast<int>(slab.offset[0]),
                            columns, rows, values.data(), columns, rows, type_float64, 0, 0) != 0)
      throw damaged();
    return values;
  }

 private:
  GdalDataset open(const std::string& path) const {
    constexpr std::array<const char*, 2> drivers{"GTiff", nullptr};
    return gdal_->GDALOpenEx(path.c_str(), open_raster, drivers.data(), nullptr, nullptr);
  }

  base::Error damaged() const {
    return bad_data(
        fmt::format("cannot read {}: {}", name_, base::printable(gdal_->CPLGetLastErrorMsg(), 200)),
        "the file appears to be truncated or damaged; copy it again");
  }

  int columns() const { return gdal_->GDALGetRasterXSize(dataset_.get()); }
  int rows() const { return gdal_->GDALGetRasterYSize(dataset_.get()); }
  GdalReference reference() const { return gdal_->GDALGetSpatialRef(dataset_.get()); }

  std::string label_of(const std::string& name) const {
    return fmt::format("variable `{}` in {}", base::printable(name), name_);
  }

  /// The number of a band, from 1; 0 if there is none of this name.
  int band_number(std::string_view name) const {
    constexpr std::string_view prefix = "Band";
    if (!name.starts_with(prefix)) return 0;
    name.remove_prefix(prefix.size());
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool valid = error == std::errc{} && end == name.data() + name.size() && name[0] != '0';
    return valid && number >= 1 && number <= gdal_->GDALGetRasterCount(dataset_.get()) ? number : 0;
  }

  GdalBand find_band(const std::string& name) const {
    const int number = band_number(name);
    if (number == 0) {
      throw bad_data(fmt::format("{} has no variable `{}`", name_, base::printable(name)),
                     "it contains " + list_names(variables()));
    }
    return gdal_->GDALGetRasterBand(dataset_.get(), number);
  }

  NumberType type_of(GdalBand band, const std::string& label) const {
    if (const auto type = number_type(gdal_->GDALGetRasterDataType(band))) return *type;
    throw bad_data(label + " contains complex numbers or 64-bit integers",
                   "convert it: gdal_translate -ot Float64 OLD.tif NEW.tif");
  }

  Attributes attributes_of(GdalBand band, NumberType type) const {
    Attributes out;
    int present = 0;
    const double missing = gdal_->GDALGetRasterNoDataValue(band, &present);
    // An empty list keeps the default of NetCDF from being applied, which GeoTIFF does not have.
    out.list.push_back(
        {"_FillValue", present != 0 ? std::vector<double>{missing} : std::vector<double>{}, type});
    const double scale = gdal_->GDALGetRasterScale(band, &present);
    if (present != 0 && scale != 1.0) out.list.push_back(number_attribute("scale_factor", scale));
    const double offset = gdal_->GDALGetRasterOffset(band, &present);
    if (present != 0 && offset != 0.0) out.list.push_back(number_attribute("add_offset", offset));
    const char* unit = gdal_->GDALGetRasterUnitType(band);
    if (unit != nullptr && *unit != '\0') out.list.push_back(text_attribute("units", unit));
    return out;
  }

  /// The name of the map projection, as in the attribute grid_mapping_name of CF.
  std::string projection() const {
    if (gdal_->OSRIsGeographic(reference()) != 0) return "latitude_longitude";
    const char* name = gdal_->OSRGetAttrValue(reference(), "PROJECTION", 0);
    return name == nullptr ? "unknown projection" : base::lower_case(name);
  }

  /// The unit of the coordinates of a projected reference system.
  const char* linear_unit(GdalReference crs) const {
    const double metres = gdal_->OSRGetLinearUnits(crs, nullptr);
    if (metres == 1.0) return "m";
    if (metres == 1000.0) return "km";
    return std::abs(metres - 0.3048) < 1e-4 ? "ft" : "unknown";
  }

  /// The coordinates of the centres of the cells. GDAL also returns the edges of the cells if the file gives
  /// their centres.
  StoredDimension dimension(const std::string& name, int length, double edge, double step) const {
    StoredCoordinate coordinate{name, NumberType::float64, {}, {}};
    for (int i = 0; i < length; ++i) coordinate.values.push_back(edge + (i + 0.5) * step);
    const auto add = [&](const char* attribute, const char* text) {
      coordinate.attributes.list.push_back(text_attribute(attribute, text));
    };
    const GdalReference crs = reference();
    if (crs != nullptr && gdal_->OSRIsGeographic(crs) != 0) {
      add("units", name == "x" ? "degrees_east" : "degrees_north");
    } else {
      add("axis", name == "x" ? "X" : "Y");
      if (crs != nullptr && gdal_->OSRIsProjected(crs) != 0) add("units", linear_unit(crs));
    }
    return {name, static_cast<std::uint64_t>(length), std::move(coordinate)};
  }

  /// Throws if a mask, rather than a value, marks missing data.
  void expect_no_mask(GdalBand band, const std::string& name) const {
    const int flags = gdal_->GDALGetMaskFlags(band);
    if ((flags & (mask_all_valid | mask_by_value)) != 0) return;
    throw bad_data(label_of(name) + " has a mask or an alpha channel, which is not read",
                   "mark missing data by a value: gdalwarp -dstnodata -9999 OLD.tif NEW.tif");
  }

  /// Throws if part of the slab was never written, which GDAL reads as zeros unless the file gives another
  /// value.
  void expect_written(GdalBand band, const std::string& name, const Slab& slab) const {
    int has_missing = 0;
    gdal_->GDALGetRasterNoDataValue(band, &has_missing);
    if (has_missing != 0) return;
    int width = 0;
    int height = 0;
    gdal_->GDALGetBlockSize(band, &width, &height);
    const auto block_columns = static_cast<std::uint64_t>(width);
    const auto block_rows = static_cast<std::uint64_t>(height);
    for (std::uint64_t y = slab.offset[0] / block_rows; y * block_rows < slab.offset[0] + slab.count[0];
         ++y) {
      for (std::uint64_t x = slab.offset[1] / block_columns;
           x * block_columns < slab.offset[1] + slab.count[1]; ++x) {
        const std::string key = fmt::format("BLOCK_OFFSET_{}_{}", x, y);
        if (gdal_->GDALGetMetadataItem(band, key.c_str(), "TIFF") != nullptr) continue;
        throw bad_data(fmt::format("{} lacks the block at row {}, column {}, which was never written",
                                   label_of(name), y * block_rows, x * block_columns),
                       "write it again, or mark missing data by a value: gdal_translate -a_nodata VALUE "
                       "OLD.tif NEW.tif");
      }
    }
  }

  std::string name_;
  const GdalLibrary* gdal_;
  std::unique_ptr<void, void (*)(void*)> dataset_;
  std::array<double, 6> transform_{};  ///< x = [0] + [1] column + [2] row, y = [3] + [4] column + [5] row
};

}  // namespace

std::unique_ptr<GridFile> open_geotiff_file(const std::string& path) {
  return std::make_unique<GeotiffFile>(path);
}

}  // namespace tessera::input

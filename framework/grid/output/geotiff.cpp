// The few tags that are needed are written here rather than by GDAL, which need not be installed, and which
// up to version 3.6 does not report that the disk was full when the file was closed.
#include "grid/output/geotiff.h"

#include "base/escape.h"
#include "base/text.h"
#include "host/replacement_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tessera::output {

namespace {

/// Appends values in the byte order of the machine, which is little-endian.
template <class Value>
void append(std::string& bytes, const std::vector<Value>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

/// The directory of a TIFF file. Tags must be added in ascending order.
class Directory {
 public:
  void add(std::uint16_t tag, const std::vector<std::uint16_t>& values) { add(tag, 3, values); }
  void add(std::uint16_t tag, const std::vector<std::uint32_t>& values) { add(tag, 4, values); }
  void add(std::uint16_t tag, const std::vector<double>& values) { add(tag, 12, values); }
  void add(std::uint16_t tag, const std::string& text) {
    add(tag, 2, std::vector<char>{text.c_str(), text.c_str() + text.size() + 1});
  }

  /// The header of the file and the directory, with a multiple of 8 bytes.
  std::string bytes() const {
    constexpr std::uint32_t header_bytes = 8;
    const auto count = static_cast<std::uint16_t>(entries_.size());
    std::string head{"II*\0", 4};
    append(head, std::vector<std::uint32_t>{header_bytes});
    append(head, std::vector<std::uint16_t>{count});
    std::string tail;  // values that do not fit into their entries
    const std::size_t tail_begin = head.size() + std::size_t{12} * count + 4;
    for (const Entry& e : entries_) {
      append(head, std::vector<std::uint16_t>{e.tag, e.type});
      append(head, std::vector<std::uint32_t>{e.count});
      std::string value = e.bytes;
      if (value.size() > 4) {
        value.clear();
        append(value, std::vector<std::uint32_t>{static_cast<std::uint32_t>(tail_begin + tail.size())});
        tail += e.bytes;
        tail.resize((tail.size() + 1) / 2 * 2);  // values begin at even offsets
      }
      value.resize(4);
      head += value;
    }
    append(head, std::vector<std::uint32_t>{0});  // there is no other directory
    head += tail;
    head.resize((head.size() + 7) / 8 * 8);
    return head;
  }

 private:
  struct Entry {
    std::uint16_t tag;
    std::uint16_t type;
    std::uint32_t count;
    std::string bytes;
  };

  template <class Value>
  void add(std::uint16_t tag, std::uint16_t type, const std::vector<Value>& values) {
    entries_.push_back({tag, type, static_cast<std::uint32_t>(values.size()), {}});
    append(entries_.back().bytes, values);
  }

  std::vector<Entry> entries_;
};

/// EPSG:4326, as version, count and keys of the GeoTIFF standard.
std::vector<std::uint16_t> geographic_keys() {
  constexpr std::uint16_t model_type = 1024;
  constexpr std::uint16_t geographic = 2;
  constexpr std::uint16_t raster_type = 1025;
  constexpr std::uint16_t pixel_is_area = 1;
  constexpr std::uint16_t geodetic_crs = 2048;
  constexpr std::uint16_t wgs84 = 4326;
  return {1, 1, 0,    3, model_type, 0, 1, geographic, raster_type, 0, 1, pixel_is_area, geodetic_crs,
          0, 1, wgs84};
}

/// The name and the unit of the band.
std::string gdal_metadata(const Map& map) {
  const auto item = [](const char* name, const char* role, const std::string& text) {
    return fmt::format("<Item name=\"{}\" sample=\"0\" role=\"{}\">{}</Item>\n", name, role,
                       base::xml_text(text));
  };
  return "<GDALMetadata>\n" + item("DESCRIPTION", "description", map.name) +
         (map.unit.empty() ? "" : item("UNITTYPE", "unittype", map.unit)) + "</GDALMetadata>\n";
}

/// The rows of a map in strips of about 64 KiB.
struct Strips {
  std::uint32_t row_bytes = 0;
  std::uint32_t rows = 1;  ///< of each strip but the last
  std::vector<std::uint32_t> bytes;

  explicit Strips(const Map& map) : row_bytes{static_cast<std::uint32_t>(map.columns) * 8} {
    constexpr std::uint32_t strip_bytes = 65536;
    const auto all_rows = static_cast<std::uint32_t>(map.rows);
    rows = std::clamp(strip_bytes / row_bytes, std::uint32_t{1}, all_rows);
    for (std::uint32_t row = 0; row < all_rows; row += rows)
      bytes.push_back(std::min(rows, all_rows - row) * row_bytes);
  }

  std::vector<std::uint32_t> offsets(std::uint32_t begin) const {
    std::vector<std::uint32_t> out;
    for (const std::uint32_t size : bytes) {
      out.push_back(begin);
      begin += size;
    }
    return out;
  }
};

/// Everything before the values, which begin at `data_begin`.
std::string head_of(const Map& map, const Strips& strips, std::uint32_t data_begin) {
  const MapEdges& e = map.edges;
  Directory out;
  using Shorts = std::vector<std::uint16_t>;
  using Longs = std::vector<std::uint32_t>;
  out.add(256, Longs{static_cast<std::uint32_t>(map.columns)});  // ImageWidth
  out.add(257, Longs{static_cast<std::uint32_t>(map.rows)});     // ImageLength
  out.add(258, Shorts{64});                                      // BitsPerSample
  out.add(259, Shorts{1});                                       // Compression: none
  out.add(262, Shorts{1});                                       // PhotometricInterpretation: grey
  out.add(270, base::printable(map.title + ": " + map.description, base::unlimited));  // ImageDescription
  out.add(273, strips.offsets(data_begin));                                            // StripOffsets
  out.add(277, Shorts{1});                                                             // SamplesPerPixel
  out.add(278, Longs{strips.rows});                                                    // RowsPerStrip
  out.add(279, strips.bytes);                                                          // StripByteCounts
  out.add(284, Shorts{1});                                                             // PlanarConfiguration
  out.add(305, base::printable(map.source));                                           // Software
  out.add(339, Shorts{3});                                             // SampleFormat: floating point
  out.add(33550, std::vector<double>{(e.east - e.west) / map.columns,  // ModelPixelScale
                                     (e.north - e.south) / map.rows, 0.0});
  out.add(33922, std::vector<double>{0.0, 0.0, 0.0, e.west, e.north, 0.0});  // ModelTiepoint
  if (map.is_geographic) out.add(34735, geographic_keys());                  // GeoKeyDirectory
  out.add(42112, gdal_metadata(map));                                        // GDAL_METADATA
  out.add(42113, std::string{"nan"});                                        // GDAL_NODATA
  return out.bytes();
}

}  // namespace

void write_geotiff(const Map& map, const std::string& path) {
  constexpr std::size_t buffer_bytes = 1 << 20;
  const Strips strips{map};
  const auto data_begin = static_cast<std::uint32_t>(head_of(map, strips, 0).size());
  host::ReplacementFile file{path};
  std::string bytes = head_of(map, strips, data_begin);
  for (int row = map.rows - 1; row >= 0; --row) {
    const auto begin = map.values.begin() + static_cast<std::ptrdiff_t>(row) * map.columns;
    std::vector<double> values{begin, begin + map.columns};
    for (double& v : values) {
      if (std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();  // there are several
    }
    append(bytes, values);
    if (bytes.size() < buffer_bytes && row > 0) continue;
    file.write(bytes);
    bytes.clear();
  }
  file.commit();
}

}  // namespace tessera::output

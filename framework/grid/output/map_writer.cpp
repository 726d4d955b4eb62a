#include "grid/output/map_writer.h"

#include "base/text.h"
#include "grid/job/statistic_fields.h"
#include "grid/output/cf_metadata.h"
#include "grid/output/geotiff.h"
#include "grid/output/image_writer.h"
#include "grid/output/kml.h"
#include "host/output_file.h"
#include "picture/picture.h"
#include "transport/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::output {

namespace {

/// The edges of the domain. Longitudes are shifted by a multiple of 360 such that the western edge lies
/// between -180 and 180, as other programs expect.
MapEdges edges_of(const grid::Geometry& g) {
  const bool is_geographic = g.coordinates == grid::Coordinates::spherical;
  const double shift = is_geographic ? -360.0 * std::floor((g.lower[0] + 180.0) / 360.0) : 0.0;
  return {g.lower[0] + shift, g.upper[0] + shift, g.lower[1], g.upper[1]};
}

}  // namespace

/// A map without its values.
Map MapWriter::map_of(const grid::Statistic& statistic, std::int64_t step, double time) const {
  const grid::Geometry& g = job_->geometry;
  Map map;
  map.title = fmt::format("{} · {}", job_->name, statistic.name);
  map.name = statistic.name;
  map.unit = statistic.unit;
  map.description = fmt::format("{}; t = {}, step {}", grid::meaning_of(statistic, *schema_),
                                base::format_duration(time), step);
  map.source = source_of(*schema_);
  map.edges = edges_of(g);
  map.is_geographic = g.coordinates == grid::Coordinates::spherical;
  map.columns = static_cast<int>(g.cells[0]);
  map.rows = static_cast<int>(g.cells[1]);
  return map;
}

/// The first image of a field; nullptr if there is none.
const grid::ImageSpec* MapWriter::image_of(int field) const {
  const auto found = std::ranges::find(job_->output.images, field, &grid::ImageSpec::field);
  return found == job_->output.images.end() ? nullptr : &*found;
}

void MapWriter::write_images(const Map& map, const grid::ImageSpec* style, const std::string& image,
                             const std::string& legend) const {
  picture::Frame frame;
  frame.value_label = map.unit.empty() ? map.name : map.name + ", " + map.unit;
  frame.nx = map.columns;
  frame.ny = map.rows;
  frame.values = map.values;
  if (style != nullptr) {
    frame.colormap = style->colormap;
    frame.range = style->range;
  }
  picture::write_overlay(frame, directory_ + "/" + image);
  picture::write_legend(frame, directory_ + "/" + legend);
}

std::vector<std::string> MapWriter::write(const field::FieldStore& store, std::size_t index,
                                          std::int64_t step, double time) const {
  const grid::OutputSpec& output = job_->output;
  if (!output.writes_maps()) return {};
  const grid::Statistic& statistic = output.statistics[index];
  const int field = schema_->field_index(statistic.name);
  const grid::ImageSpec* style = image_of(field);
  PlaneValues values = gather_plane(*comm_, store, job_->geometry.cells, field, 0, {});
  PlaneValues mask;
  if (style != nullptr && style->mask_field)
    mask = gather_plane(*comm_, store, job_->geometry.cells, *style->mask_field, 0, {});
  const auto name_of_file = [&](const char* suffix, const char* extension) {
    return fmt::format("{}{}_{:08}{}", statistic.name, suffix, step, extension);
  };
  const std::string geotiff = name_of_file("", ".tif");
  const std::string image = name_of_file("", ".png");
  const std::string legend = name_of_file("-legend", ".png");
  const std::string kml = name_of_file("", ".kml");
  const std::string folder = "maps/";
  transport::collectively(*comm_, [&] {
    if (!comm_->is_root()) return;
    Map map = map_of(statistic, step, time);
    map.values = std::move(values.values);
    for (std::size_t n = 0; n < mask.values.size(); ++n) {
      if (mask.values[n] > style->mask_above) map.values[n] = std::numeric_limits<double>::quiet_NaN();
    }
    if (output.geotiff) write_geotiff(map, directory_ + "/" + folder + geotiff);
    if (!output.kml) return;
    write_images(map, style, folder + image, folder + legend);
    host::write_whole_file(directory_ + "/" + folder + kml, kml_text(map, image, legend));
  });
  std::vector<std::string> names;
  if (output.geotiff) names.push_back(folder + geotiff);
  if (output.kml) names.insert(names.end(), {folder + image, folder + legend, folder + kml});
  return names;
}

}  // namespace tessera::output

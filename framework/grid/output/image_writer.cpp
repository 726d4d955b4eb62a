#include "grid/output/image_writer.h"

#include "base/text.h"
#include "grid/output/slice.h"
#include "transport/agreement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tessera::output {

namespace {

picture::PictureAxis picture_axis(const grid::Geometry& g, int axis) {
  constexpr std::array names{"x", "y", "z"};
  picture::PictureAxis out;
  const auto a = static_cast<std::size_t>(axis);
  out.lower = g.lower[a];
  out.upper = g.upper[a];
  if (g.coordinates == grid::Coordinates::spherical) {
    out.kind = axis == 0 ? picture::TickKind::longitude : picture::TickKind::latitude;
  } else {
    out.label = names[a];
  }
  return out;
}

/// The cells that an image shows.
Plane plane_of(const grid::ImageSpec& image, const grid::Geometry& g) {
  if (!image.slice_axis) return {};
  const int axis = *image.slice_axis;
  const double place = (image.slice_at - g.lower[static_cast<std::size_t>(axis)]) / g.spacing(axis);
  return {axis, std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(place)), 0, g.cells[axis] - 1)};
}

/// The axes of the domain that point right and up in an image.
std::pair<int, int> axes_of(const grid::ImageSpec& image) {
  if (!image.slice_axis) return {0, 1};
  return {*image.slice_axis == 0 ? 1 : 0, *image.slice_axis == 2 ? 1 : 2};
}

}  // namespace

std::string ImageWriter::label_of(const grid::ImageSpec& image) const {
  const solver::FieldSchema& field = schema_->fields[static_cast<std::size_t>(image.field)];
  return field.components > 1 ? field.name + "_" + std::to_string(image.component) : field.name;
}

std::string ImageWriter::name_of(std::size_t number, std::int64_t step) const {
  const grid::ImageSpec& image = job_->output.images[number];
  // Two images of one field need names of their own.
  const auto same = [&](const grid::ImageSpec& o) {
    return o.field == image.field && o.component == image.component;
  };
  const bool alone = std::count_if(job_->output.images.begin(), job_->output.images.end(), same) == 1;
  return fmt::format("frames/{}{}_{:08}.png", label_of(image), alone ? "" : "-" + std::to_string(number),
                     step);
}

/// The image but for its values and markers.
picture::Frame ImageWriter::frame_of(const grid::ImageSpec& image, std::int64_t step, double time) const {
  const grid::Geometry& g = job_->geometry;
  const std::string label = label_of(image);
  const std::string& unit = schema_->fields[static_cast<std::size_t>(image.field)].unit;
  const auto [right, up] = axes_of(image);
  picture::Frame frame;
  frame.title = fmt::format("{} · {}", job_->name, label);
  frame.subtitle = fmt::format("t = {}   step {}", base::format_duration(time), step);
  frame.value_label = unit.empty() ? label : label + ", " + unit;
  frame.x = picture_axis(g, right);
  if (g.dimensions > 1) frame.y = picture_axis(g, up);
  frame.colormap = image.colormap;
  frame.range = image.range;
  frame.longer_side = image.width;
  return frame;
}

std::string ImageWriter::write(const field::FieldStore& store, std::size_t number,
                               const std::vector<picture::Marker>& markers, std::int64_t step,
                               double time) const {
  const grid::ImageSpec& image = job_->output.images[number];
  const grid::Geometry& g = job_->geometry;
  const Plane plane = plane_of(image, g);
  PlaneValues values = gather_plane(*comm_, store, g.cells, image.field, image.component, plane);
  PlaneValues mask;
  if (image.mask_field) mask = gather_plane(*comm_, store, g.cells, *image.mask_field, 0, plane);
  const std::string name = name_of(number, step);
  transport::collectively(*comm_, [&] {
    if (!comm_->root()) return;
    picture::Frame frame = frame_of(image, step, time);
    frame.nx = values.width;
    frame.ny = values.height;
    frame.values = std::move(values.values);
    if (image.mask_field) {
      frame.mask.reserve(mask.values.size());
      for (const double v : mask.values) frame.mask.push_back(v > image.mask_above ? 1 : 0);
      frame.relief = std::move(mask.values);
    }
    if (image.probes && !image.slice_axis) frame.markers = markers;
    picture::write_picture(frame, directory_ + "/" + name);
  });
  return name;
}

}  // namespace tessera::output

#include "grid/output/image_writer.h"

#include "base/text.h"
#include "grid/solver/field_names.h"
#include "transport/agreement.h"

#include <algorithm>
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

/// The plane of cells that an image shows.
Plane plane_of(const grid::ImageSpec& image, const grid::Geometry& g) {
  if (!image.slice_axis) return {};
  const int axis = *image.slice_axis;
  const double position = (image.slice_at - g.lower[static_cast<std::size_t>(axis)]) / g.spacing(axis);
  return {axis,
          std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(position)), 0, g.cells[axis] - 1)};
}

}  // namespace

std::array<int, 2> Plane::axes() const {
  if (!axis || *axis == 2) return {0, 1};
  return *axis == 1 ? std::array{0, 2} : std::array{1, 2};
}

PlaneValues gather_plane(const transport::Communicator& comm, const field::FieldStore& store,
                         const grid::Index& cells, int field, int component, const Plane& plane) {
  const auto [right, up] = plane.axes();
  std::vector<std::int64_t> boxes;  // x0, y0, width, height of each piece
  std::vector<double> values;
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    grid::Box slice = store.bricks()[b];
    if (plane.axis) {
      if (plane.at < slice.lower[*plane.axis] || plane.at >= slice.upper[*plane.axis]) continue;
      slice.lower[*plane.axis] = plane.at;
      slice.upper[*plane.axis] = plane.at + 1;
    }
    boxes.insert(boxes.end(), {slice.lower[right], slice.lower[up], slice.extent(right), slice.extent(up)});
    const field::ConstFieldView view = store.current(static_cast<int>(b), field);
    grid::Index cell = slice.lower - store.bricks()[b].lower;
    const grid::Index first = cell;
    for (std::int64_t v = 0; v < slice.extent(up); ++v) {
      for (std::int64_t u = 0; u < slice.extent(right); ++u) {
        cell = first;
        cell[right] += u;
        cell[up] += v;
        values.push_back(view.value(cell, component));
      }
    }
  }
  const std::vector<std::int64_t> all_boxes = comm.gather(std::span<const std::int64_t>{boxes});
  const std::vector<double> all_values = comm.gather(std::span<const double>{values});
  PlaneValues out;
  if (!comm.is_root()) return out;
  out.width = static_cast<int>(cells[right]);
  out.height = static_cast<int>(cells[up]);
  out.values.resize(static_cast<std::size_t>(cells[right] * cells[up]));
  std::size_t next = 0;
  for (std::size_t n = 0; n + 3 < all_boxes.size(); n += 4) {
    for (std::int64_t v = 0; v < all_boxes[n + 3]; ++v) {
      for (std::int64_t u = 0; u < all_boxes[n + 2]; ++u) {
        out.values[static_cast<std::size_t>(all_boxes[n] + u + cells[right] * (all_boxes[n + 1] + v))] =
            all_values[next++];
      }
    }
  }
  return out;
}

std::string ImageWriter::label_of(const grid::ImageSpec& image) const {
  const solver::FieldSchema& field = schema_->fields[static_cast<std::size_t>(image.field)];
  return solver::component_name(field, image.component);
}

std::string ImageWriter::path_of(std::size_t index, std::int64_t step) const {
  const grid::ImageSpec& image = job_->output.images[index];
  // Several images of the same field need distinct names.
  const auto shows_same_component = [&](const grid::ImageSpec& other) {
    return other.field == image.field && other.component == image.component;
  };
  const bool is_only_image =
      std::count_if(job_->output.images.begin(), job_->output.images.end(), shows_same_component) == 1;
  return fmt::format("frames/{}{}_{:08}.png", label_of(image),
                     is_only_image ? "" : "-" + std::to_string(index), step);
}

/// The image without its values and markers, to be added by the caller.
picture::Frame ImageWriter::frame_of(const grid::ImageSpec& image, std::int64_t step, double time) const {
  const grid::Geometry& g = job_->geometry;
  const std::string label = label_of(image);
  const std::string& unit = schema_->fields[static_cast<std::size_t>(image.field)].unit;
  const auto [right, up] = plane_of(image, g).axes();
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

std::string ImageWriter::write(const field::FieldStore& store, std::size_t index,
                               const std::vector<picture::Marker>& markers, std::int64_t step,
                               double time) const {
  const grid::ImageSpec& image = job_->output.images[index];
  const grid::Geometry& g = job_->geometry;
  const Plane plane = plane_of(image, g);
  PlaneValues values = gather_plane(*comm_, store, g.cells, image.field, image.component, plane);
  PlaneValues mask;
  if (image.mask_field) mask = gather_plane(*comm_, store, g.cells, *image.mask_field, 0, plane);
  const std::string name = path_of(index, step);
  transport::collectively(*comm_, [&] {
    if (!comm_->is_root()) return;
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

#include "grid/input/stored_grid.h"

#include "base/contract.h"
#include "base/text.h"
#include "grid/input/bad_data.h"
#include "grid/input/cf_time.h"
#include "grid/input/map_projection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace tessera::input {
namespace {

/// Selects the time that the job asks for. Returns the weight of the values at the next time.
double select_layer(Slab& slab, const StoredVariable& variable, const AxisMap& map,
                    const GridSource& source) {
  if (!map.time) {
    if (source.at.empty()) return 0.0;
    throw bad_data(fmt::format("the job selects the time `{}`, but {} has no time dimension",
                               base::printable(source.at), variable.label),
                   "remove `at`");
  }
  const StoredDimension& time = variable.dimensions[*map.time];
  slab.count[*map.time] = 1;
  if (time.coordinate) {
    const TimeChoice choice = select_time(*time.coordinate, source.at, variable.label, source.between);
    slab.offset[*map.time] = choice.index;
    return choice.weight;
  }
  if (time.length != 1) {
    throw bad_data(fmt::format("{} has {} times without coordinates", variable.label, time.length),
                   "extract one");
  }
  return 0.0;
}

/// Returns the name of the only variable with at least as many dimensions as the domain and, if there are
/// some, its components.
std::string only_variable(const GridFile& file, const GridSource& source, int dimensions) {
  const std::vector<std::string> names = file.variables();
  const std::size_t needed = static_cast<std::size_t>(dimensions) + (source.component ? 1 : 0);
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (names.size() == 1 || file.rank(name) >= needed) found.push_back(name);
  }
  if (needed > 1 || names.size() == 1) {
    if (found.size() == 1) return found.front();
  }
  throw bad_data(
      fmt::format("the job does not name the variable in `{}` to read", base::printable(source.path)),
      "set dataset = \"NAME\"; the file contains " + list_names(names));
}

/// Nodes of a box along an axis that are stored one after the other, in either direction.
struct Run {
  std::size_t first = 0;  ///< in the box
  std::size_t count = 1;
  std::size_t index = 0;  ///< the smallest one in the file
  bool descending = false;
};

/// Divides the nodes of a box along an axis into runs: one, unless the columns were rotated.
std::vector<Run> runs_of(const StoredAxis& axis, std::size_t first, std::size_t count) {
  std::vector<Run> runs;
  const std::span<const std::size_t> index{axis.index.data() + first, count};
  for (std::size_t i = 0; i < count;) {
    const bool descending = i + 1 < count && index[i + 1] + 1 == index[i];
    std::size_t end = i + 1;
    while (end < count && (descending ? index[end] + 1 == index[end - 1] : index[end] == index[end - 1] + 1))
      ++end;
    runs.push_back({i, end - i, std::min(index[i], index[end - 1]), descending});
    i = end;
  }
  return runs;
}

/// The number of nodes in each part of an axis that lies in one chunk. `length`: of a chunk, in nodes.
std::vector<std::size_t> pieces_of(const StoredAxis& axis, std::uint64_t length) {
  std::vector<std::size_t> pieces;
  for (std::size_t i = 0; i < axis.index.size(); ++i) {
    if (i == 0 || axis.index[i] / length != axis.index[i - 1] / length) pieces.push_back(0);
    ++pieces.back();
  }
  return pieces;
}

/// How the stored values of a slab are arranged in memory along an axis.
struct Stride {
  std::size_t start = 0;    ///< position of the first node
  std::ptrdiff_t step = 0;  ///< distance to the next one
};

Stride stride_of(const Slab& slab, std::size_t dimension, const Run& run) {
  std::size_t step = 1;
  for (std::size_t d = dimension + 1; d < slab.count.size(); ++d) step *= slab.count[d];
  const auto distance = static_cast<std::ptrdiff_t>(step);
  return run.descending ? Stride{(run.count - 1) * step, -distance} : Stride{0, distance};
}

/// Copies the values of a slab to where they belong in a box of `extents` nodes.
void copy(const std::vector<double>& stored, const std::array<Run, 3>& runs,
          const std::array<Stride, 3>& strides, const Extents& extents, std::vector<double>& values) {
  const auto at = [](const Stride& stride, std::size_t i) {
    return static_cast<std::ptrdiff_t>(stride.start) + static_cast<std::ptrdiff_t>(i) * stride.step;
  };
  for (std::size_t k = 0; k < runs[2].count; ++k) {
    for (std::size_t j = 0; j < runs[1].count; ++j) {
      const double* from = stored.data() + at(strides[2], k) + at(strides[1], j);
      double* to =
          values.data() + ((runs[2].first + k) * extents[1] + runs[1].first + j) * extents[0] + runs[0].first;
      if (strides[0].step == 1) {
        std::copy_n(from, runs[0].count, to);
      } else {
        for (std::size_t i = 0; i < runs[0].count; ++i) to[i] = from[at(strides[0], i)];
      }
    }
  }
}

/// Whether a slab contains exactly the values of a box, in their order.
bool is_box(const std::array<Run, 3>& runs, const std::array<Stride, 3>& strides, const Extents& extents) {
  std::size_t step = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    if (runs[a].count != extents[a]) return false;
    if (extents[a] > 1 && strides[a].step != static_cast<std::ptrdiff_t>(step)) return false;
    step *= extents[a];
  }
  return true;
}

}  // namespace

StoredGrid::StoredGrid(const GridSource& source, int dimensions, const std::optional<Region>& region)
    : file_{open_grid_file(source.path)},
      variable_{source.dataset.empty() ? only_variable(*file_, source, dimensions) : source.dataset} {
  const StoredVariable variable = file_->describe(variable_, source.axes, source.component.has_value());
  label_ = variable.label;
  const AxisMap map = map_axes(variable, source, dimensions);
  reject_other_coordinates(*file_, variable_, variable, map, source);
  reject_other_unit(variable, source);
  for (const StoredDimension& dimension : variable.dimensions) {
    slab_.offset.push_back(0);
    slab_.count.push_back(dimension.length);
    if (dimension.length == 0) throw bad_data(label_ + " is empty");
  }
  weight_ = select_layer(slab_, variable, map, source);
  time_ = map.time;
  if (map.components) {
    slab_.offset[*map.components] = static_cast<std::uint64_t>(source.component->index);
    slab_.count[*map.components] = 1;
  }
  stored_axes_ = select_axes(*file_, variable, map, source, region);
  std::uint64_t stored = 1;
  std::uint64_t spanned = 1;
  for (const std::uint64_t n : slab_.count) stored *= n;
  for (std::size_t a = 0; a < stored_axes_.size(); ++a) {
    spanned *= slab_.count[stored_axes_[a].dimension];
    axes_.push_back(stored_axes_[a].nodes);
    extents_[a] = axes_[a].size();
  }
  base::expects(stored == spanned, "the axes and the selected time span the variable");
  decode_.emplace(variable.attributes, variable.type, label_);
}

std::vector<NodeBox> StoredGrid::blocks(std::size_t max_nodes) const {
  const std::vector<std::uint64_t> chunk = file_->chunk(variable_);
  std::array<std::vector<std::size_t>, 3> pieces{{{1}, {1}, {1}}};
  std::array<std::size_t, 3> order{0, 1, 2};
  for (std::size_t a = 0; a < stored_axes_.size(); ++a)
    pieces[a] = pieces_of(stored_axes_[a], chunk.empty() ? 1 : chunk[stored_axes_[a].dimension]);
  // Axes that the grid does not have cannot be divided, so their place does not matter.
  const auto dimension = [&](std::size_t a) {
    return a < stored_axes_.size() ? stored_axes_[a].dimension : 0;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return dimension(a) > dimension(b); });
  return divide(pieces, order, max_nodes);
}

void StoredGrid::expect_stored() const {
  Slab slab = slab_;
  for (const StoredAxis& axis : stored_axes_) {
    const auto [low, high] = std::minmax_element(axis.index.begin(), axis.index.end());
    slab.offset[axis.dimension] = *low;
    slab.count[axis.dimension] = *high - *low + 1;
  }
  file_->expect_stored(variable_, slab);
}

StoredGrid::Block StoredGrid::read_layer(const NodeBox& box, std::uint64_t later) const {
  Slab slab = slab_;
  if (time_) slab.offset[*time_] += later;
  std::array<std::vector<Run>, 3> all;
  for (std::size_t a = 0; a < 3; ++a) {
    all[a] = a < stored_axes_.size() ? runs_of(stored_axes_[a], box.first[a], box.count[a])
                                     : std::vector<Run>{Run{}};
  }
  Block block;
  for (const Run& z : all[2]) {
    for (const Run& y : all[1]) {
      for (const Run& x : all[0]) {
        const std::array<Run, 3> runs{x, y, z};
        std::array<Stride, 3> strides{};
        for (std::size_t a = 0; a < stored_axes_.size(); ++a) {
          slab.offset[stored_axes_[a].dimension] = runs[a].index;
          slab.count[stored_axes_[a].dimension] = runs[a].count;
        }
        for (std::size_t a = 0; a < stored_axes_.size(); ++a)
          strides[a] = stride_of(slab, stored_axes_[a].dimension, runs[a]);
        std::vector<double> stored = file_->read(variable_, slab);
        if (is_box(runs, strides, box.count)) {
          block.values = std::move(stored);
          continue;
        }
        if (block.values.empty())
          block.values = allocate_values({box.count.begin(), box.count.end()}, label_);
        copy(stored, runs, strides, box.count, block.values);
      }
    }
  }
  block.gap = decode_->decode(block.values);
  return block;
}

StoredGrid::Block StoredGrid::read(const NodeBox& box) const {
  Block block = read_layer(box, 0);
  if (weight_ == 0.0) return block;
  const Block next = read_layer(box, 1);
  if (block.gap.empty()) block.gap = next.gap;
  for (std::size_t i = 0; i < next.values.size(); ++i) {
    // std::lerp may ignore a NaN.
    const bool missing = std::isnan(block.values[i]) || std::isnan(next.values[i]);
    block.values[i] = missing ? std::numeric_limits<double>::quiet_NaN()
                              : std::lerp(block.values[i], next.values[i], weight_);
  }
  return block;
}

std::string StoredGrid::position_of(std::size_t node) const {
  std::string text;
  for (const StoredAxis& axis : stored_axes_) {
    const std::size_t i = node % axis.nodes.size();
    node /= axis.nodes.size();
    text += fmt::format("{}{} = {} (index {})", text.empty() ? "" : ", ", base::printable(axis.name),
                        axis.nodes[i], axis.index[i]);
  }
  return text;
}

}  // namespace tessera::input

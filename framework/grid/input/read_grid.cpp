#include "base/contract.h"
#include "grid/input/bad_data.h"
#include "grid/input/gaps.h"
#include "grid/input/grid_data.h"
#include "grid/input/missing_values.h"
#include "grid/input/stored_grid.h"
#include "grid/input/unchanged_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::input {
namespace {

/// Copies the values of a box to where they belong in a grid of `extents` nodes.
void place(const std::vector<double>& from, const NodeBox& box, const Extents& extents,
           std::vector<double>& values) {
  for (std::size_t start = 0; start < from.size(); start += box.count[0]) {
    const std::size_t node = node_at(box, start, extents);
    std::copy_n(from.data() + start, box.count[0], values.data() + node);
  }
}

/// Reads all values of a grid, block by block, and adds the missing ones to `missing`.
std::vector<double> read_values(const StoredGrid& grid, MissingValues& missing) {
  const std::vector<std::size_t> count{grid.extents().begin(), grid.extents().end()};
  expect_room(count, grid.label());
  grid.expect_stored();
  const std::vector<NodeBox> boxes = grid.blocks(max_block_nodes);
  if (boxes.size() == 1) {
    StoredGrid::Block block = grid.read(boxes[0]);
    missing.add(boxes[0], block);
    return std::move(block.values);
  }
  std::vector<double> values = allocate_values(count, grid.label());
  for (const NodeBox& box : boxes) {
    const StoredGrid::Block block = grid.read(box);
    missing.add(box, block);
    place(block.values, box, grid.extents(), values);
  }
  return values;
}

std::size_t count_gaps(std::span<const double> values) {
  return static_cast<std::size_t>(
      std::count_if(values.begin(), values.end(), [](double value) { return std::isnan(value); }));
}

GridData crop_to(const GridData& data, const Region& region) {
  const auto dimensions = static_cast<std::size_t>(data.dimensions());
  return data.crop({region.lower.data(), dimensions}, {region.upper.data(), dimensions});
}

}  // namespace

GridData GridData::read(const StoredGrid& grid, const GridSource& source, const std::optional<Region>& part) {
  MissingValues missing{grid};
  std::vector<double> values = read_values(grid, missing);
  GridData data{grid.axes(), std::move(values)};
  std::size_t filled = 0;
  if (missing.count() > 0 && !source.partial) {
    if (!source.fill) missing.reject();
    if (source.fill->nearest && missing.count() == grid.size())
      throw bad_data(fmt::format("{} has no values: all of them are missing", grid.label()),
                     "specify other data");
    filled = part ? count_gaps(crop_to(data, *part).values()) : missing.count();
    fill_gaps(data.values_, grid.extents(), *source.fill);
  }
  if (part) data = crop_to(data, *part);
  data.filled_ = filled;
  return data;
}

GridData GridData::read(const GridSource& source, int dimensions, const std::optional<Region>& region) {
  base::expects(dimensions >= 1 && dimensions <= 3, "a grid has 1 to 3 dimensions");
  // The nearest value may be anywhere in the domain.
  const bool reads_domain = source.fill && source.fill->nearest && source.domain && region;
  std::optional<GridData> data;
  read_unchanged(source.path, [&] {
    data = read(StoredGrid{source, dimensions, reads_domain ? source.domain : region}, source,
                reads_domain ? region : std::nullopt);
  });
  return std::move(*data);
}

}  // namespace tessera::input

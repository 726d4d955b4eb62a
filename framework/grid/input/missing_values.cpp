#include "grid/input/missing_values.h"

#include "grid/input/bad_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tessera::input {

void MissingValues::add(const NodeBox& box, const StoredGrid::Block& block) {
  if (block.gap.empty()) return;
  const auto is_gap = [](double value) { return std::isnan(value); };
  const auto begin = block.values.begin();
  count_ += static_cast<std::size_t>(std::count_if(begin, block.values.end(), is_gap));
  const auto position = static_cast<std::size_t>(std::find_if(begin, block.values.end(), is_gap) - begin);
  const std::size_t node = node_at(box, position, grid_->extents());
  if (first_ && *first_ < node) return;
  first_ = node;
  description_ = block.gap;
}

void MissingValues::reject() const {
  throw bad_data(fmt::format("{} contains {} at {}{}", grid_->label(), description_,
                             grid_->position_of(first_.value_or(0)),
                             count_ > 1 ? fmt::format(", and {} more", count_ - 1) : ""),
                 "extract another region, or fill the gaps: fill = \"nearest\", or fill = a number");
}

}  // namespace tessera::input

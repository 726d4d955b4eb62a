#include "hdf5/array_pieces.h"

#include <algorithm>
#include <utility>

namespace tessera::hdf5 {

ArrayPieces::ArrayPieces(std::vector<hsize_t> extents, const std::vector<hsize_t>& chunk,
                         std::uint64_t max_values)
    : extents_{std::move(extents)},
      step_{chunk.empty() ? std::vector<hsize_t>(extents_.size(), 1) : chunk},
      first_(extents_.size(), 0) {
  std::uint64_t values = 1;  // in a box
  for (std::size_t d = 0; d < extents_.size(); ++d) values *= std::min(step_[d], extents_[d]);
  for (std::size_t d = extents_.size(); d-- > 0;) {
    const std::uint64_t chunks = (extents_[d] - 1) / step_[d] + 1;
    const std::uint64_t factor = std::clamp<std::uint64_t>(max_values / values, 1, chunks);
    values = values / std::min(step_[d], extents_[d]) * std::min(step_[d] * factor, extents_[d]);
    step_[d] *= factor;
  }
}

std::optional<ArrayBox> ArrayPieces::next() {
  if (is_done_) return std::nullopt;
  ArrayBox box{first_, step_};
  for (std::size_t d = 0; d < extents_.size(); ++d)
    box.count[d] = std::min(step_[d], extents_[d] - first_[d]);
  is_done_ = true;
  for (std::size_t d = extents_.size(); d-- > 0 && is_done_;) {
    is_done_ = extents_[d] - first_[d] <= step_[d];
    first_[d] = is_done_ ? 0 : first_[d] + step_[d];
  }
  return box;
}

}  // namespace tessera::hdf5

#include "grid/input/data_digest.h"

#include "base/digest.h"

#include <bit>
#include <cstddef>

namespace tessera::input {

DataDigest::DataDigest(const std::vector<std::vector<double>>& axes) {
  for (std::size_t a = 0; a < axes.size(); ++a) {
    axes_ += base::Digest::to_hex(base::hash_of(std::as_bytes(std::span{axes[a]}))) + " ";
    extents_[a] = axes[a].size();
  }
}

void DataDigest::add(const NodeBox& box, std::span<const double> values) {
  for (std::size_t start = 0; start < values.size(); start += box.count[0]) {
    const std::uint64_t node = node_at(box, start, extents_);
    for (std::size_t i = 0; i < box.count[0]; ++i)
      sum_ += base::Digest::cell_hash(0, node + i, std::bit_cast<std::uint64_t>(values[start + i]));
  }
}

std::string DataDigest::text() const { return base::fingerprint(axes_ + base::Digest::to_hex(sum_)); }

}  // namespace tessera::input

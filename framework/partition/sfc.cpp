#include "partition/sfc.h"

#include "base/contract.h"
#include "base/error.h"
#include "grid/hilbert.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>

namespace tessera::partition {

namespace {

/// The chunk ids of a layout in the order of the Hilbert curve of the enclosing power-of-two cube.
std::vector<std::int32_t> hilbert_order(const grid::ChunkLayout& layout) {
  const auto& n = layout.lattice();
  int dimensions = 1;
  std::int64_t longest = n[0];
  for (int a = 1; a < 3; ++a) {
    if (n[a] > 1) dimensions = a + 1;
    longest = std::max(longest, n[a]);
  }
  const int bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(longest - 1)));
  struct Keyed {
    std::uint64_t position;
    std::int32_t id;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(static_cast<std::size_t>(layout.chunk_count()));
  for (std::int64_t id = 0; id < layout.chunk_count(); ++id) {
    keyed.push_back(
        {grid::hilbert_position(layout.place_of(id), bits, dimensions), static_cast<std::int32_t>(id)});
  }
  std::sort(keyed.begin(), keyed.end(),
            [](const Keyed& a, const Keyed& b) { return a.position < b.position; });
  std::vector<std::int32_t> order;
  order.reserve(keyed.size());
  for (const Keyed& k : keyed) order.push_back(k.id);
  return order;
}

}  // namespace

Sfc::Sfc(const grid::ChunkLayout& layout, int ranks, ChunkCosts costs) : Partition{layout}, ranks_{ranks} {
  const std::int64_t count = layout.chunk_count();
  base::expects(ranks >= 1, "a partition needs a rank");
  const grid::Index& lattice = layout.lattice();
  if (count > std::numeric_limits<std::int32_t>::max() ||
      std::max({lattice[0], lattice[1], lattice[2]}) > (std::int64_t{1} << 20)) {
    throw base::Error(
        base::ExitCode::bad_job,
        "the domain has too many chunks for the sfc partitioner: it takes 2^31 - 1 in all and 2^20 along "
        "an axis",
        "choose larger chunks (`chunk` in [domain]), or partition = \"rcb\"");
  }
  base::expects(costs.empty() || static_cast<std::int64_t>(costs.size()) == count, "one cost a chunk");

  const auto cost_of = [&](std::int64_t id) {
    if (!costs.empty()) return costs[static_cast<std::size_t>(id)];
    const grid::Index place = layout.place_of(id);
    return static_cast<double>(layout.cells_of({place, place + grid::Index{{1, 1, 1}}}).volume());
  };
  const std::vector<std::int32_t> order = hilbert_order(layout);
  double total = 0.0;
  for (const std::int32_t id : order) total += cost_of(id);

  rank_of_.assign(static_cast<std::size_t>(count), 0);
  double before = 0.0;
  for (const std::int32_t id : order) {
    const double cost = cost_of(id);
    const double middle = total > 0.0 ? (before + 0.5 * cost) / total : 0.0;
    rank_of_[static_cast<std::size_t>(id)] =
        std::min(ranks - 1, static_cast<int>(middle * static_cast<double>(ranks)));
    before += cost;
  }

  chunks_sorted_.resize(static_cast<std::size_t>(count));
  for (std::int64_t id = 0; id < count; ++id) {
    chunks_sorted_[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(id);
  }
  std::stable_sort(chunks_sorted_.begin(), chunks_sorted_.end(),
                   [&](std::int32_t a, std::int32_t b) { return rank_of(a) < rank_of(b); });
  for (std::size_t n = 0; n < chunks_sorted_.size(); ++n) {
    const int rank = rank_of(chunks_sorted_[n]);
    if (owners_.empty() || owners_.back() != rank) {
      owners_.push_back(rank);
      first_.push_back(static_cast<std::int64_t>(n));
    }
  }
  first_.push_back(count);
}

std::vector<grid::Box> Sfc::bricks(int rank) const {
  const auto found = std::lower_bound(owners_.begin(), owners_.end(), rank);
  if (found == owners_.end() || *found != rank) return {};
  const auto n = static_cast<std::size_t>(found - owners_.begin());
  std::set<std::int32_t> left{chunks_sorted_.begin() + first_[n], chunks_sorted_.begin() + first_[n + 1]};
  const auto all_left = [&](const grid::Box& box) {
    for (std::int64_t z = box.lower[2]; z < box.upper[2]; ++z) {
      for (std::int64_t y = box.lower[1]; y < box.upper[1]; ++y) {
        for (std::int64_t x = box.lower[0]; x < box.upper[0]; ++x) {
          if (!left.contains(static_cast<std::int32_t>(layout().id_of({{x, y, z}})))) return false;
        }
      }
    }
    return true;
  };
  std::vector<grid::Box> boxes;
  while (!left.empty()) {
    grid::Box box;
    box.lower = layout().place_of(*left.begin());
    box.upper = box.lower + grid::Index{{1, 1, 1}};
    for (int axis = 0; axis < 3; ++axis) {
      while (box.upper[axis] < layout().lattice()[axis]) {
        grid::Box slab = box;
        slab.lower[axis] = box.upper[axis];
        slab.upper[axis] = box.upper[axis] + 1;
        if (!all_left(slab)) break;
        box.upper[axis] += 1;
      }
    }
    for (std::int64_t z = box.lower[2]; z < box.upper[2]; ++z) {
      for (std::int64_t y = box.lower[1]; y < box.upper[1]; ++y) {
        for (std::int64_t x = box.lower[0]; x < box.upper[0]; ++x) {
          left.erase(static_cast<std::int32_t>(layout().id_of({{x, y, z}})));
        }
      }
    }
    boxes.push_back(box);
  }
  return boxes;
}

void Sfc::visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const {
  std::set<int> ranks_there;
  for (std::int64_t z = chunks.lower[2]; z < chunks.upper[2]; ++z) {
    for (std::int64_t y = chunks.lower[1]; y < chunks.upper[1]; ++y) {
      for (std::int64_t x = chunks.lower[0]; x < chunks.upper[0]; ++x) {
        ranks_there.insert(rank_of(layout().id_of({{x, y, z}})));
      }
    }
  }
  for (const int rank : ranks_there) {
    const std::vector<grid::Box> boxes = bricks(rank);
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      if (!grid::intersection(boxes[b], chunks).empty()) visit({rank, static_cast<int>(b), boxes[b]});
    }
  }
}

}  // namespace tessera::partition

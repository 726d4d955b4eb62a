#include "grid/partition/sfc.h"

#include "base/contract.h"
#include "base/error.h"
#include "grid/geometry/hilbert.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>

namespace tessera::partition {

namespace {

/// Parameters of the smallest Hilbert curve that covers a lattice.
struct Curve {
  int bits;
  int dimensions;
};

Curve curve_of(const grid::ChunkLayout& layout) {
  const grid::Index& n = layout.lattice();
  const std::int64_t longest = std::max({n[0], n[1], n[2]});
  if (layout.chunk_count() > std::numeric_limits<std::int32_t>::max() || longest > (std::int64_t{1} << 20)) {
    throw base::Error(
        base::ExitCode::bad_job,
        "the domain has too many chunks for the sfc partitioner: the limits are 2^31 - 1 in total and 2^20 "
        "along an axis",
        "choose larger chunks (`chunk` in [domain]), or partition = \"rcb\"");
  }
  const int dimensions = n[2] > 1 ? 3 : n[1] > 1 ? 2 : 1;
  return {static_cast<int>(std::bit_width(static_cast<std::uint64_t>(longest - 1))), dimensions};
}

/// The chunk ids of a layout in curve order.
std::vector<std::int32_t> hilbert_order(const grid::ChunkLayout& layout) {
  const Curve curve = curve_of(layout);
  struct ChunkOnCurve {
    std::uint64_t position;
    std::int32_t id;
  };
  std::vector<ChunkOnCurve> chunks;
  chunks.reserve(static_cast<std::size_t>(layout.chunk_count()));
  for (std::int64_t id = 0; id < layout.chunk_count(); ++id) {
    chunks.push_back({grid::hilbert_position(layout.index_of(id), curve.bits, curve.dimensions),
                      static_cast<std::int32_t>(id)});
  }
  std::sort(chunks.begin(), chunks.end(),
            [](const ChunkOnCurve& a, const ChunkOnCurve& b) { return a.position < b.position; });
  std::vector<std::int32_t> order;
  order.reserve(chunks.size());
  for (const ChunkOnCurve& c : chunks) order.push_back(c.id);
  return order;
}

}  // namespace

std::uint64_t curve_position(const grid::ChunkLayout& layout, std::int64_t chunk) {
  const Curve curve = curve_of(layout);
  return grid::hilbert_position(layout.index_of(chunk), curve.bits, curve.dimensions);
}

Sfc::Sfc(const grid::ChunkLayout& layout, int ranks, std::vector<std::int32_t> order)
    : Partition{layout}, ranks_{ranks}, rank_of_(order.size(), 0), order_{std::move(order)} {
  base::expects(ranks >= 1, "a partition must have at least one rank");
}

Sfc::Sfc(const grid::ChunkLayout& layout, int ranks) : Sfc{layout, ranks, hilbert_order(layout)} {
  const double total = static_cast<double>(grid::Box{{}, layout.cells()}.volume());
  double before = 0.0;
  for (std::int64_t n = 0; n < layout.chunk_count(); ++n) {
    const grid::Box chunk = grid::box_at(layout.index_of(order_[static_cast<std::size_t>(n)]));
    const double cells = static_cast<double>(layout.cells_of(chunk).volume());
    const double middle = (before + 0.5 * cells) / total;
    assign(std::min(ranks - 1, static_cast<int>(middle * static_cast<double>(ranks))), n, n + 1);
    before += cells;
  }
}

Sfc::Sfc(const grid::ChunkLayout& layout, int ranks, std::span<const std::int64_t> first)
    : Sfc{layout, ranks, hilbert_order(layout)} {
  base::expects(static_cast<int>(first.size()) == ranks && first[0] == 0,
                "there must be one stretch per rank, the first starting at index 0");
  for (int rank = 0; rank < ranks; ++rank) {
    const auto n = static_cast<std::size_t>(rank);
    const std::int64_t end = n + 1 < first.size() ? first[n + 1] : layout.chunk_count();
    base::expects(first[n] <= end && end <= layout.chunk_count(),
                  "stretches must be in ascending order along the curve");
    assign(rank, first[n], end);
  }
}

/// Assigns the chunks with indices [begin, end) along the curve to a rank. Calls must be in ascending order.
void Sfc::assign(int rank, std::int64_t begin, std::int64_t end) {
  if (begin == end) return;
  if (owners_.empty() || owners_.back() != rank) {
    owners_.push_back(rank);
    ends_.push_back(end);
  }
  ends_.back() = end;
  for (std::int64_t n = begin; n < end; ++n) {
    rank_of_[static_cast<std::size_t>(order_[static_cast<std::size_t>(n)])] = rank;
  }
}

std::int64_t Sfc::stretch_begin(int rank) const {
  const auto found = std::lower_bound(owners_.begin(), owners_.end(), rank);
  return found == owners_.begin() ? 0 : ends_[static_cast<std::size_t>(found - owners_.begin()) - 1];
}

std::span<const std::int32_t> Sfc::stretch(int rank) const {
  const auto first = static_cast<std::size_t>(stretch_begin(rank));
  const auto end = static_cast<std::size_t>(stretch_begin(rank + 1));
  return std::span{order_}.subspan(first, end - first);
}

std::vector<grid::Box> Sfc::bricks(int rank) const {
  const std::span<const std::int32_t> own = stretch(rank);
  std::set<std::int32_t> unassigned{own.begin(), own.end()};
  const auto all_unassigned = [&](const grid::Box& box) {
    bool all = true;
    for_each_index(box, [&](const grid::Index& index) {
      all = all && unassigned.contains(static_cast<std::int32_t>(layout().id_of(index)));
    });
    return all;
  };
  std::vector<grid::Box> boxes;
  while (!unassigned.empty()) {
    grid::Box box = grid::box_at(layout().index_of(*unassigned.begin()));
    for (int axis = 0; axis < 3; ++axis) {
      while (box.upper[axis] < layout().lattice()[axis]) {
        grid::Box slab = box;
        slab.lower[axis] = box.upper[axis];
        slab.upper[axis] = box.upper[axis] + 1;
        if (!all_unassigned(slab)) break;
        box.upper[axis] += 1;
      }
    }
    for_each_index(box, [&](const grid::Index& index) {
      unassigned.erase(static_cast<std::int32_t>(layout().id_of(index)));
    });
    boxes.push_back(box);
  }
  return boxes;
}

void Sfc::visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const {
  std::set<int> owners;
  for_each_index(chunks, [&](const grid::Index& index) { owners.insert(rank_of(layout().id_of(index))); });
  for (const int rank : owners) {
    const std::vector<grid::Box> boxes = bricks(rank);
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      if (!grid::intersection(boxes[b], chunks).empty()) visit({rank, static_cast<int>(b), boxes[b]});
    }
  }
}

}  // namespace tessera::partition

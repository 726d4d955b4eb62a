// The assignment of chunks to ranks.
#pragma once

#include "grid/geometry/chunk_layout.h"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace tessera::partition {

/// A brick and its owner.
struct Owner {
  int rank = 0;
  int brick = 0;     ///< index in the rank's bricks()
  grid::Box chunks;  ///< the brick, as a lattice box
};

/// An assignment of all chunks of a layout to ranks. Every rank constructs the same partition, without
/// communication. A rank's chunks are grouped into bricks, which are boxes of chunks that share storage.
class Partition {
 public:
  virtual ~Partition() = default;

  virtual std::string_view name() const = 0;
  virtual int ranks() const = 0;
  const grid::ChunkLayout& layout() const { return layout_; }

  /// The bricks of a rank as disjoint lattice boxes; empty if the rank owns no chunks.
  virtual std::vector<grid::Box> bricks(int rank) const = 0;

  /// Calls `visit` for every brick that overlaps the lattice box `chunks`.
  virtual void visit_owners(const grid::Box& chunks,
                            const std::function<void(const Owner&)>& visit) const = 0;

 protected:
  explicit Partition(const grid::ChunkLayout& layout) : layout_{layout} {}

 private:
  grid::ChunkLayout layout_;
};

enum class Method { rcb, sfc };

/// Constructs a partition for `ranks` ranks (at least 1; there may be more ranks than chunks).
std::unique_ptr<Partition> make_partition(Method method, const grid::ChunkLayout& layout, int ranks);

/// The largest cell count of a rank divided by the mean over all ranks, minus 1.
double imbalance(const Partition& partition);

}  // namespace tessera::partition

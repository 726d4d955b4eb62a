// Fields in memory that is shared between the ranks of a node.
#pragma once

#include "grid/field/store_layout.h"
#include "grid/partition/partition.h"
#include "transport/shared_memory.h"

#include <cstdint>
#include <map>
#include <vector>

namespace tessera::halo {

/// Returns the other ranks, in ascending order, that own cells within `ghost` layers of the bricks of `rank`,
/// including across periodic faces. Does not communicate.
std::vector<int> neighbours(const partition::Partition& partition, std::array<bool, 3> periodic,
                            const grid::Index& ghost, int rank);

/// Fields in memory that neighbours on the node read directly, and two counters per rank: the number of the
/// latest exchange for which the rank's cells are ready, and the number of the latest exchange for which the
/// rank has copied the cells of its neighbours. An exchange has the same number on all ranks. Each rank
/// changes only its own counters, so no lock is needed.
class SharedFields {
 public:
  /// Size, in bytes, of the shared memory that a rank needs for fields of the given layout.
  static std::size_t bytes(const field::StoreLayout& layout);

  /// `own`: the layout of this rank's fields; those of other ranks follow from the partition.
  SharedFields(transport::SharedMemory memory, const field::StoreLayout& own,
               const partition::Partition& partition);

  /// The memory of this rank's fields.
  std::span<std::byte> own_fields() const;

  /// Whether this rank can read the fields of `rank`.
  bool can_read(int rank) const { return peers_.contains(rank); }
  /// The first owned cell of a neighbour's brick, in domain indices.
  const grid::Index& corner(int rank, int brick) const;
  /// The view of a level of a neighbour's field.
  field::ConstFieldView view(int rank, int brick, int field, int level) const;

  /// Begins the next exchange and returns its number.
  std::uint64_t begin_exchange() { return ++exchange_; }
  /// Signals that this rank's cells are ready to be read in an exchange, or that this rank has copied its
  /// neighbours' cells.
  void signal_ready(std::uint64_t exchange) const;
  void signal_copied(std::uint64_t exchange) const;
  /// Whether the neighbour `rank` has sent the corresponding signal for `exchange` or a later exchange.
  bool is_ready(int rank, std::uint64_t exchange) const;
  bool has_copied(int rank, std::uint64_t exchange) const;

 private:
  struct Peer {
    std::byte* memory;
    field::StoreLayout layout;
  };

  transport::SharedMemory memory_;
  std::map<int, Peer> peers_;
  std::uint64_t exchange_ = 0;
};

}  // namespace tessera::halo

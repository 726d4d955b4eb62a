// The fields of the ranks of one node, as each of them sees the others'.
#pragma once

#include "grid/field/store_layout.h"
#include "grid/partition/partition.h"
#include "transport/shared_memory.h"

#include <cstdint>
#include <map>
#include <vector>

namespace tessera::halo {

/// Ranks of `partition` that own cells within `ghost` layers of this rank's, across periodic ends too.
/// Pure, no communication.
std::vector<int> neighbours(const partition::Partition& partition, std::array<bool, 3> periodic,
                            const grid::Index& ghost, int rank);

/// Fields in memory that neighbours on the node read directly, and two counters a rank that say which of
/// its exchanges it has come to. Exchanges are numbered alike on all ranks; each rank moves its own
/// counters only, so that waiting needs no lock.
class SharedFields {
 public:
  /// Bytes of shared memory that a rank needs for fields of the given layout.
  static std::size_t bytes(const field::StoreLayout& layout);

  /// `own`: the layout of this rank's fields; the layouts of the others follow from the partition.
  SharedFields(transport::SharedMemory memory, const field::StoreLayout& own,
               const partition::Partition& partition);

  /// Where this rank's fields lie.
  std::span<std::byte> own_fields() const;

  /// Whether a neighbour's fields can be read.
  bool has(int rank) const { return peers_.contains(rank); }
  /// The first owned cell of a neighbour's brick, domain indices.
  const grid::Index& corner(int rank, int brick) const;
  /// A level of a neighbour's field.
  field::ConstFieldView view(int rank, int brick, int field, int level) const;

  /// The number of the exchange that begins now.
  std::uint64_t begin_exchange() { return ++exchange_; }
  /// Says that this rank's cells are ready to be read in an exchange; or that it has read the others'.
  void say_ready(std::uint64_t exchange) const;
  void say_taken(std::uint64_t exchange) const;
  /// Whether a neighbour has said so.
  bool ready(int rank, std::uint64_t exchange) const;
  bool taken(int rank, std::uint64_t exchange) const;

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

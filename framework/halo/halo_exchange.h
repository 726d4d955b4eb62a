// Refreshes ghost cells as a HaloPlan says.
#pragma once

#include "field/field_store.h"
#include "halo/halo_plan.h"
#include "transport/persistent_messages.h"

#include <cstdint>
#include <vector>

namespace tessera::halo {

/// A field of an exchange and the number of ghost layers to refresh.
struct HaloField {
  int field = 0;
  int width = 0;
};

/// One exchange of some fields between all bricks: one message a neighbouring rank, direct copies within
/// the rank. Owns its buffers and persistent requests; start() and finish() allocate nothing.
class HaloExchange {
 public:
  /// All ranks of `comm` must build their exchanges in the same order. `tag` tells exchanges apart.
  /// `comm` and `store` must outlive the exchange.
  HaloExchange(const transport::Communicator& comm, field::FieldStore& store,
               const partition::Partition& partition, std::array<bool, 3> periodic,
               std::vector<HaloField> fields, int tag);

  /// Packs and sends, and copies what stays on the rank. After it, ghost cells that mirror cells of this
  /// rank are valid. The current levels of the fields must not change before finish().
  void start();
  /// Waits for the messages and unpacks them.
  void finish();

  bool has_messages() const { return !peers_.empty(); }
  /// Whether cells next to a side of a brick wait for a message: such cells may be computed only after
  /// finish().
  bool waits(int brick, int axis, int side) const;
  /// Bytes this rank sends in one exchange.
  std::int64_t bytes_sent() const { return bytes_sent_; }

 private:
  /// A box of one field in a message, in the local indices of its brick.
  struct Item {
    int field;
    int brick;
    grid::Box cells;
  };
  struct Copy {
    int field;
    int from;
    int to;
    grid::Box source;
    grid::Index at;
  };
  struct Peer {
    int rank = 0;
    std::vector<Item> send_items;
    std::vector<Item> receive_items;
    std::vector<std::byte> send_buffer;
    std::vector<std::byte> receive_buffer;
    int send = -1;
    int receive = -1;
  };
  using Sides = std::array<std::array<bool, 2>, 3>;

  Peer& peer(int rank);
  void note_waits(const std::vector<HaloPlan>& plans);

  field::FieldStore* store_;
  std::vector<Copy> copies_;
  std::vector<Peer> peers_;
  std::vector<int> peer_of_receive_;  // by message number
  std::vector<Sides> waits_;          // by brick
  transport::PersistentMessages messages_;
  std::int64_t bytes_sent_ = 0;
};

}  // namespace tessera::halo

// Exchanges ghost cells according to a HaloPlan.
#pragma once

#include "base/stopwatch.h"
#include "grid/field/field_store.h"
#include "grid/halo/halo_plan.h"
#include "grid/halo/shared_fields.h"
#include "transport/persistent_messages.h"

#include <cstdint>
#include <vector>

namespace tessera::halo {

/// A field in an exchange, and the number of ghost layers to refresh.
struct HaloField {
  int field = 0;
  int width = 0;
};

/// Which data to wait for: messages only, or also cells in shared memory.
enum class WaitFor { messages, all };

/// The volume and the duration of this rank's communication with other ranks.
struct Traffic {
  std::int64_t bytes_sent = 0;           ///< sent in messages, or read by neighbours on the node
  std::int64_t bytes_in_messages = 0;    ///< size of the messages sent, including padding
  std::int64_t bytes_between_nodes = 0;  ///< size of the messages sent to other nodes
  double hidden_seconds = 0.0;           ///< time during which exchanges overlapped with computation
  double exposed_seconds = 0.0;          ///< time during which this rank waited for ghost cells

  Traffic& operator+=(const Traffic& other);
};

/// Exchanges the ghost cells of a set of fields between all bricks. Reads the memory of neighbours
/// on the node directly if it is shared, exchanges one message with every other neighbouring rank, and copies
/// cells within the rank. Owns its buffers and persistent requests; does not allocate memory after
/// construction.
///
/// For each exchange, call start(), copy_from_peers() and finish() once, in this order. Call
/// wait_for_readers() before the first write to cells that neighbours on the node may read.
class HaloExchange {
 public:
  /// `axes`: the axes along which ghost cells are exchanged; `tag`: MPI tag, unique to the exchange;
  /// `shared`: the fields of neighbours on the node, or nullptr to exchange messages only. All ranks of
  /// `comm` must construct and start their exchanges in the same order. `comm`, `store` and `shared` must
  /// outlive the exchange.
  HaloExchange(const transport::Communicator& comm, field::FieldStore& store,
               const partition::Partition& partition, std::array<bool, 3> periodic, std::array<bool, 3> axes,
               const std::vector<HaloField>& fields, int tag, SharedFields* shared = nullptr);

  /// Packs and sends the messages, signals that this rank's cells may be read, and copies cells within the
  /// rank. Afterwards, ghost cells that are copies of this rank's own cells are valid. The fields must not be
  /// advanced before finish().
  void start();
  /// Waits until the cells of the neighbours on the node are ready, and copies them.
  void copy_from_peers();
  /// Waits for the messages and unpacks them.
  void finish();
  /// Waits until the neighbours on the node have read the cells that they need from this rank. Returns
  /// immediately if they are already known to have done so.
  void wait_for_readers();
  /// Drives MPI progress, and records the time at which all data for this rank has arrived.
  void progress();

  bool has_messages() const { return !peers_.empty(); }
  bool has_shared_peers() const { return !shared_peers_.empty(); }
  /// Whether the cells next to a side of a brick depend on messages or, with WaitFor::all, on any data from
  /// other ranks. Cells that depend on messages may be computed after finish(), and cells that depend on
  /// shared memory after copy_from_peers().
  bool side_waits(int brick, int axis, int side, WaitFor what) const;

  /// Traffic since construction. `nodes`: the node of each rank; see transport::Communicator::node_leaders().
  Traffic traffic(const std::vector<int>& nodes) const;

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
    int send = -1;  // indices of the messages in messages_
    int receive = -1;
  };
  struct SharedPeer {
    int rank = 0;
    std::vector<Copy> copies;  // `from` is a brick of the peer
    bool done = false;
  };
  using Sides = std::array<std::array<bool, 2>, 3>;

  void mark_waiting_sides(const std::vector<HaloPlan>& plans);
  bool all_arrived();
  void copy_cells_of(const SharedPeer& peer);
  void end_overlap();
  template <class F>
  void wait_until(F done);

  int rank_;
  field::FieldStore* store_;
  SharedFields* shared_;
  std::vector<Copy> copies_;
  std::vector<Peer> peers_;
  std::vector<SharedPeer> shared_peers_;
  std::vector<int> peer_of_receive_;                 // index into peers_, by message index
  std::array<std::vector<Sides>, 2> waiting_sides_;  // [WaitFor][brick]
  transport::PersistentMessages messages_;
  std::int64_t bytes_sent_ = 0;      // per exchange
  std::int64_t exchange_count_ = 0;  // number of exchanges since construction

  std::uint64_t exchange_number_ = 0;  // number of the current exchange; see SharedFields
  bool readers_done_ = true;           // whether all readers are known to have finished
  base::Stopwatch since_start_;
  bool overlap_ended_ = true;  // whether hidden_seconds_ includes the current exchange
  double hidden_seconds_ = 0.0;
  double exposed_seconds_ = 0.0;
};

}  // namespace tessera::halo

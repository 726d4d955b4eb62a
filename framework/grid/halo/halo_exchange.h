// Refreshes ghost cells as a HaloPlan says.
#pragma once

#include "base/stopwatch.h"
#include "grid/field/field_store.h"
#include "grid/halo/halo_plan.h"
#include "grid/halo/shared_fields.h"
#include "transport/persistent_messages.h"

#include <cstdint>
#include <vector>

namespace tessera::halo {

/// A field of an exchange and the number of ghost layers to refresh.
struct HaloField {
  int field = 0;
  int width = 0;
};

/// Which neighbours cells wait for.
enum class Waiting { for_messages, for_all };

/// What has passed between this rank and others.
struct Traffic {
  std::int64_t bytes_sent = 0;           ///< in messages, or read by neighbours on the node
  std::int64_t bytes_in_messages = 0;    ///< of these
  std::int64_t bytes_between_nodes = 0;  ///< of these, to ranks of other nodes
  double hidden_seconds = 0.0;           ///< of exchanges under way while this rank computed
  double exposed_seconds = 0.0;          ///< in which it waited

  Traffic& operator+=(const Traffic& more);
};

/// One exchange of some fields between all bricks. Neighbours on the node whose memory is shared are read
/// directly; every other neighbouring rank gets one message; within the rank cells are copied. Owns its
/// buffers and persistent requests; allocates nothing after construction.
///
/// Use: start(), then take() and finish() in this order, each once; wait_until_taken() before the first
/// store to cells that an exchange has sent.
class HaloExchange {
 public:
  /// `axes`: along which ghost cells are exchanged. `shared`: the fields of neighbours on the node, or
  /// nullptr. All ranks of `comm` must build and start their exchanges in the same order. `tag` tells
  /// exchanges apart. `comm`, `store` and `shared` must outlive the exchange.
  HaloExchange(const transport::Communicator& comm, field::FieldStore& store,
               const partition::Partition& partition, std::array<bool, 3> periodic, std::array<bool, 3> axes,
               const std::vector<HaloField>& fields, int tag, SharedFields* shared = nullptr);

  /// Packs and sends, says that this rank is ready, and copies what stays on the rank. After it, ghost
  /// cells that mirror cells of this rank are valid. The current levels of the fields must not change
  /// before finish().
  void start();
  /// Waits for the neighbours on the node and copies from their memory.
  void take();
  /// Waits for the messages and unpacks them.
  void finish();
  /// Waits until the neighbours on the node have read what they need of this rank. Returns at once when
  /// they are known to have.
  void wait_until_taken();
  /// Makes messages move on, and notes when all that the rank waits for is there.
  void progress();

  bool has_messages() const { return !peers_.empty(); }
  bool has_shared() const { return !shared_peers_.empty(); }
  /// Whether cells next to a side of a brick wait for others: such cells may be computed only after take()
  /// and finish(), or after finish() where only messages count.
  bool waits(int brick, int axis, int side, Waiting whom) const;

  /// So far. `nodes`: the node of each rank; see transport::Communicator::node_numbers().
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
    int send = -1;
    int receive = -1;
  };
  struct SharedPeer {
    int rank = 0;
    std::vector<Copy> copies;  // `from` is a brick of the peer
    bool done = false;
  };
  using Sides = std::array<std::array<bool, 2>, 3>;

  void note_waits(const std::vector<HaloPlan>& plans);
  bool all_arrived();
  void copy_from(const SharedPeer& peer);
  void note_arrival();
  template <class F>
  void wait_until(F done);

  int rank_;
  field::FieldStore* store_;
  SharedFields* shared_;
  std::vector<Copy> copies_;
  std::vector<Peer> peers_;
  std::vector<SharedPeer> shared_peers_;
  std::vector<int> peer_of_receive_;         // by message number
  std::array<std::vector<Sides>, 2> waits_;  // [Waiting][brick]
  transport::PersistentMessages messages_;
  std::int64_t bytes_sent_ = 0;  // in one exchange
  std::int64_t count_ = 0;       // of exchanges

  std::uint64_t number_ = 0;  // of the exchange under way
  bool taken_known_ = true;
  base::Stopwatch under_way_;
  bool arrived_ = true;  // all that the rank waits for has been seen to be there
  double hidden_seconds_ = 0.0;
  double exposed_seconds_ = 0.0;
};

}  // namespace tessera::halo

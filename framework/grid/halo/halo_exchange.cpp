#include "grid/halo/halo_exchange.h"

#include "grid/field/copy.h"

#include <algorithm>

#include <sched.h>

namespace tessera::halo {

namespace {

/// Size of a box in a message, rounded up to a multiple of 8 bytes, so that the next box is aligned for any
/// scalar type.
std::size_t message_bytes(const field::ConstFieldView& view, const grid::Box& cells) {
  return (field::packed_bytes(view, cells) + 7) / 8 * 8;
}

/// Returns the entry of a rank, adding it if missing.
template <class Peer>
Peer& entry_of(std::vector<Peer>& peers, int rank) {
  const auto found = std::find_if(peers.begin(), peers.end(), [&](const Peer& p) { return p.rank == rank; });
  if (found != peers.end()) return *found;
  peers.emplace_back().rank = rank;
  return peers.back();
}

/// Number of polls after which a waiting rank yields its core.
constexpr int polls_before_yield = 200;

}  // namespace

HaloExchange::HaloExchange(const transport::Communicator& comm, field::FieldStore& store,
                           const partition::Partition& partition, std::array<bool, 3> periodic,
                           std::array<bool, 3> axes, const std::vector<HaloField>& fields, int tag,
                           SharedFields* shared)
    : rank_{comm.rank()}, store_{&store}, shared_{shared}, messages_{comm} {
  const auto corner = [&](int brick) { return store.bricks()[static_cast<std::size_t>(brick)].lower; };
  std::vector<HaloPlan> plans;
  for (const HaloField& f : fields) {
    grid::Index ghost;
    for (int a = 0; a < store.dimensions(); ++a) ghost[a] = axes[static_cast<std::size_t>(a)] ? f.width : 0;
    HaloPlan plan = HaloPlan::make(partition, periodic, ghost, comm.rank());
    for (const LocalCopy& c : plan.copies) {
      copies_.push_back({f.field, c.from, c.to, c.source.shifted(grid::Index{} - corner(c.from)),
                         c.source.lower + c.shift - corner(c.to)});
    }
    for (const Transfer& t : plan.sends) {
      bytes_sent_ +=
          static_cast<std::int64_t>(field::packed_bytes(store.current(t.brick, f.field), t.source));
      if (shared_ != nullptr && shared_->can_read(t.peer)) {
        entry_of(shared_peers_, t.peer);
      } else {
        entry_of(peers_, t.peer)
            .send_items.push_back({f.field, t.brick, t.source.shifted(grid::Index{} - corner(t.brick))});
      }
    }
    for (const Transfer& t : plan.receives) {
      if (shared_ != nullptr && shared_->can_read(t.peer)) {
        const grid::Index peer_corner = shared_->corner(t.peer, t.peer_brick);
        entry_of(shared_peers_, t.peer)
            .copies.push_back({f.field, t.peer_brick, t.brick, t.source.shifted(grid::Index{} - peer_corner),
                               t.source.lower + t.shift - corner(t.brick)});
      } else {
        entry_of(peers_, t.peer)
            .receive_items.push_back({f.field, t.brick, t.source.shifted(t.shift - corner(t.brick))});
      }
    }
    plans.push_back(std::move(plan));
  }
  mark_waiting_sides(plans);

  const auto bytes = [&](const std::vector<Item>& items) {
    std::size_t total = 0;
    for (const Item& item : items) total += message_bytes(store.current(item.brick, item.field), item.cells);
    return total;
  };
  for (Peer& p : peers_) {
    p.send_buffer.resize(bytes(p.send_items));
    p.receive_buffer.resize(bytes(p.receive_items));
    p.send = messages_.add_send(p.rank, tag, p.send_buffer);
    p.receive = messages_.add_receive(p.rank, tag, p.receive_buffer);
    peer_of_receive_.push_back(static_cast<int>(&p - peers_.data()));
  }
}

Traffic& Traffic::operator+=(const Traffic& other) {
  bytes_sent += other.bytes_sent;
  bytes_in_messages += other.bytes_in_messages;
  bytes_between_nodes += other.bytes_between_nodes;
  hidden_seconds += other.hidden_seconds;
  exposed_seconds += other.exposed_seconds;
  return *this;
}

Traffic HaloExchange::traffic(const std::vector<int>& nodes) const {
  const int own = nodes[static_cast<std::size_t>(rank_)];
  Traffic t{bytes_sent_ * exchange_count_, 0, 0, hidden_seconds_, exposed_seconds_};
  for (const Peer& p : peers_) {
    const std::int64_t bytes = static_cast<std::int64_t>(p.send_buffer.size()) * exchange_count_;
    t.bytes_in_messages += bytes;
    if (nodes[static_cast<std::size_t>(p.rank)] != own) t.bytes_between_nodes += bytes;
  }
  return t;
}

/// Determines for each side of each brick whether the cells near it must wait for other ranks, because they
/// read ghost cells beyond it. A box of ghost cells beyond several sides (at an edge or a corner) is read
/// only by cells near all of these sides, so it suffices to mark one of the sides. Boxes beyond a single side
/// are handled first, because their side must be marked.
void HaloExchange::mark_waiting_sides(const std::vector<HaloPlan>& plans) {
  struct GhostBox {
    std::size_t brick;
    bool in_message;
    std::vector<std::array<std::size_t, 2>> sides;
  };
  std::vector<GhostBox> boxes;
  for (const HaloPlan& plan : plans) {
    for (const Transfer& t : plan.receives) {
      const auto b = static_cast<std::size_t>(t.brick);
      const grid::Box& owned = store_->bricks()[b];
      const grid::Box ghosts = t.source.shifted(t.shift);
      GhostBox box{b, shared_ == nullptr || !shared_->can_read(t.peer), {}};
      for (int a = 0; a < 3; ++a) {
        if (ghosts.upper[a] <= owned.lower[a]) box.sides.push_back({static_cast<std::size_t>(a), 0});
        if (ghosts.lower[a] >= owned.upper[a]) box.sides.push_back({static_cast<std::size_t>(a), 1});
      }
      boxes.push_back(std::move(box));
    }
  }
  std::stable_sort(boxes.begin(), boxes.end(),
                   [](const GhostBox& l, const GhostBox& r) { return l.sides.size() < r.sides.size(); });
  for (const WaitFor what : {WaitFor::messages, WaitFor::all}) {
    auto& waiting_sides = waiting_sides_[static_cast<std::size_t>(what)];
    waiting_sides.resize(store_->bricks().size());
    for (const GhostBox& box : boxes) {
      if (what == WaitFor::messages && !box.in_message) continue;
      Sides& sides = waiting_sides[box.brick];
      const bool marked =
          std::any_of(box.sides.begin(), box.sides.end(), [&](const auto& s) { return sides[s[0]][s[1]]; });
      if (!marked && !box.sides.empty()) sides[box.sides.back()[0]][box.sides.back()[1]] = true;
    }
  }
}

bool HaloExchange::side_waits(int brick, int axis, int side, WaitFor what) const {
  return waiting_sides_[static_cast<std::size_t>(what)][static_cast<std::size_t>(brick)]
                       [static_cast<std::size_t>(axis)][static_cast<std::size_t>(side)];
}

void HaloExchange::start() {
  ++exchange_count_;
  messages_.start_receives();
  for (Peer& p : peers_) {
    std::byte* out = p.send_buffer.data();
    for (const Item& item : p.send_items) {
      const field::FieldView view = store_->current(item.brick, item.field);
      field::pack(view, item.cells, out);
      out += message_bytes(view, item.cells);
    }
    messages_.start_send(p.send);
  }
  if (shared_ != nullptr) {
    exchange_number_ = shared_->begin_exchange();
    shared_->signal_ready(exchange_number_);
    readers_done_ = shared_peers_.empty();
  }
  for (const Copy& c : copies_) {
    field::copy(store_->current(c.from, c.field), c.source, store_->current(c.to, c.field), c.at);
  }
  overlap_ended_ = peers_.empty() && shared_peers_.empty();
  since_start_ = {};
}

bool HaloExchange::all_arrived() {
  return messages_.all_received() &&
         std::all_of(shared_peers_.begin(), shared_peers_.end(),
                     [&](const SharedPeer& p) { return shared_->is_ready(p.rank, exchange_number_); });
}

void HaloExchange::progress() {
  if (overlap_ended_ || !all_arrived()) return;
  overlap_ended_ = true;
  hidden_seconds_ += since_start_.seconds();
}

/// Polls until done() is true, and drives MPI progress: while this rank waits for shared memory, another rank
/// may be waiting for a message from it.
template <class F>
void HaloExchange::wait_until(F done) {
  for (int polls = 1; !done(); ++polls) {
    if (polls % polls_before_yield != 0) continue;
    messages_.progress();
    sched_yield();
  }
}

/// Counts the time since start() as hidden, unless progress() has already done so. Must be called before this
/// rank waits.
void HaloExchange::end_overlap() {
  progress();
  if (overlap_ended_) return;
  hidden_seconds_ += since_start_.seconds();
  overlap_ended_ = true;
}

void HaloExchange::copy_from_peers() {
  if (shared_peers_.empty()) return;
  end_overlap();
  base::Stopwatch waiting;
  for (SharedPeer& p : shared_peers_) p.done = false;
  for (std::size_t pending = shared_peers_.size(); pending > 0;) {
    wait_until([&] {
      return std::any_of(shared_peers_.begin(), shared_peers_.end(), [&](const SharedPeer& p) {
        return !p.done && shared_->is_ready(p.rank, exchange_number_);
      });
    });
    exposed_seconds_ += waiting.lap();
    for (SharedPeer& p : shared_peers_) {
      if (p.done || !shared_->is_ready(p.rank, exchange_number_)) continue;
      copy_cells_of(p);
      p.done = true;
      --pending;
    }
    waiting.lap();
  }
  shared_->signal_copied(exchange_number_);
}

void HaloExchange::copy_cells_of(const SharedPeer& peer) {
  for (const Copy& c : peer.copies) {
    field::copy(shared_->view(peer.rank, c.from, c.field, store_->level(c.field)), c.source,
                store_->current(c.to, c.field), c.at);
  }
}

void HaloExchange::finish() {
  if (peers_.empty()) return;
  end_overlap();
  base::Stopwatch waiting;
  for (int message = messages_.next_received(); message >= 0; message = messages_.next_received()) {
    exposed_seconds_ += waiting.lap();
    const Peer& p = peers_[static_cast<std::size_t>(peer_of_receive_[static_cast<std::size_t>(message)])];
    const std::byte* in = p.receive_buffer.data();
    for (const Item& item : p.receive_items) {
      const field::FieldView view = store_->current(item.brick, item.field);
      field::unpack(in, view, item.cells);
      in += message_bytes(view, item.cells);
    }
    waiting.lap();
  }
  messages_.wait_sends();
}

void HaloExchange::wait_for_readers() {
  if (readers_done_) return;
  wait_until([&] {
    return std::all_of(shared_peers_.begin(), shared_peers_.end(),
                       [&](const SharedPeer& p) { return shared_->has_copied(p.rank, exchange_number_); });
  });
  readers_done_ = true;
}

}  // namespace tessera::halo

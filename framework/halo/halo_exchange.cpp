#include "halo/halo_exchange.h"

#include "field/copy.h"

#include <algorithm>

namespace tessera::halo {

namespace {

/// Room for a box in a message: whole words, so that the next box is aligned whatever its scalar type.
std::size_t message_bytes(const field::FieldView& view, const grid::Box& cells) {
  return (field::packed_bytes(view, cells) + 7) / 8 * 8;
}

}  // namespace

HaloExchange::HaloExchange(const transport::Communicator& comm, field::FieldStore& store,
                           const partition::Partition& partition, std::array<bool, 3> periodic,
                           std::vector<HaloField> fields, int tag)
    : store_{&store}, waits_(store.bricks().size()), messages_{comm} {
  const auto corner = [&](int brick) { return store.bricks()[static_cast<std::size_t>(brick)].lower; };
  std::vector<HaloPlan> plans;
  for (const HaloField& f : fields) {
    grid::Index ghost;
    for (int a = 0; a < store.dimensions(); ++a) ghost[a] = f.width;
    const HaloPlan plan = HaloPlan::make(partition, periodic, ghost, comm.rank());
    for (const LocalCopy& c : plan.copies) {
      copies_.push_back({f.field, c.from, c.to, c.source.shifted(grid::Index{} - corner(c.from)),
                         c.source.lower + c.shift - corner(c.to)});
    }
    for (const Transfer& t : plan.sends) {
      peer(t.peer).send_items.push_back(
          {f.field, t.brick, t.source.shifted(grid::Index{} - corner(t.brick))});
    }
    for (const Transfer& t : plan.receives) {
      peer(t.peer).receive_items.push_back({f.field, t.brick, t.source.shifted(t.shift - corner(t.brick))});
    }
    plans.push_back(plan);
  }
  note_waits(plans);

  const auto bytes = [&](const std::vector<Item>& items) {
    std::size_t total = 0;
    for (const Item& item : items) total += message_bytes(store.current(item.brick, item.field), item.cells);
    return total;
  };
  for (Peer& p : peers_) {
    p.send_buffer.resize(bytes(p.send_items));
    p.receive_buffer.resize(bytes(p.receive_items));
    bytes_sent_ += static_cast<std::int64_t>(p.send_buffer.size());
    p.send = messages_.add_send(p.rank, tag, p.send_buffer);
    p.receive = messages_.add_receive(p.rank, tag, p.receive_buffer);
    peer_of_receive_.push_back(static_cast<int>(&p - peers_.data()));
  }
}

HaloExchange::Peer& HaloExchange::peer(int rank) {
  const auto found =
      std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.rank == rank; });
  if (found != peers_.end()) return *found;
  peers_.emplace_back().rank = rank;
  return peers_.back();
}

/// A cell near one side of its brick reads ghost cells beyond that side. A ghost box beyond several
/// sides (an edge or a corner) is read by cells that are near all of them, so that one marked side is
/// enough; boxes beyond one side are marked first.
void HaloExchange::note_waits(const std::vector<HaloPlan>& plans) {
  struct Beyond {
    std::size_t brick;
    std::vector<std::array<std::size_t, 2>> sides;
  };
  std::vector<Beyond> all;
  for (const HaloPlan& plan : plans) {
    for (const Transfer& t : plan.receives) {
      const auto b = static_cast<std::size_t>(t.brick);
      const grid::Box& owned = store_->bricks()[b];
      const grid::Box ghosts = t.source.shifted(t.shift);
      Beyond beyond{b, {}};
      for (int a = 0; a < 3; ++a) {
        if (ghosts.upper[a] <= owned.lower[a]) beyond.sides.push_back({static_cast<std::size_t>(a), 0});
        if (ghosts.lower[a] >= owned.upper[a]) beyond.sides.push_back({static_cast<std::size_t>(a), 1});
      }
      all.push_back(std::move(beyond));
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Beyond& l, const Beyond& r) { return l.sides.size() < r.sides.size(); });
  for (const Beyond& beyond : all) {
    Sides& sides = waits_[beyond.brick];
    const bool marked = std::any_of(beyond.sides.begin(), beyond.sides.end(),
                                    [&](const auto& s) { return sides[s[0]][s[1]]; });
    if (!marked && !beyond.sides.empty()) sides[beyond.sides.back()[0]][beyond.sides.back()[1]] = true;
  }
}

bool HaloExchange::waits(int brick, int axis, int side) const {
  return waits_[static_cast<std::size_t>(brick)][static_cast<std::size_t>(axis)]
               [static_cast<std::size_t>(side)];
}

void HaloExchange::start() {
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
  for (const Copy& c : copies_) {
    field::copy(store_->current(c.from, c.field), c.source, store_->current(c.to, c.field), c.at);
  }
}

void HaloExchange::finish() {
  for (int message = messages_.next_received(); message >= 0; message = messages_.next_received()) {
    const Peer& p = peers_[static_cast<std::size_t>(peer_of_receive_[static_cast<std::size_t>(message)])];
    const std::byte* in = p.receive_buffer.data();
    for (const Item& item : p.receive_items) {
      const field::FieldView view = store_->current(item.brick, item.field);
      field::unpack(in, view, item.cells);
      in += message_bytes(view, item.cells);
    }
  }
  messages_.wait_sends();
}

}  // namespace tessera::halo

#include "grid/balance/migrate.h"

#include "base/contract.h"
#include "base/error.h"
#include "base/record.h"
#include "grid/field/copy.h"
#include "transport/agreement.h"
#include "transport/message_exchange.h"

#include <algorithm>
#include <string>

namespace tessera::balance {

namespace {

using field::FieldStore;
using Moves = std::span<const Move>;

int field_count(const FieldStore& store) { return static_cast<int>(store.fields().size()); }

/// Converts a box of cells from domain indices to local indices of a brick.
grid::Box to_local(const FieldStore& store, int brick, const grid::Box& cells) {
  return cells.shifted(grid::Index{} - store.bricks()[static_cast<std::size_t>(brick)].lower);
}

void expect_bricks(const FieldStore& store, const partition::Partition& partition, int rank) {
  std::vector<grid::Box> bricks;
  for (const grid::Box& b : partition.bricks(rank)) bricks.push_back(partition.layout().cells_of(b));
  base::expects(store.bricks() == bricks, "a store must have the bricks of its partition");
}

void expect_same_fields(const FieldStore& a, const FieldStore& b) {
  const auto same = [](const field::FieldSpec& l, const field::FieldSpec& r) {
    return l.name == r.name && l.scalar == r.scalar && l.components == r.components;
  };
  base::expects(std::equal(a.fields().begin(), a.fields().end(), b.fields().begin(), b.fields().end(), same),
                "both stores of a migration must have the same fields");
}

/// Groups moves by peer. The moves must be ordered by peer.
std::vector<Moves> group_by_peer(const std::vector<Move>& moves) {
  std::vector<Moves> groups;
  for (std::size_t begin = 0; begin < moves.size();) {
    std::size_t end = begin;
    while (end < moves.size() && moves[end].peer == moves[begin].peer) ++end;
    groups.push_back(Moves{moves}.subspan(begin, end - begin));
    begin = end;
  }
  return groups;
}

/// Calls f(view, cells, offset in the payload) for each field in each box of `moves` from or to the bricks of
/// `store`. Returns the size of the payload in bytes. Fields may differ in scalar type, so the data of each
/// field in each box starts at a multiple of 8 bytes.
template <class Store, class F>
std::size_t for_each_item(Moves moves, const grid::ChunkLayout& layout, Store& store, F f) {
  std::size_t at = 0;
  for (const Move& m : moves) {
    const grid::Box cells = to_local(store, m.brick, layout.cells_of(m.chunks));
    for (int n = 0; n < field_count(store); ++n) {
      const auto view = store.current(m.brick, n);
      f(view, cells, at);
      at += (field::packed_bytes(view, cells) + 7) / 8 * 8;
    }
  }
  return at;
}

std::size_t payload_bytes(Moves moves, const grid::ChunkLayout& layout, const FieldStore& store) {
  return for_each_item(moves, layout, store, [](const auto&, const grid::Box&, std::size_t) {});
}

/// The first part of a message header, which describes the payload: the number of fields and the boxes of
/// chunks. The rest of the header is the costs of the chunks.
std::string contents_of(Moves moves, int fields) {
  base::RecordWriter out;
  out.i64(fields);
  out.u64(moves.size());
  for (const Move& m : moves) {
    for (int a = 0; a < 3; ++a) out.i64(m.chunks.lower[a]);
    for (int a = 0; a < 3; ++a) out.i64(m.chunks.upper[a]);
  }
  return out.bytes();
}

transport::Message pack_moves(Moves moves, const grid::ChunkLayout& layout, const FieldStore& store,
                              const CostTable& costs, double speed_ratio) {
  base::RecordWriter measured;
  for (const Move& m : moves) {
    for_each_index(m.chunks, [&](const grid::Index& at) {
      const std::int64_t chunk = layout.id_of(at);
      const std::optional<double> cost = costs.cost_of(chunk);
      if (!cost) return;
      measured.i64(chunk);
      measured.f64(*cost * speed_ratio);
    });
  }
  transport::Message message{moves[0].peer, contents_of(moves, field_count(store)) + measured.bytes(), {}};
  message.payload.resize(payload_bytes(moves, layout, store));
  for_each_item(moves, layout, store, [&](const auto& view, const grid::Box& cells, std::size_t at) {
    field::pack(view, cells, message.payload.data() + at);
  });
  return message;
}

/// Unpacks a received message into the store, and adds the costs in its header to `costs`. Throws base::Error
/// (internal) if the message does not match `moves`.
void unpack_moves(const transport::Message& message, Moves moves, const grid::ChunkLayout& layout,
                  FieldStore& store, CostTable& costs) {
  const std::string contents = contents_of(moves, field_count(store));
  std::vector<ChunkCost> received_costs;
  bool matches =
      message.header.starts_with(contents) && message.payload.size() == payload_bytes(moves, layout, store);
  if (matches) {
    base::RecordReader in{std::string_view{message.header}.substr(contents.size()),
                          "the header of a migration message"};
    while (in.remaining() > 0) received_costs.push_back({in.i64(), in.f64()});
    matches = std::all_of(received_costs.begin(), received_costs.end(), [&](const ChunkCost& c) {
      return std::any_of(moves.begin(), moves.end(),
                         [&](const Move& m) { return m.chunks.contains(layout.index_of(c.chunk)); });
    });
  }
  if (!matches) {
    throw base::Error(base::ExitCode::internal,
                      "rank " + std::to_string(message.peer) +
                          " did not send the chunks that this rank expected in a migration",
                      "please report this as a bug");
  }
  for_each_item(moves, layout, store, [&](const auto& view, const grid::Box& cells, std::size_t at) {
    field::unpack(message.payload.data() + at, view, cells);
  });
  costs.import(received_costs);
}

void copy_within_rank(const LocalMove& move, const grid::ChunkLayout& layout, const FieldStore& from,
                      FieldStore& to) {
  const grid::Box cells = layout.cells_of(move.chunks);
  const grid::Index at = to_local(to, move.to, cells).lower;
  for (int f = 0; f < field_count(from); ++f) {
    field::copy(from.current(move.from, f), to_local(from, move.from, cells), to.current(move.to, f), at);
  }
}

}  // namespace

CostTable migrate(const transport::Communicator& comm, const partition::Partition& from,
                  const field::FieldStore& old_store, const partition::Partition& to,
                  field::FieldStore& new_store, const CostTable& costs_before,
                  std::span<const double> speeds) {
  const int rank = comm.rank();
  const grid::ChunkLayout& layout = from.layout();
  MigrationPlan plan;
  std::vector<transport::Message> outgoing;
  std::vector<int> sources;
  transport::collectively(comm, [&] {
    base::expects(from.ranks() == comm.size() && to.ranks() == comm.size(),
                  "both partitions of a migration must be over the ranks of `comm`");
    base::expects(speeds.empty() || static_cast<int>(speeds.size()) == comm.size(),
                  "there must be one speed per rank");
    expect_bricks(old_store, from, rank);
    expect_bricks(new_store, to, rank);
    expect_same_fields(old_store, new_store);
    plan = MigrationPlan::make(from, to, rank);
    const auto speed = [&](int r) { return speeds.empty() ? 1.0 : speeds[static_cast<std::size_t>(r)]; };
    for (const Moves moves : group_by_peer(plan.sends)) {
      const double ratio = speed(rank) / speed(moves[0].peer);
      outgoing.push_back(pack_moves(moves, layout, old_store, costs_before, ratio));
    }
    for (const Moves moves : group_by_peer(plan.receives)) sources.push_back(moves[0].peer);
  });
  const std::vector<transport::Message> incoming = transport::exchange(comm, std::move(outgoing), sources);

  CostTable costs;
  transport::collectively(comm, [&] {
    std::vector<ChunkCost> kept_costs;
    for (const LocalMove& move : plan.local_moves) {
      copy_within_rank(move, layout, old_store, new_store);
      for_each_index(move.chunks, [&](const grid::Index& at) {
        const std::int64_t chunk = layout.id_of(at);
        if (const auto cost = costs_before.cost_of(chunk)) kept_costs.push_back({chunk, *cost});
      });
    }
    costs.import(kept_costs);
    const std::vector<Moves> expected = group_by_peer(plan.receives);
    for (std::size_t n = 0; n < incoming.size(); ++n) {
      unpack_moves(incoming[n], expected[n], layout, new_store, costs);
    }
  });
  return costs;
}

std::int64_t message_bytes_per_cell(const field::FieldStore& store) {
  std::int64_t bytes = 0;
  for (const field::FieldSpec& f : store.fields()) {
    bytes += f.components * static_cast<std::int64_t>(field::bytes_of(f.scalar));
  }
  return bytes;
}

}  // namespace tessera::balance

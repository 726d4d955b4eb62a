#include "grid/balance/migrate.h"

#include "base/contract.h"
#include "base/error.h"
#include "grid/balance/chunk_loop.h"
#include "grid/balance/manifest.h"
#include "grid/field/copy.h"
#include "transport/agreement.h"
#include "transport/envelope.h"

#include <algorithm>

namespace tessera::balance {

namespace {

using field::FieldStore;
using field::FieldView;
using Moves = std::span<const Move>;

/// Boxes of different scalar types follow each other in a payload, each at a whole word.
std::size_t whole_words(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

int field_count(const FieldStore& store) { return static_cast<int>(store.fields().size()); }

/// A cell box in the local indices of a brick.
grid::Box local(const FieldStore& store, int brick, const grid::Box& cells) {
  return cells.shifted(grid::Index{} - store.bricks()[static_cast<std::size_t>(brick)].lower);
}

void expect_bricks(const FieldStore& store, const partition::Partition& partition, int rank) {
  std::vector<grid::Box> bricks;
  for (const grid::Box& b : partition.bricks(rank)) bricks.push_back(partition.layout().cells_of(b));
  base::expects(store.bricks() == bricks, "a store holds the bricks of its partition");
}

void expect_same_fields(const FieldStore& a, const FieldStore& b) {
  const auto same = [](const field::FieldSpec& l, const field::FieldSpec& r) {
    return l.name == r.name && l.scalar == r.scalar && l.components == r.components;
  };
  base::expects(std::equal(a.fields().begin(), a.fields().end(), b.fields().begin(), b.fields().end(), same),
                "both stores of a migration have the same fields");
}

/// The moves of each peer, in the order of the peers.
std::vector<Moves> by_peer(const std::vector<Move>& moves) {
  std::vector<Moves> groups;
  for (std::size_t begin = 0; begin < moves.size();) {
    std::size_t end = begin;
    while (end < moves.size() && moves[end].peer == moves[begin].peer) ++end;
    groups.push_back(Moves{moves}.subspan(begin, end - begin));
    begin = end;
  }
  return groups;
}

/// The parts that travel for some moves: each box once a field.
std::vector<Part> parts_of(Moves moves, const grid::ChunkLayout& layout, int fields) {
  std::vector<Part> parts;
  for (const Move& m : moves) {
    for (int f = 0; f < fields; ++f) parts.push_back({f, layout.cells_of(m.chunks)});
  }
  return parts;
}

/// Bytes of the payload of some moves from or to the bricks of a store.
std::size_t payload_bytes(Moves moves, const grid::ChunkLayout& layout, const FieldStore& store) {
  std::size_t bytes = 0;
  for (const Move& m : moves) {
    for (int f = 0; f < field_count(store); ++f) {
      bytes += whole_words(field::packed_bytes(store.current(m.brick, f), layout.cells_of(m.chunks)));
    }
  }
  return bytes;
}

transport::Envelope sealed(Moves moves, const grid::ChunkLayout& layout, const FieldStore& store,
                           const CostTable& costs, double speed_ratio) {
  Manifest manifest;
  manifest.parts = parts_of(moves, layout, field_count(store));
  for (const Move& m : moves) {
    for_each_chunk(layout, m.chunks, [&](std::int64_t chunk) {
      if (const auto cost = costs.cost_of(chunk)) manifest.costs.push_back({chunk, *cost * speed_ratio});
    });
  }
  transport::Envelope envelope{moves[0].peer, to_letter(manifest), {}};
  envelope.payload.resize(payload_bytes(moves, layout, store));
  std::size_t at = 0;
  for (const Move& m : moves) {
    const grid::Box cells = local(store, m.brick, layout.cells_of(m.chunks));
    for (int f = 0; f < field_count(store); ++f) {
      const FieldView view = store.current(m.brick, f);
      field::pack(view, cells, envelope.payload.data() + at);
      at += whole_words(field::packed_bytes(view, cells));
    }
  }
  return envelope;
}

/// Writes what has come to its place; the costs go to `costs`.
void open(const transport::Envelope& envelope, Moves moves, const grid::ChunkLayout& layout,
          const FieldStore& store, CostTable& costs) {
  const Manifest manifest = manifest_of(envelope.letter);
  const bool known_chunks =
      std::all_of(manifest.costs.begin(), manifest.costs.end(), [&](const ChunkCost& c) {
        return std::any_of(moves.begin(), moves.end(),
                           [&](const Move& m) { return m.chunks.contains(layout.place_of(c.chunk)); });
      });
  if (manifest.parts != parts_of(moves, layout, field_count(store)) || !known_chunks ||
      envelope.payload.size() != payload_bytes(moves, layout, store)) {
    throw base::Error(base::ExitCode::internal,
                      "rank " + std::to_string(envelope.peer) +
                          " has sent other chunks than this rank expects of a migration",
                      "please report this as a bug");
  }
  std::size_t at = 0;
  for (const Move& m : moves) {
    const grid::Box cells = local(store, m.brick, layout.cells_of(m.chunks));
    for (int f = 0; f < field_count(store); ++f) {
      const FieldView view = store.current(m.brick, f);
      field::unpack(envelope.payload.data() + at, view, cells);
      at += whole_words(field::packed_bytes(view, cells));
    }
  }
  costs.import(manifest.costs);
}

void copy_stay(const Stay& stay, const grid::ChunkLayout& layout, const FieldStore& from,
               const FieldStore& to) {
  const grid::Box cells = layout.cells_of(stay.chunks);
  const grid::Index at = local(to, stay.to, cells).lower;
  for (int f = 0; f < field_count(from); ++f) {
    field::copy(from.current(stay.from, f), local(from, stay.from, cells), to.current(stay.to, f), at);
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
  std::vector<transport::Envelope> outgoing;
  std::vector<int> sources;
  transport::collectively(comm, [&] {
    base::expects(from.ranks() == comm.size() && to.ranks() == comm.size(),
                  "a migration is between partitions over the ranks that call");
    base::expects(speeds.empty() || static_cast<int>(speeds.size()) == comm.size(), "one speed a rank");
    expect_bricks(old_store, from, rank);
    expect_bricks(new_store, to, rank);
    expect_same_fields(old_store, new_store);
    plan = MigrationPlan::make(from, to, rank);
    const auto speed = [&](int r) { return speeds.empty() ? 1.0 : speeds[static_cast<std::size_t>(r)]; };
    for (const Moves moves : by_peer(plan.sends)) {
      const double ratio = speed(rank) / speed(moves[0].peer);
      outgoing.push_back(sealed(moves, layout, old_store, costs_before, ratio));
    }
    for (const Moves moves : by_peer(plan.receives)) sources.push_back(moves[0].peer);
  });
  const std::vector<transport::Envelope> incoming = transport::exchange(comm, std::move(outgoing), sources);

  CostTable costs{costs_before.newest_weight()};
  transport::collectively(comm, [&] {
    std::vector<ChunkCost> kept;
    for (const Stay& stay : plan.stays) {
      copy_stay(stay, layout, old_store, new_store);
      for_each_chunk(layout, stay.chunks, [&](std::int64_t chunk) {
        if (const auto cost = costs_before.cost_of(chunk)) kept.push_back({chunk, *cost});
      });
    }
    costs.import(kept);
    const std::vector<Moves> expected = by_peer(plan.receives);
    for (std::size_t n = 0; n < incoming.size(); ++n) {
      open(incoming[n], expected[n], layout, new_store, costs);
    }
  });
  return costs;
}

std::int64_t bytes_of_cell(const field::FieldStore& store) {
  std::int64_t bytes = 0;
  for (const field::FieldSpec& f : store.fields()) {
    bytes += f.components * static_cast<std::int64_t>(field::bytes_of(f.scalar));
  }
  return bytes;
}

}  // namespace tessera::balance

// Compares the results of exchanges between MPI ranks with values computed by brute force.
#include "grid/halo/halo_exchange.h"
#include "grid/halo/halo_plan.h"
#include "support/cells.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <memory>
#include <numeric>
#include <random>

#include <unistd.h>

using namespace tessera;
using field::ConstFieldView;
using field::FieldStore;
using field::FieldView;
using field::Scalar;
using grid::Box;
using grid::Index;
using halo::HaloExchange;
using halo::HaloField;
using partition::Method;

namespace {

constexpr double untouched = -1.0;

struct Setup {
  Index cells;
  Index chunk;
  int dimensions;
  std::array<bool, 3> periodic;
  std::array<bool, 3> axes{true, true, true};  // the axes along which ghost cells are exchanged
};

/// The ranks whose memory a rank reads: none, all others, or the other rank of its pair, as if each node had
/// two ranks.
enum class Sharing { none, all, pairs };

/// The fields of this rank's bricks, in shared memory unless `sharing` is none.
struct Fields {
  std::unique_ptr<partition::Partition> partition;
  std::unique_ptr<halo::SharedFields> shared;
  std::unique_ptr<FieldStore> store;

  Fields(Method method, const Setup& s, const std::vector<field::FieldSpec>& specs, Sharing sharing)
      : partition{partition::make_partition(method, {s.cells, s.chunk}, world().size())} {
    std::vector<Box> bricks;
    for (const Box& b : partition->bricks(world().rank())) bricks.push_back(partition->layout().cells_of(b));
    const field::StoreLayout layout{specs, bricks, s.dimensions};
    if (sharing != Sharing::none) {
      std::vector<int> readers{world().rank() ^ 1};
      if (sharing == Sharing::all) {
        readers.resize(static_cast<std::size_t>(world().size()));
        std::iota(readers.begin(), readers.end(), 0);
      }
      std::string problem;
      auto memory =
          transport::SharedMemory::make(world(), halo::SharedFields::bytes(layout), readers, problem);
      REQUIRE(memory.has_value() == (world().size() > 1));
      if (memory) shared = std::make_unique<halo::SharedFields>(std::move(*memory), layout, *partition);
    }
    store = shared ? std::make_unique<FieldStore>(layout, shared->own_fields())
                   : std::make_unique<FieldStore>(layout.fields(), layout.bricks(), layout.dimensions());
  }

  const std::vector<Box>& bricks() const { return store->bricks(); }
  bool shares_with(int rank) const { return shared && shared->can_read(rank); }
};

/// The number of ghost layers of an exchange along each axis.
Index layers_of(const Setup& s, int width) {
  Index ghost;
  for (int a = 0; a < s.dimensions; ++a) ghost[a] = s.axes[static_cast<std::size_t>(a)] ? width : 0;
  return ghost;
}

double read(const ConstFieldView& view, const Index& local, int component) {
  return view.scalar == Scalar::float64 ? *view.at<double>(local, component)
                                        : static_cast<double>(*view.at<float>(local, component));
}

void write(const FieldView& view, const Index& local, int component, double value) {
  if (view.scalar == Scalar::float64) {
    *view.at<double>(local, component) = value;
  } else {
    *view.at<float>(local, component) = static_cast<float>(value);
  }
}

/// A unique value that is exact in single precision.
double mark_of(const Index& cell, int field, int component, int round) {
  return static_cast<double>(cell[0] + 64 * (cell[1] + 64 * cell[2])) + 0.25 * field + 0.03125 * component +
         1.0 * round;
}

/// The value of a ghost cell after an exchange of `width` layers.
double expected_ghost(Index cell, const Box& owned, const Setup& s, int width, int field, int component,
                      int round) {
  if (!owned.grown(layers_of(s, width)).contains(cell)) return untouched;
  for (int a = 0; a < 3; ++a) {
    if (cell[a] >= 0 && cell[a] < s.cells[a]) continue;
    if (!s.periodic[static_cast<std::size_t>(a)]) return untouched;
    cell[a] = (cell[a] + s.cells[a]) % s.cells[a];
  }
  return mark_of(cell, field, component, round);
}

void mark_all(FieldStore& store, int round) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const Box& owned = store.bricks()[b];
    for (std::size_t f = 0; f < store.fields().size(); ++f) {
      const FieldView view = store.current(static_cast<int>(b), static_cast<int>(f));
      for (int c = 0; c < view.components; ++c) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          const double value =
              owned.contains(cell) ? mark_of(cell, static_cast<int>(f), c, round) : untouched;
          write(view, cell - owned.lower, c, value);
        });
      }
    }
  }
}

void check_all(const FieldStore& store, const Setup& s, const std::vector<int>& widths, int round) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const Box& owned = store.bricks()[b];
    for (std::size_t f = 0; f < store.fields().size(); ++f) {
      const ConstFieldView view = store.current(static_cast<int>(b), static_cast<int>(f));
      for (int c = 0; c < view.components; ++c) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          const double expected_value =
              owned.contains(cell) ? mark_of(cell, static_cast<int>(f), c, round)
                                   : expected_ghost(cell, owned, s, widths[f], static_cast<int>(f), c, round);
          const double actual = read(view, cell - owned.lower, c);
          if (actual != expected_value) {
            FAIL("field " << f << " component " << c << " at " << cell[0] << ' ' << cell[1] << ' ' << cell[2]
                          << ": " << actual << ", not " << expected_value);
          }
        });
      }
    }
  }
}

/// Sometimes delays this rank, so that ranks arrive in any order.
void delay_sometimes(std::mt19937& random) {
  if (random() % 4 == 0) usleep(static_cast<useconds_t>(random() % 500));
}

void check_exchange(Method method, const Setup& s, Sharing sharing) {
  const int round_count = 6;
  Fields fields{method,
                s,
                {{"a", Scalar::float64, 1, 2, Index::all(3)},
                 {"b", Scalar::float32, 3, 1, Index::all(1)},
                 {"c", Scalar::float64, 2, 1, Index::all(2)},
                 {"d", Scalar::float32, 1, 1, Index::all(2)}},
                sharing};
  FieldStore& store = *fields.store;
  // The last field is not exchanged; the third has more ghost layers than are exchanged.
  const std::vector<int> widths{3, 1, 1, 0};
  HaloExchange exchange{world(),
                        store,
                        *fields.partition,
                        s.periodic,
                        s.axes,
                        {{0, 3}, {1, 1}, {2, 1}},
                        5,
                        fields.shared.get()};
  std::mt19937 random{static_cast<unsigned>(world().rank())};
  for (int round = 0; round < round_count; ++round) {
    delay_sometimes(random);
    mark_all(store, round);
    exchange.start();
    delay_sometimes(random);
    if (round % 2 == 0) exchange.progress();
    exchange.copy_from_peers();
    delay_sometimes(random);
    exchange.finish();
    check_all(store, s, widths, round);
    store.advance(0);  // the exchange always uses the current level
    exchange.wait_for_readers();
  }

  std::int64_t bytes = 0;
  std::int64_t in_messages = 0;
  std::int64_t between_nodes = 0;
  bool has_shared_peers = false;
  std::vector<int> nodes;  // as if there were two nodes, with alternating ranks
  for (int rank = 0; rank < world().size(); ++rank) nodes.push_back(rank % 2);
  const std::vector<std::int64_t> bytes_per_cell{8, 3 * 4, 2 * 8};
  for (std::size_t f = 0; f < 3; ++f) {
    const halo::HaloPlan plan =
        halo::HaloPlan::make(*fields.partition, s.periodic, layers_of(s, widths[f]), world().rank());
    for (const halo::Transfer& t : plan.sends) {
      const std::int64_t box_bytes = t.source.volume() * bytes_per_cell[f];
      bytes += box_bytes;
      has_shared_peers = has_shared_peers || fields.shares_with(t.peer);
      if (fields.shares_with(t.peer)) continue;
      const std::int64_t padded_bytes = (box_bytes + 7) / 8 * 8;  // boxes are padded to multiples of 8 bytes
      in_messages += padded_bytes;
      if (t.peer % 2 != world().rank() % 2) between_nodes += padded_bytes;
    }
  }
  const halo::Traffic traffic = exchange.traffic(nodes);
  CHECK(traffic.bytes_sent == round_count * bytes);
  CHECK(traffic.bytes_in_messages == round_count * in_messages);
  CHECK(traffic.bytes_between_nodes == round_count * between_nodes);
  CHECK(traffic.hidden_seconds >= 0.0);
  CHECK(traffic.exposed_seconds >= 0.0);
  CHECK(exchange.has_messages() == (in_messages > 0));
  CHECK(exchange.has_shared_peers() == has_shared_peers);
}

/// Checks that every owned cell that reads a received ghost cell is near a side for which side_waits() is
/// true.
void check_waits(Method method, const Setup& s, int width, Sharing sharing) {
  const Fields fields{method, s, {{"a", Scalar::float64, 1, 1, Index::all(width)}}, sharing};
  const HaloExchange exchange{
      world(), *fields.store, *fields.partition, s.periodic, s.axes, {{0, width}}, 6, fields.shared.get()};
  const halo::HaloPlan plan =
      halo::HaloPlan::make(*fields.partition, s.periodic, layers_of(s, width), world().rank());
  for (const halo::WaitFor wait_for : {halo::WaitFor::messages, halo::WaitFor::all}) {
    bool has_receives = false;
    for (const halo::Transfer& t : plan.receives) {
      if (wait_for == halo::WaitFor::messages && fields.shares_with(t.peer)) continue;
      has_receives = true;
      const Box& owned = fields.bricks()[static_cast<std::size_t>(t.brick)];
      const Box ghosts = t.source.shifted(t.shift);
      test::for_each(grid::intersection(ghosts.grown(Index::all(width)), owned), [&](const Index& cell) {
        bool waits = false;
        for (int a = 0; a < s.dimensions; ++a) {
          waits = waits ||
                  (exchange.side_waits(t.brick, a, 0, wait_for) && cell[a] < owned.lower[a] + width) ||
                  (exchange.side_waits(t.brick, a, 1, wait_for) && cell[a] >= owned.upper[a] - width);
        }
        if (!waits) FAIL("a cell that reads a received ghost cell does not wait for it");
      });
    }
    if (has_receives) continue;
    for (std::size_t b = 0; b < fields.bricks().size(); ++b) {
      for (int a = 0; a < 3; ++a) {
        for (int side = 0; side < 2; ++side)
          CHECK_FALSE(exchange.side_waits(static_cast<int>(b), a, side, wait_for));
      }
    }
  }
}

const std::vector<Setup> setups{
    {{{40, 1, 1}}, {{7, 1, 1}}, 1, {true, false, false}},
    {{{11, 1, 1}}, {{3, 1, 1}}, 1, {false, false, false}},
    {{{3, 1, 1}}, {{3, 1, 1}}, 1, {true, false, false}},  // idle ranks; the domain wraps onto itself
    {{{17, 13, 1}}, {{4, 3, 1}}, 2, {true, true, false}},
    {{{16, 9, 1}}, {{5, 9, 1}}, 2, {false, true, false}},
    {{{9, 20, 1}}, {{3, 3, 1}}, 2, {false, false, false}},
    {{{3, 3, 3}}, {{3, 3, 3}}, 3, {true, true, true}},
    {{{12, 11, 10}}, {{3, 4, 5}}, 3, {true, false, true}},
    {{{10, 7, 13}}, {{4, 3, 3}}, 3, {false, false, false}},
    {{{7, 7, 7}}, {{3, 3, 3}}, 3, {true, true, true}},
    {{{8, 12, 1}}, {{8, 3, 1}}, 2, {true, true, false}, {false, true, true}},
    {{{6, 5, 14}}, {{6, 5, 3}}, 3, {true, false, true}, {false, false, true}},
};

}  // namespace

TEST_CASE("exchanges between RCB bricks give the expected ghost values") {
  const auto sharing = GENERATE(Sharing::none, Sharing::all, Sharing::pairs);
  for (const Setup& s : setups) check_exchange(Method::rcb, s, sharing);
}

TEST_CASE("exchanges with several bricks per rank give the expected ghost values") {
  const auto sharing = GENERATE(Sharing::none, Sharing::all, Sharing::pairs);
  for (const Setup& s : setups) check_exchange(Method::sfc, s, sharing);
}

TEST_CASE("cells that read received ghost cells wait, and no cells wait if none are received") {
  const auto sharing = GENERATE(Sharing::none, Sharing::all, Sharing::pairs);
  for (const Setup& s : setups) {
    for (int width = 1; width <= 3; ++width) {
      check_waits(Method::rcb, s, width, sharing);
      check_waits(Method::sfc, s, width, sharing);
    }
  }
}

TEST_CASE("neighbours() returns the ranks that own the ghost cells") {
  for (const Setup& s : setups) {
    for (const Method method : {Method::rcb, Method::sfc}) {
      const auto p = partition::make_partition(method, {s.cells, s.chunk}, world().size());
      std::vector<int> peers;
      for (int peer = 0; peer < world().size(); ++peer) {
        bool is_neighbour = false;
        for (const Box& mine : p->bricks(world().rank())) {
          const Box needed = p->layout().cells_of(mine).grown(layers_of(s, 2));
          for (const Box& theirs : p->bricks(peer)) {
            test::for_each({{{-1, -1, -1}}, {{2, 2, 2}}}, [&](const Index& image) {
              Index shift;
              for (int a = 0; a < 3; ++a) {
                if (image[a] != 0 && !s.periodic[static_cast<std::size_t>(a)]) return;
                shift[a] = image[a] * s.cells[a];
              }
              is_neighbour = is_neighbour ||
                             !grid::intersection(needed, p->layout().cells_of(theirs).shifted(shift)).empty();
            });
          }
        }
        if (is_neighbour && peer != world().rank()) peers.push_back(peer);
      }
      CHECK(halo::neighbours(*p, s.periodic, layers_of(s, 2), world().rank()) == peers);
    }
  }
}

TEST_CASE("exchanges of different fields and widths can alternate on shared memory") {
  const Setup s{{{24, 10, 1}}, {{3, 5, 1}}, 2, {true, true, false}};
  const auto sharing = GENERATE(Sharing::all, Sharing::pairs);
  Fields fields{Method::sfc,
                s,
                {{"a", Scalar::float64, 1, 2, Index::all(2)}, {"b", Scalar::float64, 1, 1, Index::all(2)}},
                sharing};
  FieldStore& store = *fields.store;
  HaloExchange first{world(), store, *fields.partition, s.periodic, s.axes, {{0, 2}}, 1, fields.shared.get()};
  HaloExchange second{world(),          store, *fields.partition,  s.periodic, s.axes,
                      {{0, 1}, {1, 2}}, 2,     fields.shared.get()};
  std::mt19937 random{static_cast<unsigned>(world().rank())};
  for (int round = 0; round < 40; ++round) {
    delay_sometimes(random);
    mark_all(store, round);
    HaloExchange& exchange = round % 3 == 0 ? first : second;
    exchange.start();
    exchange.copy_from_peers();
    exchange.finish();
    check_all(store, s, round % 3 == 0 ? std::vector{2, 0} : std::vector{1, 2}, round);
    if (round % 4 != 0) store.advance(0);
    exchange.wait_for_readers();
    exchange.wait_for_readers();  // returns immediately
  }
}

TEST_CASE("concurrent exchanges do not receive each other's messages") {
  const Setup s{{{24, 10, 1}}, {{3, 5, 1}}, 2, {true, true, false}};
  Fields fields{Method::sfc,
                s,
                {{"a", Scalar::float64, 1, 1, Index::all(2)}, {"b", Scalar::float64, 1, 1, Index::all(2)}},
                Sharing::none};
  FieldStore& store = *fields.store;
  HaloExchange first{world(), store, *fields.partition, s.periodic, s.axes, {{0, 2}}, 1};
  HaloExchange second{world(), store, *fields.partition, s.periodic, s.axes, {{1, 1}}, 2};
  mark_all(store, 0);
  first.start();
  second.start();
  second.finish();
  first.finish();
  check_all(store, s, {2, 1}, 0);
}

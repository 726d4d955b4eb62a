// Exchanges between real ranks, against the values that brute force expects.
#include "halo/halo_exchange.h"
#include "halo/halo_plan.h"
#include "support/cells.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <optional>

using namespace tessera;
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
};

double read(const FieldView& view, const Index& local, int component) {
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

/// A mark that a float holds exactly, too.
double marked(const Index& cell, int field, int component, int round) {
  return static_cast<double>(cell[0] + 64 * (cell[1] + 64 * cell[2])) + 0.25 * field + 0.03125 * component +
         1.0 * round;
}

/// What a ghost cell holds after an exchange of `width` layers.
double expected(Index cell, const Box& owned, const Setup& s, int width, int field, int component,
                int round) {
  Index reach;
  for (int a = 0; a < s.dimensions; ++a) reach[a] = width;
  if (!owned.grown(reach).contains(cell)) return untouched;
  for (int a = 0; a < 3; ++a) {
    if (cell[a] >= 0 && cell[a] < s.cells[a]) continue;
    if (!s.periodic[static_cast<std::size_t>(a)]) return untouched;
    cell[a] = (cell[a] + s.cells[a]) % s.cells[a];
  }
  return marked(cell, field, component, round);
}

void mark_all(const FieldStore& store, int round) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const Box& owned = store.bricks()[b];
    for (std::size_t f = 0; f < store.fields().size(); ++f) {
      const FieldView view = store.current(static_cast<int>(b), static_cast<int>(f));
      for (int c = 0; c < view.components; ++c) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          const double value = owned.contains(cell) ? marked(cell, static_cast<int>(f), c, round) : untouched;
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
      const FieldView view = store.current(static_cast<int>(b), static_cast<int>(f));
      for (int c = 0; c < view.components; ++c) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          const double want = owned.contains(cell)
                                  ? marked(cell, static_cast<int>(f), c, round)
                                  : expected(cell, owned, s, widths[f], static_cast<int>(f), c, round);
          const double have = read(view, cell - owned.lower, c);
          if (have != want) {
            FAIL("field " << f << " component " << c << " at " << cell[0] << ' ' << cell[1] << ' ' << cell[2]
                          << ": " << have << ", not " << want);
          }
        });
      }
    }
  }
}

void check_exchange(Method method, const Setup& s) {
  const int round_count = 3;
  const auto p = partition::make_partition(method, {s.cells, s.chunk}, world().size());
  std::vector<Box> bricks;
  for (const Box& b : p->bricks(world().rank())) bricks.push_back(p->layout().cells_of(b));
  FieldStore store{{{"a", Scalar::float64, 1, 2, 3},
                    {"b", Scalar::float32, 3, 1, 1},
                    {"c", Scalar::float64, 2, 1, 2},
                    {"d", Scalar::float32, 1, 1, 2}},
                   bricks,
                   s.dimensions};
  // The last field takes no part; the third is refreshed less wide than it is stored.
  const std::vector<int> widths{3, 1, 1, 0};
  HaloExchange exchange{world(), store, *p, s.periodic, {{0, 3}, {1, 1}, {2, 1}}, 5};
  for (int round = 0; round < round_count; ++round) {
    mark_all(store, round);
    exchange.start();
    exchange.finish();
    check_all(store, s, widths, round);
    store.advance(0);  // the exchange follows the current level
  }

  std::int64_t bytes = 0;
  const std::vector<std::int64_t> of_a_cell{8, 3 * 4, 2 * 8};
  for (std::size_t f = 0; f < 3; ++f) {
    Index ghost;
    for (int a = 0; a < s.dimensions; ++a) ghost[a] = widths[f];
    for (const halo::Transfer& t : halo::HaloPlan::make(*p, s.periodic, ghost, world().rank()).sends) {
      bytes += (t.source.volume() * of_a_cell[f] + 7) / 8 * 8;  // each box takes whole words
    }
  }
  CHECK(exchange.bytes_sent() == bytes);
  CHECK(exchange.has_messages() == (bytes > 0));
}

/// Owned cells that read a received ghost cell lie near a side that waits.
void check_waits(Method method, const Setup& s, int width) {
  const auto p = partition::make_partition(method, {s.cells, s.chunk}, world().size());
  std::vector<Box> bricks;
  for (const Box& b : p->bricks(world().rank())) bricks.push_back(p->layout().cells_of(b));
  FieldStore store{{{"a", Scalar::float64, 1, 1, width}}, bricks, s.dimensions};
  const HaloExchange exchange{world(), store, *p, s.periodic, {{0, width}}, 6};
  const halo::HaloPlan plan = halo::HaloPlan::make(*p, s.periodic, store.ghost(0), world().rank());
  for (const halo::Transfer& t : plan.receives) {
    const Box& owned = bricks[static_cast<std::size_t>(t.brick)];
    const Box readers = grid::intersection(t.source.shifted(t.shift).grown(store.ghost(0)), owned);
    test::for_each(readers, [&](const Index& cell) {
      bool waits = false;
      for (int a = 0; a < s.dimensions; ++a) {
        waits = waits || (exchange.waits(t.brick, a, 0) && cell[a] < owned.lower[a] + width) ||
                (exchange.waits(t.brick, a, 1) && cell[a] >= owned.upper[a] - width);
      }
      if (!waits) FAIL("a cell that reads a message does not wait for it");
    });
  }
  if (plan.receives.empty()) {
    for (std::size_t b = 0; b < bricks.size(); ++b) {
      for (int a = 0; a < 3; ++a) {
        for (int side = 0; side < 2; ++side) CHECK_FALSE(exchange.waits(static_cast<int>(b), a, side));
      }
    }
  }
}

const std::vector<Setup> setups{
    {{{40, 1, 1}}, {{7, 1, 1}}, 1, {true, false, false}},
    {{{11, 1, 1}}, {{3, 1, 1}}, 1, {false, false, false}},
    {{{3, 1, 1}}, {{3, 1, 1}}, 1, {true, false, false}},  // idle ranks, and a wrap onto oneself
    {{{17, 13, 1}}, {{4, 3, 1}}, 2, {true, true, false}},
    {{{16, 9, 1}}, {{5, 9, 1}}, 2, {false, true, false}},
    {{{9, 20, 1}}, {{3, 3, 1}}, 2, {false, false, false}},
    {{{3, 3, 3}}, {{3, 3, 3}}, 3, {true, true, true}},
    {{{12, 11, 10}}, {{3, 4, 5}}, 3, {true, false, true}},
    {{{10, 7, 13}}, {{4, 3, 3}}, 3, {false, false, false}},
    {{{7, 7, 7}}, {{3, 3, 3}}, 3, {true, true, true}},
};

}  // namespace

TEST_CASE("ghost cells hold what brute force expects, boxes of chunks") {
  for (const Setup& s : setups) check_exchange(Method::rcb, s);
}

TEST_CASE("ghost cells hold what brute force expects, several bricks a rank") {
  for (const Setup& s : setups) check_exchange(Method::sfc, s);
}

TEST_CASE("cells that read messages wait, others need not") {
  for (const Setup& s : setups) {
    for (int width = 1; width <= 3; ++width) {
      check_waits(Method::rcb, s, width);
      check_waits(Method::sfc, s, width);
    }
  }
}

TEST_CASE("two exchanges under way at once do not take each other's messages") {
  const Setup s{{{24, 10, 1}}, {{3, 5, 1}}, 2, {true, true, false}};
  const auto p = partition::make_partition(Method::sfc, {s.cells, s.chunk}, world().size());
  std::vector<Box> bricks;
  for (const Box& b : p->bricks(world().rank())) bricks.push_back(p->layout().cells_of(b));
  FieldStore store{{{"a", Scalar::float64, 1, 1, 2}, {"b", Scalar::float64, 1, 1, 2}}, bricks, 2};
  HaloExchange first{world(), store, *p, s.periodic, {{0, 2}}, 1};
  HaloExchange second{world(), store, *p, s.periodic, {{1, 1}}, 2};
  mark_all(store, 0);
  first.start();
  second.start();
  second.finish();
  first.finish();
  check_all(store, s, {2, 1}, 0);
}

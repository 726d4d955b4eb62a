// Migrations between MPI ranks: the data that arrives equals the original, bit for bit.
#include "grid/balance/migrate.h"
#include "grid/partition/rcb.h"
#include "grid/partition/sfc.h"
#include "support/cells.h"
#include "support/weighted_partition.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

using namespace tessera;
using balance::ChunkCost;
using balance::CostTable;
using field::ConstFieldView;
using field::FieldSpec;
using field::FieldStore;
using field::FieldView;
using field::Scalar;
using grid::Box;
using grid::Index;
using partition::Method;
using partition::Partition;
using partition::Rcb;
using partition::Sfc;
using PartitionPtr = std::unique_ptr<Partition>;

namespace {

std::vector<FieldSpec> fields() {
  return {{"a", Scalar::float64, 1, 2, {{2, 2, 2}}},
          {"b", Scalar::float32, 3, 1, {{1, 1, 1}}},
          {"c", Scalar::float64, 2, 1, {}},
          {"d", Scalar::float32, 1, 2, {{3, 1, 2}}}};
}

std::vector<Box> bricks_of(const Partition& p) {
  std::vector<Box> bricks;
  for (const Box& b : p.bricks(world().rank())) bricks.push_back(p.layout().cells_of(b));
  return bricks;
}

int dimensions_of(const grid::ChunkLayout& layout) {
  return layout.cells()[2] > 1 ? 3 : layout.cells()[1] > 1 ? 2 : 1;
}

FieldStore store_of(const Partition& p) { return {fields(), bricks_of(p), dimensions_of(p.layout())}; }

/// The bits of the value of a cell.
std::uint64_t read_bits(const ConstFieldView& view, const Index& local, int component) {
  if (view.scalar == Scalar::float64) return std::bit_cast<std::uint64_t>(*view.at<double>(local, component));
  return std::bit_cast<std::uint32_t>(*view.at<float>(local, component));
}

void write_bits(const FieldView& view, const Index& local, int component, std::uint64_t bits) {
  if (view.scalar == Scalar::float64) {
    std::memcpy(view.at<double>(local, component), &bits, sizeof bits);
  } else {
    const auto low = static_cast<std::uint32_t>(bits);
    std::memcpy(view.at<float>(local, component), &low, sizeof low);
  }
}

/// Pseudo-random bits, which may represent NaN, infinities and subnormal numbers.
std::uint64_t expected_bits(const Index& cell, int field, int component, Scalar scalar) {
  std::seed_seq seed{static_cast<int>(cell[0]), static_cast<int>(cell[1]), static_cast<int>(cell[2]), field,
                     component};
  std::uint32_t words[2];
  seed.generate(words, words + 2);
  const std::uint64_t bits = (std::uint64_t{words[0]} << 32) + words[1];
  return scalar == Scalar::float64 ? bits : bits & 0xffffffffu;
}

/// Calls f(view, local, is_owned, component, bits) for each component of all owned and ghost cells of a
/// store. `local`: index of the cell in its brick; `bits`: the expected bits of an owned cell.
template <class View, class F>
void for_each_value(const FieldStore& store, View view_of, F f) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    const Box& owned = store.bricks()[b];
    for (int n = 0; n < static_cast<int>(store.fields().size()); ++n) {
      const auto view = view_of(static_cast<int>(b), n);
      Index ghost;
      for (int a = 0; a < store.dimensions(); ++a) ghost[a] = view.ghost[a];
      for (int c = 0; c < view.components; ++c) {
        test::for_each(owned.grown(ghost), [&](const Index& cell) {
          const bool is_owned = owned.contains(cell);
          f(view, cell - owned.lower, is_owned, c, is_owned ? expected_bits(cell, n, c, view.scalar) : 0);
        });
      }
    }
  }
}

/// Writes the expected bits to the owned cells of the current levels, and other bits to all other cells.
void mark(FieldStore& store) {
  for (int round = 0; round < 2; ++round) {
    for_each_value(
        store, [&](int b, int n) { return round == 0 ? store.view_after(b, n, 1) : store.current(b, n); },
        [&](const FieldView& view, const Index& local, bool is_owned, int c, std::uint64_t bits) {
          write_bits(view, local, c, is_owned && round == 1 ? bits : 0x3ff0dead3f80beefu);
        });
  }
}

void check_marks(const FieldStore& store) {
  std::int64_t wrong = 0;
  std::int64_t changed_ghosts = 0;
  for_each_value(
      store, [&](int b, int n) { return store.current(b, n); },
      [&](const ConstFieldView& view, const Index& local, bool is_owned, int c, std::uint64_t bits) {
        if (is_owned && read_bits(view, local, c) != bits) ++wrong;
        if (!is_owned && read_bits(view, local, c) != 0) ++changed_ghosts;
      });
  CHECK(wrong == 0);
  CHECK(changed_ghosts == 0);
}

/// Distinct costs of the chunks of this rank; some chunks have no cost.
CostTable sample_costs(const Partition& p) {
  CostTable costs;
  for (const Box& b : p.bricks(world().rank())) {
    test::for_each(b, [&](const Index& i) {
      const std::int64_t chunk = p.layout().id_of(i);
      if (chunk % 5 != 3) costs.record(chunk, 0.125 * static_cast<double>(chunk + 1));
    });
  }
  return costs;
}

void check_costs(const CostTable& costs, const Partition& p) {
  const CostTable expected = sample_costs(p);
  CHECK(std::equal(costs.costs().begin(), costs.costs().end(), expected.costs().begin(),
                   expected.costs().end()));
}

PartitionPtr random_partition(Method method, const grid::ChunkLayout& layout, std::mt19937& random) {
  std::vector<double> costs(static_cast<std::size_t>(layout.chunk_count()));
  for (double& c : costs) c = static_cast<double>(random() % 9 == 0 ? 100 : random() % 3);
  return test::weighted_partition(method, layout, world().size(), costs);
}

void check_round_trip(const Partition& from, const Partition& to) {
  FieldStore old_store = store_of(from);
  old_store.advance(0);  // the current level of a field need not be its first one
  mark(old_store);
  FieldStore new_store = store_of(to);
  new_store.advance(3);
  const CostTable new_costs = balance::migrate(world(), from, old_store, to, new_store, sample_costs(from));
  check_marks(new_store);
  check_costs(new_costs, to);

  FieldStore returned_store = store_of(from);
  const CostTable returned_costs = balance::migrate(world(), to, new_store, from, returned_store, new_costs);
  check_marks(returned_store);
  check_costs(returned_costs, from);
}

}  // namespace

TEST_CASE("fields and costs migrate to their new owners and back") {
  std::mt19937 random{71};
  const std::vector<grid::ChunkLayout> layouts{{{{53, 1, 1}}, {{4, 1, 1}}},
                                               {{{22, 17, 1}}, {{3, 4, 1}}},
                                               {{{11, 9, 7}}, {{2, 3, 2}}},
                                               {{{3, 2, 1}}, {{1, 1, 1}}},
                                               {{{5, 4, 1}}, {{8, 8, 1}}}};  // fewer chunks than ranks
  for (const grid::ChunkLayout& layout : layouts) {
    for (const Method before : {Method::rcb, Method::sfc}) {
      for (const Method after : {Method::rcb, Method::sfc}) {
        const auto start = partition::make_partition(before, layout, world().size());
        check_round_trip(*start, *random_partition(after, layout, random));
        check_round_trip(*random_partition(before, layout, random), *random_partition(after, layout, random));
        check_round_trip(*start, *start);
      }
    }
  }
}

TEST_CASE("all chunks can migrate to one rank and back") {
  const int size = world().size();
  const grid::ChunkLayout layout{{{24, 18, 1}}, {{3, 3, 1}}};
  const Sfc even{layout, size};
  for (int sole_owner = 0; sole_owner < size; ++sole_owner) {
    std::vector<std::int64_t> first(static_cast<std::size_t>(size), 0);
    for (int r = sole_owner + 1; r < size; ++r) first[static_cast<std::size_t>(r)] = layout.chunk_count();
    check_round_trip(even, Sfc{layout, size, first});
  }
}

TEST_CASE("costs are converted to seconds on the new owner of a chunk") {
  const int size = world().size();
  const grid::ChunkLayout layout{{{16, 1, 1}}, {{1, 1, 1}}};
  // Rank 0 owns the chunks before `chunk`, rank 1 the others.
  const auto split_at = [&](std::int64_t chunk) {
    std::vector<std::int64_t> first(static_cast<std::size_t>(size), 16);
    first[0] = 0;
    if (size > 1) first[1] = chunk;
    return Sfc{layout, size, first};
  };
  const Sfc from = split_at(10);
  const Sfc to = split_at(2);
  std::vector<double> speeds(static_cast<std::size_t>(size), 1.0);
  speeds[0] = 4.0;
  const FieldStore old_store = store_of(from);
  FieldStore new_store = store_of(to);
  CostTable before;
  for (const std::int32_t chunk : from.stretch(world().rank())) before.record(chunk, 1.0);
  const CostTable after = balance::migrate(world(), from, old_store, to, new_store, before, speeds);
  REQUIRE(after.costs().size() == to.stretch(world().rank()).size());
  for (const ChunkCost& c : after.costs()) {
    const bool moved = size > 1 && c.chunk >= 2 && c.chunk < 10;
    CHECK(c.cost == (moved ? 4.0 : 1.0));
  }
}

TEST_CASE("inconsistent plans cause an error on all ranks", "[several-ranks]") {
  const int size = world().size();
  REQUIRE(size > 1);
  const grid::ChunkLayout layout{{{12, 1, 1}}, {{1, 1, 1}}};
  const auto split_at = [&](std::int64_t chunk) {
    std::vector<std::int64_t> first(static_cast<std::size_t>(size), 12);
    first[0] = 0;
    first[1] = chunk;
    return Sfc{layout, size, first};
  };
  const auto exit_code_of = [&](const Partition& from, const Partition& to) {
    const FieldStore old_store = store_of(from);
    FieldStore new_store = store_of(to);
    try {
      balance::migrate(world(), from, old_store, to, new_store, CostTable{});
    } catch (const transport::AgreedError& e) {
      return e.code();
    }
    return base::ExitCode::done;
  };
  // Rank 0 sends more than rank 1 expects.
  CHECK(exit_code_of(split_at(12), split_at(world().is_root() ? 4 : 8)) == base::ExitCode::internal);
  // Rank 0 sends no message, but rank 1 expects one.
  CHECK(exit_code_of(split_at(12), split_at(world().is_root() ? 12 : 8)) == base::ExitCode::internal);
  CHECK(exit_code_of(split_at(12), split_at(8)) == base::ExitCode::done);
}

TEST_CASE("stores that do not match their partitions are rejected on all ranks") {
  const grid::ChunkLayout layout{{{12, 6, 1}}, {{2, 2, 1}}};
  const auto p = partition::make_partition(Method::rcb, layout, world().size());
  FieldStore store = store_of(*p);
  const CostTable no_costs;
  const auto check_rejected = [&](const FieldStore& old_store, FieldStore& new_store) {
    CHECK_THROWS_AS(balance::migrate(world(), *p, old_store, *p, new_store, no_costs),
                    transport::AgreedError);
  };
  FieldStore other_bricks{fields(), {{{}, {{1, 1, 1}}}}, 2};
  FieldStore fewer_fields{{fields()[0]}, bricks_of(*p), 2};
  auto changed_specs = fields();
  changed_specs[2].components = 3;
  FieldStore other_fields{changed_specs, bricks_of(*p), 2};
  check_rejected(store, other_bricks);
  check_rejected(other_bricks, store);
  check_rejected(store, fewer_fields);
  check_rejected(store, other_fields);
  const auto other_ranks = partition::make_partition(Method::rcb, layout, world().size() + 1);
  CHECK_THROWS_AS(balance::migrate(world(), *p, store, *other_ranks, store, no_costs),
                  transport::AgreedError);
}

TEST_CASE("the message bytes per cell are summed over all fields") {
  const auto p = partition::make_partition(Method::rcb, {{{12, 6, 1}}, {{2, 2, 1}}}, world().size());
  CHECK(balance::message_bytes_per_cell(store_of(*p)) == 8 + 12 + 16 + 4);
}

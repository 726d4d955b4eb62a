// Compares the state digest with the formula in docs/architecture.md, evaluated cell by cell.
#include "grid/loop/state_digest.h"
#include "test_bricks.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <xxhash.h>

using namespace tessera;
using field::FieldStore;
using grid::Index;

namespace {

const Index cells{{11, 5, 3}};

/// State fields in both precisions, between fields of other kinds.
solver::SolverSchema make_schema() {
  solver::SolverSchema s;
  const auto add = [&](const char* name, solver::FieldKind kind, solver::Scalar scalar, int components) {
    solver::FieldSchema f;
    f.name = name;
    f.kind = kind;
    f.scalar = scalar;
    f.components = components;
    s.fields.push_back(f);
  };
  add("depth", solver::FieldKind::constant, solver::Scalar::float64, 1);
  add("height", solver::FieldKind::state, solver::Scalar::float64, 1);
  add("flux", solver::FieldKind::work, solver::Scalar::float64, 1);
  add("velocity", solver::FieldKind::state, solver::Scalar::float32, 3);
  add("speed", solver::FieldKind::derived, solver::Scalar::float32, 1);
  add("energy", solver::FieldKind::state, solver::Scalar::float64, 2);
  return s;
}

double value_of(const Index& cell, int field, int component) {
  const double v = test::unique_value(cell, field, component);
  return (cell[0] + cell[1]) % 2 == 0 ? v : -1.0 / v;
}

void set(const field::FieldView& view, const Index& local, int component, double value) {
  if (view.scalar == field::Scalar::float64) {
    *view.at<double>(local, component) = value;
  } else {
    *view.at<float>(local, component) = static_cast<float>(value);
  }
}

/// Creates and fills all fields of this rank. Ghost cells and the next time level contain other values.
FieldStore make_store(const solver::SolverSchema& schema, std::int64_t cut) {
  std::vector<field::FieldSpec> specs;
  for (const auto& f : schema.fields) {
    const bool state = f.kind == solver::FieldKind::state;
    const auto scalar = f.scalar == solver::Scalar::float64 ? field::Scalar::float64 : field::Scalar::float32;
    specs.push_back({f.name, scalar, f.components, state ? 2 : 1, Index{{1, 1, 1}}});
  }
  FieldStore store{specs, test::local_bricks(cells, cut), 3};
  for (int f = 0; f < static_cast<int>(specs.size()); ++f) {
    for (int c = 0; c < specs[static_cast<std::size_t>(f)].components; ++c) {
      for (std::size_t b = 0; b < store.bricks().size(); ++b) {
        const grid::Box& owned = store.bricks()[b];
        const Index one{{1, 1, 1}};
        test::for_each({owned.lower - one, owned.upper + one}, [&](const Index& cell) {
          const Index local = cell - owned.lower;
          set(store.view_after(static_cast<int>(b), f, 1), local, c, 0.5);
          set(store.current(static_cast<int>(b), f), local, c,
              owned.contains(cell) ? value_of(cell, f, c) : 77.0);
        });
      }
    }
  }
  return store;
}

std::uint64_t mix(std::uint64_t h) {
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdull;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ull;
  return h ^ (h >> 33);
}

std::uint64_t cell_hash(const solver::FieldSchema& field, int component, const Index& cell, double value) {
  const std::uint64_t seed =
      XXH3_64bits_withSeed(field.name.data(), field.name.size(), static_cast<XXH64_hash_t>(component));
  const std::uint64_t bits = field.scalar == solver::Scalar::float64
                                 ? std::bit_cast<std::uint64_t>(value)
                                 : std::bit_cast<std::uint32_t>(static_cast<float>(value));
  const std::int64_t linear_index = (cell[2] * cells[1] + cell[1]) * cells[0] + cell[0];
  return mix(mix(bits + seed) + static_cast<std::uint64_t>(linear_index) * 0x9e3779b97f4a7c15ull);
}

std::uint64_t reference_digest(const solver::SolverSchema& schema, int field) {
  const solver::FieldSchema& f = schema.fields[static_cast<std::size_t>(field)];
  std::uint64_t sum = 0;
  for (int c = 0; c < f.components; ++c) {
    test::for_each({{}, cells},
                   [&](const Index& cell) { sum += cell_hash(f, c, cell, value_of(cell, field, c)); });
  }
  return sum;
}

std::vector<std::uint64_t> digests_of(const FieldStore& store) {
  std::vector<std::uint64_t> all;
  for (const loop::FieldDigest& d : loop::field_digests(world(), make_schema(), store, cells)) {
    all.push_back(d.digest);
  }
  return all;
}

}  // namespace

TEST_CASE("the digest of each state field agrees with the formula for any partition") {
  const solver::SolverSchema schema = make_schema();
  for (const std::int64_t cut : {1, 2, 4}) {
    const auto digests = loop::field_digests(world(), schema, make_store(schema, cut), cells);
    REQUIRE(digests.size() == 3);
    std::uint64_t sum = 0;
    for (std::size_t n = 0; n < 3; ++n) {
      const int field = std::vector{1, 3, 5}[n];
      CHECK(digests[n].field == schema.fields[static_cast<std::size_t>(field)].name);
      CHECK(digests[n].digest == reference_digest(schema, field));
      sum += reference_digest(schema, field);
    }
    CHECK(loop::state_digest(digests) == sum);
  }
}

TEST_CASE("changing one value replaces its hash in the digest of its field only") {
  const solver::SolverSchema schema = make_schema();
  const std::vector<std::uint64_t> before{reference_digest(schema, 1), reference_digest(schema, 3),
                                          reference_digest(schema, 5)};
  const Index last = cells - Index{{1, 1, 1}};
  for (const Index& changed : {Index{}, Index{{5, 2, 1}}, last}) {
    for (const double value : {0.0, -0.0, std::nextafter(value_of(changed, 5, 1), 1e9),
                               std::numeric_limits<double>::quiet_NaN()}) {
      FieldStore store = make_store(schema, 2);
      test::for_each_owned_cell(store.bricks(), [&](int b, const Index& local, const Index& cell) {
        if (cell == changed) set(store.current(b, 5), local, 1, value);
      });
      std::vector<std::uint64_t> expected = before;
      expected[2] += cell_hash(schema.fields[5], 1, changed, value) -
                     cell_hash(schema.fields[5], 1, changed, value_of(changed, 5, 1));
      CHECK(expected != before);
      CHECK(digests_of(store) == expected);
    }
  }
}

TEST_CASE("digests are computed from the current time level") {
  const solver::SolverSchema schema = make_schema();
  FieldStore store = make_store(schema, 3);
  store.advance(1);
  std::uint64_t other_level_digest = 0;
  test::for_each({{}, cells},
                 [&](const Index& cell) { other_level_digest += cell_hash(schema.fields[1], 0, cell, 0.5); });
  CHECK(digests_of(store) == std::vector<std::uint64_t>{other_level_digest, reference_digest(schema, 3),
                                                        reference_digest(schema, 5)});
}

// Violations of a solver's declarations are reported with stage, field and cell.
#include "base/error.h"
#include "grid/loop/stage_guard.h"
#include "grid/loop/violation.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>

#include <fmt/format.h>

using namespace tessera;
using grid::Box;
using grid::Index;

namespace {

enum Field { u, w, pair, sum };

/// Stage "smooth" reads `u` with radius 1 and writes `u` and the work field `w`. Stage "add" reads `w` and
/// updates `pair`, which has two float components, in place. `sum` is a derived field.
solver::SolverSchema make_schema() {
  using enum solver::FieldKind;
  solver::SolverSchema s;
  s.fields.resize(4);
  const char* names[] = {"u", "w", "pair", "sum"};
  const solver::FieldKind kinds[] = {state, work, state, derived};
  for (std::size_t f = 0; f < 4; ++f) {
    s.fields[f].name = names[f];
    s.fields[f].kind = kinds[f];
  }
  s.fields[pair].components = 2;
  s.fields[pair].scalar = solver::Scalar::float32;
  s.stages = {{"smooth", {{u, 1}}, {u, w}, 0.0}, {"add", {{w, 0}, {pair, 0}}, {pair}, 0.0}};
  return s;
}

constexpr int smooth = 0;
constexpr int add = 1;

/// A guarded brick of 8 by 8 cells whose lower corner is cell (8, 0) of a domain of 16 by 8 cells. The domain
/// is periodic along x.
struct GuardedBrick {
  using Kernel = std::function<void(const Index&)>;

  solver::SolverSchema schema = make_schema();
  field::FieldStore store{{{"u", field::Scalar::float64, 1, 2, Index::all(2)},
                           {"w", field::Scalar::float64, 1, 1, Index::all(1)},
                           {"pair", field::Scalar::float32, 2, 1, Index::all(0)},
                           {"sum", field::Scalar::float64, 1, 1, Index::all(0)}},
                          {{{{8, 0, 0}}, {{16, 8, 1}}}},
                          2};
  loop::StageGuard guard;
  Box cells{{{2, 2, 0}}, {{5, 5, 1}}};
  int calls = 0;

  GuardedBrick() : guard{schema, store, periodic_domain()} {}

  static grid::Geometry periodic_domain() {
    grid::Geometry g;
    g.dimensions = 2;
    g.cells = {{16, 8, 1}};
    g.periodic = {true, false, false};
    return g;
  }

  double& u_at(std::int64_t i, std::int64_t j) { return *store.current(0, u).at<double>({{i, j, 0}}); }
  double& next_u_at(const Index& c) { return *store.view_after(0, u, 1).at<double>(c); }
  double& w_at(const Index& c) { return *store.current(0, w).at<double>(c); }
  float& pair_at(const Index& c, int component) { return *store.current(0, pair).at<float>(c, component); }
  double& sum_at(const Index& c) { return *store.current(0, sum).at<double>(c); }

  /// Runs an update of `stage` that applies `kernel` to its region and to `extra` cells beyond it along x.
  /// Returns the text of the error; empty if there is none.
  std::string run_update(int stage, const Kernel& kernel, std::int64_t extra = 0) {
    loop::Sweep sweep;
    sweep.stage = stage;
    sweep.advances = {0, 0, 0, 0};
    try {
      guard.update(sweep, 0, cells, [&](const Box& region) {
        ++calls;
        Box written_cells = region;
        written_cells.upper[0] += extra;
        test::for_each(written_cells, kernel);
      });
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::internal);
      return e.text();
    }
    return {};
  }

  /// Like run_update() for stage "smooth", with a kernel that reads `u` at `distance` cells along x.
  std::string run_smooth(std::int64_t distance, std::int64_t extra) {
    const Kernel kernel = [this, distance](const Index& c) {
      next_u_at(c) = u_at(c[0] + distance, c[1]) + 1.0;
      w_at(c) = 2.0;
    };
    return run_update(smooth, kernel, extra);
  }
};

bool contains(const std::string& text, const std::string& fragment) {
  return text.find(fragment) != std::string::npos;
}

}  // namespace

TEST_CASE("a stage that obeys its declarations passes, and its results are kept") {
  GuardedBrick brick;
  brick.u_at(5, 3) = 7.0;
  CHECK(brick.run_smooth(1, 0).empty());
  CHECK(brick.calls == 2);
  CHECK(brick.next_u_at({{4, 3, 0}}) == 8.0);
  CHECK(brick.next_u_at({{2, 2, 0}}) == 1.0);
  CHECK(brick.w_at({{4, 4, 0}}) == 2.0);
  CHECK(brick.u_at(7, 3) == 0.0);  // the poison has been removed
  CHECK(brick.next_u_at({{5, 3, 0}}) == 0.0);
}

TEST_CASE("a NaN that is not caused by a violation is left to the health check") {
  GuardedBrick brick;
  brick.u_at(3, 3) = std::nan("");
  CHECK(brick.run_smooth(0, 0).empty());
  CHECK(std::isnan(brick.next_u_at({{3, 3, 0}})));
}

TEST_CASE("a write outside the region is reported with stage, field and cell") {
  GuardedBrick brick;
  const std::string text = brick.run_smooth(1, 1);
  CHECK(contains(text, "stage `smooth` writes field `u` at cell (13, 2), outside its region [10,13)x[2,5)"));
  CHECK(loop::find_violation(text) == loop::Violation::writes_outside);
}

TEST_CASE("a read beyond the radius is reported with stage, field and cell") {
  GuardedBrick brick;
  const std::string text = brick.run_smooth(2, 0);
  CHECK(contains(text,
                 "stage `smooth` reads field `u` beyond its declared radius 1 to compute field `u` at cell "
                 "(12, 2)"));
  CHECK(loop::find_violation(text) == loop::Violation::reads_beyond);
}

TEST_CASE("a read beyond the radius is detected in ghost layers that are stored for other sweeps") {
  GuardedBrick brick;
  brick.cells = {{{4, 0, 0}}, {{8, 4, 1}}};  // ends at a side of the brick, where `u` has 2 ghost layers
  CHECK(brick.run_smooth(1, 0).empty());
  CHECK(
      contains(brick.run_smooth(2, 0), "beyond its declared radius 1 to compute field `u` at cell (15, 0)"));
}

TEST_CASE("a read beyond the radius is detected even if a comparison keeps the NaN out of the result") {
  GuardedBrick brick;
  brick.u_at(6, 3) = 5.0;
  const std::string text = brick.run_update(smooth, [&](const Index& c) {
    const double far = brick.u_at(c[0] + 2, c[1]);
    brick.next_u_at(c) = far > 0.0 ? far : 0.0;
    brick.w_at(c) = 1.0;
  });
  CHECK(contains(text, "reads field `u` beyond its declared radius 1 to compute field `u` at cell (12, 3)"));
}

TEST_CASE("a change to an input is reported with stage, field and cell") {
  for (const std::int64_t i : {0, 1, 3, 6}) {
    GuardedBrick brick;
    brick.u_at(i, 3) = -1.0;
    const std::string text = brick.run_update(smooth, [&](const Index& c) {
      brick.u_at(i, 3) = 0.0;
      brick.next_u_at(c) = brick.u_at(c[0], c[1]);
      brick.w_at(c) = 1.0;
    });
    CHECK(contains(
        text,
        fmt::format("stage `smooth` changes field `u` at cell ({}, 3), which it may only read", 8 + i)));
    CHECK(loop::find_violation(text) == loop::Violation::changes_input);
  }
}

TEST_CASE("a solver that keeps state between steps is called only once") {
  GuardedBrick brick;
  brick.schema.one_step = true;
  CHECK(brick.run_smooth(1, 0).empty());
  CHECK(brick.calls == 1);
}

TEST_CASE("an update that gives different results in each call is left to the comparison of runs") {
  GuardedBrick brick;
  CHECK(brick
            .run_update(smooth,
                        [&](const Index& c) {
                          brick.next_u_at(c) = brick.calls;
                          brick.w_at(c) = 1.0;
                        })
            .empty());
  CHECK(brick.next_u_at({{2, 2, 0}}) == brick.calls);
}

TEST_CASE("a read beyond the radius is detected even if the region fills its brick") {
  GuardedBrick brick;
  brick.cells = {{}, {{8, 8, 1}}};
  CHECK(brick.run_smooth(1, 0).empty());
  CHECK(brick.calls == 8);
  const std::string text = brick.run_smooth(2, 0);
  CHECK(contains(text, "beyond its declared radius 1 to compute field `u` at cell (11, 0)"));
}

TEST_CASE("a skipped cell is reported with stage, field and cell") {
  GuardedBrick brick;
  const std::string text = brick.run_update(smooth, [&](const Index& c) {
    if (c != Index{{3, 4, 0}}) brick.next_u_at(c) = 1.0;
    brick.w_at(c) = 1.0;
  });
  CHECK(contains(text, "stage `smooth` does not write field `u` at cell (11, 4)"));
  CHECK(loop::find_violation(text) == loop::Violation::skips_cell);
}

TEST_CASE("a ghost cell beyond a periodic face is reported as the cell of which it is an image") {
  GuardedBrick brick;
  brick.cells = {{{7, 2, 0}}, {{9, 3, 1}}};
  const std::string text = brick.run_update(smooth, [&](const Index& c) {
    brick.next_u_at(c) = 1.0;
    if (c[0] < 8) brick.w_at(c) = 1.0;
  });
  CHECK(contains(text, "stage `smooth` does not write field `w` at cell (0, 2)"));
}

TEST_CASE("a stage that uses the old value of its output is reported as such, not as skipping a cell") {
  GuardedBrick brick;
  brick.w_at({{2, 2, 0}}) = 3.0;
  const std::string text = brick.run_update(smooth, [&](const Index& c) {
    brick.next_u_at(c) = 1.0;
    brick.w_at(c) = 0.5 * brick.w_at(c) + 1.0;
  });
  CHECK(
      contains(text,
               "stage `smooth` computes field `w` at cell (10, 2) from a value that an earlier step left in "
               "memory"));
  CHECK(loop::find_violation(text) == loop::Violation::uses_old_value);
}

TEST_CASE("the use of an old value is detected even if it only affects a condition") {
  GuardedBrick brick;
  const std::string text = brick.run_update(smooth, [&](const Index& c) {
    brick.next_u_at(c) = std::isnan(brick.w_at(c)) ? std::nan("") : 1.0;
    brick.w_at(c) = 1.0;
  });
  CHECK(contains(text,
                 "stage `smooth` computes field `u` at cell (10, 2) from a value that an earlier step left"));
}

TEST_CASE("a stage may skip cells of a field that it updates in place") {
  GuardedBrick brick;
  brick.w_at({{2, 2, 0}}) = 1.0;
  CHECK(brick
            .run_update(add,
                        [&](const Index& c) {
                          if (brick.w_at(c) > 0.0) brick.pair_at(c, 1) += 1.5f;
                        })
            .empty());
  CHECK(brick.pair_at({{2, 2, 0}}, 1) == 1.5f);
  CHECK(brick.pair_at({{3, 2, 0}}, 1) == 0.0f);
}

TEST_CASE("the use of a work field value from an earlier step is detected") {
  GuardedBrick brick;
  test::for_each(brick.cells, [&](const Index& c) { brick.w_at(c) = 4.0; });
  brick.guard.poison_work_fields();
  CHECK(std::isnan(brick.w_at({{-1, 8, 0}})));
  CHECK(brick.u_at(0, 0) == 0.0);
  const std::string text = brick.run_update(add, [&](const Index& c) {
    for (int k = 0; k < 2; ++k) brick.pair_at(c, k) += static_cast<float>(brick.w_at(c));
  });
  CHECK(contains(
      text,
      "stage `add` reads field `w` at cell (10, 2), which depends on a value that an earlier step left "
      "in memory"));
  CHECK(loop::find_violation(text) == loop::Violation::uses_old_value);

  // It is also detected if a comparison keeps the NaN out of the result. Poison that affects no result is
  // harmless.
  CHECK(contains(
      brick.run_update(add, [&](const Index& c) { brick.pair_at(c, 0) = brick.w_at(c) > 0.0 ? 1.0f : 2.0f; }),
      "which depends on a value that an earlier step left"));
  CHECK(brick.run_update(add, [&](const Index& c) { brick.pair_at(c, 0) = 2.0f; }).empty());
  CHECK(std::isnan(brick.w_at({{2, 2, 0}})));
}

TEST_CASE("derive() must write all cells of its region") {
  GuardedBrick brick;
  const auto derive_error = [&](std::int64_t skipped_row) -> std::string {
    try {
      brick.guard.derive(0, brick.cells, [&] {
        test::for_each(brick.cells, [&](const Index& c) {
          if (c[1] != skipped_row) brick.sum_at(c) = 1.0;
        });
      });
    } catch (const base::Error& e) {
      return e.text();
    }
    return {};
  };
  CHECK(derive_error(-1).empty());
  CHECK(brick.sum_at({{2, 2, 0}}) == 1.0);
  CHECK(brick.sum_at({{1, 2, 0}}) == 0.0);
  CHECK(contains(derive_error(4), "derive() does not write field `sum` at cell (10, 4)"));
}

TEST_CASE("boundary() must fill all ghost cells") {
  GuardedBrick brick;
  const Box ghosts{{{0, -2, 0}}, {{8, 0, 1}}};
  const auto boundary_error = [&](std::int64_t skipped_column) -> std::string {
    const field::FieldView level = brick.store.view_after(0, u, 1);
    try {
      brick.guard.boundary(0, u, level, ghosts, [&] {
        test::for_each(ghosts, [&](const Index& c) {
          if (c[0] != skipped_column) brick.next_u_at(c) = 1.0;
        });
      });
    } catch (const base::Error& e) {
      return e.text();
    }
    return {};
  };
  CHECK(boundary_error(-1).empty());
  CHECK(brick.next_u_at({{3, -2, 0}}) == 1.0);
  CHECK(contains(boundary_error(4), "boundary() does not write field `u` at cell (12, -2)"));
}

TEST_CASE("poison in single precision is distinguished from other NaNs, with either sign") {
  GuardedBrick brick;
  const field::FieldView view = brick.store.current(0, pair);
  const Box all{{}, {{8, 8, 1}}};
  loop::poison(view, all);
  CHECK(std::isnan(brick.pair_at({{7, 7, 0}}, 1)));
  loop::fill(view, all, 0.25);
  CHECK(brick.pair_at({{7, 7, 0}}, 1) == 0.25f);
  CHECK_FALSE(loop::find_poison(view, all));
  brick.pair_at({{3, 1, 0}}, 1) = std::nanf("");
  CHECK_FALSE(loop::find_poison(view, all));
  const auto nan = loop::find_nan(view, all);
  REQUIRE(nan);
  CHECK(nan->cell == Index{{3, 1, 0}});
  CHECK(nan->component == 1);
  loop::poison(view, {{{6, 5, 0}}, {{7, 6, 1}}});
  float& negative = brick.pair_at({{6, 5, 0}}, 0);
  negative = std::bit_cast<float>(std::bit_cast<std::uint32_t>(negative) ^ 0x8000'0000U);
  const auto found = loop::find_poison(view, all);
  REQUIRE(found);
  CHECK(found->cell == Index{{6, 5, 0}});
  CHECK(found->component == 0);
}

TEST_CASE("violations reported by a solver built with the checks of the SDK are recognised") {
  using loop::Violation;
  CHECK(
      loop::find_violation("stage `s` reads field `u` at local cell (9, 0, 0), beyond its declared radius") ==
      Violation::reads_beyond);
  CHECK(loop::find_violation("stage `s` writes field `u` at local cell (9, 0, 0), outside its region") ==
        Violation::writes_outside);
  CHECK(loop::find_violation("derive() does not write field `u` at local cell (9, 0, 0)") ==
        Violation::skips_cell);
  CHECK_FALSE(loop::find_violation("the field `u` is not finite at cell (0, 0, 0)"));
}

// Stages that access memory against their declarations are named, with field and cell.
#include "base/error.h"
#include "grid/loop/breach.h"
#include "grid/loop/stage_guard.h"
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

/// "smooth" reads u with radius 1 and writes it and the work field w; "add" reads w, and updates `pair`, of
/// two float components, in place; `sum` is derived.
solver::SolverSchema smoother() {
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

/// A brick of 8 by 8 cells at cell (8, 0) of a domain of 16 by 8 cells, which is periodic along x.
struct Setup {
  using Kernel = std::function<void(const Index&)>;

  solver::SolverSchema schema = smoother();
  field::FieldStore store{{{"u", field::Scalar::float64, 1, 2, Index::all(2)},
                           {"w", field::Scalar::float64, 1, 1, Index::all(1)},
                           {"pair", field::Scalar::float32, 2, 1, Index::all(0)},
                           {"sum", field::Scalar::float64, 1, 1, Index::all(0)}},
                          {{{{8, 0, 0}}, {{16, 8, 1}}}},
                          2};
  loop::StageGuard guard;
  Box cells{{{2, 2, 0}}, {{5, 5, 1}}};
  int calls = 0;

  Setup() : guard{schema, store, periodic_domain()} {}

  static grid::Geometry periodic_domain() {
    grid::Geometry g;
    g.dimensions = 2;
    g.cells = {{16, 8, 1}};
    g.periodic = {true, false, false};
    return g;
  }

  double& now(std::int64_t i, std::int64_t j) { return *store.current(0, u).at<double>({{i, j, 0}}); }
  double& next(const Index& c) { return *store.view_after(0, u, 1).at<double>(c); }
  double& work(const Index& c) { return *store.current(0, w).at<double>(c); }
  float& part(const Index& c, int component) { return *store.current(0, pair).at<float>(c, component); }
  double& total(const Index& c) { return *store.current(0, sum).at<double>(c); }

  /// The error of an update of `stage` that applies `kernel` to its region and `extra` more cells along x;
  /// empty if there is none.
  std::string error_of(int stage, const Kernel& kernel, std::int64_t extra = 0) {
    loop::Sweep sweep;
    sweep.stage = stage;
    sweep.advances = {0, 0, 0, 0};
    try {
      guard.update(sweep, 0, cells, [&](const Box& region) {
        ++calls;
        Box written = region;
        written.upper[0] += extra;
        test::for_each(written, kernel);
      });
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::internal);
      return e.text();
    }
    return {};
  }

  /// The same for a stage "smooth" that reads `reach` cells away.
  std::string error_of_smooth(std::int64_t reach, std::int64_t extra) {
    const Kernel kernel = [this, reach](const Index& c) {
      next(c) = now(c[0] + reach, c[1]) + 1.0;
      work(c) = 2.0;
    };
    return error_of(smooth, kernel, extra);
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a stage that keeps to its declaration passes, and its result stands") {
  Setup s;
  s.now(5, 3) = 7.0;
  CHECK(s.error_of_smooth(1, 0).empty());
  CHECK(s.calls == 2);
  CHECK(s.next({{4, 3, 0}}) == 8.0);
  CHECK(s.next({{2, 2, 0}}) == 1.0);
  CHECK(s.work({{4, 4, 0}}) == 2.0);
  CHECK(s.now(7, 3) == 0.0);  // the poison is gone
  CHECK(s.next({{5, 3, 0}}) == 0.0);
}

TEST_CASE("a NaN that no breach causes is left to the health check") {
  Setup s;
  s.now(3, 3) = std::nan("");
  CHECK(s.error_of_smooth(0, 0).empty());
  CHECK(std::isnan(s.next({{3, 3, 0}})));
}

TEST_CASE("a stage that writes outside its cells is named with field and cell") {
  Setup s;
  const std::string text = s.error_of_smooth(1, 1);
  CHECK(has(text,
            "stage `smooth` writes field `u` at cell (13, 2, 0), outside its region [10,13)x[2,5)x[0,1)"));
  CHECK(loop::breach_of(text) == loop::Breach::writes_outside);
}

TEST_CASE("a stage that reads beyond its radius is named with field and cell") {
  Setup s;
  const std::string text = s.error_of_smooth(2, 0);
  CHECK(has(text,
            "stage `smooth` reads field `u` beyond its declared radius 1 to compute field `u` at cell "
            "(12, 2, 0)"));
  CHECK(loop::breach_of(text) == loop::Breach::reads_beyond);
}

TEST_CASE("a read beyond the radius is found even if a comparison keeps the NaN out of the result") {
  Setup s;
  s.now(6, 3) = 5.0;
  const std::string text = s.error_of(smooth, [&](const Index& c) {
    const double far = s.now(c[0] + 2, c[1]);
    s.next(c) = far > 0.0 ? far : 0.0;
    s.work(c) = 1.0;
  });
  CHECK(has(text, "reads field `u` beyond its declared radius 1 to compute field `u` at cell (12, 3, 0)"));
}

TEST_CASE("a stage that changes what it may only read is named, wherever it does so") {
  for (const std::int64_t i : {0, 1, 3, 6}) {
    Setup s;
    s.now(i, 3) = -1.0;
    const std::string text = s.error_of(smooth, [&](const Index& c) {
      s.now(i, 3) = 0.0;
      s.next(c) = s.now(c[0], c[1]);
      s.work(c) = 1.0;
    });
    CHECK(has(text, fmt::format("stage `smooth` changes field `u` at cell ({}, 3, 0), which it may only read",
                                8 + i)));
    CHECK(loop::breach_of(text) == loop::Breach::changes_input);
  }
}

TEST_CASE("a solver that keeps state between steps is called once") {
  Setup s;
  s.schema.one_step = true;
  CHECK(s.error_of_smooth(1, 0).empty());
  CHECK(s.calls == 1);
}

TEST_CASE("an update that changes from call to call is left to the comparison of runs") {
  Setup s;
  CHECK(s.error_of(smooth, [&](const Index& c) {
           s.next(c) = s.calls;
           s.work(c) = 1.0;
         }).empty());
  CHECK(s.next({{2, 2, 0}}) == s.calls);
}

TEST_CASE("a read beyond the radius is found in a region that fills its brick") {
  Setup s;
  s.cells = {{}, {{8, 8, 1}}};
  CHECK(s.error_of_smooth(1, 0).empty());
  CHECK(s.calls == 8);
  const std::string text = s.error_of_smooth(2, 0);
  CHECK(has(text, "beyond its declared radius 1 to compute field `u` at cell (11, 0, 0)"));
}

TEST_CASE("a stage that skips a cell is named with field and cell") {
  Setup s;
  const std::string text = s.error_of(smooth, [&](const Index& c) {
    if (c != Index{{3, 4, 0}}) s.next(c) = 1.0;
    s.work(c) = 1.0;
  });
  CHECK(has(text, "stage `smooth` does not write field `u` at cell (11, 4, 0)"));
  CHECK(loop::breach_of(text) == loop::Breach::skips_cell);
}

TEST_CASE("cells beyond a periodic face are named by their cell in the domain") {
  Setup s;
  s.cells = {{{7, 2, 0}}, {{9, 3, 1}}};
  const std::string text = s.error_of(smooth, [&](const Index& c) {
    s.next(c) = 1.0;
    if (c[0] < 8) s.work(c) = 1.0;
  });
  CHECK(has(text, "stage `smooth` does not write field `w` at cell (0, 2, 0)"));
}

TEST_CASE("a stage that adds to the old value of its output is named, not taken for one that skips a cell") {
  Setup s;
  s.work({{2, 2, 0}}) = 3.0;
  const std::string text = s.error_of(smooth, [&](const Index& c) {
    s.next(c) = 1.0;
    s.work(c) = 0.5 * s.work(c) + 1.0;
  });
  CHECK(has(text,
            "stage `smooth` computes field `w` at cell (10, 2, 0) from a value that an earlier step left in "
            "memory"));
  CHECK(loop::breach_of(text) == loop::Breach::uses_old_value);
}

TEST_CASE("an old value that passes through another number is found as well") {
  Setup s;
  const std::string text = s.error_of(smooth, [&](const Index& c) {
    s.next(c) = std::isnan(s.work(c)) ? std::nan("") : 1.0;
    s.work(c) = 1.0;
  });
  CHECK(has(text,
            "stage `smooth` computes field `u` at cell (10, 2, 0) from a value that an earlier step left"));
}

TEST_CASE("a stage may skip cells of a field that it updates in place") {
  Setup s;
  s.work({{2, 2, 0}}) = 1.0;
  CHECK(s.error_of(add, [&](const Index& c) {
           if (s.work(c) > 0.0) s.part(c, 1) += 1.5f;
         }).empty());
  CHECK(s.part({{2, 2, 0}}, 1) == 1.5f);
  CHECK(s.part({{3, 2, 0}}, 1) == 0.0f);
}

TEST_CASE("no value in a work field outlives a step") {
  Setup s;
  test::for_each(s.cells, [&](const Index& c) { s.work(c) = 4.0; });
  s.guard.poison_work_fields();
  CHECK(std::isnan(s.work({{-1, 8, 0}})));
  CHECK(s.now(0, 0) == 0.0);
  const std::string text = s.error_of(add, [&](const Index& c) {
    for (int k = 0; k < 2; ++k) s.part(c, k) += static_cast<float>(s.work(c));
  });
  CHECK(has(
      text,
      "stage `add` reads field `w` at cell (10, 2, 0), which depends on a value that an earlier step left "
      "in memory"));
  CHECK(loop::breach_of(text) == loop::Breach::uses_old_value);

  // Also if a comparison keeps the NaN out of the result; poison that no result depends on is harmless.
  CHECK(has(s.error_of(add, [&](const Index& c) { s.part(c, 0) = s.work(c) > 0.0 ? 1.0f : 2.0f; }),
            "which depends on a value that an earlier step left"));
  CHECK(s.error_of(add, [&](const Index& c) { s.part(c, 0) = 2.0f; }).empty());
  CHECK(std::isnan(s.work({{2, 2, 0}})));
}

TEST_CASE("derive() must write all cells of its region") {
  Setup s;
  const auto error_of = [&](std::int64_t skipped) -> std::string {
    try {
      s.guard.derive(0, s.cells, [&] {
        test::for_each(s.cells, [&](const Index& c) {
          if (c[1] != skipped) s.total(c) = 1.0;
        });
      });
    } catch (const base::Error& e) {
      return e.text();
    }
    return {};
  };
  CHECK(error_of(-1).empty());
  CHECK(s.total({{2, 2, 0}}) == 1.0);
  CHECK(s.total({{1, 2, 0}}) == 0.0);
  CHECK(has(error_of(4), "derive() does not write field `sum` at cell (10, 4, 0)"));
}

TEST_CASE("boundary() must fill all ghost cells") {
  Setup s;
  const Box ghosts{{{0, -2, 0}}, {{8, 0, 1}}};
  const auto error_of = [&](std::int64_t skipped) -> std::string {
    const field::FieldView level = s.store.view_after(0, u, 1);
    try {
      s.guard.boundary(0, u, level, ghosts, [&] {
        test::for_each(ghosts, [&](const Index& c) {
          if (c[0] != skipped) s.next(c) = 1.0;
        });
      });
    } catch (const base::Error& e) {
      return e.text();
    }
    return {};
  };
  CHECK(error_of(-1).empty());
  CHECK(s.next({{3, -2, 0}}) == 1.0);
  CHECK(has(error_of(4), "boundary() does not write field `u` at cell (12, -2, 0)"));
}

TEST_CASE("the poison has its own payload in each component and keeps its identity in single precision") {
  Setup s;
  const field::FieldView view = s.store.current(0, pair);
  const Box all{{}, {{8, 8, 1}}};
  loop::poison(view, all);
  CHECK(std::isnan(s.part({{7, 7, 0}}, 1)));
  loop::fill(view, all, 0.25);
  CHECK(s.part({{7, 7, 0}}, 1) == 0.25f);
  CHECK_FALSE(loop::find_poison(view, all));
  s.part({{3, 1, 0}}, 1) = std::nanf("");
  CHECK_FALSE(loop::find_poison(view, all));
  const auto nan = loop::find_nan(view, all);
  REQUIRE(nan);
  CHECK(nan->cell == Index{{3, 1, 0}});
  CHECK(nan->component == 1);
  loop::poison(view, {{{6, 5, 0}}, {{7, 6, 1}}});
  float& negative = s.part({{6, 5, 0}}, 0);
  negative = std::bit_cast<float>(std::bit_cast<std::uint32_t>(negative) ^ 0x8000'0000U);
  const auto found = loop::find_poison(view, all);
  REQUIRE(found);
  CHECK(found->cell == Index{{6, 5, 0}});
  CHECK(found->component == 0);
}

TEST_CASE("breaches that a solver of a checked build reports itself are recognised") {
  using loop::Breach;
  CHECK(loop::breach_of("stage `s` reads field `u` at local cell (9, 0, 0), beyond its declared radius") ==
        Breach::reads_beyond);
  CHECK(loop::breach_of("stage `s` writes field `u` at local cell (9, 0, 0), outside its region") ==
        Breach::writes_outside);
  CHECK(loop::breach_of("derive() does not write field `u` at local cell (9, 0, 0)") == Breach::skips_cell);
  CHECK_FALSE(loop::breach_of("the field `u` is not finite at cell (0, 0, 0)"));
}

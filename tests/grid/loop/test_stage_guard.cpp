// Stages that touch what they have not declared are named, with field and cell.
#include "base/error.h"
#include "grid/loop/stage_guard.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <string>

using namespace tessera;
using grid::Box;
using grid::Index;

namespace {

/// One field, read with radius 1 and written.
solver::SolverSchema smoother() {
  solver::SolverSchema s;
  s.fields.resize(1);
  s.fields[0].name = "u";
  s.stages = {{"smooth", {{0, 1}}, {0}, 0.0}};
  return s;
}

struct Setup {
  solver::SolverSchema schema = smoother();
  field::FieldStore store{{{"u", field::Scalar::float64, 1, 2, Index::all(2)}}, {{{}, {{8, 8, 1}}}}, 2};
  loop::StageGuard guard{schema, store};
  loop::Sweep sweep;
  Box cells{{{2, 2, 0}}, {{5, 5, 1}}};

  Setup() { sweep.advances = {0}; }
  double& now(std::int64_t i, std::int64_t j) { return *store.current(0, 0).at<double>({{i, j, 0}}); }
  double& next(std::int64_t i, std::int64_t j) { return *store.ahead(0, 0, 1).at<double>({{i, j, 0}}); }

  /// What the guard says of an update that reads `reach` cells away and writes `extra` cells more.
  std::string complaint(std::int64_t reach, std::int64_t extra) {
    try {
      guard.run(sweep, 0, cells, [&] {
        Box written = cells;
        written.upper[0] += extra;
        test::for_each(written, [&](const Index& c) { next(c[0], c[1]) = now(c[0] + reach, c[1]) + 1.0; });
      });
    } catch (const base::Error& e) {
      return e.text();
    }
    return {};
  }
};

}  // namespace

TEST_CASE("a stage that keeps to its declaration passes, and its result stands") {
  Setup s;
  s.now(5, 3) = 7.0;
  CHECK(s.complaint(1, 0).empty());
  CHECK(s.next(4, 3) == 8.0);
  CHECK(s.next(2, 2) == 1.0);
  CHECK(s.now(7, 3) == 0.0);  // what was spoiled is back
}

TEST_CASE("a stage that writes outside its cells is named with field and cell") {
  Setup s;
  const std::string text = s.complaint(1, 1);
  CHECK(text.find("stage `smooth` writes field `u` at cell (5, 2, 0)") != std::string::npos);
}

TEST_CASE("a stage that reads beyond its radius is named with field and cell") {
  Setup s;
  const std::string text = s.complaint(2, 0);
  CHECK(text.find("stage `smooth` reads field `u` beyond its declared radius 1") != std::string::npos);
  CHECK(text.find("at cell (4, 2, 0)") != std::string::npos);
}

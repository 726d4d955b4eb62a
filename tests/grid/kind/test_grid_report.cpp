// The report of a grid run, with tilings and diagnostics made up for the test.
#include "grid/kind/grid_report.h"

#include <catch2/catch.hpp>

#include <string>

using namespace tessera;

namespace {

/// A report on a run whose bricks have these extents.
struct Example {
  grid::JobSpec job;
  solver::SolverSchema schema;
  grid::GridReport report;

  Example(int dimensions, const grid::Index& brick, const loop::Tiling& tiling) {
    job.geometry.dimensions = dimensions;
    job.geometry.cells = brick;
    report.job = &job;
    report.schema = &schema;
    report.loop.tiling.used = tiling;
    report.loop.tiling.max_brick_extent = brick;
  }
  Example(const Example&) = delete;
  Example& operator=(const Example&) = delete;

  /// The first line below the headline.
  std::string tiling() const {
    const std::string text = grid::summary_of(report);
    return text.substr(0, text.find('\n'));
  }
};

}  // namespace

TEST_CASE("the report names the cells, rows or planes that are computed at a time") {
  CHECK(Example{1, {{200, 1, 1}}, {1, 0, 64, false}}.tiling() ==
        "tiling     1 step per exchange, 64 cells at a time");
  CHECK(Example{2, {{64, 64, 1}}, {2, 0, 1, false}}.tiling() ==
        "tiling     2 steps per exchange, 1 row at a time");
  CHECK(Example{3, {{64, 64, 64}}, {0, 16, 4, true}}.tiling() ==
        "tiling     an exchange before each stage, 4 planes at a time in tiles of 16 rows, non-temporal "
        "stores");
}

TEST_CASE("the report mentions no pieces if a brick is computed as a whole") {
  CHECK(Example{1, {{200, 1, 1}}, {1, 0, 65536, false}}.tiling() == "tiling     1 step per exchange");
  CHECK(Example{2, {{64, 64, 1}}, {1, 0, 1024, false}}.tiling() == "tiling     1 step per exchange");
  CHECK(Example{2, {{64, 64, 1}}, {1, 0, 64, false}}.tiling() == "tiling     1 step per exchange");
  CHECK(Example{3, {{8, 8, 8}}, {1, 8, 8, false}}.tiling() == "tiling     1 step per exchange");
}

TEST_CASE("the headline of a single step is in the singular") {
  Example example{1, {{200, 1, 1}}, {}};
  example.report.loop.steps = 1;
  CHECK(grid::headline_of(example.report).find("1 step   ") == 0);
  example.report.loop.steps = 2;
  CHECK(grid::headline_of(example.report).find("2 steps   ") == 0);
}

TEST_CASE("the change of a diagnostic is relative to its start, and labelled so") {
  Example example{1, {{200, 1, 1}}, {}};
  example.schema.diagnostics.resize(1);
  example.schema.diagnostics[0].name = "mass";
  example.schema.diagnostics[0].unit = "kg";
  example.report.loop.first_diagnostics = {2.0};
  example.report.loop.diagnostics = {90.0};
  const std::string text = grid::summary_of(example.report);
  CHECK(text.find("   relative change\n") != std::string::npos);
  CHECK(text.find("   +44             kg\n") != std::string::npos);
}

TEST_CASE("the banner counts only the fields") {
  Example example{2, {{64, 64, 1}}, {}};
  example.report.chunk = {{64, 64, 1}};
  example.report.chunks = 1;
  example.report.loop.field_bytes = 184'000;
  CHECK(grid::banner_of(example.report, 1).find(", 184 kB of fields per rank\n") != std::string::npos);
}

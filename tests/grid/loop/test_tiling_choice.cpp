// The choice of tilings, for jobs and machines so simple that the best ones can be derived manually.
#include "grid/loop/tiling_choice.h"

#include <catch2/catch.hpp>

using namespace tessera;
using grid::Index;
using loop::Tiling;
using loop::TilingChoice;
using loop::TilingInput;

namespace {

using Tilings = std::vector<Tiling>;
using Axes = std::array<bool, 3>;

constexpr double mib = 1024.0 * 1024.0;

solver::SolverSchema heat() {
  solver::SolverSchema s;
  s.fields.resize(1);
  s.stages = {{"diffuse", {{0, 1}}, {0}, 0.0}};
  return s;
}

solver::SolverSchema two_stages() {
  solver::SolverSchema s;
  s.fields.resize(2);
  s.stages = {{"predict", {{0, 2}}, {1}, 0.0}, {"correct", {{1, 2}, {0, 0}}, {0}, 1.0}};
  return s;
}

/// A job on one brick, and a machine with 16 MiB of last-level cache.
struct Example {
  grid::JobSpec job;
  TilingInput input;

  Example(int dimensions, const Index& cells, bool periodic) {
    job.geometry.dimensions = dimensions;
    job.geometry.cells = cells;
    for (int a = 0; a < dimensions; ++a) job.geometry.periodic[static_cast<std::size_t>(a)] = periodic;
    input.brick = cells;
    input.l3_bytes = 16 * mib;
    input.max_tile_steps = 1000;
  }
  TilingChoice choice(const solver::SolverSchema& schema = heat()) const {
    return loop::choose_tiling(job, schema, input);
  }
};

}  // namespace

TEST_CASE("a large periodic cube gets time tiles of several steps, and tiles of rows") {
  const Example e{3, Index::all(512), true};
  // For 6 steps, 0.7 * 16 MiB hold 2 levels of 6 + 2 planes of 179 rows of 512 cells; each of the 6 sweeps
  // shifts the tile by one row.
  const TilingChoice c = e.choice();
  const Tilings expected{
      {12, 88, 1, false}, {0, 0, 1, false}, {8, 128, 1, false}, {6, 168, 1, false}, {4, 232, 1, false}};
  CHECK(c.candidates == expected);
  CHECK(c.limits.steps == 12);
  CHECK(c.limits.exchanged == Axes{false, true, true});  // several tiles along y and z
  CHECK(c.limits.wrapped == Axes{true, false, false});
}

TEST_CASE("with faces instead nothing is exchanged") {
  const Example e{3, Index::all(512), false};
  const TilingChoice c = e.choice();
  CHECK(c.candidates.front() == Tiling{12, 88, 1, false});
  CHECK(c.limits.exchanged == Axes{false, false, false});
  CHECK(c.limits.wrapped == Axes{false, false, false});
}

TEST_CASE("a large plane is gone over in rows") {
  const Example e{2, {{4096, 4096, 1}}, true};
  const TilingChoice c = e.choice();
  CHECK(
      c.candidates ==
      Tilings{{12, 0, 2, false}, {0, 0, 16, false}, {24, 0, 2, false}, {16, 0, 2, false}, {8, 0, 2, false}});
  CHECK(c.limits.exchanged == Axes{false, true, false});
  CHECK(c.limits.wrapped == Axes{true, false, false});
}

TEST_CASE("what fits the cache is taken stage by stage first, without streaming") {
  const Example e{3, Index::all(32), true};
  const TilingChoice c = e.choice();
  CHECK(c.candidates == Tilings{{0, 0, 64, false}, {4, 0, 8, false}, {8, 0, 8, false}});
  CHECK(c.limits.steps == 8);
  CHECK(c.limits.exchanged == Axes{false, false, true});
  CHECK(c.limits.wrapped == Axes{true, true, false});
}

TEST_CASE("a line wraps along its only axis by an exchange") {
  const Example e{1, {{1000, 1, 1}}, true};
  const TilingChoice c = e.choice();
  CHECK(c.candidates.front() == Tiling{0, 0, 65536, false});
  CHECK(c.limits.exchanged == Axes{true, false, false});
  CHECK(c.limits.wrapped == Axes{false, false, false});
}

TEST_CASE("time tiles that would compute too many cells redundantly are left out") {
  Example e{3, Index::all(128), true};
  e.input.brick = Index::all(64);
  e.input.cut = {true, true, true};
  e.input.l3_bytes = 4 * mib;  // the size of two levels of the brick
  const TilingChoice c = e.choice();
  // (1 + 8/64)^3 is 1.42, (1 + 6/64)^3 is 1.31, (1 + 4/64)^3 is 1.20.
  CHECK(c.candidates == Tilings{{4, 0, 2, false}, {0, 0, 16, false}});
  CHECK(c.limits.exchanged == Axes{true, true, true});
  CHECK(c.limits.wrapped == Axes{false, false, false});

  e.input.brick = {{64, 64, 7}};  // thinner than twice 4 layers
  e.input.l3_bytes = 0.1 * mib;
  CHECK(e.choice().candidates == Tilings{{0, 0, 16, false}});
}

TEST_CASE("time tiles are no longer than the steps between two outputs") {
  Example e{3, Index::all(512), true};
  e.input.max_tile_steps = 5;
  CHECK(e.choice().candidates == Tilings{{4, 232, 1, false}, {0, 0, 1, false}});
  CHECK(e.choice().limits.steps == 4);
  e.input.max_tile_steps = 3;
  CHECK(e.choice().candidates == Tilings{{0, 0, 1, false}});
  CHECK(e.choice().limits.steps == 0);
  CHECK(e.choice().limits.exchanged == Axes{false, false, true});
}

TEST_CASE("planes that stay in cache are taken whole") {
  Example e{3, Index::all(256), true};
  const TilingChoice c = e.choice();
  // Two levels of 6 + 2 planes of 512 KiB take 8 MiB, of 8 + 2 planes 10 MiB; of 12 + 2 planes, 14 MiB.
  CHECK(c.candidates == Tilings{{6, 0, 1, false}, {0, 0, 1, false}, {8, 0, 1, false}, {4, 0, 1, false}});
  CHECK(c.limits.exchanged == Axes{false, false, true});
  CHECK(c.limits.wrapped == Axes{true, true, false});
}

TEST_CASE("wide stencils make time tiles shorter, not deeper") {
  Example e{3, Index::all(256), true};
  solver::SolverSchema s = heat();
  s.stages = {{"wave", {{0, 4}}, {0}, 0.0}};
  for (const Tiling& b : e.choice(s).candidates) CHECK(b.steps <= 3);
}

TEST_CASE("planes that do not stay in cache leave the stages") {
  Example e{3, Index::all(512), true};
  e.input.l3_bytes = 0.5 * mib;  // room for 7 rows in 2 levels of 4 + 2 planes: too few for 4 sweeps
  CHECK(e.choice().candidates == Tilings{{0, 0, 1, false}});
}

TEST_CASE("several stages can form a time tile of one step") {
  const Example e{3, Index::all(32), false};
  const TilingChoice c = e.choice(two_stages());
  // 8 steps would need 32 layers, as many as the brick has; 4 steps need 16, half as many.
  CHECK(c.candidates == Tilings{{0, 0, 64, false}, {4, 0, 8, false}, {1, 0, 64, false}});
}

TEST_CASE("with several bricks per rank, or a solver with state, there is one tile per stage") {
  Example e{3, Index::all(512), true};
  e.input.one_brick = false;
  CHECK(e.choice().candidates == Tilings{{0, 0, 1, false}});
  e.input.one_brick = true;
  solver::SolverSchema s = heat();
  s.one_step = true;
  CHECK(e.choice(s).candidates == Tilings{{0, 0, 1, false}});
  CHECK(e.choice(s).limits.steps == 0);
}

TEST_CASE("what the job fixes is not chosen") {
  Example e{3, Index::all(512), true};
  e.job.performance.steps_per_exchange = 3;
  // 2 levels of 3 + 2 planes fit with up to 286 rows.
  CHECK(e.choice().candidates == Tilings{{3, 280, 1, false}});
  CHECK(e.choice().limits.steps == 3);
  e.job.performance.tile_rows = 16;
  CHECK(e.choice().candidates == Tilings{{3, 16, 1, false}});
  e.job.performance.tile_rows = 0;
  CHECK(e.choice().candidates == Tilings{{3, 0, 1, false}});
  CHECK(e.choice().limits.exchanged == Axes{false, false, true});
  e.job.performance.tile_rows = 512;  // as many rows as the brick has
  CHECK(e.choice().candidates == Tilings{{3, 0, 1, false}});
  e.job.performance.streaming = true;
  CHECK(e.choice().candidates == Tilings{{3, 0, 1, true}});

  e.job.performance = {};
  e.job.performance.steps_per_exchange = 0;
  CHECK(e.choice().candidates == Tilings{{0, 0, 1, false}, {0, 0, 1, true}});
  e.job.performance.streaming = false;
  CHECK(e.choice().candidates == Tilings{{0, 0, 1, false}});

  // Even if the model would reject it: several bricks, thin bricks, few steps before an output.
  e.job.performance = {};
  e.job.performance.steps_per_exchange = 8;
  e.input.one_brick = false;
  e.input.brick = {{4, 512, 512}};
  e.input.cut = {true, false, false};
  e.input.max_tile_steps = 2;
  CHECK(e.choice().candidates.front().steps == 8);
  CHECK(e.choice().limits.steps == 8);
}

TEST_CASE("rows are of three dimensions alone") {
  Example e{2, {{4096, 4096, 1}}, true};
  e.job.performance.tile_rows = 16;
  for (const Tiling& b : e.choice().candidates) CHECK(b.rows == 0);
}

TEST_CASE("without autotune the most promising one is taken") {
  Example e{3, Index::all(512), true};
  e.job.performance.autotune = false;
  CHECK(e.choice().candidates == Tilings{{12, 88, 1, false}});
  CHECK(e.choice().limits.steps == 12);
  e.job.performance.steps_per_exchange = 0;
  CHECK(e.choice().candidates == Tilings{{0, 0, 1, false}});
}

TEST_CASE("axes that are cut are exchanged, periodic or not") {
  Example e{3, Index::all(512), false};
  e.job.geometry.periodic = {true, false, true};
  e.input.cut = {false, true, false};
  e.input.brick = {{512, 256, 512}};
  e.job.performance.steps_per_exchange = 0;
  const TilingChoice c = e.choice();
  CHECK(c.limits.exchanged == Axes{false, true, true});
  CHECK(c.limits.wrapped == Axes{true, false, false});
}

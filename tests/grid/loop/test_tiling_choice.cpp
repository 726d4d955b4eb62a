// The choice of tilings, for jobs and machines so simple that the best tilings can be derived manually.
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

/// A job with a single brick, and a machine with 16 MiB of last-level cache.
struct Example {
  grid::JobSpec job;
  TilingInput input;

  Example(int dimensions, const Index& cells, bool periodic) {
    job.geometry.dimensions = dimensions;
    job.geometry.cells = cells;
    for (int a = 0; a < dimensions; ++a) job.geometry.periodic[static_cast<std::size_t>(a)] = periodic;
    input.max_brick_extent = cells;
    input.l3_bytes = 16 * mib;
    input.max_tile_steps = 1000;
  }
  TilingChoice choose(const solver::SolverSchema& schema = heat()) const {
    return loop::choose_tiling(job, schema, input);
  }
};

}  // namespace

TEST_CASE("a large periodic cube is computed in time tiles of several steps and tiles of rows") {
  const Example example{3, Index::all(512), true};
  // For 6 steps, 2 levels of 6 + 2 planes of 179 rows of 512 cells fit in 0.7 * 16 MiB; each of the 6 sweeps
  // shifts the tile by one row.
  const TilingChoice choice = example.choose();
  const Tilings expected{
      {12, 88, 1, false}, {0, 0, 1, false}, {8, 128, 1, false}, {6, 168, 1, false}, {4, 232, 1, false}};
  CHECK(choice.candidates == expected);
  CHECK(choice.limits.steps == 12);
  CHECK(choice.limits.exchanged == Axes{false, true, true});  // several tiles along y and z
  CHECK(choice.limits.wrapped == Axes{true, false, false});
}

TEST_CASE("a large cube without periodic axes needs no exchange") {
  const Example example{3, Index::all(512), false};
  const TilingChoice choice = example.choose();
  CHECK(choice.candidates.front() == Tiling{12, 88, 1, false});
  CHECK(choice.limits.exchanged == Axes{false, false, false});
  CHECK(choice.limits.wrapped == Axes{false, false, false});
}

TEST_CASE("a large domain in two dimensions is computed in tiles of a few rows") {
  const Example example{2, {{4096, 4096, 1}}, true};
  const TilingChoice choice = example.choose();
  CHECK(
      choice.candidates ==
      Tilings{{12, 0, 2, false}, {0, 0, 16, false}, {24, 0, 2, false}, {16, 0, 2, false}, {8, 0, 2, false}});
  CHECK(choice.limits.exchanged == Axes{false, true, false});
  CHECK(choice.limits.wrapped == Axes{true, false, false});
}

TEST_CASE("for fields that fit in the cache, the first candidate is one tile per stage, without streaming") {
  const Example example{3, Index::all(32), true};
  const TilingChoice choice = example.choose();
  CHECK(choice.candidates == Tilings{{0, 0, 64, false}, {4, 0, 8, false}, {8, 0, 8, false}});
  CHECK(choice.limits.steps == 8);
  CHECK(choice.limits.exchanged == Axes{false, false, true});
  CHECK(choice.limits.wrapped == Axes{true, true, false});
}

TEST_CASE("a periodic domain in one dimension is exchanged along its only axis") {
  const Example example{1, {{1000, 1, 1}}, true};
  const TilingChoice choice = example.choose();
  CHECK(choice.candidates.front() == Tiling{0, 0, 65536, false});
  CHECK(choice.limits.exchanged == Axes{true, false, false});
  CHECK(choice.limits.wrapped == Axes{false, false, false});
}

TEST_CASE("time tiles that compute too many cells redundantly are not candidates") {
  Example example{3, Index::all(128), true};
  example.input.max_brick_extent = Index::all(64);
  example.input.is_split = {true, true, true};
  example.input.l3_bytes = 4 * mib;  // the size of both time levels of the brick
  const TilingChoice choice = example.choose();
  // (1 + 8/64)^3 is 1.42, (1 + 6/64)^3 is 1.31, (1 + 4/64)^3 is 1.20.
  CHECK(choice.candidates == Tilings{{4, 0, 2, false}, {0, 0, 16, false}});
  CHECK(choice.limits.exchanged == Axes{true, true, true});
  CHECK(choice.limits.wrapped == Axes{false, false, false});

  example.input.max_brick_extent = {{64, 64, 7}};  // thinner than two halos of 4 layers
  example.input.l3_bytes = 0.1 * mib;
  CHECK(example.choose().candidates == Tilings{{0, 0, 16, false}});
}

TEST_CASE("a time tile has at most as many steps as there are between two outputs") {
  Example example{3, Index::all(512), true};
  example.input.max_tile_steps = 5;
  CHECK(example.choose().candidates == Tilings{{4, 232, 1, false}, {0, 0, 1, false}});
  CHECK(example.choose().limits.steps == 4);
  example.input.max_tile_steps = 3;
  CHECK(example.choose().candidates == Tilings{{0, 0, 1, false}});
  CHECK(example.choose().limits.steps == 0);
  CHECK(example.choose().limits.exchanged == Axes{false, false, true});
}

TEST_CASE("planes that fit in the cache are not divided into tiles of rows") {
  Example example{3, Index::all(256), true};
  const TilingChoice choice = example.choose();
  // Two levels of 6 + 2 planes of 512 KiB take 8 MiB; of 8 + 2 planes, 10 MiB; of 12 + 2 planes, 14 MiB.
  CHECK(choice.candidates == Tilings{{6, 0, 1, false}, {0, 0, 1, false}, {8, 0, 1, false}, {4, 0, 1, false}});
  CHECK(choice.limits.exchanged == Axes{false, false, true});
  CHECK(choice.limits.wrapped == Axes{true, true, false});
}

TEST_CASE("wide stencils reduce the number of steps per time tile") {
  Example example{3, Index::all(256), true};
  solver::SolverSchema s = heat();
  s.stages = {{"wave", {{0, 4}}, {0}, 0.0}};
  for (const Tiling& tiling : example.choose(s).candidates) CHECK(tiling.steps <= 3);
}

TEST_CASE("if too few rows fit in the cache, the only candidate is one tile per stage") {
  Example example{3, Index::all(512), true};
  example.input.l3_bytes = 0.5 * mib;  // fits 7 rows of 2 levels of 4 + 2 planes: too few for 4 sweeps
  CHECK(example.choose().candidates == Tilings{{0, 0, 1, false}});
}

TEST_CASE("several stages can form a time tile of one step") {
  const Example example{3, Index::all(32), false};
  const TilingChoice choice = example.choose(two_stages());
  // 8 steps would need 32 ghost layers, as many as the brick has planes; 4 steps need 16, half as many.
  CHECK(choice.candidates == Tilings{{0, 0, 64, false}, {4, 0, 8, false}, {1, 0, 64, false}});
}

TEST_CASE("with several bricks per rank or a solver that keeps state, there is one tile per stage") {
  Example example{3, Index::all(512), true};
  example.input.one_brick_per_rank = false;
  CHECK(example.choose().candidates == Tilings{{0, 0, 1, false}});
  example.input.one_brick_per_rank = true;
  solver::SolverSchema s = heat();
  s.one_step = true;
  CHECK(example.choose(s).candidates == Tilings{{0, 0, 1, false}});
  CHECK(example.choose(s).limits.steps == 0);
}

TEST_CASE("settings of the job take precedence") {
  Example example{3, Index::all(512), true};
  example.job.performance.steps_per_exchange = 3;
  // 2 levels of 3 + 2 planes fit with up to 286 rows.
  CHECK(example.choose().candidates == Tilings{{3, 280, 1, false}});
  CHECK(example.choose().limits.steps == 3);
  example.job.performance.tile_rows = 16;
  CHECK(example.choose().candidates == Tilings{{3, 16, 1, false}});
  example.job.performance.tile_rows = 0;
  CHECK(example.choose().candidates == Tilings{{3, 0, 1, false}});
  CHECK(example.choose().limits.exchanged == Axes{false, false, true});
  example.job.performance.tile_rows = 512;  // as many rows as the brick has
  CHECK(example.choose().candidates == Tilings{{3, 0, 1, false}});
  example.job.performance.streaming = true;
  CHECK(example.choose().candidates == Tilings{{3, 0, 1, true}});

  example.job.performance = {};
  example.job.performance.steps_per_exchange = 0;
  CHECK(example.choose().candidates == Tilings{{0, 0, 1, false}, {0, 0, 1, true}});
  example.job.performance.streaming = false;
  CHECK(example.choose().candidates == Tilings{{0, 0, 1, false}});

  // Even if the model would reject the setting: several bricks, thin bricks, few steps between outputs.
  example.job.performance = {};
  example.job.performance.steps_per_exchange = 8;
  example.input.one_brick_per_rank = false;
  example.input.max_brick_extent = {{4, 512, 512}};
  example.input.is_split = {true, false, false};
  example.input.max_tile_steps = 2;
  CHECK(example.choose().candidates.front().steps == 8);
  CHECK(example.choose().limits.steps == 8);
}

TEST_CASE("tiles of rows exist only in three dimensions") {
  Example example{2, {{4096, 4096, 1}}, true};
  example.job.performance.tile_rows = 16;
  for (const Tiling& tiling : example.choose().candidates) CHECK(tiling.rows == 0);
}

TEST_CASE("without autotuning, the most promising tiling is the only candidate") {
  Example example{3, Index::all(512), true};
  example.job.performance.autotune = false;
  CHECK(example.choose().candidates == Tilings{{12, 88, 1, false}});
  CHECK(example.choose().limits.steps == 12);
  example.job.performance.steps_per_exchange = 0;
  CHECK(example.choose().candidates == Tilings{{0, 0, 1, false}});
}

TEST_CASE("split axes are exchanged whether they are periodic or not") {
  Example example{3, Index::all(512), false};
  example.job.geometry.periodic = {true, false, true};
  example.input.is_split = {false, true, false};
  example.input.max_brick_extent = {{512, 256, 512}};
  example.job.performance.steps_per_exchange = 0;
  const TilingChoice choice = example.choose();
  CHECK(choice.limits.exchanged == Axes{false, true, true});
  CHECK(choice.limits.wrapped == Axes{true, false, false});
}

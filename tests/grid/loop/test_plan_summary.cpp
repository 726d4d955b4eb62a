// Compares the summary of a plan with the halo plans of its ranks.
#include "grid/job/identity.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/event_schedule.h"
#include "grid/loop/plan_summary.h"
#include "grid/loop/tile_plan.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <ctime>

using namespace tessera;

namespace {

solver::SolverSchema two_stage_schema() {
  solver::SolverSchema s;
  s.fields.resize(3);
  s.fields[0].name = "u";
  s.fields[1].name = "v";
  s.fields[1].scalar = solver::Scalar::float32;
  s.fields[1].components = 3;
  s.fields[2].name = "floor";
  s.fields[2].kind = solver::FieldKind::constant;
  s.stages = {{"one", {{0, 2}, {2, 1}}, {1}, 0.0}, {"two", {{1, 1}, {0, 0}}, {0}, 0.5}};
  return s;
}

grid::JobSpec make_job(int dimensions, const grid::Index& cells, const grid::Index& chunk,
                       std::array<bool, 3> periodic, grid::Partitioner partitioner) {
  grid::JobSpec job;
  job.geometry.dimensions = dimensions;
  job.geometry.cells = cells;
  job.geometry.periodic = periodic;
  job.chunk = chunk;
  job.partitioner = partitioner;
  return job;
}

loop::RankStatistics statistics_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return {*std::min_element(values.begin(), values.end()), sum / static_cast<double>(values.size()),
          *std::max_element(values.begin(), values.end())};
}

void check_statistics(const loop::RankStatistics& actual, const loop::RankStatistics& expected) {
  CHECK(actual.minimum == expected.minimum);
  CHECK(actual.mean == Approx(expected.mean).epsilon(1e-14));
  CHECK(actual.maximum == expected.maximum);
}

/// Returns the input for choose_tiling() that summarize_plan() must derive from the bricks of all ranks, for
/// the default machine.
loop::TilingInput tiling_input(const grid::JobSpec& job, const solver::SolverSchema& schema,
                               const partition::Partition& p) {
  const machine::Topology machine;
  loop::TilingInput input;
  input.max_brick_extent = grid::Index::all(1);
  input.l3_bytes = static_cast<double>(machine.l3_bytes) / 8.0;
  input.max_tile_steps = loop::max_steps_per_tile(job, schema.local_dt);
  for (int rank = 0; rank < p.ranks(); ++rank) {
    const auto bricks = p.bricks(rank);
    if (bricks.size() > 1) input.one_brick_per_rank = false;
    for (const grid::Box& b : bricks) {
      for (int a = 0; a < 3; ++a) {
        const std::int64_t cells = p.layout().cells_of(b).extent(a);
        input.max_brick_extent[a] = std::max(input.max_brick_extent[a], cells);
        if (cells < p.layout().cells()[a]) input.is_split[static_cast<std::size_t>(a)] = true;
      }
    }
  }
  return input;
}

void check_summary(const grid::JobSpec& job, const solver::SolverSchema& schema, int ranks) {
  const grid::ChunkLayout layout = grid::chunk_layout_of(job, schema);
  const auto p = loop::initial_partition(job, schema, ranks);
  const loop::TilingChoice choice = loop::choose_tiling(job, schema, tiling_input(job, schema, *p));
  auto specs = loop::field_specs(schema, choice.limits);
  for (field::FieldSpec& spec : specs) spec.spare = job.performance.guard ? 3 : 0;
  const int tile_steps = choice.candidates.front().steps;
  const std::vector<loop::TilePlan> tiles =
      tile_steps == 0 ? loop::plan_stages(schema)
                      : std::vector<loop::TilePlan>{loop::plan_steps(schema, tile_steps)};
  std::vector<double> chunks;
  std::vector<double> bricks;
  std::vector<double> cells;
  std::vector<double> halo;
  const auto memory =
      loop::memory_of_ranks(job, schema, ranks, static_cast<double>(machine::Topology{}.l3_bytes) / 8.0);
  std::vector<double> total;
  int idle = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto own = p->bricks(rank);
    idle += own.empty() ? 1 : 0;
    double chunk_count = 0.0;
    double cell_count = 0.0;
    std::vector<grid::Box> boxes;
    for (const grid::Box& b : own) {
      chunk_count += static_cast<double>(b.volume());
      boxes.push_back(layout.cells_of(b));
      cell_count += static_cast<double>(boxes.back().volume());
    }
    double received = 0.0;
    for (const loop::TilePlan& tile : tiles) {
      for (const halo::HaloField& f : tile.exchange) {
        grid::Index ghost;
        for (int a = 0; a < job.geometry.dimensions; ++a) {
          ghost[a] = choice.limits.exchanged[static_cast<std::size_t>(a)] ? f.width : 0;
        }
        const auto& spec = specs[static_cast<std::size_t>(f.field)];
        for (const halo::Transfer& t :
             halo::HaloPlan::make(*p, job.geometry.periodic, ghost, rank).receives) {
          received += static_cast<double>(t.source.volume() * spec.components *
                                          static_cast<std::int64_t>(field::bytes_of(spec.scalar)));
        }
      }
    }
    received /= std::max(1, tile_steps);
    chunks.push_back(chunk_count);
    bricks.push_back(static_cast<double>(own.size()));
    cells.push_back(cell_count);
    halo.push_back(received);
    const loop::RankMemory& m = memory[static_cast<std::size_t>(rank)];
    CHECK(m.fields == static_cast<double>(field::StoreLayout{specs, boxes, job.geometry.dimensions}.bytes()));
    CHECK(m.messages >= 2.0 * received);
    total.push_back(m.total());
  }
  const loop::PlanSummary summary = loop::summarize_plan(job, schema, ranks);
  CHECK(summary.partitioner == p->name());
  CHECK(summary.ranks == ranks);
  CHECK(summary.idle_ranks == idle);
  CHECK(summary.chunks == layout.chunk_count());
  CHECK(summary.lattice == layout.lattice());
  check_statistics(summary.chunks_per_rank, statistics_of(chunks));
  check_statistics(summary.bricks_per_rank, statistics_of(bricks));
  check_statistics(summary.cells_per_rank, statistics_of(cells));
  check_statistics(summary.halo_bytes_per_step, statistics_of(halo));
  check_statistics(summary.bytes_per_rank, statistics_of(total));
  CHECK(summary.largest_memory.total() == summary.bytes_per_rank.maximum);
  CHECK(summary.imbalance == Approx(partition::imbalance(*p)).margin(1e-12));
}

}  // namespace

TEST_CASE("a summary agrees with the halo plans of all ranks") {
  const solver::SolverSchema schema = two_stage_schema();
  for (const auto partitioner : {grid::Partitioner::rcb, grid::Partitioner::sfc}) {
    for (const int ranks : {1, 2, 3, 5, 8, 13, 40}) {
      CAPTURE(static_cast<int>(partitioner), ranks);
      check_summary(make_job(1, {{60, 1, 1}}, {{4, 1, 1}}, {true, false, false}, partitioner), schema, ranks);
      check_summary(make_job(2, {{21, 17, 1}}, {{5, 3, 1}}, {false, true, false}, partitioner), schema,
                    ranks);
      check_summary(make_job(3, {{12, 9, 14}}, {{3, 3, 4}}, {true, false, true}, partitioner), schema, ranks);
      check_summary(make_job(3, {{4, 4, 4}}, {{2, 2, 2}}, {true, true, true}, partitioner), schema, ranks);
      for (const int steps : {0, 1, 3}) {
        grid::JobSpec job = make_job(3, {{24, 20, 22}}, {{4, 5, 3}}, {true, true, false}, partitioner);
        job.performance.steps_per_exchange = steps;
        check_summary(job, schema, ranks);
        job.performance.bricks = false;
        check_summary(job, schema, ranks);
        job.performance.guard = true;
        check_summary(job, schema, ranks);
      }
    }
  }
}

TEST_CASE("the spare layers of a guarded run are counted even if the exact size of a field exceeds 64 bits") {
  grid::JobSpec job =
      make_job(2, {{1000000000, 100000000, 1}}, {{1000000, 1000000, 1}}, {}, grid::Partitioner::rcb);
  solver::SolverSchema schema;
  schema.fields.resize(1);
  schema.stages = {{"one", {{0, 1}}, {0}, 0.0}};
  job.performance.guard = false;
  CHECK(loop::memory_of_ranks(job, schema, 1, 1e6)[0].fields == 2.0 * 8.0 * 1000000002.0 * 100000002.0);
  job.performance.guard = true;
  CHECK(loop::memory_of_ranks(job, schema, 1, 1e6)[0].fields == 2.0 * 8.0 * 1000000008.0 * 100000008.0);
}

TEST_CASE("a plan for a million ranks is summarised within seconds") {
  grid::JobSpec job =
      make_job(3, {{4096, 4096, 4096}}, {{32, 32, 32}}, {true, true, true}, grid::Partitioner::rcb);
  const std::clock_t start = std::clock();
  const loop::PlanSummary summary = loop::summarize_plan(job, two_stage_schema(), 1000000);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(summary.ranks == 1000000);
  CHECK(summary.chunks == 128 * 128 * 128);
  CHECK(summary.cells_per_rank.maximum >= 65536.0);
  CHECK(seconds < 30.0);
}

TEST_CASE("the plan of a domain with 10^17 chunks is as fast as that of a small one") {
  grid::JobSpec job =
      make_job(3, {{100000, 1000000, 1000000}}, {{1, 1, 1}}, {true, true, true}, grid::Partitioner::rcb);
  job.performance.bricks = false;
  solver::SolverSchema schema;
  schema.fields.resize(1);
  schema.stages = {{"one", {{0, 1}}, {0}, 0.0}};
  const std::clock_t start = std::clock();
  const loop::PlanSummary summary = loop::summarize_plan(job, schema, 1000);
  CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 5.0);
  CHECK(summary.bricks_per_rank.mean == Approx(1e14));
  CHECK(summary.largest_memory.fields >= 27.0 * 2.0 * 8.0 * 1e14);
  CHECK(summary.bytes_per_rank.maximum == summary.largest_memory.total());
}

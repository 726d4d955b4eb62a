// The memory that a plan predicts, compared with what a run allocates.
#include "checkpoint/snapshot.h"
#include "grid/job/identity.h"
#include "grid/kind/blocks.h"
#include "grid/kind/grid_kind.h"
#include "grid/loop/grid_loop.h"
#include "grid/loop/memory_plan.h"
#include "job/document.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include <malloc.h>

using namespace tessera;

namespace {

std::string heat_job(const std::string& cells, const std::string& chunk, const std::string& performance) {
  return "[job]\nname = \"m\"\nsolver = \"heat\"\n[domain]\ncells = " + cells + "\nchunk = " + chunk +
         "\nboundary = \"periodic\"\n[initial]\ntemperature = 1\n[time]\nmax_steps = 10\n[performance]\n" +
         performance + "\n";
}

std::string water_job(const std::string& cells, const std::string& chunk, const std::string& performance) {
  return "[job]\nname = \"m\"\nsolver = \"shallow_water\"\n[domain]\ncells = " + cells +
         "\nchunk = " + chunk +
         "\nboundary = \"outflow\"\n[initial]\ndepth = 1\n[time]\nmax_steps = 10\n[performance]\n" +
         performance + "\n";
}

grid::LoadedJob load(const std::string& text) {
  job::Diagnostics problems;
  const job::Document document{TESSERA_SOURCE_DIR "/in-a-test.toml", text, {}, problems};
  work::CheckOptions options;
  options.plugin_folders = {TESSERA_SOLVERS_DIR};
  const auto checked = grid::GridKind{}.check(document, options, problems);
  INFO(problems.render());
  REQUIRE(checked);
  return grid::load(*checked);
}

/// Bytes that malloc() has handed out. Fields and snapshots are not among them: they are mapped.
double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

/// Compares the prediction for this rank with what a loop and a checkpoint allocate.
void check(const std::string& text) {
  CAPTURE(text);
  const grid::LoadedJob loaded = load(text);
  const solver::SolverSchema& schema = loaded.solver.schema();
  double l3_bytes = static_cast<double>(machine::read_topology().l3_bytes) / world().node().size();
  world().allreduce_min(std::span<double>{&l3_bytes, 1});
  const loop::RankMemory memory = loop::memory_of_ranks(loaded.spec, schema, world().size(),
                                                        l3_bytes)[static_cast<std::size_t>(world().rank())];
  loop::Outputs outputs;
  const double before = heap_bytes();
  loop::GridLoop loop{world(), loaded.solver, loaded.spec, outputs};
  const double loop_bytes = heap_bytes() - before;
  CHECK(memory.fields == static_cast<double>(loop.store().bytes()));
  checkpoint::Contents contents =
      grid::contents_of(loop.store(), loop.partition(), world().rank(), grid::stored_fields(schema), {});
  checkpoint::Snapshot snapshot;
  snapshot.plan(contents);
  CHECK(memory.checkpoint == static_cast<double>(snapshot.bytes().size()));
  const double lists = heap_bytes() - before;
  INFO("rank " << world().rank() << ": loop " << loop_bytes << ", with checkpoint " << lists
               << ", predicted lists " << memory.lists << ", messages " << memory.messages);
  constexpr double fixed = 200e3;  // lists whose size does not depend on the number of bricks, and MPI's own
  CHECK(lists <= 1.25 * memory.lists + memory.messages + fixed);
  CHECK(memory.lists <= 2.0 * lists + fixed);
}

}  // namespace

TEST_CASE("a run allocates the memory that is predicted, in one to three dimensions") {
  for (const char* bricks : {"bricks = true", "bricks = false"}) {
    for (const char* more :
         {"", "\ntransport = \"messages\"", "\nsteps_per_exchange = 2", "\nguard = true"}) {
      const std::string performance = std::string{bricks} + more;
      check(heat_job("[4000]", "10", performance));
      check(heat_job("[120, 100]", "[4, 5]", performance));
      check(heat_job("[40, 36, 30]", "[4, 3, 5]", performance));
      check(water_job("[90, 80]", "[3, 5]", performance));
    }
  }
}

#include "commands.h"
#include "extents.h"

#include "base/text.h"
#include "driver/plan_summary.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

nlohmann::json spread_json(const driver::Spread& s) {
  return {{"minimum", s.minimum}, {"mean", s.mean}, {"maximum", s.maximum}};
}

}  // namespace

int plan(const PlanOptions& options) {
  LoadedJob loaded = load_job(options.job);
  if (options.partition == "rcb") loaded.job.partitioner = job::Partitioner::rcb;
  if (options.partition == "sfc") loaded.job.partitioner = job::Partitioner::sfc;
  const int dimensions = loaded.job.geometry.dimensions;
  const driver::PlanSummary s = driver::summarize_plan(loaded.job, loaded.solver.schema(), options.ranks);
  if (options.json) {
    const auto list = [&](const grid::Index& n) {
      auto out = nlohmann::json::array();
      for (int a = 0; a < dimensions; ++a) out.push_back(n[a]);
      return out;
    };
    const nlohmann::json out{{"job", loaded.job.name},
                             {"solver", loaded.solver.schema().name},
                             {"partition", s.partitioner},
                             {"ranks", s.ranks},
                             {"idle_ranks", s.idle_ranks},
                             {"cells", list(s.cells)},
                             {"chunk", list(s.chunk)},
                             {"lattice", list(s.lattice)},
                             {"chunks", s.chunks},
                             {"imbalance", s.imbalance},
                             {"per_rank",
                              {{"chunks", spread_json(s.chunks_per_rank)},
                               {"bricks", spread_json(s.bricks_per_rank)},
                               {"cells", spread_json(s.cells_per_rank)},
                               {"memory_bytes", spread_json(s.bytes_per_rank)},
                               {"halo_bytes_per_step", spread_json(s.halo_bytes)}}}};
    std::puts(out.dump(2).c_str());
    return 0;
  }
  fmt::print("{}: {} cells in {} chunk{} of {} ({}), on {} rank{} by {}\n\n", loaded.job.name,
             extents(s.cells, dimensions), s.chunks, s.chunks == 1 ? "" : "s", extents(s.chunk, dimensions),
             extents(s.lattice, dimensions), s.ranks, s.ranks == 1 ? "" : "s", s.partitioner);
  fmt::print("{:<22}{:>12}{:>12}{:>12}\n", "per rank", "least", "mean", "most");
  const auto row = [](const char* name, const driver::Spread& v, auto text) {
    fmt::print("{:<22}{:>12}{:>12}{:>12}\n", name, text(v.minimum), text(v.mean), text(v.maximum));
  };
  const auto number = [](double v) { return fmt::format("{:.6g}", v); };
  row("chunks", s.chunks_per_rank, number);
  row("bricks", s.bricks_per_rank, number);
  row("cells", s.cells_per_rank, [](double v) { return base::format_count(v); });
  row("memory", s.bytes_per_rank, [](double v) { return base::format_bytes(v); });
  row("halo received a step", s.halo_bytes, [](double v) { return base::format_bytes(v); });
  fmt::print("\nimbalance {:.1f} %", 100.0 * s.imbalance);
  if (s.idle_ranks > 0) {
    fmt::print(
        "; {} ranks have nothing to do: at most {} ranks can share {} chunks, smaller ones (`chunk` in "
        "[domain]) feed more",
        s.idle_ranks, s.ranks - s.idle_ranks, s.chunks);
  }
  fmt::print("\n");
  return 0;
}

}  // namespace tessera::app

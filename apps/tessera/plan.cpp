#include "command_line.h"
#include "memory_warning.h"
#include "shared_options.h"

#include "base/print.h"
#include "base/text.h"
#include "grid/kind/grid_kind.h"
#include "grid/loop/plan_summary.h"
#include "run/job_request.h"

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

nlohmann::json statistics_json(const loop::RankStatistics& s) {
  return {{"minimum", s.minimum}, {"mean", s.mean}, {"maximum", s.maximum}};
}

/// The first `dimensions` entries of `n`, such as "840×720".
std::string extents(const grid::Index& n, int dimensions) {
  std::string text;
  for (int a = 0; a < dimensions; ++a) text += (a > 0 ? "×" : "") + std::to_string(n[a]);
  return text;
}

struct Options {
  run::JobRequest job;
  int ranks = 1;
  std::string partition;  ///< empty: use the partitioner of the job
  bool json = false;
};

nlohmann::json json_of(const grid::LoadedJob& loaded, const loop::PlanSummary& s) {
  const auto list = [&](const grid::Index& n) {
    auto out = nlohmann::json::array();
    for (int a = 0; a < loaded.spec.geometry.dimensions; ++a) out.push_back(n[a]);
    return out;
  };
  return {{"job", loaded.spec.name},
          {"solver", loaded.solver.schema().name},
          {"partition", s.partitioner},
          {"ranks", s.ranks},
          {"idle_ranks", s.idle_ranks},
          {"cells", list(s.cells)},
          {"chunk", list(s.chunk)},
          {"lattice", list(s.lattice)},
          {"chunks", s.chunks},
          {"imbalance", s.imbalance},
          {"largest_memory_bytes",
           {{"fields", s.largest_memory.fields},
            {"lists", s.largest_memory.lists},
            {"messages", s.largest_memory.messages},
            {"checkpoint", s.largest_memory.checkpoint},
            {"output", s.largest_memory.output}}},
          {"per_rank",
           {{"chunks", statistics_json(s.chunks_per_rank)},
            {"bricks", statistics_json(s.bricks_per_rank)},
            {"cells", statistics_json(s.cells_per_rank)},
            {"memory_bytes", statistics_json(s.bytes_per_rank)},
            {"halo_bytes_per_step", statistics_json(s.halo_bytes_per_step)}}}};
}

void print(const grid::LoadedJob& loaded, const loop::PlanSummary& s) {
  const int dimensions = loaded.spec.geometry.dimensions;
  base::print("{}: {} cells in {} chunk{} of {} ({}), on {} rank{} by {}\n\n", loaded.spec.name,
              extents(s.cells, dimensions), s.chunks, s.chunks == 1 ? "" : "s", extents(s.chunk, dimensions),
              extents(s.lattice, dimensions), s.ranks, s.ranks == 1 ? "" : "s", s.partitioner);
  base::print("{:<22}{:>12}{:>12}{:>12}\n", "per rank", "minimum", "mean", "maximum");
  const auto row = [](const char* name, const loop::RankStatistics& v, auto text) {
    base::print("{:<22}{:>12}{:>12}{:>12}\n", name, text(v.minimum), text(v.mean), text(v.maximum));
  };
  const auto number = [](double v) { return fmt::format("{:.6g}", v); };
  row("chunks", s.chunks_per_rank, number);
  row("bricks", s.bricks_per_rank, number);
  row("cells", s.cells_per_rank, [](double v) { return base::format_count(v); });
  const auto bytes = [](double v) { return base::format_bytes(v); };
  row("memory", s.bytes_per_rank, bytes);
  row("halo received per step", s.halo_bytes_per_step, bytes);
  const loop::RankMemory& m = s.largest_memory;
  base::print(
      "\nlargest memory of a rank: {} fields, {} lists of bricks, {} messages, {} checkpoint, {} output\n",
      bytes(m.fields), bytes(m.lists), bytes(m.messages), bytes(m.checkpoint), bytes(m.output));
  base::print("all ranks together: {}\n", bytes(s.bytes_per_rank.mean * static_cast<double>(s.ranks)));
  base::print("\nimbalance {:.1f} %", 100.0 * s.imbalance);
  if (s.idle_ranks > 0) {
    base::print(
        "; {} ranks are idle: at most {} ranks can share {} chunks; smaller chunks (`chunk` in "
        "[domain]) keep more ranks busy",
        s.idle_ranks, s.ranks - s.idle_ranks, s.chunks);
  }
  base::print("\n");
}

int plan(Options& options, const Invocation& invocation) {
  options.job.colour = invocation.console.colour_error;
  grid::LoadedJob loaded = grid::load(run::check_job(grid::GridKind{}, options.job));
  if (options.partition == "rcb") loaded.spec.partitioner = grid::Partitioner::rcb;
  if (options.partition == "sfc") loaded.spec.partitioner = grid::Partitioner::sfc;
  const loop::PlanSummary summary = loop::summarize_plan(loaded.spec, loaded.solver.schema(), options.ranks);
  warn_of_memory(loaded, summary.largest_memory);
  if (options.json) {
    print_json(json_of(loaded, summary));
  } else {
    print(loaded, summary);
  }
  return 0;
}

}  // namespace

void add_plan(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("plan", "show how a job would be distributed over ranks", plan);
  command.footer("Example:\n  tessera plan job.toml -n 100000 --json");
  add_job_arguments(command, options.job);
  command.add_option("-n,--ranks", options.ranks, "number of ranks (default: 1)")
      ->check(CLI::Range(1, 100'000'000));
  command.add_option("--partition", options.partition, "rcb or sfc, instead of the partitioner in the job")
      ->check(CLI::IsMember({"rcb", "sfc"}));
  command.add_flag("--json", options.json, "print JSON");
  command_line.add_colour_option(command);
}

}  // namespace tessera::app

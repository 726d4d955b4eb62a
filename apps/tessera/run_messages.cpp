#include "run_messages.h"

#include "base/text.h"
#include "extents.h"
#include "node_facts.h"

#include <cstdio>
#include <string>

#include <fmt/format.h>

namespace tessera::app {

namespace {

/// Prints and logs a warning when any rank has something to say; the first one's text stands for all but in
/// the logs of the nodes.
/// @note Collective.
void warn(const transport::Communicator& comm, RunOutputs& outputs, bool talks, const std::string& what,
          const std::string& own, const std::string& hint) {
  if (!own.empty() && !comm.root()) outputs.log().warning(fmt::format("{}: {}", what, own));
  for (const std::string& text : comm.gather(own)) {
    if (text.empty()) continue;
    const std::string warning = fmt::format("{}: {}", what, text);
    outputs.log().warning(warning);
    if (talks) fmt::print(stderr, "warning: {}\n  = {}\n", warning, hint);
    return;
  }
}

}  // namespace

void print_banner(const RunReport& r, std::size_t nodes, double bytes_a_rank) {
  const job::JobSpec& job = *r.job;
  const int d = job.geometry.dimensions;
  fmt::print("tessera {}   {}   run {}\n", TESSERA_VERSION, job.name, r.facts.run);
  fmt::print("solver   {} {}   grid {}, {}\n", r.schema->name, r.schema->version,
             extents(job.geometry.cells, d),
             job.geometry.coordinates == grid::Coordinates::spherical ? "spherical" : "cartesian");
  fmt::print("layout   {} rank{} on {} node{}, {} chunk{} of {}, imbalance {:.1f} %, {} a rank\n",
             r.facts.ranks, r.facts.ranks == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s", r.chunks,
             r.chunks == 1 ? "" : "s", extents(r.chunk, d), 100.0 * r.imbalance,
             base::format_bytes(bytes_a_rank));
  for (const job::InitialValue& v : job.initial) {
    if (const auto* source = std::get_if<input::GridSource>(&v.value)) {
      fmt::print("input    {}  {} -> {}\n", source->path, source->dataset,
                 r.schema->fields[static_cast<std::size_t>(v.field)].name);
    }
  }
  std::fflush(stdout);
}

void warn_of_ranks(const transport::Communicator& comm, const driver::Attempt& attempt, RunOutputs& outputs,
                   bool talks) {
  warn(comm, outputs, talks, "ranks of a node cannot share memory", attempt.decomposition().problem(),
       "they exchange messages instead; `transport = \"messages\"` in [performance] asks for that");
  warn(comm, outputs, talks, "ranks share cores", crowding(comm, attempt.topology()),
       "start fewer ranks a node, or bind each to a core of its own (mpirun --bind-to core)");
  const std::int64_t chunks = attempt.partition().layout().chunk_count();
  const std::int64_t idle = comm.size() - chunks;
  if (!talks || idle <= 0) return;
  const std::string warning = fmt::format("{} of {} ranks have nothing to do: the domain has {} chunk{}",
                                          idle, comm.size(), chunks, chunks == 1 ? "" : "s");
  outputs.log().warning(warning);
  fmt::print(stderr, "warning: {}\n  = use fewer ranks, or smaller chunks: `chunk` in [domain]\n", warning);
}

void print_end(const RunReport& r, const RunOutputs& outputs, bool colour) {
  if (r.outcome.stopped) {
    // Who launched it says how to go on.
    fmt::print("{}⏸{} stopped at step {}{}\n", colour ? "\x1b[33m" : "", colour ? "\x1b[0m" : "",
               r.outcome.steps, r.facts.launched ? "" : ", to go on: --resume");
  }
  const bool done = !r.outcome.stopped;
  fmt::print("{}{}{} {}\n", done && colour ? "\x1b[32m" : "", done ? "✓" : " ",
             done && colour ? "\x1b[0m" : "", r.text());
  fmt::print("results    {}\n", r.facts.directory);
  if (outputs.pictures() > 0) fmt::print("pictures   {}/frames/\n", r.facts.directory);
  if (outputs.snapshots() > 0) fmt::print("view       paraview {}/fields.xdmf\n", r.facts.directory);
}

}  // namespace tessera::app

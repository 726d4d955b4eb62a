#include "grid/work/banner.h"

#include "base/text.h"

#include <set>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

/// "840×720": the first `dimensions` of n.
std::string extents(const Index& n, int dimensions) {
  std::string text;
  for (int a = 0; a < dimensions; ++a) text += (a > 0 ? "×" : "") + std::to_string(n[a]);
  return text;
}

}  // namespace

std::string banner_text(const JobSpec& job, const solver::SolverSchema& schema, const std::vector<int>& nodes,
                        const partition::Partition& partition, double bytes) {
  const int d = job.geometry.dimensions;
  const std::size_t ranks = nodes.size();
  const std::size_t node_count = std::set<int>(nodes.begin(), nodes.end()).size();
  const ChunkLayout& layout = partition.layout();
  const auto chunks = static_cast<std::size_t>(layout.chunk_count());
  std::string out = fmt::format(
      "solver   {} {}   grid {}, {}\n", schema.name, schema.version, extents(job.geometry.cells, d),
      job.geometry.coordinates == Coordinates::spherical ? "spherical" : "cartesian");
  out += fmt::format("layout   {} rank{} on {} node{}, {} chunk{} of {}, imbalance {:.1f} %, {} per rank\n",
                     ranks, plural(ranks), node_count, plural(node_count), chunks, plural(chunks),
                     extents(layout.chunk(), d), 100.0 * partition::imbalance(partition),
                     base::format_bytes(bytes));
  for (const InitialValue& v : job.initial) {
    if (const auto* source = std::get_if<input::GridSource>(&v.value)) {
      out += fmt::format("input    {}  {} -> {}\n", source->path, source->dataset,
                         schema.fields[static_cast<std::size_t>(v.field)].name);
    }
  }
  return out;
}

}  // namespace tessera::grid

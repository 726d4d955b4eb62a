#include "grid/kind/grid_report.h"

#include "base/text.h"
#include "grid/output/arrival_table.h"

#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

/// The change relative to the first value.
std::string change_text(double first, double last) {
  if (first == last) return "unchanged";
  if (first == 0.0 || !std::isfinite(first)) return "";
  return fmt::format("{:+.2g}", (last - first) / std::abs(first));
}

std::string size_text(std::int64_t bytes) { return base::format_bytes(static_cast<double>(bytes)); }

const char* plural(std::int64_t count) { return count == 1 ? "" : "s"; }

/// Describes the pieces in which a brick is computed, for example ", 4 planes at a time in tiles of 16 rows";
/// empty if it is computed as a whole.
std::string pieces_text(const loop::Tiling& t, const Index& brick, int dimensions) {
  constexpr std::array units{"cell", "row", "plane"};
  std::string out;
  if (t.planes < brick[dimensions - 1]) {
    out = fmt::format(", {} {}{} at a time", t.planes, units[static_cast<std::size_t>(dimensions - 1)],
                      plural(t.planes));
  }
  if (t.rows > 0 && t.rows < brick[1]) out += fmt::format(" in tiles of {} row{}", t.rows, plural(t.rows));
  return out;
}

std::string tiling_text(const GridReport& r) {
  const loop::Tiling& t = r.loop.tiling.used;
  std::string out = "tiling     ";
  out += t.steps == 0 ? "an exchange before each stage"
                      : fmt::format("{} step{} per exchange", t.steps, plural(t.steps));
  out += pieces_text(t, r.loop.tiling.max_brick_extent, r.job->geometry.dimensions);
  if (t.streaming) out += ", non-temporal stores";
  const std::size_t trial_count = r.loop.tiling.trials.size();
  if (trial_count > 1) {
    out +=
        r.loop.tiling.tuning_done ? fmt::format(" (fastest of {})", trial_count) : " (tuning did not finish)";
  }
  return out + "\n";
}

std::string exchange_text(const GridReport& r) {
  const halo::Traffic& t = r.traffic;
  std::string out = fmt::format("exchange   {}, {} of {} in messages",
                                r.loop.tiling.shared_memory ? "through shared memory" : "by messages",
                                size_text(t.bytes_in_messages), size_text(t.bytes_sent));
  if (t.bytes_between_nodes > 0) out += fmt::format(", {} between nodes", size_text(t.bytes_between_nodes));
  const double exchange_seconds = t.hidden_seconds + t.exposed_seconds;
  if (exchange_seconds > 0.0)
    out += fmt::format(", {:.0f} % of the time hidden", 100.0 * t.hidden_seconds / exchange_seconds);
  return out + "\n";
}

std::string balance_text(const loop::BalanceReport& b) {
  if (b.checks == 0) return {};
  return fmt::format("balance    {} migration{} in {} check{}, imbalance {:.1f} % at the last check\n",
                     b.migrations, plural(b.migrations), b.checks, plural(b.checks), 100.0 * b.imbalance);
}

std::string diagnostics_text(const GridReport& r) {
  const std::vector<double>& first = r.loop.first_diagnostics;
  const std::vector<double>& last = r.loop.diagnostics;
  if (last.empty()) return {};
  std::string out =
      fmt::format("\n{:<14}{:>20}{:>20}   {}\n", "diagnostic", "start", "end", "relative change");
  for (std::size_t n = 0; n < last.size(); ++n) {
    const solver::DiagnosticSchema& d = r.schema->diagnostics[n];
    const bool has_first = n < first.size();
    out += fmt::format("{:<14}{:>20}{:>20.10g}   {:<15} {}\n", d.name,
                       has_first ? fmt::format("{:.10g}", first[n]) : "", last[n],
                       has_first ? change_text(first[n], last[n]) : "", d.unit);
  }
  return out;
}

std::string arrivals_text(const GridReport& r) {
  if (!r.job->probes.arrival_field || r.probes.empty()) return {};
  std::vector<output::Arrival> arrivals;
  for (const loop::ProbeRecord& p : r.probes) {
    arrivals.push_back({p.name, p.arrival, p.observed_arrival, p.max_rise, p.distance_moved});
  }
  const auto field = static_cast<std::size_t>(*r.job->probes.arrival_field);
  return "\n" + output::arrival_text(arrivals, r.schema->fields[field].unit);
}

/// Returns the first `dimensions` entries of `n`, for example "840×720".
std::string extents_text(const Index& n, int dimensions) {
  std::string text;
  for (int a = 0; a < dimensions; ++a) text += (a > 0 ? "×" : "") + std::to_string(n[a]);
  return text;
}

}  // namespace

void GridReport::gather(const transport::Communicator& comm) {
  phases = report::gather_phases(comm, loop::phase_names, loop.phases.seconds);
  std::array<std::int64_t, 3> bytes{loop.traffic.bytes_sent, loop.traffic.bytes_in_messages,
                                    loop.traffic.bytes_between_nodes};
  comm.allreduce_sum(bytes);
  std::array<double, 2> seconds{loop.traffic.hidden_seconds, loop.traffic.exposed_seconds};
  comm.allreduce_sum(seconds);
  traffic = {bytes[0], bytes[1], bytes[2], seconds[0] / comm.size(), seconds[1] / comm.size()};
}

double GridReport::cell_updates_per_second() const {
  if (!(loop.loop_seconds > 0.0)) return 0.0;
  return static_cast<double>(loop.steps - loop.first_step) *
         static_cast<double>(job->geometry.domain().volume()) / loop.loop_seconds;
}

std::string phases_text(const loop::PhaseTimes& phases) {
  std::string text;
  for (std::size_t p = 0; p < loop::phase_names.size(); ++p) {
    if (phases.seconds[p] < 1e-3) continue;
    text += fmt::format("{}{} {:.3g} s", text.empty() ? "" : ", ", loop::phase_names[p], phases.seconds[p]);
  }
  return text;
}

std::string banner_of(const GridReport& r, std::size_t nodes) {
  const Geometry& g = r.job->geometry;
  std::string out = fmt::format("solver   {} {}   grid {}, {}\n", r.schema->name, r.schema->version,
                                extents_text(g.cells, g.dimensions),
                                g.coordinates == Coordinates::spherical ? "spherical" : "cartesian");
  out += fmt::format(
      "layout   {} rank{} on {} node{}, {} chunk{} of {}, imbalance {:.1f} %, {} of fields per rank\n",
      r.ranks, plural(r.ranks), nodes, nodes == 1 ? "" : "s", r.chunks, plural(r.chunks),
      extents_text(r.chunk, g.dimensions), 100.0 * r.imbalance,
      base::format_bytes(static_cast<double>(r.loop.field_bytes)));
  for (const InitialValue& v : r.job->initial) {
    const auto* sources = std::get_if<input::GridSources>(&v.value);
    if (sources == nullptr) continue;
    for (const input::GridSource& source : *sources) {
      out += fmt::format("input    {}  {} -> {}\n", base::printable(source.path, base::unlimited),
                         base::printable(source.dataset),
                         r.schema->fields[static_cast<std::size_t>(v.field)].name);
    }
  }
  return out;
}

std::string headline_of(const GridReport& r) {
  return fmt::format("{} step{}   {:.4g} Mcell/s   {} sent", r.loop.steps, plural(r.loop.steps),
                     r.cell_updates_per_second() / 1e6, size_text(r.traffic.bytes_sent));
}

std::string summary_of(const GridReport& r) {
  std::string out = tiling_text(r);
  if (r.ranks > 1) out += exchange_text(r) + balance_text(r.loop.balance);
  out += "\n" + report::phase_text(r.phases, r.loop.loop_seconds, r.ranks);
  return out + diagnostics_text(r) + arrivals_text(r);
}

}  // namespace tessera::grid

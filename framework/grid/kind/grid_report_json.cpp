#include "base/digest.h"
#include "base/escape.h"
#include "grid/kind/grid_report.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::grid {

namespace {

using nlohmann::json;

/// Converts a number to JSON. NaN and infinity, which JSON does not support, become strings.
json number(double v) { return std::isfinite(v) ? json(v) : json(fmt::format("{}", v)); }

json optional_number(const std::optional<double>& v) { return v ? json(*v) : json(nullptr); }

json layout_json(const GridReport& r) {
  auto cells = json::array();
  auto chunk = json::array();
  for (int a = 0; a < r.job->geometry.dimensions; ++a) {
    cells.push_back(r.job->geometry.cells[a]);
    chunk.push_back(r.chunk[a]);
  }
  return {{"cells", cells},
          {"chunk", chunk},
          {"chunks", r.chunks},
          {"imbalance", r.imbalance},
          {"partition", r.job->partitioner == Partitioner::sfc ? "sfc" : "rcb"}};
}

json loop_json(const GridReport& r) {
  return {{"steps", r.loop.steps},
          {"first_step", r.loop.first_step},
          {"simulated_seconds", r.loop.time},
          {"seconds", r.loop.loop_seconds},
          {"cell_updates_per_second", r.cell_updates_per_second()},
          {"min_dt", number(r.loop.min_dt)},
          {"max_dt", number(r.loop.max_dt)},
          {"bytes_sent", r.traffic.bytes_sent}};
}

json tiling_json(const loop::TilingReport& tiling) {
  const auto object_of = [](const loop::Tiling& t) {
    return json{{"steps_per_exchange", t.steps},
                {"tile_rows", t.rows},
                {"planes", t.planes},
                {"streaming", t.streaming}};
  };
  json out = object_of(tiling.used);
  out["trials"] = json::array();
  for (const loop::Tuner::Trial& t : tiling.trials) {
    json trial = object_of(t.tiling);
    trial["seconds_per_step"] = t.seconds_per_step > 0.0 ? json(t.seconds_per_step) : json(nullptr);
    out["trials"].push_back(trial);
  }
  return out;
}

json communication_json(const GridReport& r) {
  return {{"bytes", r.traffic.bytes_sent},
          {"bytes_in_messages", r.traffic.bytes_in_messages},
          {"bytes_between_nodes", r.traffic.bytes_between_nodes},
          {"hidden_seconds_avg", r.traffic.hidden_seconds},
          {"exposed_seconds_avg", r.traffic.exposed_seconds},
          {"shared_memory", r.loop.tiling.shared_memory}};
}

json phases_json(const std::vector<report::PhaseRow>& phases) {
  json out = json::array();
  for (const report::PhaseRow& p : phases) {
    out.push_back({{"name", p.name},
                   {"seconds_min", p.minimum},
                   {"seconds_avg", p.average},
                   {"seconds_max", p.maximum},
                   {"slowest_rank", p.slowest_rank}});
  }
  return out;
}

json diagnostics_json(const GridReport& r) {
  json out = json::array();
  for (std::size_t n = 0; n < r.loop.diagnostics.size(); ++n) {
    const solver::DiagnosticSchema& d = r.schema->diagnostics[n];
    json entry{{"name", d.name}, {"unit", d.unit}, {"last", number(r.loop.diagnostics[n])}};
    if (n < r.loop.first_diagnostics.size()) entry["first"] = number(r.loop.first_diagnostics[n]);
    out.push_back(entry);
  }
  return out;
}

json probes_json(const std::vector<loop::ProbeRecord>& probes) {
  json out = json::array();
  for (const loop::ProbeRecord& p : probes) {
    out.push_back({{"name", p.name},
                   {"at", p.centre},
                   {"distance_moved", p.distance_moved},
                   {"arrival_s", optional_number(p.arrival)},
                   {"observed_arrival_s", optional_number(p.observed_arrival)},
                   {"max_rise", number(p.max_rise)}});
  }
  return out;
}

json statistics_json(const GridReport& r) {
  json out = json::array();
  for (std::size_t n = 0; n < r.statistics.size(); ++n) {
    const Statistic& s = r.job->output.statistics[n];
    out.push_back({{"name", s.name},
                   {"unit", s.unit},
                   {"first_sample_s", r.statistics[n].first_time},
                   {"last_sample_s", r.statistics[n].latest_time}});
  }
  return out;
}

}  // namespace

std::string facts_json(const GridReport& r) {
  const json facts{{"layout", layout_json(r)}, {"memory", {{"fields_bytes_rank_0", r.loop.field_bytes}}}};
  return base::json_text(facts);
}

std::string results_json(const GridReport& r) {
  json out;
  out["digest"] = {{"fields", json::object()}};
  for (const auto& d : r.digests) out["digest"]["fields"][d.field] = base::Digest::to_hex(d.digest);
  out["loop"] = loop_json(r);
  out["tiling"] = tiling_json(r.loop.tiling);
  out["communication"] = communication_json(r);
  out["balance"] = {{"checks", r.loop.balance.checks},
                    {"migrations", r.loop.balance.migrations},
                    {"migration_seconds", r.loop.balance.seconds},
                    {"imbalance", r.loop.balance.imbalance}};
  out["phases"] = phases_json(r.phases);
  out["diagnostics"] = diagnostics_json(r);
  out["probes"] = probes_json(r.probes);
  out["statistics"] = statistics_json(r);
  return base::json_text(out);
}

}  // namespace tessera::grid

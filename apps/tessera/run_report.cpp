#include "run_report.h"

#include "base/digest.h"
#include "base/text.h"

#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <sys/resource.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

/// A number for JSON, which has no NaN and no infinity.
nlohmann::json number(double v) {
  return std::isfinite(v) ? nlohmann::json(v) : nlohmann::json(fmt::format("{}", v));
}

nlohmann::json optional_number(const std::optional<double>& v) {
  return v ? nlohmann::json(*v) : nlohmann::json(nullptr);
}

std::string change_text(double first, double last) {
  if (first == last) return "unchanged";
  if (first == 0.0 || !std::isfinite(first)) return "";
  return fmt::format("{:+.2g}", (last - first) / std::abs(first));
}

nlohmann::json blocking_json(const driver::BlockingReport& blocking) {
  using nlohmann::json;
  const auto one = [](const driver::Blocking& b) {
    return json{{"steps_per_exchange", b.steps},
                {"tile_rows", b.rows},
                {"layers", b.layers},
                {"streaming", b.streaming}};
  };
  json out = one(blocking.used);
  out["tried"] = json::array();
  for (const driver::Tuner::Trial& t : blocking.trials) {
    json trial = one(t.blocking);
    trial["seconds_per_step"] = t.seconds_a_step > 0.0 ? json(t.seconds_a_step) : json(nullptr);
    out["tried"].push_back(trial);
  }
  return out;
}

}  // namespace

double RunReport::cell_updates_per_second() const {
  if (!(outcome.loop_seconds > 0.0)) return 0.0;
  return static_cast<double>(outcome.steps - outcome.first_step) *
         static_cast<double>(job->geometry.domain().volume()) / outcome.loop_seconds;
}

std::string RunReport::state_digest() const {
  return base::Digest::text(driver::state_digest(outcome.digests));
}

void RunReport::gather(const transport::Communicator& comm) {
  phases = report::gather_phases(comm, driver::phase_names, outcome.phases.seconds);
  const driver::Stepper::Traffic& traffic = outcome.traffic;
  std::array<std::int64_t, 3> bytes{traffic.bytes_sent, traffic.bytes_in_messages,
                                    traffic.bytes_between_nodes};
  comm.sum(bytes);
  bytes_sent = bytes[0];
  bytes_in_messages = bytes[1];
  bytes_between_nodes = bytes[2];
  std::array<double, 2> seconds{traffic.hidden_seconds, traffic.exposed_seconds};
  comm.sum(seconds);
  hidden_seconds = seconds[0] / comm.size();
  exposed_seconds = seconds[1] / comm.size();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  facts.peak_bytes = std::int64_t{usage.ru_maxrss} * 1024;
  comm.largest(std::span<std::int64_t>{&facts.peak_bytes, 1});
}

std::string RunReport::blocking_text() const {
  const driver::Blocking& b = outcome.blocking.used;
  const int d = job->geometry.dimensions;
  std::string out = "blocks     ";
  if (b.steps == 0) {
    out += "an exchange before each stage";
  } else {
    out += fmt::format("{} step{} per exchange", b.steps, b.steps == 1 ? "" : "s");
  }
  out += fmt::format(", {} layer{} along {} at a time", b.layers, b.layers == 1 ? "" : "s", "xyz"[d - 1]);
  if (b.rows > 0) out += fmt::format(" in tiles of {} rows", b.rows);
  if (b.streaming) out += ", past the caches";
  const std::size_t tried = outcome.blocking.trials.size();
  if (tried > 1) {
    out += outcome.blocking.settled ? fmt::format(" (fastest of {})", tried) : " (others were still tried)";
  }
  out += "\n";
  if (facts.ranks == 1) return out + "\n";
  const double under_way = hidden_seconds + exposed_seconds;
  out += fmt::format("exchange   {}, {} of {} in messages",
                     outcome.blocking.shared_memory ? "through shared memory" : "by messages",
                     base::format_bytes(static_cast<double>(bytes_in_messages)),
                     base::format_bytes(static_cast<double>(bytes_sent)));
  if (bytes_between_nodes > 0) {
    out += fmt::format(", {} between nodes", base::format_bytes(static_cast<double>(bytes_between_nodes)));
  }
  if (under_way > 0.0)
    out += fmt::format(", {:.0f} % of its time hidden", 100.0 * hidden_seconds / under_way);
  out += "\n";
  if (const driver::BalanceReport& balance = outcome.balance; balance.looks > 0) {
    out += fmt::format("balance    {} move{} of chunks in {} look{}, imbalance {:.1f} % at the last\n",
                       balance.migrations, balance.migrations == 1 ? "" : "s", balance.looks,
                       balance.looks == 1 ? "" : "s", 100.0 * balance.imbalance);
  }
  return out + "\n";
}

std::string RunReport::json() const {
  using nlohmann::json;
  json out;
  out["tessera"] = TESSERA_VERSION;
  out["run"] = facts.run;
  out["directory"] = facts.directory;
  out["status"] = facts.failure ? "failed" : outcome.stopped ? "stopped" : "done";
  if (facts.failure) out["error"] = *facts.failure;
  out["started"] = facts.started;
  out["total_seconds"] = facts.total_seconds;
  out["job"] = {{"name", job->name},
                {"path", job->path},
                {"text", job->text},
                {"fingerprint", base::fingerprint(job->text)}};
  out["solver"] = {{"name", schema->name}, {"version", schema->version}, {"file", facts.solver_file}};
  out["versions"] = {{"mpi", facts.mpi}, {"compiler", TESSERA_COMPILER}, {"build", TESSERA_BUILD}};
  const std::set<std::string> nodes{facts.hosts.begin(), facts.hosts.end()};
  out["ranks"] = facts.ranks;
  out["hosts"] = facts.hosts;
  out["nodes"] = nodes.size();
  auto cells = json::array();
  auto chunk_cells = json::array();
  for (int a = 0; a < job->geometry.dimensions; ++a) {
    cells.push_back(job->geometry.cells[a]);
    chunk_cells.push_back(chunk[a]);
  }
  out["layout"] = {{"cells", cells},
                   {"chunk", chunk_cells},
                   {"chunks", chunks},
                   {"imbalance", imbalance},
                   {"partition", job->partitioner == job::Partitioner::sfc ? "sfc" : "rcb"}};
  out["memory"] = {{"fields_bytes_rank_0", outcome.field_bytes}, {"peak_bytes_of_a_rank", facts.peak_bytes}};
  if (facts.failure) return out.dump(2, ' ', false, json::error_handler_t::replace);

  out["digest"] = {{"state", state_digest()}, {"fields", json::object()}};
  for (const auto& d : outcome.digests) out["digest"]["fields"][d.field] = base::Digest::text(d.digest);
  out["loop"] = {{"steps", outcome.steps},
                 {"first_step", outcome.first_step},
                 {"simulated_seconds", outcome.time},
                 {"seconds", outcome.loop_seconds},
                 {"cell_updates_per_second", cell_updates_per_second()},
                 {"smallest_dt", number(outcome.smallest_dt)},
                 {"largest_dt", number(outcome.largest_dt)},
                 {"bytes_sent", bytes_sent}};
  out["blocking"] = blocking_json(outcome.blocking);
  out["communication"] = {{"bytes", bytes_sent},
                          {"bytes_in_messages", bytes_in_messages},
                          {"bytes_between_nodes", bytes_between_nodes},
                          {"hidden_seconds_avg", hidden_seconds},
                          {"exposed_seconds_avg", exposed_seconds},
                          {"shared_memory", outcome.blocking.shared_memory}};
  const driver::BalanceReport& balance = outcome.balance;
  out["balance"] = {{"looks", balance.looks},
                    {"migrations", balance.migrations},
                    {"migration_seconds", balance.seconds},
                    {"imbalance", balance.imbalance}};
  out["phases"] = json::array();
  for (const report::PhaseRow& p : phases) {
    out["phases"].push_back({{"name", p.name},
                             {"seconds_min", p.minimum},
                             {"seconds_avg", p.average},
                             {"seconds_max", p.maximum},
                             {"slowest_rank", p.slowest_rank}});
  }
  out["diagnostics"] = json::array();
  for (std::size_t n = 0; n < outcome.diagnostics.size(); ++n) {
    const job::DiagnosticSchema& d = schema->diagnostics[n];
    json one{{"name", d.name}, {"unit", d.unit}, {"last", number(outcome.diagnostics[n])}};
    if (n < outcome.first_diagnostics.size()) one["first"] = number(outcome.first_diagnostics[n]);
    out["diagnostics"].push_back(one);
  }
  out["probes"] = json::array();
  for (const driver::ProbeRecord& p : probes) {
    out["probes"].push_back({{"name", p.name},
                             {"at", p.at},
                             {"moved", p.moved},
                             {"arrival_s", optional_number(p.arrival)},
                             {"observed_arrival_s", optional_number(p.observed)},
                             {"highest", number(p.highest)}});
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

std::string RunReport::text() const {
  std::string out = fmt::format(
      "{} in {}   {} steps   {:.4g} Mcell/s   {} sent   state digest {}\n\n",
      outcome.stopped ? "so far" : "done", base::format_duration(facts.total_seconds), outcome.steps,
      cell_updates_per_second() / 1e6, base::format_bytes(static_cast<double>(bytes_sent)), state_digest());
  out += blocking_text();
  out += report::phase_text(phases, outcome.loop_seconds, facts.ranks);
  if (!outcome.diagnostics.empty()) {
    out += fmt::format("\n{:<14}{:>20}{:>20}   {}\n", "diagnostic", "start", "end", "change");
    for (std::size_t n = 0; n < outcome.diagnostics.size(); ++n) {
      const job::DiagnosticSchema& d = schema->diagnostics[n];
      const double last = outcome.diagnostics[n];
      const bool has_first = n < outcome.first_diagnostics.size();
      out += fmt::format("{:<14}{:>20}{:>20.10g}   {:<10} {}\n", d.name,
                         has_first ? fmt::format("{:.10g}", outcome.first_diagnostics[n]) : "", last,
                         has_first ? change_text(outcome.first_diagnostics[n], last) : "", d.unit);
    }
  }
  if (job->probes.arrival_field && !probes.empty()) {
    std::vector<report::Arrival> arrivals;
    for (const driver::ProbeRecord& p : probes)
      arrivals.push_back({p.name, p.arrival, p.observed, p.highest, p.moved});
    out += "\n" + report::arrival_text(
                      arrivals, schema->fields[static_cast<std::size_t>(*job->probes.arrival_field)].unit);
  }
  return out;
}

}  // namespace tessera::app

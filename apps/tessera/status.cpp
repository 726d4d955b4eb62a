#include "command_line.h"

#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "base/utf8.h"
#include "batch/slurm.h"
#include "host/access.h"
#include "rundir/batch_record.h"
#include "rundir/run_directory.h"
#include "rundir/run_status.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

struct Row {
  rundir::RunStatus run;
  std::string status;                   ///< state of the run, corrected with that of its batch job
  bool queue_known = false;             ///< whether the queue could be queried
  std::optional<batch::QueuedJob> job;  ///< the entry in the queue, if any

  /// Id of the batch job; empty if the run was not submitted.
  std::string job_id() const { return run.batch ? run.batch->job_id : std::string{}; }
  /// Useful fraction of the total time of all attempts, 0 to 1.
  std::optional<double> efficiency() const {
    if (!run.supervision) return std::nullopt;
    const double total = run.supervision->useful_seconds + run.supervision->lost_seconds;
    return total > 0.0 ? std::optional{run.supervision->useful_seconds / total} : std::nullopt;
  }
};

/// Age in seconds above which progress counts as stale; an active run updates it about once per second.
constexpr double stale_seconds = 15.0;

/// The progress of a run whose status is "running"; nullptr if there is none.
const rundir::ProgressRecord* progress_of(const Row& row) {
  return row.run.progress && row.status == "running" ? &*row.run.progress : nullptr;
}

/// Like progress_of(), but also returns nullptr if the progress is stale.
const rundir::ProgressRecord* fresh_progress_of(const Row& row) {
  const rundir::ProgressRecord* progress = progress_of(row);
  return progress != nullptr && progress->age_seconds() <= stale_seconds ? progress : nullptr;
}

/// "1234 PENDING (Priority)"; a dash if the run was not submitted.
std::string job_text(const Row& row) {
  const std::string id = row.job_id();
  if (id.empty()) return "-";
  if (!row.queue_known) return id + " -";
  if (!row.job) return id + " ended";
  std::string text = id + " " + row.job->state;
  const std::string& reason = row.job->reason;
  if (row.job->state == "PENDING" && !reason.empty() && reason != "None") text += " (" + reason + ")";
  return base::printable(text, 60);
}

std::string percent(const std::optional<double>& fraction) {
  // Rounded down, so that only a run that is done shows 100 %.
  return fraction ? fmt::format("{:.0f} %", std::floor(100.0 * *fraction)) : "-";
}

std::string rate_text(const Row& row) {
  const rundir::ProgressRecord* progress = fresh_progress_of(row);
  return progress != nullptr && progress->rate_per_second
             ? fmt::format("{:.3g} M{}/s", *progress->rate_per_second / 1e6,
                           base::printable(progress->unit, 12))
             : "-";
}

std::string eta_text(const Row& row) {
  const rundir::ProgressRecord* progress = fresh_progress_of(row);
  return progress != nullptr && progress->eta_seconds ? base::format_duration(*progress->eta_seconds) : "-";
}

std::string checkpoint_text(const Row& row) {
  if (row.run.checkpoints.empty()) return "none";
  return fmt::format("step {}, {} old", row.run.checkpoints.front().step,
                     base::format_duration(row.run.checkpoint_age));
}

nlohmann::json json_of(const Row& r) {
  using nlohmann::json;
  const auto number_or_null = [](const std::optional<double>& value) {
    return value ? json(*value) : json(nullptr);
  };
  const rundir::ProgressRecord* progress = progress_of(r);
  const double age = progress != nullptr ? progress->age_seconds() : 0.0;
  const auto& history = r.run.supervision;
  json out{
      {"name", r.run.name},
      {"path", r.run.path},
      {"status", r.status},
      {"attempt", r.run.attempt() > 0 ? json(r.run.attempt()) : json(nullptr)},
      {"step", r.run.step()},
      {"fraction_done", number_or_null(r.run.fraction_done())},
      {"rate_per_second", progress != nullptr ? number_or_null(progress->rate_per_second) : json(nullptr)},
      {"unit", progress != nullptr ? json(progress->unit) : json(nullptr)},
      {"eta_seconds", progress != nullptr ? number_or_null(progress->eta_seconds) : json(nullptr)},
      {"ranks", progress != nullptr && progress->ranks > 0 ? json(progress->ranks) : json(nullptr)},
      {"progress_age_seconds", progress != nullptr && std::isfinite(age) ? json(age) : json(nullptr)},
      {"job_id", r.run.batch ? json(r.job_id()) : json(nullptr)},
      {"queue_state", r.job ? json(r.job->state) : json(nullptr)},
      {"queue_reason", r.job ? json(r.job->reason) : json(nullptr)},
      {"checkpoint", nullptr},
      {"faults", history ? history->fault_count() : 0},
      {"lost_seconds", history ? history->lost_seconds : 0.0},
      {"useful_seconds", history ? history->useful_seconds : 0.0},
      {"efficiency", number_or_null(r.efficiency())}};
  if (!r.run.checkpoints.empty()) {
    const rundir::CheckpointName& newest = r.run.checkpoints.front();
    out["checkpoint"] = {{"name", newest.name}, {"step", newest.step}, {"age_seconds", r.run.checkpoint_age}};
  }
  if (!r.run.problems.empty()) out["problem"] = fmt::format("{}", fmt::join(r.run.problems, "; "));
  return out;
}

/// Prints a table with one line per run on standard output.
void print_runs(const std::vector<Row>& rows) {
  std::size_t width = 4;
  constexpr const char* job_heading = "Slurm job";
  std::size_t job_width = base::count_characters(job_heading);
  for (const Row& r : rows) {
    width = std::max(width, base::count_characters(base::printable(r.run.name, 60)));
    job_width = std::max(job_width, base::count_characters(job_text(r)));
  }
  base::print("{}  {:<12}{}  {:>7}{:>12}{:>7}{:>15}{:>14}   {:<28}{:>7}{:>14}{:>14}{:>11}\n",
              base::padded("run", width), "status", base::padded(job_heading, job_width), "attempt", "step",
              "done", "rate", "ETA", "checkpoint", "faults", "lost", "useful", "efficiency");
  for (const Row& r : rows) {
    const auto& history = r.run.supervision;
    const std::int64_t attempt = r.run.attempt();
    base::print("{}  {:<12}{}  {:>7}{:>12}{:>7}{:>15}{:>14}   {:<28}{:>7}{:>14}{:>14}{:>11}\n",
                base::padded(base::printable(r.run.name, 60), width), base::printable(r.status, 12),
                base::padded(job_text(r), job_width), attempt > 0 ? std::to_string(attempt) : "-",
                r.run.step(), percent(r.run.fraction_done()), rate_text(r), eta_text(r), checkpoint_text(r),
                history ? std::to_string(history->fault_count()) : "-",
                history ? base::format_duration(history->lost_seconds) : "-",
                history ? base::format_duration(history->useful_seconds) : "-", percent(r.efficiency()));
    for (const std::string& problem : r.run.problems) base::print("  {}\n", base::printable(problem));
  }
}

/// Prints one run on standard output, one property per line.
void print_run(const Row& r) {
  const auto line = [](const char* name, const std::string& text) { base::print("{:<12}{}\n", name, text); };
  const std::int64_t attempt = r.run.attempt();
  const std::optional<double> fraction = r.run.fraction_done();
  line("run", base::printable(r.run.path));
  line("status",
       base::printable(r.status, 40) + (attempt > 0 ? fmt::format(", attempt {}", attempt) : std::string{}));
  line("Slurm job", job_text(r) + (r.job && r.job->state == "RUNNING" && !r.job->time_left.empty()
                                       ? fmt::format(", {} left", base::printable(r.job->time_left, 20))
                                       : std::string{}));
  line("step", std::to_string(r.run.step()) + (fraction ? ", " + percent(fraction) : std::string{}));
  line("rate", rate_text(r));
  line("ETA", eta_text(r));
  line("checkpoint", checkpoint_text(r));
  if (const auto& history = r.run.supervision) {
    line("faults", std::to_string(history->fault_count()));
    line("useful", fmt::format("{}, {} lost", base::format_duration(history->useful_seconds),
                               base::format_duration(history->lost_seconds)) +
                       (r.efficiency() ? ", efficiency " + percent(r.efficiency()) : std::string{}));
  }
  const rundir::ProgressRecord* progress = progress_of(r);
  const double age = progress != nullptr ? progress->age_seconds() : 0.0;
  if (age > stale_seconds && std::isfinite(age)) {
    line("warning", fmt::format("no progress report from the run for {}", base::format_duration(age)));
  }
  for (const std::string& problem : r.run.problems) line("problem", base::printable(problem));
}

bool is_file(const fs::path& path) {
  std::error_code ec;
  return fs::is_regular_file(path, ec);
}

bool is_run(const fs::path& path) { return rundir::RunDirectory::is_run(path.string()); }

/// Like is_run(), for an entry of a folder of runs: prints a warning if permissions hide the answer.
bool is_readable_run(const fs::path& path) {
  try {
    return is_run(path);
  } catch (const base::Error& e) {
    base::print(stderr, "warning: {}\n", base::Lines{e.message()});
    return false;
  }
}

Row row_of(const fs::path& folder) {
  Row row;
  row.run = rundir::status_of(folder.string());
  row.status = row.run.state();
  return row;
}

void add_runs_in(const fs::path& folder, std::vector<fs::path>& runs) {
  std::error_code ec;
  for (fs::directory_iterator entry{folder, ec}, end; !ec && entry != end; entry.increment(ec)) {
    if (is_readable_run(entry->path())) runs.push_back(entry->path());
  }
}

std::vector<Row> rows_of(const std::string& path) {
  host::require_readable(path);
  std::error_code ec;
  if (!fs::is_directory(path, ec)) {
    throw base::Error(base::ExitCode::no_input,
                      fmt::format("no such folder: `{}`", base::printable(path, 200)),
                      "specify a run directory or a folder of runs");
  }
  if (is_run(path)) return {row_of(path)};
  std::vector<fs::path> runs;
  add_runs_in(path, runs);
  // The runs of a job array are in a common subfolder.
  for (fs::directory_iterator entry{path, ec}, end; !ec && entry != end; entry.increment(ec)) {
    if (is_file(rundir::BatchRecord::path_in(entry->path().string()))) {
      add_runs_in(entry->path(), runs);
    }
  }
  if (runs.empty()) {
    throw base::Error(base::ExitCode::no_input,
                      fmt::format("there are no runs in `{}`", base::printable(path, 200)),
                      "specify a run directory or a folder of runs");
  }
  std::sort(runs.begin(), runs.end());
  std::vector<Row> rows;
  for (const fs::path& run : runs) rows.push_back(row_of(run));
  return rows;
}

/// Adds the state of the batch jobs to the rows, using a single query of the queue.
void add_queue(std::vector<Row>& rows) {
  std::vector<std::string> ids;
  for (const Row& row : rows) {
    if (row.run.batch) ids.push_back(row.job_id());
  }
  if (ids.empty()) return;
  const auto jobs =
      batch::Slurm{{.timeout_seconds = 6.0, .max_attempts = 2, .initial_backoff = 0.5}}.queue(ids);
  if (!jobs) return;
  std::map<std::string, batch::QueuedJob> jobs_by_id;
  for (const batch::QueuedJob& job : *jobs) jobs_by_id.emplace(job.id, job);
  for (Row& row : rows) {
    row.queue_known = row.run.batch.has_value();
    const auto job = jobs_by_id.find(row.job_id());
    if (job == jobs_by_id.end()) continue;
    row.job = job->second;
    const bool unfinished = row.status == "interrupted" || row.status == "stopped";
    // Locks held on other nodes may not be visible here.
    if (unfinished && row.job->state == "RUNNING") row.status = "running";
    if (unfinished && row.job->state == "PENDING") row.status = "queued";
  }
}

struct Options {
  std::string path = "runs";
  bool json = false;
};

int status(Options& options, const Invocation&) {
  std::vector<Row> rows = rows_of(options.path);
  add_queue(rows);
  if (!options.json) {
    if (is_run(options.path)) {
      print_run(rows.front());
    } else {
      print_runs(rows);
    }
    return 0;
  }
  nlohmann::json out = nlohmann::json::array();
  for (const Row& r : rows) out.push_back(json_of(r));
  print_json(out);
  return 0;
}

}  // namespace

void add_status(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("status", "show the progress and the failures of runs", status);
  command.add_option("path", options.path, "a run directory, or a folder of runs (default: runs)");
  command.add_flag("--json", options.json, "print JSON");
}

}  // namespace tessera::app

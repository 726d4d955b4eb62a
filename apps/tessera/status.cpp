#include "launch.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
#include "base/file_lock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "batch/batch_record.h"
#include "batch/slurm.h"
#include "output/run_directory.h"
#include "supervisor/run_record.h"
#include "supervisor/supervision.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

/// What a run at work tells of itself about once a second: progress.json.
struct Live {
  std::int64_t step = 0;
  std::optional<double> part;  ///< of the run that is done, 0 to 1
  std::optional<double> rate;  ///< cells updated a second
  std::optional<double> left;  ///< seconds
  int attempt = 0;             ///< 0: not known
  int ranks = 0;
  double age = std::numeric_limits<double>::infinity();  ///< seconds since it was written
};

struct Row {
  std::string name;
  std::string path;
  std::string status;
  int attempt = 0;  ///< 0: not known
  std::int64_t step = 0;
  std::optional<base::CheckpointName> checkpoint;
  double checkpoint_age = 0.0;  ///< seconds
  bool supervised = false;      ///< so that what follows is known
  int faults = 0;
  double lost = 0.0;
  double useful = 0.0;
  std::optional<Live> live;
  std::string job_id;                   ///< in the queue; empty: it was not submitted
  bool queue_known = false;             ///< whether the queue was to be had
  std::optional<batch::QueuedJob> job;  ///< as the queue shows it
  std::string problem;

  /// Useful part of the time of all attempts, 0 to 1.
  std::optional<double> efficiency() const {
    return useful + lost > 0.0 ? std::optional{useful / (useful + lost)} : std::nullopt;
  }
  std::optional<double> part() const {
    if (status == "done") return 1.0;
    return live ? live->part : std::nullopt;
  }
};

/// A run at work says how far it is about once a second.
constexpr double stale_after = 15.0;

/// What holds only while the run is at work.
const Live* now_of(const Row& row) { return row.live && row.status == "running" ? &*row.live : nullptr; }

/// The same, of a run that has been heard of lately.
const Live* fresh_of(const Row& row) {
  const Live* now = now_of(row);
  return now != nullptr && now->age <= stale_after ? now : nullptr;
}

bool is_file(const fs::path& path) {
  std::error_code none;
  return fs::is_regular_file(path, none);
}

bool is_run(const fs::path& path) { return output::RunDirectory::is_run(path.string()); }

/// Seconds since something below a folder was made or removed.
double age_of(const std::string& path) {
  std::error_code unknown;
  const auto when = fs::last_write_time(path, unknown);
  if (unknown) return 0.0;
  return std::max(0.0, std::chrono::duration<double>(fs::file_time_type::clock::now() - when).count());
}

/// Nothing unless it is finite and not negative.
std::optional<double> amount_in(const nlohmann::json& j, const char* key) {
  const auto found = j.find(key);
  if (found == j.end() || !found->is_number()) return std::nullopt;
  const double value = found->get<double>();
  return std::isfinite(value) && value >= 0.0 ? std::optional{value} : std::nullopt;
}

/// Seconds since a time such as 2026-01-02T03:04:05Z; infinity where it is none.
double seconds_since(const nlohmann::json& j, const char* key) {
  const auto found = j.find(key);
  std::tm parts{};
  if (found == j.end() || !found->is_string() ||
      strptime(found->get<std::string>().c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr) {
    return std::numeric_limits<double>::infinity();
  }
  return std::max(0.0, std::difftime(std::time(nullptr), timegm(&parts)));
}

std::optional<Live> live_in(const std::string& directory) {
  std::ifstream file{directory + "/progress.json", std::ios::binary};
  if (!file) return std::nullopt;
  const nlohmann::json j = nlohmann::json::parse(file, nullptr, false);
  if (!j.is_object()) return std::nullopt;
  const auto step = amount_in(j, "step");
  if (!step || *step > 1e18) return std::nullopt;
  Live live;
  live.step = static_cast<std::int64_t>(*step);
  const auto of = [](std::optional<double> done, std::optional<double> all) -> std::optional<double> {
    if (!done || !all || *all <= 0.0) return std::nullopt;
    return std::min(1.0, *done / *all);
  };
  live.part = of(step, amount_in(j, "steps_expected"));
  if (!live.part) live.part = of(amount_in(j, "time_s"), amount_in(j, "end_time_s"));
  live.rate = amount_in(j, "rate_cells_per_s");
  live.left = amount_in(j, "eta_s");
  live.attempt = static_cast<int>(std::min(amount_in(j, "attempt").value_or(0.0), 1e9));
  live.ranks = static_cast<int>(std::min(amount_in(j, "ranks").value_or(0.0), 1e9));
  live.age = seconds_since(j, "written");
  return live;
}

Row row_of(const fs::path& folder) {
  Row row;
  std::error_code unknown;
  const fs::path whole = fs::weakly_canonical(folder, unknown);
  row.path = (unknown ? folder : whole).string();
  row.name = (unknown ? folder : whole).filename().string();
  std::optional<supervisor::Supervision> story;
  try {
    story = supervisor::Supervision::read(supervisor::Supervision::path_in(row.path));
  } catch (const base::Error& e) {
    row.problem = e.message().substr(0, e.message().find('\n'));
  }
  const auto record = supervisor::RunRecord::read(row.path);
  const auto checkpoints = base::list_checkpoints(row.path);
  const bool at_work = base::FileLock::is_held(row.path + "/supervisor.lock") ||
                       base::FileLock::is_held(row.path + "/run.lock");
  if (at_work) {
    row.status = "running";
  } else if (record && (record->status == "done" || !story)) {
    row.status = record->status;
  } else if (story && story->status != "running") {
    row.status = story->status;
  }
  if (row.status.empty()) row.status = "interrupted";

  if (!checkpoints.empty()) {
    row.checkpoint = checkpoints.front();
    row.checkpoint_age = age_of(row.path + "/checkpoints/" + checkpoints.front().name);
    row.step = checkpoints.front().step;
    row.attempt = static_cast<int>(checkpoints.front().attempt);
  }
  if (record) row.step = std::max(row.step, record->steps);
  if (story) {
    row.supervised = true;
    row.faults = story->faults();
    row.lost = story->lost_seconds;
    row.useful = story->useful_seconds;
    if (!story->attempts.empty()) {
      const supervisor::AttemptRecord& last = story->attempts.back();
      row.attempt = last.number;
      row.step = row.status == "running" ? last.last_step : std::max(row.step, last.last_step);
    }
  }
  row.live = live_in(row.path);
  if (const Live* now = now_of(row); now != nullptr && now->attempt >= row.attempt) {
    if (now->step > 0) row.step = now->step;
    row.attempt = now->attempt;
  }
  if (const auto submitted = batch::BatchRecord::read(row.path)) row.job_id = submitted->job_id;
  return row;
}

void add_runs_in(const fs::path& folder, std::vector<fs::path>& runs) {
  std::error_code none;
  for (fs::directory_iterator entry{folder, none}, end; !none && entry != end; entry.increment(none)) {
    if (is_run(entry->path())) runs.push_back(entry->path());
  }
}

std::vector<Row> rows_of(const std::string& path) {
  std::error_code none;
  if (!fs::is_directory(path, none)) {
    throw base::Error(base::ExitCode::no_input,
                      fmt::format("there is no folder `{}`", base::printable(path, 200)),
                      "name a run directory, or a folder of runs");
  }
  if (is_run(path)) return {row_of(path)};
  std::vector<fs::path> runs;
  add_runs_in(path, runs);
  // The runs of a job array lie in a folder of their own.
  for (fs::directory_iterator entry{path, none}, end; !none && entry != end; entry.increment(none)) {
    if (!is_run(entry->path()) && is_file(batch::BatchRecord::path_in(entry->path().string()))) {
      add_runs_in(entry->path(), runs);
    }
  }
  if (runs.empty()) {
    throw base::Error(base::ExitCode::no_input,
                      fmt::format("there are no runs in `{}`", base::printable(path, 200)),
                      "name a run directory, or a folder of runs");
  }
  std::sort(runs.begin(), runs.end());
  std::vector<Row> rows;
  for (const fs::path& run : runs) rows.push_back(row_of(run));
  return rows;
}

/// Asks the queue, once for all rows.
void add_queue(std::vector<Row>& rows) {
  std::vector<std::string> ids;
  for (const Row& row : rows) {
    if (!row.job_id.empty()) ids.push_back(row.job_id);
  }
  if (ids.empty()) return;
  const auto jobs = batch::Slurm{{.seconds = 6.0, .tries = 2, .first_pause = 0.5}}.queue(ids);
  if (!jobs) return;
  std::map<std::string, batch::QueuedJob> known;
  for (const batch::QueuedJob& job : *jobs) known.emplace(job.id, job);
  for (Row& row : rows) {
    row.queue_known = !row.job_id.empty();
    const auto job = known.find(row.job_id);
    if (job == known.end()) continue;
    row.job = job->second;
    const bool open = row.status == "interrupted" || row.status == "stopped";
    // The locks of a run on another node need not show here.
    if (open && row.job->state == "RUNNING") row.status = "running";
    if (open && row.job->state == "PENDING") row.status = "queued";
  }
}

/// "1234 PENDING (Priority)"; a dash where there is nothing to say.
std::string job_text(const Row& row) {
  if (row.job_id.empty()) return "-";
  if (!row.queue_known) return row.job_id + " -";
  if (!row.job) return row.job_id + " ended";
  std::string text = row.job_id + " " + row.job->state;
  const std::string& reason = row.job->reason;
  if (row.job->state == "PENDING" && !reason.empty() && reason != "None") text += " (" + reason + ")";
  return base::printable(text, 60);
}

std::string percent(const std::optional<double>& part) {
  // Not 100 before it is done.
  return part ? fmt::format("{:.0f} %", std::floor(100.0 * *part)) : "-";
}

std::string rate_text(const Row& row) {
  const Live* now = fresh_of(row);
  return now != nullptr && now->rate ? fmt::format("{:.3g} Mcell/s", *now->rate / 1e6) : "-";
}

std::string left_text(const Row& row) {
  const Live* now = fresh_of(row);
  return now != nullptr && now->left ? base::format_duration(*now->left) : "-";
}

std::string checkpoint_text(const Row& row) {
  if (!row.checkpoint) return "none";
  return fmt::format("step {}, {} old", row.checkpoint->step, base::format_duration(row.checkpoint_age));
}

nlohmann::json json_of(const Row& r) {
  using nlohmann::json;
  const auto number = [](const std::optional<double>& value) { return value ? json(*value) : json(nullptr); };
  const Live* now = now_of(r);
  json out{
      {"name", r.name},
      {"path", r.path},
      {"status", r.status},
      {"attempt", r.attempt > 0 ? json(r.attempt) : json(nullptr)},
      {"step", r.step},
      {"progress", number(r.part())},
      {"rate_cells_per_s", now != nullptr ? number(now->rate) : json(nullptr)},
      {"eta_seconds", now != nullptr ? number(now->left) : json(nullptr)},
      {"ranks", now != nullptr && now->ranks > 0 ? json(now->ranks) : json(nullptr)},
      {"progress_age_seconds", now != nullptr && std::isfinite(now->age) ? json(now->age) : json(nullptr)},
      {"job_id", r.job_id.empty() ? json(nullptr) : json(r.job_id)},
      {"queue_state", r.job ? json(r.job->state) : json(nullptr)},
      {"queue_reason", r.job ? json(r.job->reason) : json(nullptr)},
      {"checkpoint", nullptr},
      {"faults", r.faults},
      {"lost_seconds", r.lost},
      {"useful_seconds", r.useful},
      {"efficiency", number(r.efficiency())}};
  if (r.checkpoint) {
    out["checkpoint"] = {
        {"name", r.checkpoint->name}, {"step", r.checkpoint->step}, {"age_seconds", r.checkpoint_age}};
  }
  if (!r.problem.empty()) out["problem"] = r.problem;
  return out;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t length = base::count_characters(text);
  return text + std::string(width - std::min(width, length), ' ');
}

/// A line a run.
void print(const std::vector<Row>& rows) {
  std::size_t width = 4;
  std::size_t job_width = 4;
  for (const Row& r : rows) {
    width = std::max(width, base::count_characters(base::printable(r.name, 60)));
    job_width = std::max(job_width, base::count_characters(job_text(r)));
  }
  fmt::print("{}  {:<12}{}  {:>7}{:>12}{:>7}{:>15}{:>14}   {:<28}{:>7}{:>14}{:>14}{:>11}\n",
             padded("run", width), "status", padded("job", job_width), "attempt", "step", "done", "rate",
             "left", "checkpoint", "faults", "lost", "useful", "efficiency");
  for (const Row& r : rows) {
    fmt::print("{}  {:<12}{}  {:>7}{:>12}{:>7}{:>15}{:>14}   {:<28}{:>7}{:>14}{:>14}{:>11}\n",
               padded(base::printable(r.name, 60), width), base::printable(r.status, 12),
               padded(job_text(r), job_width), r.attempt > 0 ? std::to_string(r.attempt) : "-", r.step,
               percent(r.part()), rate_text(r), left_text(r), checkpoint_text(r),
               r.supervised ? std::to_string(r.faults) : "-",
               r.supervised ? base::format_duration(r.lost) : "-",
               r.supervised ? base::format_duration(r.useful) : "-", percent(r.efficiency()));
    if (!r.problem.empty()) fmt::print("  {}\n", base::printable(r.problem));
  }
}

/// One run, a line a fact.
void print(const Row& r) {
  const auto line = [](const char* name, const std::string& text) { fmt::print("{:<12}{}\n", name, text); };
  line("run", base::printable(r.path));
  line("status", base::printable(r.status, 40) +
                     (r.attempt > 0 ? fmt::format(", attempt {}", r.attempt) : std::string{}));
  line("job", job_text(r) + (r.job && r.job->state == "RUNNING" && !r.job->left.empty()
                                 ? fmt::format(", {} left", base::printable(r.job->left, 20))
                                 : std::string{}));
  line("step", std::to_string(r.step) + (r.part() ? ", " + percent(r.part()) : std::string{}));
  line("rate", rate_text(r));
  line("left", left_text(r));
  line("checkpoint", checkpoint_text(r));
  if (r.supervised) {
    line("faults", std::to_string(r.faults));
    line("useful",
         fmt::format("{}, {} lost", base::format_duration(r.useful), base::format_duration(r.lost)) +
             (r.efficiency() ? ", efficiency " + percent(r.efficiency()) : std::string{}));
  }
  if (const Live* now = now_of(r); now != nullptr && now->age > stale_after && std::isfinite(now->age)) {
    line("warning", fmt::format("no word from the run for {}", base::format_duration(now->age)));
  }
  if (!r.problem.empty()) line("problem", base::printable(r.problem));
}

}  // namespace

int status(const StatusOptions& options) {
  std::vector<Row> rows = rows_of(options.path);
  add_queue(rows);
  if (!options.json) {
    if (is_run(options.path)) {
      print(rows.front());
    } else {
      print(rows);
    }
    return 0;
  }
  nlohmann::json out = nlohmann::json::array();
  for (const Row& r : rows) out.push_back(json_of(r));
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace tessera::app

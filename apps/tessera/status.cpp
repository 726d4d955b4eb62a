#include "launch.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
#include "base/file_lock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "supervisor/run_record.h"
#include "supervisor/supervision.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

struct Row {
  std::string name;
  std::string path;
  std::string status;
  int attempt = 0;  ///< 0: not known
  std::int64_t step = 0;
  std::optional<base::CheckpointName> checkpoint;
  double checkpoint_age = 0.0;  ///< seconds
  int faults = 0;
  double lost = 0.0;
  double useful = 0.0;
  std::string problem;
};

bool is_run(const fs::path& path) {
  std::error_code none;
  for (const char* name : {"job.toml", "run.json", "supervision.json"}) {
    if (fs::is_regular_file(path / name, none)) return true;
  }
  return false;
}

/// Seconds since something below a folder was made or removed.
double age_of(const std::string& path) {
  std::error_code unknown;
  const auto when = fs::last_write_time(path, unknown);
  if (unknown) return 0.0;
  return std::max(0.0, std::chrono::duration<double>(fs::file_time_type::clock::now() - when).count());
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
    row.problem = message_of(e);
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
    row.faults = story->faults();
    row.lost = story->lost_seconds;
    row.useful = story->useful_seconds;
    if (!story->attempts.empty()) {
      const supervisor::AttemptRecord& last = story->attempts.back();
      row.attempt = last.number;
      row.step = row.status == "running" ? last.last_step : std::max(row.step, last.last_step);
    }
  }
  return row;
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
  for (fs::directory_iterator entry{path, none}, end; !none && entry != end; entry.increment(none)) {
    if (is_run(entry->path())) runs.push_back(entry->path());
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

nlohmann::json json_of(const Row& r) {
  using nlohmann::json;
  json out{{"name", r.name},
           {"path", r.path},
           {"status", r.status},
           {"attempt", r.attempt > 0 ? json(r.attempt) : json(nullptr)},
           {"step", r.step},
           {"checkpoint", nullptr},
           {"faults", r.faults},
           {"lost_seconds", r.lost},
           {"useful_seconds", r.useful}};
  if (r.checkpoint) {
    out["checkpoint"] = {
        {"name", r.checkpoint->name}, {"step", r.checkpoint->step}, {"age_seconds", r.checkpoint_age}};
  }
  if (!r.problem.empty()) out["problem"] = r.problem;
  return out;
}

void print(const std::vector<Row>& rows) {
  std::size_t width = 4;
  for (const Row& r : rows) width = std::max(width, base::count_characters(base::printable(r.name, 60)));
  fmt::print("{:<{}}  {:<12}{:>8}{:>12}   {:<30}{:>7}{:>16}{:>16}\n", "run", width, "status", "attempt",
             "step", "checkpoint", "faults", "lost", "useful");
  for (const Row& r : rows) {
    const std::string name = base::printable(r.name, 60);
    const std::string checkpoint = r.checkpoint ? fmt::format("step {}, {} old", r.checkpoint->step,
                                                              base::format_duration(r.checkpoint_age))
                                                : "none";
    fmt::print("{}{}  {:<12}{:>8}{:>12}   {:<30}{:>7}{:>16}{:>16}\n", name,
               std::string(width - base::count_characters(name), ' '), base::printable(r.status, 12),
               r.attempt > 0 ? std::to_string(r.attempt) : "-", r.step, checkpoint, r.faults,
               base::format_duration(r.lost), base::format_duration(r.useful));
    if (!r.problem.empty()) fmt::print("  {}\n", base::printable(r.problem));
  }
}

}  // namespace

int status(const StatusOptions& options) {
  const std::vector<Row> rows = rows_of(options.path);
  if (!options.json) {
    print(rows);
    return 0;
  }
  nlohmann::json out = nlohmann::json::array();
  for (const Row& r : rows) out.push_back(json_of(r));
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace tessera::app

#include "commands.h"
#include "status_row.h"

#include "base/error.h"
#include "base/text.h"
#include "batch/slurm.h"
#include "rundir/batch_record.h"
#include "rundir/run_directory.h"
#include "rundir/run_status.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

bool is_file(const fs::path& path) {
  std::error_code none;
  return fs::is_regular_file(path, none);
}

bool is_run(const fs::path& path) { return rundir::RunDirectory::is_run(path.string()); }

Row row_of(const fs::path& folder) {
  Row row;
  row.run = rundir::status_of(folder.string());
  row.status = row.run.state();
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
    if (!is_run(entry->path()) && is_file(rundir::BatchRecord::path_in(entry->path().string()))) {
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

/// Queries the queue, once for all rows.
void add_queue(std::vector<Row>& rows) {
  std::vector<std::string> ids;
  for (const Row& row : rows) {
    if (row.run.batch) ids.push_back(row.job_id());
  }
  if (ids.empty()) return;
  const auto jobs =
      batch::Slurm{{.timeout_seconds = 6.0, .max_attempts = 2, .initial_backoff = 0.5}}.queue(ids);
  if (!jobs) return;
  std::map<std::string, batch::QueuedJob> known;
  for (const batch::QueuedJob& job : *jobs) known.emplace(job.id, job);
  for (Row& row : rows) {
    row.queue_known = row.run.batch.has_value();
    const auto job = known.find(row.job_id());
    if (job == known.end()) continue;
    row.job = job->second;
    const bool open = row.status == "interrupted" || row.status == "stopped";
    // Locks held on other nodes may not be visible here.
    if (open && row.job->state == "RUNNING") row.status = "running";
    if (open && row.job->state == "PENDING") row.status = "queued";
  }
}

struct Options {
  std::string path = "runs";
  bool json = false;
};

int status(const Options& options) {
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
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace

void add_status(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = line.add("status", "show the progress of runs, and their failures",
                               [options](const Invocation&) { return status(*options); });
  command.add_option("path", options->path, "a run directory, or a folder of runs (runs)");
  command.add_flag("--json", options->json, "print JSON");
}

}  // namespace tessera::app

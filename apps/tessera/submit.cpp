#include "submit.h"

#include "base/error.h"
#include "base/file_lock.h"
#include "base/text.h"
#include "batch/batch_record.h"
#include "batch/batch_script.h"
#include "batch/slurm.h"
#include "batch/time_limit.h"
#include "checkpointing.h"
#include "earlier_run.h"
#include "job/units.h"
#include "output/output_file.h"
#include "output/run_directory.h"
#include "run_identity.h"
#include "supervisor/supervision.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ExitCode;

/// One run to queue: what names it on the command line, and what came of its check.
struct Planned {
  JobRequest request;
  std::string label;  ///< name of its folder in that of an array
  std::string text;   ///< the job as run
  checkpoint::Wanted wanted;
  std::string name;
  std::string parent;  ///< the job's output folder
};

std::string absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

bool is_file(const std::string& path) {
  std::error_code none;
  return fs::is_regular_file(path, none);
}

std::int64_t limit_of(const std::string& text) {
  if (text.empty()) {
    throw Error(ExitCode::usage, "a time limit is needed",
                "--time 2:00:00: the run goes on in further jobs of that length until it is done");
  }
  std::optional<std::int64_t> seconds = batch::parse_time_limit(text);
  if (!seconds) {
    const auto parsed = job::parse_duration(text);
    const double* duration = std::get_if<double>(&parsed);
    if (duration != nullptr && *duration > 0.0 && *duration < 3e8) {
      seconds = static_cast<std::int64_t>(std::ceil(*duration));
    }
  }
  if (!seconds) {
    throw Error(ExitCode::usage,
                fmt::format("--time wants a time limit, not `{}`", base::printable(text, 40)),
                "write minutes, 2:00:00 (hours), 1-12:00:00 (days) or \"1 h 30 min\"");
  }
  if (*seconds < 60) {
    throw Error(ExitCode::usage,
                fmt::format("a time limit of {} is too short for Slurm", base::printable(text, 40)),
                "give a minute or more; 2:00:00 is two hours, 2:00 two minutes");
  }
  return *seconds;
}

/// Values between commas; those within brackets and quotes belong to the value.
std::vector<std::string> values_of(const std::string& text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      values.emplace_back();
      continue;
    }
    values.back() += c;
  }
  return values;
}

/// A name for a folder, of characters that no shell minds.
std::string folder_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view{"-_.=+,"}.find(c) != std::string_view::npos;
    name += fine ? c : '_';
  }
  if (name.size() > 120) name.resize(120);
  if (name.empty() || name.front() == '.') name.insert(name.begin(), '_');
  return name;
}

std::string label_of(const std::string& path, bool many_jobs, const std::vector<std::string>& combination) {
  std::string label = many_jobs ? fs::path{path}.stem().string() : "";
  for (const std::string& override_text : combination) {
    const std::string_view prefix = "parameters.";
    label += (label.empty() ? "" : ",");
    label += override_text.starts_with(prefix) ? override_text.substr(prefix.size()) : override_text;
  }
  return folder_name(label);
}

/// All runs that are asked for, each checked whole.
std::vector<Planned> planned_of(const SubmitOptions& options) {
  std::vector<std::string> paths;
  std::vector<std::string> overrides = options.job.overrides;
  if (!options.job.path.empty()) paths.push_back(options.job.path);
  for (const std::string& word : options.jobs) {
    (word.find('=') != std::string::npos && !is_file(word) ? overrides : paths).push_back(word);
  }
  // With --array the shell's list of files goes on where the job and its overrides stand.
  for (std::size_t n = 0; !options.jobs.empty() && n < overrides.size();) {
    if (!is_file(overrides[n])) {
      ++n;
      continue;
    }
    paths.push_back(overrides[n]);
    overrides.erase(overrides.begin() + static_cast<std::ptrdiff_t>(n));
  }
  if (paths.empty())
    throw Error(ExitCode::usage, "a job file is needed", "tessera submit job.toml -t 2:00:00");
  const auto combinations = combinations_of(options.sweep);
  constexpr std::size_t most = 10000;
  if (paths.size() > most / combinations.size()) {
    throw Error(ExitCode::usage, fmt::format("these are more than {} runs", most), "submit them in parts");
  }

  std::vector<Planned> all;
  std::set<std::string> labels;
  for (const std::string& path : paths) {
    for (const auto& combination : combinations) {
      Planned one;
      one.request = options.job;
      one.request.path = path;
      one.request.overrides = overrides;
      one.request.overrides.insert(one.request.overrides.end(), combination.begin(), combination.end());
      LoadedJob loaded = load_job(one.request);
      loaded.solver.configure(loaded.job);
      one.text = loaded.job.text;
      one.wanted = wanted_of(loaded.job, loaded.solver.schema());
      one.name = loaded.job.name;
      one.parent = loaded.job.output.directory;
      const std::string label = label_of(path, paths.size() > 1, combination);
      one.label = label;
      for (int n = 2; !labels.insert(one.label).second; ++n) one.label = fmt::format("{}-{}", label, n);
      all.push_back(std::move(one));
    }
  }
  return all;
}

/// Seconds that checkpoints took in an earlier part of the run; negative: not known.
double checkpoint_seconds(const std::string& run_directory) {
  std::ifstream file{run_directory + "/run.json", std::ios::binary};
  if (!file) return -1.0;
  const nlohmann::json j = nlohmann::json::parse(file, nullptr, false);
  if (!j.is_object() || !j.contains("phases") || !j["phases"].is_array()) return -1.0;
  for (const nlohmann::json& phase : j["phases"]) {
    if (!phase.is_object() || !phase.contains("name") || phase["name"] != "checkpoint") continue;
    const auto seconds = phase.find("seconds_max");
    if (seconds != phase.end() && seconds->is_number()) return seconds->get<double>();
  }
  return -1.0;
}

/// Refuses a run directory in which somebody is at work or is about to be.
void check_free(const std::string& directory, const batch::Slurm& slurm) {
  if (base::FileLock::is_held(directory + "/supervisor.lock") ||
      base::FileLock::is_held(directory + "/run.lock")) {
    throw Error(ExitCode::cannot_create, fmt::format("a run is at work in `{}`", directory),
                "wait for it, or give another --run-dir");
  }
  const auto record = batch::BatchRecord::read(directory);
  if (!record) return;
  const auto jobs = slurm.queue({record->job_id});
  if (!jobs) return;
  for (const batch::QueuedJob& job : *jobs) {
    if (!job.is_active()) continue;
    throw Error(ExitCode::cannot_create,
                fmt::format("`{}` is queued already, as job {} ({})", directory, job.id, job.state),
                fmt::format("scancel {} ends that one first", job.id));
  }
}

/// Folders that this command has made, removed unless they are kept.
class FreshFolders {
 public:
  FreshFolders() = default;
  FreshFolders(const FreshFolders&) = delete;
  FreshFolders& operator=(const FreshFolders&) = delete;
  ~FreshFolders() {
    std::error_code ignored;
    for (const std::string& path : paths_) fs::remove_all(path, ignored);
  }
  void add(const std::string& path) { paths_.push_back(path); }
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

std::string made(const output::RunDirectory& directory) { return fs::canonical(directory.path()).string(); }

/// Makes the directory of a run, or takes over the one that is there.
std::string directory_of(const std::string& path, const Planned& planned, const batch::Slurm& slurm,
                         FreshFolders& fresh, bool& done) {
  if (!path.empty() && output::RunDirectory::is_run(path)) {
    const std::string directory = made(output::RunDirectory::existing(path));
    check_free(directory, slurm);
    done = is_done(directory, planned.request, planned.text, planned.wanted);
    return directory;
  }
  const std::string directory = made(path.empty() ? output::RunDirectory::create_named(planned.parent)
                                                  : output::RunDirectory::create_at(path));
  fresh.add(directory);
  // By both `tessera launch` knows that it is a run, even if nobody hears how sbatch answers.
  output::write_whole_file(directory + "/job.toml", planned.text);
  static_cast<void>(RunIdentity::of(directory));
  return directory;
}

/// The folder of the runs of an array: a new one, or that of an earlier array.
std::string group_of(const SubmitOptions& options, const Planned& first, FreshFolders& fresh) {
  if (!options.run_directory.empty() && is_file(options.run_directory + "/submit.sh")) {
    return fs::canonical(options.run_directory).string();
  }
  const std::string path =
      made(options.run_directory.empty() ? output::RunDirectory::create_named(first.parent)
                                         : output::RunDirectory::create_at(options.run_directory));
  fresh.add(path);
  return path;
}

std::vector<std::string> launch_arguments(const Planned& planned) {
  std::vector<std::string> words{absolute(planned.request.path)};
  words.insert(words.end(), planned.request.overrides.begin(), planned.request.overrides.end());
  for (const std::string& folder : planned.request.plugin_folders)
    words.insert(words.end(), {"--plugin-path", absolute(folder)});
  return words;
}

batch::BatchRequest request_of(const SubmitOptions& options, const std::vector<Planned>& planned) {
  batch::BatchRequest request;
  request.name = planned.front().name;
  request.program = fs::read_symlink("/proc/self/exe").string();
  request.nodes = options.nodes;
  request.tasks_per_node = options.tasks_per_node;
  request.limit = limit_of(options.limit);
  request.lead = batch::lead_for(request.limit, -1.0);
  request.partition = options.partition;
  request.launcher = options.launcher;
  request.max_requeues = options.max_requeues;
  request.chain = options.chain;
  request.sbatch_arguments = options.sbatch_arguments;
  return request;
}

/// The script as it would be; a run without a name of its own gets NAME.
int show(batch::BatchRequest request, const SubmitOptions& options, const std::vector<Planned>& planned) {
  const std::string top =
      absolute(options.run_directory.empty() ? planned.front().parent + "/NAME" : options.run_directory);
  for (const Planned& one : planned)
    request.runs.push_back({planned.size() > 1 ? top + "/" + one.label : top, launch_arguments(one)});
  request.script = top + "/submit.sh";
  request.logs = top + "/logs";
  request.lead = batch::lead_for(request.limit, checkpoint_seconds(request.runs.front().directory));
  const std::string text = batch::batch_script(request);
  if (!options.json) {
    fmt::print("{}", text);
    return 0;
  }
  nlohmann::json out{{"dry_run", true}, {"script", text}, {"runs", nlohmann::json::array()}};
  for (const batch::BatchRun& run : request.runs) out["runs"].push_back(run.directory);
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

void print(const SubmitOptions& options, const batch::BatchRecord& record, const batch::BatchRequest& request,
           const std::string& top) {
  if (options.json) {
    nlohmann::json out = nlohmann::json::parse(record.json());
    out["directory"] = top;
    out["runs"] = nlohmann::json::array();
    for (const batch::BatchRun& run : request.runs) out["runs"].push_back(run.directory);
    std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return;
  }
  const bool array = request.runs.size() > 1;
  const std::int64_t ranks = std::int64_t{request.nodes} * request.tasks_per_node;
  fmt::print("job {}   {}{}: {} rank{} on {} node{}, {} at a time until done\n", record.job_id,
             base::printable(request.name, 60), array ? fmt::format(", {} runs", request.runs.size()) : "",
             ranks, ranks == 1 ? "" : "s", request.nodes, request.nodes == 1 ? "" : "s",
             batch::format_time_limit(request.limit));
  fmt::print("{}      {}\n\n", array ? "runs" : "run ", top);
  const std::string log =
      array ? fmt::format("slurm-{}_*.out", record.job_id) : fmt::format("slurm-{}.out", record.job_id);
  fmt::print("  tessera status {}\n  tail -F {}/{}\n  scancel {}    ends it for good, with a checkpoint\n",
             batch::shell_word(top), batch::shell_word(request.logs), log, record.job_id);
}

}  // namespace

std::vector<std::vector<std::string>> combinations_of(const std::vector<std::string>& sweep) {
  std::vector<std::vector<std::string>> all(1);
  for (const std::string& text : sweep) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    const auto values =
        equals == std::string::npos ? std::vector<std::string>{""} : values_of(text.substr(equals + 1));
    if (key.empty() ||
        std::any_of(values.begin(), values.end(), [](const std::string& v) { return v.empty(); })) {
      throw Error(ExitCode::usage,
                  fmt::format("--sweep wants a key and its values, not `{}`", base::printable(text, 80)),
                  "write --sweep diffusivity=0.1,0.2,0.4");
    }
    const std::string prefix = key.find('.') == std::string::npos ? "parameters." : "";
    std::vector<std::vector<std::string>> more;
    for (const auto& before : all) {
      for (const std::string& value : values) {
        more.push_back(before);
        more.back().push_back(prefix + key + "=" + value);
      }
    }
    if (more.size() > 10000)
      throw Error(ExitCode::usage, "these are more than 10000 runs", "submit them in parts");
    all = std::move(more);
  }
  return all;
}

int submit(const SubmitOptions& options, const Console& console) {
  SubmitOptions checked = options;
  checked.job.colour = console.colour_error;
  batch::BatchRequest request;
  request.limit = limit_of(options.limit);  // before the longer check of the jobs
  const std::vector<Planned> planned = planned_of(checked);
  request = request_of(options, planned);
  if (options.dry_run) return show(std::move(request), options, planned);
  if (!batch::Slurm::available()) {
    throw Error(ExitCode::unavailable, "there is no Slurm here: `sbatch` is not in PATH",
                "log in to a node of the cluster, load its Slurm module, or use `tessera launch` without it");
  }

  const batch::Slurm slurm;
  FreshFolders fresh;
  const bool array = planned.size() > 1;
  const std::string group = array ? group_of(options, planned.front(), fresh) : "";
  bool all_done = true;
  double slowest = -1.0;
  for (const Planned& one : planned) {
    bool done = false;
    const std::string path = array ? group + "/" + one.label : options.run_directory;
    const std::string directory = directory_of(path, one, slurm, fresh, done);
    all_done = all_done && done;
    slowest = std::max(slowest, checkpoint_seconds(directory));
    request.runs.push_back({directory, launch_arguments(one)});
  }
  const std::string top = array ? group : request.runs.front().directory;
  if (all_done) {
    if (options.json) {
      std::puts(nlohmann::json{{"job_id", nullptr}, {"directory", top}, {"status", "done"}}.dump(2).c_str());
    } else {
      fmt::print("{} was done already: nothing was queued\n", top);
    }
    return 0;
  }
  request.script = top + "/submit.sh";
  request.logs = top + "/logs";
  request.lead = batch::lead_for(request.limit, slowest);
  std::error_code failed;
  fs::create_directories(request.logs, failed);
  if (failed)
    throw Error(ExitCode::cannot_create,
                fmt::format("cannot create `{}`: {}", request.logs, failed.message()));
  output::write_whole_file(request.script, batch::batch_script(request));
  for (const batch::BatchRun& run : request.runs) {
    for (const char* count : {"/requeues", "/fruitless"}) fs::remove(run.directory + count, failed);
  }

  batch::Submission submission;
  try {
    submission = slurm.submit(request.script);
  } catch (const batch::NoAnswer&) {
    fresh.keep();  // it may be queued
    throw;
  }
  fresh.keep();
  batch::BatchRecord record;
  record.job_id = submission.job_id;
  record.cluster = submission.cluster;
  record.script = request.script;
  record.nodes = request.nodes;
  record.tasks_per_node = request.tasks_per_node;
  record.limit = request.limit;
  record.partition = request.partition;
  record.submitted = supervisor::time_text();
  for (std::size_t n = 0; array && n < request.runs.size(); ++n) {
    batch::BatchRecord task = record;
    task.job_id = fmt::format("{}_{}", record.job_id, n);
    task.write(request.runs[n].directory);
  }
  record.write(top);
  print(options, record, request, top);
  return 0;
}

}  // namespace tessera::app

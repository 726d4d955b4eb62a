#include "command_line.h"
#include "shared_options.h"
#include "submitted_run.h"

#include "base/error.h"
#include "base/escape.h"
#include "base/print.h"
#include "base/text.h"
#include "batch/batch_script.h"
#include "batch/time_limit.h"
#include "host/durable_file.h"
#include "host/output_file.h"
#include "host/process.h"
#include "host/remove_tree.h"
#include "rundir/batch_record.h"
#include "rundir/supervision.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ExitCode;

batch::BatchRequest request_of(const SubmitOptions& options, const std::vector<SubmittedRun>& runs) {
  batch::BatchRequest request = options.batch;
  request.name = runs.front().job.header.name;
  request.program = host::program_path();
  request.limit = batch::parse_time_option(options.limit);
  request.lead = batch::lead_for(request.limit, -1.0);
  return request;
}

/// Makes `rollback` restore the file at `path`, which is about to be changed or removed. Anything but a
/// regular file is not restored.
void restore_later(const std::string& path, batch::Rollback& rollback) {
  constexpr std::uint64_t max_bytes = std::uint64_t{64} << 20;
  std::error_code ec;
  if (!fs::exists(fs::symlink_status(path, ec))) {
    rollback.add([path] { static_cast<void>(host::remove_tree(path)); });
    return;
  }
  try {
    rollback.add([path, old = host::read_small_file(path, max_bytes)] { host::write_whole_file(path, old); });
  } catch (const Error&) {
    // It is replaced without a copy.
  }
}

/// Writes the batch script, creates the folder for its logs, and resets the requeue counters of the runs.
void write_script(const batch::BatchRequest& request, batch::Rollback& rollback) {
  std::error_code ec;
  fs::create_directories(request.logs, ec);
  if (ec) {
    throw Error(ExitCode::cannot_create, fmt::format("cannot create `{}`: {}", request.logs, ec.message()));
  }
  restore_later(request.script, rollback);
  host::write_whole_file(request.script, batch::batch_script(request));
  for (const batch::BatchRun& run : request.runs) {
    for (const char* counter : {"/requeues", "/parts_without_checkpoint"}) {
      restore_later(run.directory + counter, rollback);
      fs::remove(run.directory + counter, ec);
    }
  }
}

/// Submits the script. Keeps all changes if the job has, or may have, been queued.
batch::Submission submit_script(const batch::Slurm& slurm, const std::string& script,
                                batch::Rollback& rollback) {
  try {
    batch::Submission submission = slurm.submit(script);
    rollback.keep();
    return submission;
  } catch (const batch::NoJobId&) {
    rollback.keep();
    throw;
  }
}

rundir::BatchRecord record_of(const batch::BatchRequest& request, const batch::Submission& submission) {
  return {.job_id = submission.job_id,
          .cluster = submission.cluster,
          .script = request.script,
          .nodes = request.nodes,
          .tasks_per_node = request.tasks_per_node,
          .limit = request.limit,
          .partition = request.partition,
          .submit_time = rundir::current_time_text()};
}

/// Writes batch.json for each run and, for an array, for the folder of the runs.
void write_records(const rundir::BatchRecord& record, const batch::BatchRequest& request,
                   const std::string& top) {
  const bool array = request.runs.size() > 1;
  for (std::size_t n = 0; array && n < request.runs.size(); ++n) {
    rundir::BatchRecord task = record;
    task.job_id = fmt::format("{}_{}", record.job_id, n);
    task.write(request.runs[n].directory);
  }
  record.write(top);
}

/// Prints the batch script that would be submitted, with NAME in place of the generated name of a new run
/// directory.
void print_dry_run(batch::BatchRequest request, const SubmitOptions& options,
                   const std::vector<SubmittedRun>& runs) {
  const std::string folder = options.run_directory.empty()
                                 ? runs.front().job.header.output_directory + "/NAME"
                                 : options.run_directory;
  const std::string top = fs::absolute(folder).lexically_normal().string();
  for (const SubmittedRun& run : runs)
    request.runs.push_back({runs.size() > 1 ? top + "/" + run.label : top, launch_arguments(run, options)});
  request.script = top + "/submit.sh";
  request.logs = top + "/logs";
  request.lead = batch::lead_for(request.limit, checkpoint_seconds(request.runs.front().directory));
  const std::string text = batch::batch_script(request);
  if (!options.json) {
    base::print_verbatim(stdout, text);
    return;
  }
  nlohmann::json out{{"dry_run", true}, {"script", text}, {"runs", nlohmann::json::array()}};
  for (const batch::BatchRun& run : request.runs) out["runs"].push_back(run.directory);
  print_json(out);
}

/// Prints the submitted job. `top`: the run directory, or the folder for the runs of an array.
void print_submitted(const SubmitOptions& options, const rundir::BatchRecord& record,
                     const batch::BatchRequest& request, const std::string& top) {
  if (options.json) {
    nlohmann::json out = nlohmann::json::parse(record.json());
    out["directory"] = top;
    out["runs"] = nlohmann::json::array();
    for (const batch::BatchRun& run : request.runs) out["runs"].push_back(run.directory);
    print_json(out);
    return;
  }
  const bool array = request.runs.size() > 1;
  const std::int64_t ranks = std::int64_t{request.nodes} * request.tasks_per_node;
  base::print("job {}   {}{}: {} rank{} on {} node{}, {} at a time until done\n", record.job_id,
              base::printable(request.name, 60), array ? fmt::format(", {} runs", request.runs.size()) : "",
              ranks, ranks == 1 ? "" : "s", request.nodes, request.nodes == 1 ? "" : "s",
              batch::format_time_limit(request.limit));
  base::print("{}      {}\n\n", array ? "runs" : "run ", top);
  const std::string log =
      array ? fmt::format("slurm-{}_*.out", record.job_id) : fmt::format("slurm-{}.out", record.job_id);
  base::print("  tessera status {}\n  tail -F {}/{}\n  scancel {}    stop it for good, with a checkpoint\n",
              base::shell_word(top), base::shell_word(request.logs), log, record.job_id);
}

void print_done(const SubmitOptions& options, const std::string& top) {
  if (options.json) {
    print_json({{"job_id", nullptr}, {"directory", top}, {"status", "done"}});
  } else {
    base::print("{} is already done: nothing was submitted\n", top);
  }
}

int submit(SubmitOptions& options, const Invocation& invocation) {
  options.job.colour = invocation.console.colour_error;
  options.batch.sbatch_arguments = invocation.forwarded;
  static_cast<void>(accepted_changes(options.accept));
  static_cast<void>(batch::parse_time_option(options.limit));  // fails earlier than the check of the jobs
  const std::vector<SubmittedRun> runs = submitted_runs(options);
  batch::BatchRequest request = request_of(options, runs);
  if (options.dry_run) {
    print_dry_run(std::move(request), options, runs);
    return 0;
  }
  if (!batch::Slurm::available()) {
    throw Error(ExitCode::unavailable, "Slurm is not available: `sbatch` is not in PATH",
                "log in to a node of the cluster, load its Slurm module, or use `tessera launch` instead");
  }
  const batch::Slurm slurm;
  batch::Rollback rollback;
  const bool array = runs.size() > 1;
  const std::string group = array ? prepare_array_folder(options, runs.front(), rollback) : "";
  bool all_done = true;
  double max_checkpoint_seconds = -1.0;
  for (const SubmittedRun& run : runs) {
    const std::string path = array ? group + "/" + run.label : options.run_directory;
    const SubmittedDirectory directory = prepare_directory(path, run, options, slurm, rollback);
    all_done = all_done && directory.done;
    max_checkpoint_seconds = std::max(max_checkpoint_seconds, checkpoint_seconds(directory.path));
    request.runs.push_back({directory.path, launch_arguments(run, options)});
  }
  const std::string top = array ? group : request.runs.front().directory;
  if (all_done) {
    print_done(options, top);
    return 0;
  }
  request.script = top + "/submit.sh";
  request.logs = top + "/logs";
  request.lead = batch::lead_for(request.limit, max_checkpoint_seconds);
  write_script(request, rollback);
  const rundir::BatchRecord record = record_of(request, submit_script(slurm, request.script, rollback));
  write_records(record, request, top);
  print_submitted(options, record, request, top);
  return 0;
}

}  // namespace

void add_submit(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("submit", "submit a job to Slurm, and resubmit it until it is done", submit);
  command_line.allow_forwarding("submit");
  command.footer(
      "Examples:\n  tessera submit job.toml -N 4 --ntasks-per-node 64 -t 2:00:00\n"
      "  tessera submit job.toml -N 1 -t 30 --dry-run              print the batch script\n"
      "  tessera submit job.toml -t 2:00:00 --sweep diffusivity=0.1,0.2,0.4\n"
      "  tessera submit --array jobs/*.toml -N 2 -t 8:00:00 -- --account=ocean\n"
      "See docs/slurm.md for details.");
  command.add_option("job", options.job.path, "job file (TOML)");
  command.add_option("overrides", options.job.overrides,
                     "overrides of values in the job, such as time.end='1 h'");
  add_plugin_path_option(command, options.job.plugin_folders);
  command.add_option("-N,--nodes", options.batch.nodes, "number of nodes (default: 1)")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--ntasks-per-node", options.batch.tasks_per_node, "ranks per node (default: 1)")
      ->check(CLI::Range(1, 100'000));
  command.add_option("-t,--time", options.limit,
                     "time limit of each part, in Slurm's format (2:00:00) or as \"1 h 30 min\"");
  command.add_option("--partition", options.batch.partition, "partition of the cluster");
  command.add_option("--run-dir", options.run_directory,
                     "folder for the results; an existing run of the same job is resumed");
  command
      .add_option("--max-requeues", options.batch.max_requeues,
                  "give up after this many requeues (default: 100)")
      ->check(CLI::Range(0, 1'000'000));
  command.add_flag("--chain", options.batch.chain,
                   "submit a new job for each part, for sites that do not allow requeueing");
  command
      .add_option("--launcher", options.batch.launcher,
                  "program that starts the ranks: mpirun (default) or srun")
      ->check(CLI::IsMember({"mpirun", "srun"}));
  command.add_option("--array", options.jobs, "job files; each becomes one run of a job array");
  command
      .add_option("--sweep", options.sweep, "one run per value, such as diffusivity=0.1,0.2; may be repeated")
      ->allow_extra_args(false);
  add_accept_option(command, options.accept);
  command.add_flag("--dry-run", options.dry_run, "print the batch script without submitting it");
  command.add_flag("--json", options.json, "print JSON");
  command_line.add_colour_option(command);
}

}  // namespace tessera::app

#include "command_line.h"
#include "shared_options.h"

#include "grid/kind/grid_kind.h"
#include "run/run.h"

namespace tessera::app {

namespace {

struct Options {
  run::Options run;
  std::string resume = "never";
  std::string deadline;
  std::vector<std::string> accept;
};

int run_job(Options& options, const Invocation& invocation) {
  run::Options& run_options = options.run;
  run_options.job.colour = invocation.console.colour_error;
  run_options.resume = options.resume == "never"  ? run::Resume::never
                       : options.resume == "auto" ? run::Resume::automatic
                                                  : run::Resume::from_checkpoint;
  if (run_options.resume == run::Resume::from_checkpoint) run_options.resume_from = options.resume;
  run_options.accept = accepted_changes(options.accept);
  const bool names_run = run_options.resume == run::Resume::automatic && !run_options.run_directory.empty();
  select_job(run_options.job, names_run ? run_options.run_directory : run_options.resume_from,
             "tessera run job.toml");
  run_options.deadline = parse_seconds("--deadline", options.deadline);
  check_faults(run_options.inject);  // before MPI starts
  return run::run(run_options, grid::GridKind{}, invocation.console, invocation.argc, invocation.argv);
}

}  // namespace

void add_run(CommandLine& command_line) {
  const auto [command, options] = command_line.add("run", "run a job, alone or under mpirun", run_job);
  run::Options& run = options.run;
  command.footer(
      "Examples:\n  tessera run job.toml\n  mpirun -n 8 tessera run job.toml 'time.end=2 h'\n"
      "  tessera run job.toml --run-dir out --overwrite\n"
      "  tessera run --resume --run-dir out 'time.end=4 h'    resumes a run, or extends it");
  add_optional_job_arguments(command, run.job);
  command.add_option("--run-dir", run.run_directory,
                     "folder for the results (default: a new one below the job's output directory)");
  command.add_flag("--overwrite", run.overwrite, "replace the results of an earlier run in --run-dir");
  command.add_flag("--quiet", run.quiet, "print errors only");
  command.add_flag("--json", run.json, "print the report as JSON");
  command_line.add_colour_option(command);
  command
      .add_option("--resume", options.resume,
                  "start from the newest checkpoint (auto), the beginning (never), or the given checkpoint")
      ->option_text("[=auto|never|CHECKPOINT]");
  command_line.set_implied_value("--resume", "auto");
  add_accept_option(command, options.accept);
  command.add_flag("--from-start", run.from_start,
                   "with --resume: start from the beginning if no checkpoint is valid");
  command
      .add_option("--attempt", run.attempt,
                  "number of this attempt at the run; part of the names of its checkpoints")
      ->check(CLI::Range(1, 1'000'000'000));
  command.add_flag("--take-over", run.take_over,
                   "take the run's lock from an earlier attempt if its host cannot be reached");
  add_recovery_options(command, options.deadline, run.inject);
}

}  // namespace tessera::app

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
};

int run_with(Options& options, const Invocation& invocation) {
  run::Options& run_options = options.run;
  run_options.job.colour = invocation.console.colour_error;
  run_options.resume = options.resume == "never"  ? run::Resume::never
                       : options.resume == "auto" ? run::Resume::automatic
                                                  : run::Resume::from_checkpoint;
  if (run_options.resume == run::Resume::from_checkpoint) run_options.resume_from = options.resume;
  run_options.deadline = seconds_of("--deadline", options.deadline);
  check_faults(run_options.inject);  // before MPI starts
  return run::run(run_options, grid::GridKind{}, invocation.console, invocation.argc, invocation.argv);
}

}  // namespace

void add_run(CommandLine& line) {
  const auto [command, options] = line.add("run", "run a job, alone or under mpirun", run_with);
  run::Options& run = options.run;
  command.footer(
      "Examples:\n  tessera run job.toml\n  mpirun -n 8 tessera run job.toml 'time.end=2 h'\n"
      "  tessera run job.toml --run-dir out --overwrite");
  add_job(command, run.job);
  command.add_option("--run-dir", run.run_directory,
                     "folder for the results (a new one below the job's output directory)");
  command.add_flag("--overwrite", run.overwrite, "replace the results of an earlier run in --run-dir");
  command.add_flag("--quiet", run.quiet, "print errors only");
  command.add_flag("--json", run.json, "print the report as JSON");
  line.add_colour(command);
  command
      .add_option("--resume", options.resume,
                  "start from the newest checkpoint (auto), the beginning (never), or the given checkpoint")
      ->option_text("[=auto|never|CHECKPOINT]");
  line.set_implied_value("--resume", "auto");
  command.add_flag("--from-start", run.from_start,
                   "with --resume: start from the beginning if no checkpoint is valid");
  command
      .add_option("--attempt", run.attempt,
                  "number of this attempt at the run; part of the names of its checkpoints")
      ->check(CLI::Range(1, 1'000'000'000));
  command.add_flag("--take-over", run.take_over,
                   "take the run's lock from an earlier attempt if its host cannot be reached");
  add_recovery(command, options.deadline, run.inject);
}

}  // namespace tessera::app

#include "command_line.h"

#include <map>

namespace tessera::app {

void add_colour(CLI::App& command, ColourChoice& colour) {
  const std::map<std::string, ColourChoice> choices{
      {"auto", ColourChoice::automatic}, {"always", ColourChoice::always}, {"never", ColourChoice::never}};
  command.add_option("--color", colour, "colours: auto, always or never")
      ->transform(CLI::CheckedTransformer(choices, CLI::ignore_case))
      ->option_text("auto|always|never");
}

void add_plugin_path(CLI::App& command, std::vector<std::string>& folders) {
  command.add_option("--plugin-path", folders, "folder with solver plugins; may be repeated")
      ->allow_extra_args(false);
}

CLI::App& add_submit(CLI::App& cli, SubmitOptions& options) {
  CLI::App& command = *cli.add_subcommand("submit", "queue a job on Slurm that goes on until it is done");
  command.footer(
      "Examples:\n  tessera submit job.toml -N 4 --ntasks-per-node 64 -t 2:00:00\n"
      "  tessera submit job.toml -N 1 -t 30 --dry-run              see the batch script\n"
      "  tessera submit job.toml -t 2:00:00 --sweep diffusivity=0.1,0.2,0.4\n"
      "  tessera submit --array jobs/*.toml -N 2 -t 8:00:00 -- --account=ocean\n"
      "docs/slurm.md has more.");
  command.add_option("job", options.job.path, "job file (TOML)");
  command.add_option("overrides", options.job.overrides, "changes to the job, such as time.end='1 h'");
  add_plugin_path(command, options.job.plugin_folders);
  command.add_option("-N,--nodes", options.nodes, "number of nodes (1)")->check(CLI::Range(1, 1'000'000));
  command.add_option("--ntasks-per-node", options.tasks_per_node, "ranks on each node (1)")
      ->check(CLI::Range(1, 100'000));
  command.add_option("-t,--time", options.limit,
                     "time limit of each part, as Slurm writes it (2:00:00) or as \"1 h 30 min\"");
  command.add_option("--partition", options.partition, "partition of the cluster");
  command.add_option("--run-dir", options.run_directory,
                     "folder for the results; a run of the same job that is there goes on");
  command.add_option("--max-requeues", options.max_requeues, "parts after which to stop (100)")
      ->check(CLI::Range(0, 1'000'000));
  command.add_flag("--chain", options.chain, "a new job for each part, where requeueing is not allowed");
  command.add_option("--launcher", options.launcher, "what starts the ranks: mpirun or srun")
      ->check(CLI::IsMember({"mpirun", "srun"}));
  command.add_option("--array", options.jobs, "job files, each a run of one job array");
  command
      .add_option("--sweep", options.sweep, "a run for each value, as diffusivity=0.1,0.2; may be repeated")
      ->allow_extra_args(false);
  command.add_flag("--dry-run", options.dry_run, "print the batch script and change nothing");
  command.add_flag("--json", options.json, "print JSON");
  return command;
}

CLI::App& add_doctor(CLI::App& cli, DoctorOptions& options) {
  CLI::App& command =
      *cli.add_subcommand("doctor", "check what a run needs, here and on the hosts of a hostfile");
  command.footer(
      "Examples:\n  tessera doctor\n  tessera doctor --hostfile hosts --run-dir /shared/runs -n 64\n"
      "  tessera doctor --json | jq '.checks[] | select(.state == \"bad\")'\n\n"
      "Exit codes: 0 all is well, warnings or not; 1 something must be mended.");
  command.add_option("--hostfile", options.hostfile, "hosts and slots, as for mpirun: checks each of them");
  command.add_option("--run-dir", options.run_directory, "folder for the results (runs); need not exist");
  command.add_option("-n,--ranks", options.ranks, "number of ranks of the run")
      ->check(CLI::Range(1, 1'000'000));
  add_plugin_path(command, options.plugin_folders);
  command.add_flag("--json", options.json, "print JSON");
  return command;
}

}  // namespace tessera::app

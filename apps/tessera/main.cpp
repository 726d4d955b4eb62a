// The command line of Tessera.
#include "command_line.h"
#include "commands.h"

#include "base/error.h"
#include "base/exit_code.h"
#include "base/fail_points.h"
#include "base/text.h"
#include "job/suggest.h"
#include "job/units.h"
#include "launch.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

namespace {

using namespace tessera;

constexpr const char* exit_codes =
    "Exit codes (after sysexits): 0 done, 1 results differ (diff) or something must be mended (doctor),\n"
    "64 wrong command line, 65 bad data, 66 no input, 69 solver or launcher not there, 70 the solver or "
    "Tessera failed, 71 no memory,\n"
    "73 cannot create an output, 74 writing failed, 75 stopped with a checkpoint (run again with --resume),\n"
    "78 bad job file.";

constexpr const char* examples =
    "Examples:\n"
    "  tessera run apps/heat/jobs/hot-spot-3d.toml             one rank\n"
    "  mpirun -n 4 tessera run apps/heat/jobs/hot-spot-3d.toml four ranks, the same bits\n"
    "  tessera run job.toml 'time.end=1 h' domain.chunk=64     with changes\n"
    "  tessera launch -n 4 job.toml                            until it is done, whatever fails on the way\n"
    "  tessera submit job.toml -N 4 --ntasks-per-node 64 -t 2:00:00   on Slurm, until it is done\n"
    "  tessera doctor --hostfile hosts                         can runs start here, and on those hosts?\n"
    "  mpirun -n 2 tessera run job.toml --resume               from the newest checkpoint, on any ranks\n"
    "  tessera check job.toml                                  finds every mistake, starts nothing\n"
    "  tessera plan job.toml -n 4096                           cells, memory and halo bytes a rank\n"
    "  tessera describe shallow_water                          parameters, fields, diagnostics\n"
    "  tessera diff runs/one runs/two                          are the results the same?\n";

void add_job(CLI::App& command, app::JobRequest& job) {
  command.add_option("job", job.path, "job file (TOML)")->required();
  command.add_option("overrides", job.overrides, "changes to the job, such as time.end='1 h'");
  app::add_plugin_path(command, job.plugin_folders);
}

/// How a run may end early and go on.
void add_recovery(CLI::App& command, std::string& deadline, std::vector<std::string>& inject) {
  command.add_option("--deadline", deadline,
                     "stop with a checkpoint before so much time has passed, as \"1 h 50 min\"");
  command
      .add_option("--inject", inject,
                  "bring about a fault, as \"kill rank=1 step=40\"; docs/fault-tolerance.md has them all")
      ->allow_extra_args(false);
}

/// Seconds of a duration on the command line; 0 for none.
double seconds_of(const std::string& option, const std::string& text) {
  if (text.empty()) return 0.0;
  const auto parsed = job::parse_duration(text);
  const double* seconds = std::get_if<double>(&parsed);
  if (seconds != nullptr && *seconds > 0.0) return *seconds;
  throw base::Error(base::ExitCode::usage,
                    option + " wants a duration, not `" + base::printable(text, 40) + "`",
                    "write \"90 min\" or \"1 h 50 min\"");
}

/// The command line, and, apart from it, what `launch` hands on to mpirun, or `submit` to sbatch: what stands
/// behind `--`.
struct CommandLine {
  std::vector<std::string> words;
  std::vector<std::string> rest;
  bool submits = false;
};

/// An option's value is optional only after `=`, lest it takes the job's name for one.
CommandLine read_command_line(int argc, char** argv) {
  CommandLine line;
  const std::string_view command = argc > 1 ? argv[1] : "";
  line.submits = command == "submit";
  const bool hands_on = line.submits || command == "launch";
  int n = 1;
  for (; n < argc && !(hands_on && std::string_view{argv[n]} == "--"); ++n) {
    line.words.emplace_back(argv[n]);
    if (line.words.back() == "--resume") line.words.back() = "--resume=auto";
  }
  for (++n; n < argc; ++n) line.rest.emplace_back(argv[n]);
  return line;
}

/// What looks like a command and is none; empty when the first word is fine.
std::string unknown_command(const CLI::App& cli, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return {};
  std::vector<std::string> known;
  for (const CLI::App* command : cli.get_subcommands({})) {
    if (command->get_name() == argv[1]) return {};
    known.push_back(command->get_name());
  }
  const auto meant = job::suggest(argv[1], known);
  std::string text = "error: there is no command `" + base::printable(argv[1], 80) + "`";
  if (meant) text += ", did you mean `" + *meant + "`?";
  text += "\n  = tessera --help explains them:";
  for (const std::string& name : known) text += " " + name;
  return text;
}

int dispatch(int& argc, char**& argv, app::Console& console) {
  CLI::App cli{"Runs large computations on clusters through MPI."};
  cli.name("tessera");
  cli.footer(std::string(examples) + "\n" + exit_codes);
  cli.set_version_flag("--version", std::string("tessera ") + TESSERA_VERSION);
  cli.require_subcommand(1);
  cli.failure_message([](const CLI::App*, const CLI::Error& e) {
    return std::string("error: ") + e.what() +
           "\n  = tessera --help shows the commands, tessera COMMAND --help their options\n";
  });

  app::ColourChoice colour = app::ColourChoice::automatic;
  const auto add_colour = [&](CLI::App& command) { app::add_colour(command, colour); };

  app::RunOptions run;
  CLI::App& run_command = *cli.add_subcommand("run", "run a job, alone or under mpirun");
  run_command.footer(
      "Examples:\n  tessera run job.toml\n  mpirun -n 8 tessera run job.toml 'time.end=2 h'\n"
      "  tessera run job.toml --run-dir out --overwrite");
  add_job(run_command, run.job);
  run_command.add_option("--run-dir", run.run_directory,
                         "folder for the results (a new one below the job's output directory)");
  run_command.add_flag("--overwrite", run.overwrite, "replace the results of an earlier run in --run-dir");
  run_command.add_flag("--quiet", run.quiet, "print errors alone");
  run_command.add_flag("--json", run.json, "print the report as JSON");
  add_colour(run_command);
  std::string resume = "never";
  run_command
      .add_option(
          "--resume", resume,
          "go on from the newest checkpoint (auto), from the start (never), or from a given checkpoint")
      ->option_text("[=auto|never|CHECKPOINT]");
  run_command.add_flag("--from-start", run.from_start,
                       "with --resume: begin anew where no checkpoint is good");
  run_command
      .add_option("--attempt", run.attempt,
                  "number of this launch within the run, for its checkpoints' names")
      ->check(CLI::Range(1, 1'000'000'000));
  run_command.add_flag(
      "--take-over", run.take_over,
      "the run's lock may be taken from an earlier attempt on a host that cannot be reached");
  std::string deadline;
  add_recovery(run_command, deadline, run.inject);

  app::LaunchOptions launch;
  CLI::App& launch_command =
      *cli.add_subcommand("launch", "run a job under mpirun until it is done, whatever fails on the way");
  launch_command.footer(
      "Examples:\n  tessera launch -n 8 job.toml\n  tessera launch -n 64 --hostfile hosts job.toml -- "
      "--bind-to core\n"
      "  tessera launch -n 2 job.toml --inject \"kill rank=1 step=40\"    see it heal");
  add_job(launch_command, launch.job);
  launch_command
      .add_option("-n,--ranks", launch.ranks,
                  "number of ranks (all slots of the hostfile, all tasks of a job of Slurm, or 1)")
      ->check(CLI::Range(1, 1'000'000));
  launch_command.add_option("--hostfile", launch.hostfile,
                            "hosts and slots; those beyond the first that suffice are spares");
  launch_command.add_option("--launcher", launch.launcher, "what starts the ranks: mpirun or srun (mpirun)")
      ->check(CLI::IsMember({"mpirun", "srun"}));
  launch_command.add_option("--run-dir", launch.run_directory,
                            "folder for the results; a run of the same job that is there goes on");
  launch_command.add_option("--max-restarts", launch.max_restarts, "give up after so many")
      ->check(CLI::Range(0, 1'000'000));
  std::string hang_timeout;
  launch_command.add_option("--hang-timeout", hang_timeout,
                            "time without progress that counts as a hang (60 s)");
  std::string launch_deadline;
  add_recovery(launch_command, launch_deadline, launch.inject);
  launch_command.add_flag("--quiet", launch.quiet, "print errors alone");
  launch_command.add_flag("--json", launch.json, "print the story of the run as JSON");
  add_colour(launch_command);

  app::SubmitOptions submit;
  CLI::App& submit_command = app::add_submit(cli, submit);
  add_colour(submit_command);

  app::StatusOptions status;
  CLI::App& status_command = *cli.add_subcommand("status", "how far runs are, and what has befallen them");
  status_command.add_option("path", status.path, "a run directory, or a folder of runs (runs)");
  status_command.add_flag("--json", status.json, "print JSON");

  app::DoctorOptions doctor;
  CLI::App& doctor_command = app::add_doctor(cli, doctor);
  add_colour(doctor_command);

  app::JobRequest checked;
  bool json = false;
  CLI::App& check_command = *cli.add_subcommand("check", "check a job and start nothing");
  check_command.footer("Example:\n  tessera check job.toml && sbatch job.sh");
  add_job(check_command, checked);
  check_command.add_flag("--json", json, "print the problems as JSON");
  add_colour(check_command);

  app::PlanOptions plan;
  CLI::App& plan_command = *cli.add_subcommand("plan", "show how a job would be spread over ranks");
  plan_command.footer("Example:\n  tessera plan job.toml -n 100000 --json");
  add_job(plan_command, plan.job);
  plan_command.add_option("-n,--ranks", plan.ranks, "number of ranks")->check(CLI::Range(1, 100'000'000));
  plan_command.add_option("--partition", plan.partition, "rcb or sfc instead of the job's")
      ->check(CLI::IsMember({"rcb", "sfc"}));
  plan_command.add_flag("--json", plan.json, "print JSON");
  add_colour(plan_command);

  std::vector<std::string> folders;
  const auto add_folders = [&](CLI::App& command) {
    app::add_plugin_path(command, folders);
    command.add_flag("--json", json, "print JSON");
  };
  CLI::App& solvers_command = *cli.add_subcommand("solvers", "list the solvers that can be found");
  add_folders(solvers_command);

  std::string solver;
  CLI::App& describe_command = *cli.add_subcommand("describe", "show what a solver takes and gives");
  describe_command.add_option("solver", solver, "name or path of a solver")->required();
  add_folders(describe_command);

  std::string path;
  CLI::App& digest_command = *cli.add_subcommand("digest", "print the digests of a run's last fields");
  digest_command.add_option("path", path, "run directory or .h5 file")->required();
  digest_command.add_flag("--json", json, "print JSON");

  CLI::App& checkpoint_command = *cli.add_subcommand("checkpoint", "look at a run's checkpoints");
  checkpoint_command.require_subcommand(1);
  int keep = 3;
  const auto add_action = [&](const char* name, const char* help) {
    CLI::App& action = *checkpoint_command.add_subcommand(name, help);
    action.add_option("path", path, "run directory, or one checkpoint")->required();
    action.add_flag("--json", json, "print JSON");
    return &action;
  };
  CLI::App* const list_action = add_action("ls", "list them, the newest first");
  CLI::App* const verify_action =
      add_action("verify", "read them whole and compare all checksums; 65 when one is bad");
  CLI::App* const prune_action = add_action("prune", "remove all but the newest");
  prune_action->add_option("--keep", keep, "how many to keep (3)")->check(CLI::Range(1, 1'000'000));

  app::DiffOptions diff;
  CLI::App& diff_command = *cli.add_subcommand("diff", "compare the last fields of two runs");
  diff_command.footer("Exit code 0 when they are the same, 1 when they differ.");
  diff_command.add_option("first", diff.first, "run directory or .h5 file")->required();
  diff_command.add_option("second", diff.second, "run directory or .h5 file")->required();
  diff_command.add_option("--tolerance", diff.tolerance, "largest difference to let pass")
      ->check(CLI::NonNegativeNumber);
  diff_command.add_flag("--json", diff.json, "print JSON");

  if (const std::string problem = unknown_command(cli, argc, argv); !problem.empty()) {
    if (app::first_process()) app::print_error(console, problem);
    return static_cast<int>(base::ExitCode::usage);
  }
  try {
    CommandLine line = read_command_line(argc, argv);
    (line.submits ? submit.sbatch_arguments : launch.mpirun_arguments) = std::move(line.rest);
    std::reverse(line.words.begin(), line.words.end());  // CLI11 takes them from the back
    cli.parse(std::move(line.words));
  } catch (const CLI::ParseError& e) {
    // Under mpirun every rank gets here; one of them speaks.
    const bool success = e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (app::first_process()) cli.exit(e);
    if (success) return 0;
    return static_cast<int>(base::ExitCode::usage);
  }
  console = app::Console::detect(colour);
  run.job.colour = checked.colour = plan.job.colour = launch.job.colour = submit.job.colour =
      console.colour_error;

  if (run_command.parsed()) {
    run.resume = resume == "never"  ? app::Resume::never
                 : resume == "auto" ? app::Resume::automatic
                                    : app::Resume::from;
    if (run.resume == app::Resume::from) run.resume_from = resume;
    run.deadline = seconds_of("--deadline", deadline);
    static_cast<void>(base::FailPoints{run.inject, 1});  // complains before MPI starts
    return app::run(run, console, argc, argv);
  }
  if (launch_command.parsed()) {
    launch.deadline = seconds_of("--deadline", launch_deadline);
    if (!hang_timeout.empty()) launch.hang_timeout = seconds_of("--hang-timeout", hang_timeout);
    static_cast<void>(base::FailPoints{launch.inject, 1});
    return app::launch(launch, console);
  }
  if (submit_command.parsed()) return app::submit(submit, console);
  if (doctor_command.parsed()) return app::doctor(doctor, console);
  if (status_command.parsed()) return app::status(status);
  if (checkpoint_command.parsed()) {
    const auto action = list_action->parsed()     ? app::CheckpointAction::list
                        : verify_action->parsed() ? app::CheckpointAction::verify
                                                  : app::CheckpointAction::prune;
    return app::checkpoints(action, path, keep, json);
  }
  if (check_command.parsed()) return app::check(checked, json);
  if (plan_command.parsed()) return app::plan(plan);
  if (solvers_command.parsed()) return app::solvers(folders, json);
  if (describe_command.parsed()) return app::describe(solver, folders, json);
  if (digest_command.parsed()) return app::digest(path, json);
  return app::diff(diff);
}

}  // namespace

int main(int argc, char** argv) {
  app::Console console = app::Console::detect(app::ColourChoice::automatic);
  try {
    return dispatch(argc, argv, console);
  } catch (const base::Error& e) {
    if (app::first_process()) app::print_error(console, e.text());
    return static_cast<int>(e.code());
  } catch (const std::exception& e) {
    app::print_error(console,
                     std::string("error: Tessera failed: ") + e.what() + "\n  = please report this as a bug");
    return static_cast<int>(base::ExitCode::internal);
  }
}

#include "command_line.h"
#include "launch_setup.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/print.h"
#include "base/text.h"
#include "grid/kind/grid_kind.h"
#include "host/file_lock.h"
#include "host/hostfile.h"
#include "host/replacement_file.h"
#include "host/stop_signals.h"
#include "run/earlier_run.h"
#include "run/leftovers.h"
#include "run/plan.h"
#include "rundir/checkpoint_names.h"
#include "rundir/run_directory.h"
#include "rundir/supervision.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using rundir::Supervision;
using supervisor::Supervisor;
using MessageKind = Supervisor::MessageKind;

/// The symbol in front of a message on the terminal, and its colour.
std::array<const char*, 2> style_of(MessageKind kind) {
  switch (kind) {
    case MessageKind::fault:
      return {"✗", "\x1b[31m"};
    case MessageKind::restart:
      return {"↻", "\x1b[36m"};
    case MessageKind::done:
      return {"✓", "\x1b[32m"};
    case MessageKind::stopped:
      return {"⏸", "\x1b[33m"};
    case MessageKind::warning:
      break;
  }
  return {"warning:", "\x1b[33m"};
}

/// Prints a message of the supervisor on standard error, with a symbol for its kind.
void print_message(const Console& console, MessageKind kind, const std::string& text) {
  const auto [symbol, colour] = style_of(kind);
  const std::string shown = base::printable(text.starts_with("error: ") ? text.substr(7) : text,
                                            base::unlimited, base::Newlines::indented);
  // A rank that died may have left its progress line on the terminal.
  if (console.interactive) base::print(stderr, "\r\x1b[K");
  base::print(stderr, "{}{}{} {}\n", console.colour_error ? colour : "", symbol,
              console.colour_error ? "\x1b[0m" : "", base::Lines{shown});
}

/// The directory of the run, opened or created.
struct PreparedDirectory {
  rundir::RunDirectory directory;
  bool is_new_run = true;   ///< whether it contains no run yet
  bool was_created = true;  ///< whether this command created the directory
};

PreparedDirectory open_or_create_directory(const LaunchOptions& options, const work::CheckedJob& job) {
  using rundir::RunDirectory;
  const std::string& path = options.run_directory;
  if (path.empty()) return {RunDirectory::create_in(job.header.output_directory)};
  if (RunDirectory::is_run(path)) return {RunDirectory::open_existing(path), false, false};
  std::error_code ec;
  const bool was_created = !fs::exists(path, ec);
  return {RunDirectory::create_at(path, RunDirectory::Existing::refuse), true, was_created};
}

/// Removes the files that this command wrote for a run that could not be started.
void clean_up(const PreparedDirectory& prepared) {
  if (!prepared.is_new_run) return;
  std::error_code ec;
  for (const char* name : {"job.toml", "record.json", "supervisor.lock", "logs/launch.log", "logs"})
    fs::remove(prepared.directory.path() + "/" + name, ec);
  if (prepared.was_created)
    fs::remove(prepared.directory.path(), ec);  // fails if there is anything else in it
}

/// Reads the run history. If the file is damaged, moves it to logs/ and returns an empty history.
Supervision read_history(const rundir::RunDirectory& directory, const Supervisor::Report& report) {
  const std::string path = Supervision::path_in(directory.path());
  try {
    return Supervision::read(path).value_or(Supervision{});
  } catch (const base::Error& e) {
    const std::string aside = directory.create_folder("logs") + "/supervision.json.damaged";
    std::error_code ec;
    fs::rename(path, aside, ec);
    report(MessageKind::warning, fmt::format("{}\n  = it has been moved to `{}`", e.message(), aside));
    return {};
  }
}

/// Opens the log of the messages. If that fails, returns a log without a file, so that the run continues.
base::Log open_log(const rundir::RunDirectory& directory) {
  try {
    return base::Log{directory.create_folder("logs") + "/launch.log", "launch", base::LogLevel::info};
  } catch (const base::Error&) {
    return {};
  }
}

void print_history(const Supervision& history, const std::string& directory, int code,
                   const std::string& error_message) {
  nlohmann::json out = nlohmann::json::parse(history.json());
  out["directory"] = directory;
  out["exit_code"] = code;
  if (!error_message.empty()) out["diagnosis"] = error_message;
  print_json(out);
}

/// Throws base::Error (cannot_create) if ranks that no supervisor watches are running in the directory. Waits
/// briefly for killed processes to release their lock.
void refuse_if_active(const std::string& directory) {
  const std::string lock = directory + "/run.lock";
  static_cast<void>(host::FileLock::wait_until_free(lock, 3.0));
  // Fails, with a message that names the owner, if the lock is held.
  static_cast<void>(host::FileLock::acquire(lock, "run"));
}

/// Checks the job file or, if none was given, the job in the record of the run.
work::CheckedJob checked_job(LaunchOptions& options, const work::CheckOptions& checks) {
  const grid::GridKind kind;
  select_job(options.job, options.run_directory, "tessera launch -n 8 job.toml");
  return options.job.path.empty() ? run::check_job_of_run(kind, options.job, options.run_directory, checks)
                                  : run::check_job(kind, options.job, checks);
}

int launch(LaunchOptions& options, const Invocation& invocation) {
  const Console& console = invocation.console;
  options.job.colour = console.colour_error;
  Supervisor::Options& settings = options.supervisor_settings;
  settings.plan.launcher_arguments = invocation.forwarded;
  if (!options.deadline.empty()) settings.deadline = parse_seconds("--deadline", options.deadline);
  if (!options.hang_timeout.empty())
    settings.hang_seconds = parse_seconds("--hang-timeout", options.hang_timeout);
  if (!options.max_wait.empty()) settings.max_wait_seconds = parse_seconds("--max-wait", options.max_wait);
  check_faults(options.inject);
  work::CheckOptions checks;
  checks.resumes = !options.run_directory.empty() && !rundir::list_checkpoints(options.run_directory).empty();
  const checkpoint::AcceptedChanges accepted = accepted_changes(options.accept);
  const work::CheckedJob job = run::with_builds(checked_job(options, checks));
  if (!settings.plan.hostfile.empty() && options.launcher == "srun") {
    throw base::Error(base::ExitCode::usage, "srun gets its hosts from Slurm, not from a hostfile",
                      "omit --hostfile, or use --launcher mpirun");
  }
  // Reports a faulty hostfile before anything is created.
  if (!settings.plan.hostfile.empty()) static_cast<void>(host::read_hostfile(settings.plan.hostfile));
  const PreparedDirectory prepared = open_or_create_directory(options, job);
  const rundir::RunDirectory& directory = prepared.directory;
  const std::string path = fs::canonical(directory.path()).string();
  std::optional<host::FileLock> lock = host::FileLock::acquire(path + "/supervisor.lock", "supervisor");
  host::remove_temporary_files(path, {"supervision.json"});
  base::Log log = open_log(directory);
  const Supervisor::Report report = [&](MessageKind kind, const std::string& text) {
    (kind == MessageKind::fault || kind == MessageKind::warning) ? log.warning(text) : log.info(text);
    if (!settings.plan.quiet) print_message(console, kind, text);
  };
  // Kept until the end, because a signal after the end of the run must not kill its supervisor.
  const host::StopSignals signals{host::StopSignals::Role::supervisor};
  Supervision history = read_history(directory, report);
  if (prepared.is_new_run) {
    run::new_record(job).write(path);  // marks the folder as a run
  } else if (run::is_done(grid::GridKind{}, path, job, accepted)) {
    run::remove_leftovers_if_inactive(path);
    report(MessageKind::done, fmt::format("{} is already done", path));
    if (options.json) print_history(history, path, 0, "");
    return 0;
  } else {
    // Processes that an earlier supervisor left behind may still hold the run's lock.
    if (const std::string orphans = supervisor::kill_orphans(path); !orphans.empty())
      report(MessageKind::warning, orphans);
    refuse_if_active(path);
  }
  try {
    settings = supervisor_options(options, console, path, !history.attempts.empty(), report);
  } catch (const base::Error&) {
    log = {};
    lock.reset();  // some network file systems cannot remove open files
    clean_up(prepared);
    throw;
  }
  if (!prepared.is_new_run) run::replace_recorded_job(path, job);
  if (!settings.plan.quiet) base::print(stderr, "run {}\n", path);
  Supervisor run_supervisor{std::move(settings), std::move(history), report};
  const int code = run_supervisor.run();
  if (!run_supervisor.error_message().empty()) {
    print_error(console,
                base::printable(run_supervisor.error_message(), base::unlimited, base::Newlines::indented));
  }
  if (options.json) print_history(run_supervisor.history(), path, code, run_supervisor.error_message());
  return code;
}

}  // namespace

void add_launch(CommandLine& command_line) {
  const auto [command, options] = command_line.add(
      "launch", "run a job under mpirun until it is done, restarting after failures", launch);
  command_line.allow_forwarding("launch");
  command.footer(
      "Examples:\n  tessera launch -n 8 job.toml\n  tessera launch -n 64 --hostfile hosts job.toml -- "
      "--bind-to core\n"
      "  tessera launch -n 2 job.toml --inject \"kill rank=1 step=40\"    watch it recover");
  add_optional_job_arguments(command, options.job);
  command
      .add_option("-n,--ranks", options.ranks,
                  "number of ranks (default: all slots of the hostfile, all tasks of the Slurm job, or 1)")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--hostfile", options.supervisor_settings.plan.hostfile,
                     "hosts and slots; hosts beyond those needed are spares");
  command
      .add_option("--launcher", options.launcher, "program that starts the ranks: mpirun (default) or srun")
      ->check(CLI::IsMember({"mpirun", "srun"}));
  command.add_option("--run-dir", options.run_directory,
                     "folder for the results; an existing run of the same job is resumed");
  command
      .add_option("--max-restarts", options.supervisor_settings.max_restarts,
                  "give up after this many restarts (default: 20)")
      ->check(CLI::Range(0, 1'000'000));
  command.add_option("--hang-timeout", options.hang_timeout,
                     "time without progress that counts as a hang (default: 60 s)");
  command.add_option(
      "--max-wait", options.max_wait,
      "how long to wait until a run can continue whose disk is full, for example (default: 1 h)");
  add_accept_option(command, options.accept);
  add_recovery_options(command, options.deadline, options.inject);
  command.add_flag("--quiet", options.supervisor_settings.plan.quiet, "print errors only");
  command.add_flag("--json", options.json, "print the run history as JSON");
  command_line.add_colour_option(command);
}

}  // namespace tessera::app

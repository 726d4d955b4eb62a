#include "command_line.h"
#include "launch_setup.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/print.h"
#include "grid/kind/grid_kind.h"
#include "host/file_lock.h"
#include "host/stop_signals.h"
#include "run/place.h"
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
  const std::string shown = text.starts_with("error: ") ? text.substr(7) : text;
  // A rank that died may have left its progress line on the terminal.
  if (console.interactive) base::print(stderr, "\r\x1b[K");
  base::print(stderr, "{}{}{} {}\n", console.colour_error ? colour : "", symbol,
              console.colour_error ? "\x1b[0m" : "", shown);
}

/// The run directory.
struct Place {
  rundir::RunDirectory directory;
  bool is_new_run = true;         ///< whether it contains no run yet
  bool directory_created = true;  ///< whether this command created the directory
};

Place place_of(const LaunchOptions& options, const work::CheckedJob& job) {
  using rundir::RunDirectory;
  const std::string& path = options.run_directory;
  if (path.empty()) return {RunDirectory::create_named(job.header.output_directory)};
  if (RunDirectory::is_run(path)) return {RunDirectory::open_existing(path), false, false};
  std::error_code ec;
  const bool directory_created = !fs::exists(path, ec);
  return {RunDirectory::create_at(path, RunDirectory::Existing::refuse), true, directory_created};
}

/// Removes the files that this command wrote for a run that could not be started.
void clean_up(const Place& place) {
  if (!place.is_new_run) return;
  std::error_code ec;
  for (const char* name : {"job.toml", "record.json", "supervisor.lock", "logs/launch.log", "logs"})
    fs::remove(place.directory.path() + "/" + name, ec);
  if (place.directory_created)
    fs::remove(place.directory.path(), ec);  // fails if there is anything else in it
}

/// Reads the run history. A damaged file is set aside.
Supervision history_of(const rundir::RunDirectory& directory, const Supervisor::Report& report) {
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

/// The log of the messages. If its file cannot be opened, the log has no file, and the run continues.
base::Log open_log(const rundir::RunDirectory& directory) {
  try {
    return base::Log{directory.create_folder("logs") + "/launch.log", "launch", base::LogLevel::info};
  } catch (const base::Error&) {
    return {};
  }
}

void print_history(const Supervision& history, const std::string& directory, int code,
                   const std::string& diagnosis) {
  nlohmann::json out = nlohmann::json::parse(history.json());
  out["directory"] = directory;
  out["exit_code"] = code;
  if (!diagnosis.empty()) out["diagnosis"] = diagnosis;
  print_json(out);
}

int launch(LaunchOptions& options, const Invocation& invocation) {
  const Console& console = invocation.console;
  options.job.colour = console.colour_error;
  Supervisor::Options& settings = options.supervisor_settings;
  settings.plan.launcher_arguments = invocation.forwarded;
  if (!options.deadline.empty()) settings.deadline = seconds_of("--deadline", options.deadline);
  if (!options.hang_timeout.empty())
    settings.hang_seconds = seconds_of("--hang-timeout", options.hang_timeout);
  check_faults(options.inject);
  work::CheckOptions checks;
  checks.resumes = !options.run_directory.empty() && !rundir::list_checkpoints(options.run_directory).empty();
  const work::CheckedJob job = run::check_job(grid::GridKind{}, options.job, checks);
  if (!settings.plan.hostfile.empty() && options.launcher == "srun") {
    throw base::Error(base::ExitCode::usage, "srun takes its hosts from Slurm, not from a hostfile",
                      "leave --hostfile out, or start with mpirun");
  }
  const Place place = place_of(options, job);
  const rundir::RunDirectory& directory = place.directory;
  const std::string path = fs::canonical(directory.path()).string();
  std::optional<host::FileLock> lock = host::FileLock::acquire(path + "/supervisor.lock", "supervisor");
  base::Log log = open_log(directory);
  const Supervisor::Report report = [&](MessageKind kind, const std::string& text) {
    (kind == MessageKind::fault || kind == MessageKind::warning) ? log.warning(text) : log.info(text);
    if (!settings.plan.quiet) print_message(console, kind, text);
  };
  // Kept until the end, because a signal after the end of the run must not kill its supervisor.
  const host::StopSignals signals{host::StopSignals::Role::supervisor};
  Supervision history = history_of(directory, report);
  if (place.is_new_run) {
    run::new_record(job).write(path);  // marks the folder as a run
  } else if (run::is_done(path, job.header.text, job.identity)) {
    report(MessageKind::done, fmt::format("{} is already done", path));
    if (options.json) print_history(history, path, 0, "");
    return 0;
  } else {
    // Processes that an earlier supervisor left behind may still hold the lock of the run.
    if (const std::string orphans = supervisor::kill_orphans(path); !orphans.empty())
      report(MessageKind::warning, orphans);
    run::adopt_job(path, job);
  }
  try {
    settings = supervisor_options(options, console, path, !history.attempts.empty(), report);
  } catch (const base::Error&) {
    log = {};
    lock.reset();  // some file servers cannot remove open files
    clean_up(place);
    throw;
  }
  if (!settings.plan.quiet) base::print(stderr, "run {}\n", path);
  Supervisor run_supervisor{std::move(settings), std::move(history), report};
  const int code = run_supervisor.run();
  if (!run_supervisor.diagnosis().empty()) print_error(console, run_supervisor.diagnosis());
  if (options.json) print_history(run_supervisor.history(), path, code, run_supervisor.diagnosis());
  return code;
}

}  // namespace

void add_launch(CommandLine& line) {
  const auto [command, options] =
      line.add("launch", "run a job under mpirun until it is done, restarting after failures", launch);
  line.allow_forwarding("launch");
  command.footer(
      "Examples:\n  tessera launch -n 8 job.toml\n  tessera launch -n 64 --hostfile hosts job.toml -- "
      "--bind-to core\n"
      "  tessera launch -n 2 job.toml --inject \"kill rank=1 step=40\"    see it recover");
  add_job(command, options.job);
  command
      .add_option("-n,--ranks", options.ranks,
                  "number of ranks (all slots of the hostfile, all tasks of the Slurm job, or 1)")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--hostfile", options.supervisor_settings.plan.hostfile,
                     "hosts and slots; hosts beyond those needed are spares");
  command.add_option("--launcher", options.launcher, "what starts the ranks: mpirun or srun (mpirun)")
      ->check(CLI::IsMember({"mpirun", "srun"}));
  command.add_option("--run-dir", options.run_directory,
                     "folder for the results; an existing run of the same job is resumed");
  command
      .add_option("--max-restarts", options.supervisor_settings.max_restarts,
                  "give up after this many restarts")
      ->check(CLI::Range(0, 1'000'000));
  command.add_option("--hang-timeout", options.hang_timeout,
                     "time without progress that counts as a hang (60 s)");
  add_recovery(command, options.deadline, options.inject);
  command.add_flag("--quiet", options.supervisor_settings.plan.quiet, "print errors only");
  command.add_flag("--json", options.json, "print the run history as JSON");
  line.add_colour(command);
}

}  // namespace tessera::app

#include "launch.h"

#include "base/command.h"
#include "base/error.h"
#include "base/file_lock.h"
#include "base/hostfile.h"
#include "base/log.h"
#include "checkpointing.h"
#include "diagnosis/launcher_version.h"
#include "diagnosis/mpi_checks.h"
#include "earlier_run.h"
#include "host_selection.h"
#include "output/output_file.h"
#include "output/run_directory.h"
#include "supervisor/stop_signals.h"
#include "supervisor/supervision.h"
#include "supervisor/supervisor.h"
#include "transport/environment.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using supervisor::Supervision;
using supervisor::Supervisor;
using Mark = Supervisor::Mark;

struct Look {
  const char* sign;
  const char* colour;
};

Look look_of(Mark mark) {
  switch (mark) {
    case Mark::fault:
      return {"✗", "\x1b[31m"};
    case Mark::again:
      return {"↻", "\x1b[36m"};
    case Mark::done:
      return {"✓", "\x1b[32m"};
    case Mark::stopped:
      return {"⏸", "\x1b[33m"};
    case Mark::warning:
      break;
  }
  return {"warning:", "\x1b[33m"};
}

void print_line(const Console& console, Mark mark, const std::string& text) {
  const Look look = look_of(mark);
  const std::string shown = text.starts_with("error: ") ? text.substr(7) : text;
  // A rank that died may have left its progress line there.
  if (console.terminal) fmt::print(stderr, "\r\x1b[K");
  fmt::print(stderr, "{}{}{} {}\n", console.colour_error ? look.colour : "", look.sign,
             console.colour_error ? "\x1b[0m" : "", shown);
}

/// The run directory, and whether it is new.
struct Place {
  output::RunDirectory directory;
  bool fresh = true;
  bool made = true;  ///< the folder itself, by this command
};

Place place_of(const LaunchOptions& options, const LoadedJob& loaded) {
  using output::RunDirectory;
  const std::string& path = options.run_directory;
  if (path.empty()) return {RunDirectory::create_named(loaded.job.output.directory)};
  if (RunDirectory::is_run(path)) return {RunDirectory::existing(path), false, false};
  std::error_code none;
  const bool made = !fs::exists(path, none);
  return {RunDirectory::create_at(path, RunDirectory::Existing::refuse), true, made};
}

/// A run that could not be started leaves nothing.
void take_back(const Place& place) {
  if (!place.fresh) return;
  std::error_code ignored;
  for (const char* name : {"job.toml", "supervisor.lock", "logs/launch.log", "logs"})
    fs::remove(place.directory.file(name), ignored);
  if (place.made) fs::remove(place.directory.path(), ignored);  // unless there is something else in it
}

/// How a launcher is to be called. Throws base::Error (unavailable) where there is none, or it is that of
/// another MPI than tessera's.
supervisor::LaunchPlan::Kind kind_of(const supervisor::LaunchPlan& plan) {
  const std::string& launcher = plan.launcher;
  using Kind = supervisor::LaunchPlan::Kind;
  const base::CommandResult told = base::run_command({launcher, "--version"}, 10.0);
  if (!told.found) {
    throw base::Error(base::ExitCode::unavailable, fmt::format("cannot start `{}`", launcher),
                      "is it installed and in PATH? TESSERA_MPIEXEC names another mpirun");
  }
  const std::string version = diagnosis::launcher_version(told.out);
  const std::string own = transport::Environment::library();
  const diagnosis::Mpi theirs = diagnosis::mpi_of(version);
  const diagnosis::Mpi ours = diagnosis::mpi_of(own);
  if (theirs != ours && theirs != diagnosis::Mpi::unknown && ours != diagnosis::Mpi::unknown) {
    throw base::Error(
        base::ExitCode::unavailable,
        fmt::format("`{}` is that of another MPI ({}): this tessera is built with {}", launcher, version,
                    own),
        "put the mpirun of that MPI first in PATH, name it in TESSERA_MPIEXEC, or use --launcher srun");
  }
  // A launcher that somebody has named may see to that itself.
  const bool allowed = std::getenv("TESSERA_MPIEXEC") != nullptr || diagnosis::root_may_start_mpi() ||
                       std::find(plan.launcher_arguments.begin(), plan.launcher_arguments.end(),
                                 "--allow-run-as-root") != plan.launcher_arguments.end();
  if (theirs == diagnosis::Mpi::open_mpi && !allowed) {
    throw base::Error(base::ExitCode::unavailable, "mpirun does not run as root unless it is told to",
                      diagnosis::advice_for_root);
  }
  return theirs == diagnosis::Mpi::mpich ? Kind::hydra : Kind::mpirun;
}

/// The story so far. A damaged one is kept aside.
Supervision story_of(const output::RunDirectory& directory, const Supervisor::Tell& tell) {
  const std::string path = Supervision::path_in(directory.path());
  try {
    return Supervision::read(path).value_or(Supervision{});
  } catch (const base::Error& e) {
    const std::string aside = directory.folder("logs") + "/supervision.json.damaged";
    std::error_code ignored;
    fs::rename(path, aside, ignored);
    tell(Mark::warning, fmt::format("{}\n  = it is now `{}`", e.message(), aside));
    return {};
  }
}

/// What is told of the run. It goes on without it as well.
base::Log log_in(const output::RunDirectory& directory) {
  try {
    return base::Log{directory.folder("logs") + "/launch.log", "launch", base::LogLevel::info};
  } catch (const base::Error&) {
    return {};
  }
}

/// As many as were asked for; else as many as the hostfile has slots or the job of Slurm has tasks.
int ranks_of(const LaunchOptions& options) {
  if (options.ranks > 0) return options.ranks;
  if (!options.hostfile.empty()) {
    int slots = 0;
    bool known = true;
    for (const base::HostEntry& h : base::read_hostfile(options.hostfile)) {
      slots += h.slots;
      known = known && h.slots_given;
    }
    if (known && slots > 0) return slots;
    throw base::Error(base::ExitCode::usage,
                      fmt::format("the hostfile `{}` does not say how many ranks to start", options.hostfile),
                      "give their number: -n 8; or each host's slots in the file: slots=4");
  }
  const char* tasks = std::getenv("SLURM_NTASKS");
  const int number = tasks == nullptr ? 0 : std::atoi(tasks);
  return std::max(1, number);
}

supervisor::LaunchPlan plan_of(const LaunchOptions& options, const Console& console,
                               const std::string& directory) {
  supervisor::LaunchPlan plan;
  if (options.launcher == "srun") {
    plan.kind = supervisor::LaunchPlan::Kind::srun;
    plan.launcher = "srun";
  } else if (const char* launcher = std::getenv("TESSERA_MPIEXEC");
             launcher != nullptr && *launcher != '\0') {
    plan.launcher = launcher;
  }
  plan.ranks = ranks_of(options);
  plan.hostfile = options.hostfile;
  plan.launcher_arguments = options.mpirun_arguments;
  plan.program = fs::read_symlink("/proc/self/exe").string();
  plan.directory = directory;
  plan.quiet = options.quiet;
  plan.output_to_error = options.json;
  std::vector<std::string>& run = plan.run_arguments;
  run.push_back(options.job.path);
  run.insert(run.end(), options.job.overrides.begin(), options.job.overrides.end());
  for (const std::string& folder : options.job.plugin_folders)
    run.insert(run.end(), {"--plugin-path", folder});
  for (const std::string& fault : options.inject) run.insert(run.end(), {"--inject", fault});
  // Where only one of the outputs has colours, the ranks find out for themselves.
  if (console.colour_out == console.colour_error) {
    run.insert(run.end(), {"--color", console.colour_error ? "always" : "never"});
  }
  return plan;
}

void print_json(const Supervision& story, const std::string& directory, int code,
                const std::string& diagnosis) {
  nlohmann::json out = nlohmann::json::parse(story.json());
  out["directory"] = directory;
  out["exit_code"] = code;
  if (!diagnosis.empty()) out["diagnosis"] = diagnosis;
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

int launch(const LaunchOptions& options, const Console& console) {
  LoadedJob loaded = load_job(options.job);
  loaded.solver.configure(loaded.job);
  if (!options.hostfile.empty() && options.launcher == "srun") {
    throw base::Error(base::ExitCode::usage, "srun takes its hosts from Slurm, not from a hostfile",
                      "leave --hostfile out, or start with mpirun");
  }
  const Place place = place_of(options, loaded);
  const output::RunDirectory& directory = place.directory;
  const std::string path = fs::canonical(directory.path()).string();
  std::optional<base::FileLock> lock = base::FileLock::acquire(path + "/supervisor.lock", "supervisor");
  base::Log log = log_in(directory);
  const Supervisor::Tell tell = [&](Mark mark, const std::string& text) {
    (mark == Mark::fault || mark == Mark::warning) ? log.warning(text) : log.info(text);
    if (!options.quiet) print_line(console, mark, text);
  };

  const supervisor::StopSignals
      until_the_end;  // what comes after the run's end is too late to kill its supervisor
  Supervision story = story_of(directory, tell);
  if (place.fresh) {
    output::write_whole_file(directory.file("job.toml"),
                             loaded.job.text);  // by which ranks know that it is a run
  } else if (is_done(path, options.job, loaded.job.text, wanted_of(loaded.job, loaded.solver.schema()))) {
    tell(Mark::done, fmt::format("{} was done already", path));
    if (options.json) print_json(story, path, 0, "");
    return 0;
  }
  Supervisor::Options supervised;
  try {
    supervised.plan = plan_of(options, console, path);
    if (supervised.plan.kind != supervisor::LaunchPlan::Kind::srun)
      supervised.plan.kind = kind_of(supervised.plan);
    if (!options.hostfile.empty()) {
      supervised.hosts =
          select_hosts(options.hostfile, supervised.plan.launcher, path, supervised.plan.ranks,
                       !story.attempts.empty(), [&](const std::string& text) { tell(Mark::warning, text); });
    }
  } catch (const base::Error&) {
    log = {};
    lock.reset();  // open files of a file server do not go
    take_back(place);
    throw;
  }
  if (!options.quiet) fmt::print(stderr, "run {}\n", path);
  supervised.max_restarts = options.max_restarts;
  if (options.hang_timeout > 0.0) supervised.hang_seconds = options.hang_timeout;
  if (options.deadline > 0.0) supervised.deadline = options.deadline;
  Supervisor keeper{std::move(supervised), std::move(story), tell};
  const int code = keeper.run();
  if (!keeper.diagnosis().empty()) print_error(console, keeper.diagnosis());
  if (options.json) print_json(keeper.story(), path, code, keeper.diagnosis());
  return code;
}

}  // namespace tessera::app

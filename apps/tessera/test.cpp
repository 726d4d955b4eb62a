#include "command_line.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "conformance/examination.h"
#include "conformance/failure.h"
#include "conformance/process_runner.h"
#include "conformance/sample_job.h"
#include "diagnosis/launcher_check.h"
#include "diagnosis/scratch_folder.h"
#include "grid/kind/grid_kind.h"
#include "host/command.h"
#include "host/process.h"
#include "host/stop_signals.h"
#include "plugin/library.h"
#include "transport/environment.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ExitCode;

struct Options {
  std::string plugin;
  std::string job;  ///< path; empty: use a sample job generated from the solver's declarations
  std::vector<int> ranks{1, 2, 3, 4};
  std::string timeout = "10 min";           ///< for each run
  std::vector<std::string> plugin_folders;  ///< searched first
  bool json = false;
};

/// The launcher with its options; empty if all runs have one rank.
std::vector<std::string> launcher_for(const std::vector<int>& ranks) {
  if (std::all_of(ranks.begin(), ranks.end(), [](int n) { return n == 1; })) return {};
  const std::string launcher = diagnosis::mpi_launcher();
  const diagnosis::MpiFamily mpi = diagnosis::check_launcher(launcher, {}, transport::Environment::library());
  if (mpi == diagnosis::MpiFamily::mpich) return {launcher};
  return {launcher, "--oversubscribe"};
}

/// The path of the job file to run: the user's, or that of a sample job, which is written to `folder`.
std::string job_file(const Options& options, const solver::SolverSchema& schema, const std::string& folder) {
  if (!options.job.empty()) return options.job;
  std::string path = folder + "/job.toml";
  std::ofstream file{path};
  file << conformance::sample_job(schema);
  if (!file.flush()) throw Error(ExitCode::io_error, fmt::format("cannot write `{}`", path));
  return path;
}

/// Returns `error`, the error of a run or check. If the job is a sample job, adds the advice to specify
/// another.
Error with_job_advice(const Options& options, const Error& error) {
  if (!options.job.empty()) return error;
  return Error::with_text(
      error.code(), error.text() +
                        "\n  = the sample job was generated from the solver's declarations: use --job to "
                        "specify a job that works");
}

/// Runs `tessera ARGUMENTS`, which calls functions of the solver, in a child process, because these functions
/// may end their process or never return. The command must print something on success. Returns the failure;
/// nullopt if there is none or the test was interrupted.
std::optional<conformance::Failure> try_in_child(std::vector<std::string> arguments, double seconds) {
  arguments.insert(arguments.begin(), host::program_path());
  const host::CommandResult result = host::run_command(arguments, seconds, host::StopSignals::stop_requested);
  if (result.stopped || (result.ok() && !result.out.empty())) return std::nullopt;
  conformance::Failure failure = conformance::failure_of(result, seconds);
  if (!failure.is_reported) failure.error = "a check of the solver failed: " + failure.error;
  // A solver may end the process with any code.
  if (failure.is_crash) failure.code = static_cast<int>(ExitCode::internal);
  return failure;
}

Error error_of(const conformance::Failure& failure) {
  return conformance::error_with_lines(static_cast<ExitCode>(failure.code), failure.error);
}

grid::JobSpec check_job(const Options& options, const std::string& job, const std::string& library,
                        const Console& console) {
  const run::JobRequest request{job, {"job.solver=" + library}, options.plugin_folders, console.colour_error};
  try {
    return grid::load(run::check_job(grid::GridKind{}, request)).spec;
  } catch (const Error& e) {
    throw with_job_advice(options, e);
  }
}

/// Names of the fields that a run computes.
std::vector<std::string> computed_fields(const solver::SolverSchema& schema) {
  std::vector<std::string> names;
  for (const solver::FieldSchema& f : schema.fields) {
    if (f.kind == solver::FieldKind::state || f.kind == solver::FieldKind::derived) names.push_back(f.name);
  }
  return names;
}

/// The overrides of all runs. No output ends a time tile early, and a stable time step that depends on the
/// fields is kept for all steps of the longest tile.
std::vector<std::string> overrides_for(const std::string& library, const solver::SolverSchema& schema,
                                       const grid::JobSpec& spec) {
  std::vector<std::string> all{"job.solver=" + library, "diagnostics.every=end", "health.every=end"};
  if (!spec.probes.empty()) all.push_back("probes.every=end");
  if (schema.local_dt && !spec.time.dt) {
    // With half the CFL number, the time step stays stable although it is kept for several steps.
    all.push_back(fmt::format("time.cfl_every={}", conformance::max_tile_steps));
    all.push_back(fmt::format("time.cfl={}", 0.5 * spec.time.cfl));
  }
  return all;
}

/// The parent of the folder for the results of the runs. All nodes must share it, so it is not the temporary
/// folder if there are several nodes.
std::string scratch_parent() {
  const char* nodes = std::getenv("SLURM_JOB_NUM_NODES");
  const bool multi_node = nodes != nullptr && std::string_view{nodes} != "1";
  std::error_code ec;
  const fs::path folder = multi_node ? fs::current_path(ec) : fs::temp_directory_path(ec);
  if (!ec) return folder.string();
  throw Error(ExitCode::cannot_create, "there is no folder for temporary files: " + ec.message(),
              "set TMPDIR to an existing folder");
}

int interrupted(const Console& console) {
  print_error(console, "error: the test was interrupted");
  return 128 + (host::StopSignals::interrupts() > 0 ? SIGINT : SIGTERM);
}

void print_report(const Options& options, const solver::SolverSchema& schema,
                  const conformance::Report& report, const Console& console) {
  if (options.json) {
    const std::string sample_job = options.job.empty() ? conformance::sample_job(schema) : std::string{};
    std::puts(conformance::json_of(report, schema.name, options.job, sample_job).c_str());
    std::fflush(stdout);
    return;
  }
  const std::string steps = report.steps == 0 ? "short runs" : fmt::format("{} steps", report.steps);
  base::print("{} {}, {} of {}\n", schema.name, schema.version, steps,
              options.job.empty() ? "a sample job" : options.job);
  base::print_verbatim(stdout, conformance::table_of(report, console.colour_out));
  std::fflush(stdout);
  if (report.error) print_error(console, report.error->text());
}

int test(Options& options, const Invocation& invocation) {
  refuse_mpirun("test");
  const double seconds = parse_seconds("--timeout", options.timeout);
  const auto path = plugin::SearchPath::standard(options.plugin_folders);
  if (options.plugin.ends_with(".toml")) {
    throw Error(ExitCode::usage,
                fmt::format("`{}` is a job, not a solver", base::printable(options.plugin, 200)),
                "tessera test SOLVER --job JOB.toml");
  }
  const std::string library =
      fs::absolute(plugin::find_library(options.plugin, ".", path)).lexically_normal().string();
  const std::vector<std::string> launcher = launcher_for(options.ranks);
  const host::StopSignals signals{host::StopSignals::Role::supervisor};
  if (const auto failure = try_in_child({"describe", library}, seconds)) throw error_of(*failure);
  if (host::StopSignals::stop_requested()) return interrupted(invocation.console);
  const solver::Solver solver{library};
  const solver::SolverSchema& schema = solver.schema();
  const diagnosis::ScratchFolder folder{scratch_parent(), "test"};
  const std::string job = job_file(options, schema, folder.path());
  std::vector<std::string> check{"check", job, "job.solver=" + library, "--color", "never"};
  for (const std::string& f : options.plugin_folders) check.insert(check.end(), {"--plugin-path", f});
  if (const auto failure = try_in_child(check, seconds)) {
    throw failure->is_crash ? error_of(*failure) : with_job_advice(options, error_of(*failure));
  }
  if (host::StopSignals::stop_requested()) return interrupted(invocation.console);
  const grid::JobSpec spec = check_job(options, job, library, invocation.console);
  const conformance::PlanInput input = conformance::input_of(spec, schema, options.ranks);
  const auto announce = [&](const conformance::Trial& trial) {
    if (!invocation.console.interactive) return;
    base::print(stderr, "{}{}\n", trial.guarded ? "guarded: " : "",
                conformance::text_of(trial.setting, input.dimensions));
  };
  const std::string shown_job = options.job.empty() ? "job.toml" : fs::absolute(job).string();
  conformance::ProcessRunner runner{{host::program_path(), launcher, job, shown_job,
                                     overrides_for(library, schema, spec), computed_fields(schema),
                                     input.dimensions, folder.path(), seconds, announce,
                                     host::StopSignals::stop_requested}};
  conformance::Report report = conformance::examine(conformance::plan_of(input), runner);
  if (host::StopSignals::stop_requested()) return interrupted(invocation.console);
  if (report.error && report.error->code() != ExitCode::check_failed && !report.is_crash)
    report.error = with_job_advice(options, *report.error);
  print_report(options, schema, report, invocation.console);
  return report.code();
}

}  // namespace

void add_test(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("test", "test whether a solver obeys the purity rules", test);
  command.footer(
      "Examples:\n  tessera test ./build/advection.so\n  tessera test heat --ranks 1,2,7\n"
      "  tessera test ./build/flow.so --job job.toml\n\n"
      "Runs a short job with a guard that detects forbidden memory accesses, then with different ranks,\n"
      "chunks, time tiles and transports, which must all give bit-identical results, then with a restart\n"
      "halfway.\n"
      "Exit codes: 0 all promises are kept; 1 one is broken; others: the job was rejected or a run failed.");
  command.add_option("solver", options.plugin, "name or path of a solver")->required();
  command.add_option("--job", options.job,
                     "job file to run, shortened (default: a sample job generated from the schema)");
  command.add_option("--ranks", options.ranks, "rank counts to test, such as 1,2,7 (default: 1,2,3,4)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--timeout", options.timeout, "time limit for each run (default: 10 min)");
  add_plugin_path_option(command, options.plugin_folders);
  command.add_flag("--json", options.json, "print JSON");
  command_line.add_colour_option(command);
}

}  // namespace tessera::app

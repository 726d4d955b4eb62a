#include "shared_options.h"

#include "base/error.h"
#include "base/fail_points.h"
#include "base/text.h"
#include "job/units.h"

#include <filesystem>
#include <variant>

#include <fmt/format.h>

namespace tessera::app {

void add_plugin_path_option(CLI::App& command, std::vector<std::string>& folders) {
  command.add_option("--plugin-path", folders, "folder with solver plugins; may be repeated")
      ->allow_extra_args(false);
}

void add_job_arguments(CLI::App& command, run::JobRequest& job) {
  add_optional_job_arguments(command, job);
  command.get_option("job")->required()->description("job file (TOML)");
}

void add_optional_job_arguments(CLI::App& command, run::JobRequest& job) {
  command.add_option("job", job.path, "job file (TOML); if left out, the job of the run to resume");
  command.add_option("overrides", job.overrides, "overrides of values in the job, such as time.end='1 h'");
  add_plugin_path_option(command, job.plugin_folders);
}

void add_accept_option(CLI::App& command, std::vector<std::string>& names) {
  command
      .add_option(
          "--accept-changed", names,
          "resume although the solver, tessera or data have changed since the run was started; may be "
          "repeated")
      ->allow_extra_args(false)
      ->option_text("solver|tessera|data");
}

checkpoint::AcceptedChanges accepted_changes(const std::vector<std::string>& names) {
  checkpoint::AcceptedChanges accepted;
  for (const std::string& name : names) {
    if (accepted.accept(name)) continue;
    throw base::Error(base::ExitCode::usage,
                      fmt::format("--accept-changed does not accept `{}`", base::printable(name, 40)),
                      fmt::format("valid values: {}", checkpoint::AcceptedChanges::names));
  }
  return accepted;
}

void select_job(run::JobRequest& job, const std::string& run_to_resume, const std::string& example) {
  std::error_code ec;
  if (job.path.find('=') != std::string::npos && !std::filesystem::exists(job.path, ec)) {
    job.overrides.insert(job.overrides.begin(), job.path);
    job.path.clear();
  }
  if (!job.path.empty() || !run_to_resume.empty()) return;
  throw base::Error(base::ExitCode::usage, "no job file was given",
                    "use, for example, `" + example + "`; --help lists the options");
}

void add_recovery_options(CLI::App& command, std::string& deadline, std::vector<std::string>& inject) {
  command.add_option("--deadline", deadline,
                     "stop with a checkpoint before this much time has passed, such as \"1 h 50 min\"");
  command
      .add_option("--inject", inject,
                  "inject a fault, such as \"kill rank=1 step=40\"; docs/fault-tolerance.md lists all faults")
      ->allow_extra_args(false);
}

double parse_seconds(const std::string& option, const std::string& text) {
  if (text.empty()) return 0.0;
  const auto parsed = job::parse_duration(text);
  const double* seconds = std::get_if<double>(&parsed);
  if (seconds != nullptr && *seconds > 0.0) return *seconds;
  throw base::Error(base::ExitCode::usage,
                    option + " expects a duration, not `" + base::printable(text, 40) + "`",
                    "write \"90 min\" or \"1 h 50 min\"");
}

void check_faults(const std::vector<std::string>& inject) { static_cast<void>(base::FailPoints{inject, 1}); }

}  // namespace tessera::app

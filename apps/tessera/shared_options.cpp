#include "shared_options.h"

#include "base/error.h"
#include "base/fail_points.h"
#include "base/text.h"
#include "job/units.h"

#include <variant>

namespace tessera::app {

void add_plugin_path(CLI::App& command, std::vector<std::string>& folders) {
  command.add_option("--plugin-path", folders, "folder with solver plugins; may be repeated")
      ->allow_extra_args(false);
}

void add_job(CLI::App& command, run::JobRequest& job) {
  command.add_option("job", job.path, "job file (TOML)")->required();
  command.add_option("overrides", job.overrides, "changes to the job, such as time.end='1 h'");
  add_plugin_path(command, job.plugin_folders);
}

void add_recovery(CLI::App& command, std::string& deadline, std::vector<std::string>& inject) {
  command.add_option("--deadline", deadline,
                     "stop with a checkpoint before this much time has passed, such as \"1 h 50 min\"");
  command
      .add_option("--inject", inject,
                  "inject a fault, such as \"kill rank=1 step=40\"; docs/fault-tolerance.md lists them all")
      ->allow_extra_args(false);
}

double seconds_of(const std::string& option, const std::string& text) {
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

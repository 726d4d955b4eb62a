#include "diagnosis/slurm_checks.h"

#include "base/text.h"
#include "host/command.h"

#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

constexpr const char* group = "Slurm";
constexpr double timeout_seconds = 5.0;

std::string first_line(const std::string& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \n"), text.size());
  return base::printable(text.substr(begin, text.find('\n', begin) - begin), 120);
}

}  // namespace

Checks slurm_checks() {
  const std::string sbatch = host::find_program("sbatch");
  if (sbatch.empty()) {
    return {{group, "sbatch", State::absent, "not installed here; runs are started with mpirun", {}}};
  }
  const host::CommandResult version = host::run_command({"sbatch", "--version"}, timeout_seconds);
  Checks checks{{group,
                 "sbatch",
                 State::good,
                 version.ok() ? fmt::format("{}, {}", sbatch, first_line(version.out)) : sbatch,
                 {}}};
  const host::CommandResult ping = host::run_command({"scontrol", "ping"}, timeout_seconds);
  Check controller{group, "controller", State::good, first_line(ping.out), {}};
  if (!ping.ok() || ping.out.find("is UP") == std::string::npos) {
    controller.state = State::warning;
    controller.advice =
        "jobs cannot be submitted until it responds; check on its host: systemctl status slurmctld";
    if (ping.timed_out)
      controller.found = "does not respond within " + base::format_duration(timeout_seconds);
    if (!ping.found) controller.found = "`scontrol` is not in PATH";
    if (controller.found.empty()) controller.found = first_line(ping.err);
  }
  checks.push_back(std::move(controller));
  return checks;
}

}  // namespace tessera::diagnosis

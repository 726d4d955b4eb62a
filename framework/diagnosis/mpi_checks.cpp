#include "diagnosis/mpi_checks.h"

#include "base/escape.h"
#include "base/text.h"
#include "diagnosis/launcher_version.h"
#include "diagnosis/mpi_failure.h"
#include "host/command.h"
#include "host/remote_shell.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace tessera::diagnosis {

namespace {

constexpr const char* group = "MPI";
constexpr double version_seconds = 10.0;
constexpr double start_seconds = 30.0;

bool is_set_to_1(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && std::strcmp(value, "1") == 0;
}

/// Advice for a launcher that fails, whose command is `command_text`.
std::string advice_after_failure(const std::string& command_text) {
  const std::string settings = mpi_settings();
  std::string by_hand = "try it by hand: " + command_text;
  // pmix_home_directory() of PMIx 4.2 uses the entry of the user without checking that there is one.
  if (std::getenv("HOME") == nullptr && getpwuid(getuid()) == nullptr)
    by_hand =
        "set HOME: without it, PMIx crashes for a user who has no entry in the user database\n" + by_hand;
  return settings.empty() ? by_hand : "try it without these settings: " + settings + "\n" + by_hand;
}

Check launcher_check(const MpiSetup& setup, const std::string& path) {
  Check check{group, "launcher", State::good, {}, {}};
  if (path.empty()) {
    check.state = State::bad;
    check.found = "`" + base::printable(setup.launcher, 200) + "` is not in PATH";
    check.advice =
        "install Open MPI's launcher (openmpi-bin), add it to PATH, or set TESSERA_MPIEXEC to another "
        "launcher";
    return check;
  }
  const host::CommandResult result = host::run_command({setup.launcher, "--version"}, version_seconds);
  const std::string version = launcher_version(result.out);
  check.found = fmt::format("{}, {}", path, version.empty() ? "unknown version" : version);
  if (result.timed_out) {
    check.state = State::bad;
    check.found = path + " does not print its version within " + base::format_duration(version_seconds);
    check.advice = "find out what blocks it: " + path + " --version";
  } else if (!result.ok()) {
    check.state = State::bad;
    const std::string message = launcher_message(result.err.empty() ? result.out : result.err);
    check.found = fmt::format("{} --version fails{}", path, message.empty() ? "" : ": " + message);
    check.advice = advice_after_failure(path + " --version");
  } else if (version != setup.linked_mpi) {
    check.state = State::bad;
    check.advice = fmt::format(
        "tessera runs with {}: put the mpirun of that MPI first in PATH, or set TESSERA_MPIEXEC to it",
        setup.linked_mpi);
  }
  return check;
}

/// Runs `command`, whose first word is the launcher. `success`: the finding if it succeeds.
Check start_check(const std::string& group_name, const std::vector<std::string>& command,
                  const std::string& success, host::CommandResult& result) {
  result = host::run_command(command, start_seconds);
  Check check{group_name, "start", State::good, success, {}};
  if (result.ok()) return check;
  check.state = State::bad;
  const std::string command_text = base::shell_line(command);
  if (result.timed_out) {
    check.found =
        fmt::format("{} did not finish within {}", command[0], base::format_duration(start_seconds));
    check.advice = fmt::format(
        "a firewall, or a host name with a wrong address, may block it; for details, run this with "
        "OMPI_MCA_plm_base_verbose=10 (PRTE_MCA_plm_base_verbose=10 for Open MPI 5): {}",
        command_text);
    return check;
  }
  const std::string message = launcher_message(result.err.empty() ? result.out : result.err);
  check.found =
      message.empty() ? fmt::format("{} exited with code {}", command[0], result.exit_code) : message;
  check.advice = advice_after_failure(command_text);
  return check;
}

/// Number of cores in a list such as "0-3,8".
int count_listed_cores(const std::string& list) {
  int cores = 0;
  std::istringstream parts{list};
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t dash = part.find('-');
    const int first = std::atoi(part.c_str());
    cores += dash == std::string::npos ? 1 : std::atoi(part.c_str() + dash + 1) - first + 1;
  }
  return cores;
}

/// Number of cores in a binding. Open MPI 4 marks cores with a B, as in "[BB/../..][../..]"; Open MPI 5 lists
/// cores, as in "package[0][core:0-3,8]", or hardware threads, which are counted as cores.
int count_cores(const std::string& binding) {
  int listed = 0;
  for (const std::string mark : {"[core:", "[hwt:"}) {
    for (std::size_t at = binding.find(mark); at != std::string::npos; at = binding.find(mark, at + 1)) {
      const std::size_t begin = at + mark.size();
      listed += count_listed_cores(binding.substr(begin, binding.find(']', begin) - begin));
    }
  }
  if (listed > 0) return listed;
  int cores = 0;
  bool bound = false;
  for (const char c : binding) {
    if (c == 'B') bound = true;
    if (c == '/' || c == ']') {
      cores += bound ? 1 : 0;
      bound = false;
    }
  }
  return cores;
}

}  // namespace

Check binding_check(const std::string& report, int ranks) {
  std::map<std::string, int> bindings;  // number of ranks per binding
  int bound_ranks = 0;
  std::istringstream lines{report};
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view marker = " bound to ";
    const std::size_t at = line.find(marker);
    if (at == std::string::npos || line.find("not bound") != std::string::npos) continue;
    const std::size_t map_start = line.rfind(": [");
    if (map_start == std::string::npos && line.find(" bound to package[") == std::string::npos) continue;
    ++bindings[line.substr(map_start == std::string::npos ? at + marker.size() : map_start + 2)];
    ++bound_ranks;
  }
  Check check{group, "binding", State::good, {}, {}};
  const char* const advice =
      "bind each rank to a core: mpirun --map-by core --bind-to core, or tessera launch … -- --bind-to core";
  if (bound_ranks < ranks) {
    check.state = ranks > 1 ? State::warning : State::good;
    check.found = fmt::format("{} of {} rank{} not bound to a core", ranks - bound_ranks, ranks,
                              ranks == 1 ? " is" : "s are");
    if (ranks > 1) check.advice = advice;
    return check;
  }
  bool oversubscribed = false;
  bool shared = false;
  for (const auto& [binding, count] : bindings) {
    oversubscribed = oversubscribed || count > count_cores(binding);
    shared = shared || count > 1;
  }
  check.found = fmt::format("{} rank{}, {}", ranks, ranks == 1 ? "" : "s",
                            oversubscribed ? "some bound to the same core"
                            : shared       ? "bound to groups of cores"
                                           : "each bound to its own cores");
  if (oversubscribed) {
    check.state = State::warning;
    check.advice = advice;
  }
  return check;
}

bool mpirun_allows_user() {
  return geteuid() != 0 ||
         (is_set_to_1("OMPI_ALLOW_RUN_AS_ROOT") && is_set_to_1("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM")) ||
         (is_set_to_1("PRTE_ALLOW_RUN_AS_ROOT") && is_set_to_1("PRTE_ALLOW_RUN_AS_ROOT_CONFIRM"));
}

Checks mpi_checks(const MpiSetup& setup) {
  Checks checks{{group, "library", State::good, setup.linked_mpi, {}}};
  const std::string path = host::find_program(setup.launcher);
  checks.push_back(launcher_check(setup, path));
  if (path.empty()) return checks;
  if (geteuid() == 0 && mpi_family_of(setup.linked_mpi) == MpiFamily::open_mpi) {
    const bool allowed = mpirun_allows_user();
    checks.push_back({group, "root", allowed ? State::good : State::bad,
                      allowed ? "mpirun may run as root"
                              : "mpirun refuses to run as root unless this is allowed explicitly",
                      allowed ? "" : advice_for_root});
    if (!allowed) return checks;
  }
  std::vector<std::string> command{setup.launcher};
  const bool open_mpi = mpi_family_of(setup.linked_mpi) == MpiFamily::open_mpi;
  if (open_mpi) command.insert(command.end(), {"--oversubscribe", "--report-bindings"});
  command.insert(command.end(), {"-n", std::to_string(setup.ranks)});
  command.insert(command.end(), setup.rank_command.begin(), setup.rank_command.end());
  host::CommandResult result;
  Check start = start_check(
      group, command, fmt::format("starts {} ranks here, which exchange messages", setup.ranks), result);
  if (const std::string message = launcher_message(result.err); result.ok() && !message.empty()) {
    start.state = State::warning;
    start.found += ", with this message: " + message;
    start.advice = advice_after_failure(base::shell_line(command));
  }
  checks.push_back(std::move(start));
  if (result.ok() && open_mpi) checks.push_back(binding_check(result.err, setup.ranks));
  return checks;
}

Checks launch_checks(const MpiSetup& setup, const std::string& hostfile, int hosts) {
  if (mpi_family_of(setup.linked_mpi) != MpiFamily::open_mpi) {
    return {{"all hosts", "start", State::warning, "not tried: this check supports only Open MPI's launcher",
             "try a small job: tessera launch --hostfile " + hostfile + " JOB"}};
  }
  std::vector<std::string> command{setup.launcher, "--hostfile", hostfile, "--oversubscribe",
                                   "--map-by",     "ppr:1:node", "-n",     std::to_string(hosts)};
  command.insert(command.end(), setup.rank_command.begin(), setup.rank_command.end());
  host::CommandResult result;
  return {start_check(
      "all hosts", command,
      fmt::format("one rank on each of {} host{}, which exchange messages", hosts, hosts == 1 ? "" : "s"),
      result)};
}

}  // namespace tessera::diagnosis

#include "host/remote_shell.h"

#include "base/contract.h"
#include "base/escape.h"
#include "base/text.h"
#include "host/command.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace tessera::host {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// The value of an MCA parameter, from the first environment variable in `names` that is set and not empty;
/// empty if there is no such variable.
std::string parameter_value(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

/// The remote shell and its arguments, chosen the way mpirun does: the first in the list that is in PATH, or
/// the first in the list if none is in PATH; ssh if the list is empty.
std::vector<std::string> remote_shell() {
  std::vector<std::string> fallback;
  const std::string list =
      parameter_value({"PRTE_MCA_plm_ssh_agent", "PRTE_MCA_prte_ssh_agent", "OMPI_MCA_plm_rsh_agent",
                       "OMPI_MCA_orte_rsh_agent", "OMPI_MCA_pls_rsh_agent"});
  for (const std::string& entry : split(list, ':')) {
    std::vector<std::string> words = split(entry, ' ');
    if (words.empty()) continue;
    if (!find_program(words.front()).empty()) return words;
    if (fallback.empty()) fallback = std::move(words);
  }
  return fallback.empty() ? std::vector<std::string>{"ssh"} : fallback;
}

}  // namespace

std::vector<std::string> remote_command(const std::string& host, const std::vector<std::string>& command,
                                        int connect_timeout_seconds) {
  base::expects(!host.empty() && !command.empty(), "neither the host nor the command is empty");
  std::vector<std::string> line = remote_shell();
  const bool is_ssh = std::string_view{line.front()}.substr(line.front().find_last_of('/') + 1) == "ssh";
  const std::vector<std::string> arguments =
      split(parameter_value({"PRTE_MCA_plm_ssh_args", "OMPI_MCA_plm_rsh_args"}), ' ');
  line.insert(line.end(), arguments.begin(), arguments.end());
  // ssh uses the first value of an option, so the user's arguments come first.
  if (is_ssh) {
    line.insert(line.end(), {"-x", "-o", "BatchMode=yes", "-o",
                             "ConnectTimeout=" + std::to_string(std::max(connect_timeout_seconds, 1))});
  }
  line.push_back(host);
  line.push_back(base::shell_line(command));
  return line;
}

std::string error_message_in(const std::string& text) {
  std::string last;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    while (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(" \t@") != std::string::npos) last = line;
  }
  return base::printable(last, 200);
}

}  // namespace tessera::host

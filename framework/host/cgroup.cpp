#include "host/cgroup.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>

namespace tessera::host {

namespace {

/// Reads the first number in a file; nullopt if there is none, as in the file of a limit of "max".
std::optional<double> number_in(const std::string& path) {
  std::ifstream file{path};
  double number = 0.0;
  return file >> number ? std::optional{number} : std::nullopt;
}

/// Reads the number that follows `key` in a file of lines "KEY NUMBER"; 0 if there is none.
double value_of(const std::string& path, const std::string& key) {
  std::ifstream file{path};
  std::string word;
  for (double value = 0.0; file >> word >> value;) {
    if (word == key) return value;
  }
  return 0.0;
}

double system_memory(const std::string& root) {
  std::ifstream file{root + "/proc/meminfo"};
  for (std::string key, unit; file >> key;) {
    double kibibytes = 0.0;
    file >> kibibytes >> unit;
    if (key == "MemAvailable:") return kibibytes * 1024.0;
  }
  return std::numeric_limits<double>::infinity();
}

/// Memory that the processes of a control group can still allocate; infinity if it has no limit. The page
/// cache counts as used, but is freed when needed.
double memory_left_in(const std::string& folder) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const bool v2 = number_in(folder + "/memory.current").has_value();
  const auto limit = number_in(folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes"));
  const auto used = number_in(folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes"));
  if (!limit || !used) return infinity;
  double reclaimable = 0.0;
  for (const char* key : v2 ? std::array{"inactive_file", "active_file"}
                            : std::array{"total_inactive_file", "total_active_file"})
    reclaimable += value_of(folder + "/memory.stat", key);
  return std::max(0.0, *limit - *used + reclaimable);
}

}  // namespace

std::vector<std::string> cgroup_folders(const std::string& controller, const std::string& root) {
  std::vector<std::string> folders;
  std::ifstream memberships{root + "/proc/self/cgroup"};
  // Lines "NUMBER:CONTROLLERS:PATH"; version 2 has no controllers.
  for (std::string line; std::getline(memberships, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    std::string mount = root + "/sys/fs/cgroup";
    if (controllers != ",,") {
      if (controllers.find("," + controller + ",") == std::string::npos) continue;
      mount += "/" + controller;
    }
    std::string path = line.substr(second + 1);
    for (;;) {
      while (path.ends_with('/')) path.pop_back();
      folders.push_back(mount + path);
      if (path.empty()) break;
      path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
    }
  }
  return folders;
}

double available_memory(const std::string& root) {
  double memory = system_memory(root);
  for (const std::string& folder : cgroup_folders("memory", root))
    memory = std::min(memory, memory_left_in(folder));
  return memory;
}

std::int64_t out_of_memory_kills(const std::string& root) {
  std::optional<double> kills;
  for (const std::string& folder : cgroup_folders("memory", root)) {
    for (const char* file : {"/memory.events", "/memory.oom_control"}) {
      if (std::ifstream{folder + file}) kills = kills.value_or(0.0) + value_of(folder + file, "oom_kill");
    }
  }
  return static_cast<std::int64_t>(kills ? *kills : value_of(root + "/proc/vmstat", "oom_kill"));
}

}  // namespace tessera::host

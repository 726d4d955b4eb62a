#include "host/cgroup.h"

#include <fstream>
#include <optional>

namespace tessera::host {

namespace {

/// Reads the number that follows `key` in a file of lines "KEY NUMBER"; 0 if there is none.
double value_of(const std::string& path, const std::string& key) {
  std::ifstream file{path};
  std::string word;
  for (double value = 0.0; file >> word >> value;) {
    if (word == key) return value;
  }
  return 0.0;
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

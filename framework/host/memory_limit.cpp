#include "host/memory_limit.h"

#include "host/cgroup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include <sys/resource.h>

namespace tessera::host {

namespace {

/// Reads the first number in a file; nullopt if there is none, as in the file of a limit of "max".
std::optional<double> number_in(const std::string& path) {
  std::ifstream file{path};
  double number = 0.0;
  return file >> number ? std::optional{number} : std::nullopt;
}

/// Reads the number after `key` in a file of lines "KEY NUMBER" or "KEY: NUMBER UNIT"; nullopt if there is
/// none.
std::optional<double> value_of(const std::string& path, std::string_view key) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key) || line.size() == key.size()) continue;
    std::size_t start = key.size();
    if (line[start] == ':') ++start;
    if (start >= line.size() || (line[start] != ' ' && line[start] != '\t')) continue;
    return std::strtod(line.c_str() + start, nullptr);
  }
  return std::nullopt;
}

void restrict_to(MemoryLimit& limit, double bytes, const std::string& source) {
  if (bytes < limit.bytes) limit = {bytes, source};
}

/// Takes account of the limit of a control group. Its page cache counts as used, but is freed when needed.
void restrict_to_group(MemoryLimit& limit, const std::string& folder) {
  const bool v2 = number_in(folder + "/memory.current").has_value();
  const std::string file = folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes");
  const auto allowed = number_in(file);
  const auto used = number_in(folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes"));
  if (!allowed || !used) return;
  double reclaimable = 0.0;
  for (const char* key : v2 ? std::array{"inactive_file", "active_file"}
                            : std::array{"total_inactive_file", "total_active_file"})
    reclaimable += value_of(folder + "/memory.stat", key).value_or(0.0);
  restrict_to(limit, std::max(0.0, *allowed - *used + reclaimable), file);
}

/// Reads a number above 0 from an environment variable; nullopt if it is not set or contains anything else.
/// Slurm sets a memory of 0 if a job may use all of a node's memory.
std::optional<double> positive_variable(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits{text};
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || !(value > 0.0)) return std::nullopt;
  return value;
}

void restrict_to_slurm(MemoryLimit& limit) {
  constexpr double mebibyte = 1048576.0;
  if (const auto per_node = positive_variable("SLURM_MEM_PER_NODE")) {
    restrict_to(limit, *per_node * mebibyte, "SLURM_MEM_PER_NODE");
  } else if (const auto per_cpu = positive_variable("SLURM_MEM_PER_CPU")) {
    if (const auto cpus = positive_variable("SLURM_CPUS_ON_NODE"))
      restrict_to(limit, *per_cpu * *cpus * mebibyte, "SLURM_MEM_PER_CPU * SLURM_CPUS_ON_NODE");
  }
}

/// What remains of a resource limit. `key`: the line of /proc/self/status with the memory in use.
MemoryLimit remaining(decltype(RLIMIT_AS) resource, const char* key, const char* name) {
  MemoryLimit limit;
  rlimit allowed{};
  if (getrlimit(resource, &allowed) != 0 || allowed.rlim_cur == RLIM_INFINITY) return limit;
  const double used = value_of("/proc/self/status", key).value_or(0.0) * 1024.0;
  restrict_to(limit, std::max(0.0, static_cast<double>(allowed.rlim_cur) - used), name);
  return limit;
}

}  // namespace

MemoryLimit available_memory(const std::string& root) {
  MemoryLimit limit;
  if (const auto kibibytes = value_of(root + "/proc/meminfo", "MemAvailable"))
    restrict_to(limit, *kibibytes * 1024.0, "the memory available on the host");
  for (const std::string& folder : cgroup_folders("memory", root)) restrict_to_group(limit, folder);
  restrict_to_slurm(limit);
  return limit;
}

ProcessMemory process_memory() {
  return {remaining(RLIMIT_AS, "VmSize", "the limit on the address space of a process (ulimit -v)"),
          remaining(RLIMIT_DATA, "VmData", "the limit on the data segment of a process (ulimit -d)")};
}

}  // namespace tessera::host

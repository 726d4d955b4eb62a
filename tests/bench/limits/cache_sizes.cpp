#include "cache_sizes.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

namespace limits {

namespace {

constexpr std::size_t kKiB = 1024;

/// A cache as listed by the kernel: its size, and the number of processors that share it.
struct CacheEntry {
  std::size_t bytes = 0;
  int processors = 0;
};

std::string first_line_of(const std::string& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  return line;
}

/// Converts a size such as "1024K" or "32M" to bytes.
std::size_t parse_bytes(const std::string& text) {
  std::istringstream in{text};
  std::size_t number = 0;
  char unit = ' ';
  in >> number >> unit;
  if (unit == 'K') return number * kKiB;
  if (unit == 'M') return number * kKiB * kKiB;
  return number;
}

/// The number of processors in a list such as "0-3,8-11".
int count_processors(const std::string& list) {
  std::istringstream in{list};
  std::string entry;
  int count = 0;
  while (std::getline(in, entry, ',')) {
    std::istringstream range{entry};
    int first = 0;
    int last = 0;
    char dash = ' ';
    if (!(range >> first)) continue;
    count += range >> dash >> last ? last - first + 1 : 1;
  }
  return count;
}

CacheEntry read_cache_entry(int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    if (first_line_of(folder + "level") != std::to_string(level)) continue;
    if (first_line_of(folder + "type") == "Instruction") continue;
    return {parse_bytes(first_line_of(folder + "size")),
            count_processors(first_line_of(folder + "shared_cpu_list"))};
  }
  return {};
}

std::size_t cache_bytes(int level, int sysconf_name, std::size_t fallback) {
  if (const CacheEntry entry = read_cache_entry(level); entry.bytes > 0) return entry.bytes;
  const long bytes = sysconf(sysconf_name);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : fallback;
}

}  // namespace

CacheSizes read_cache_sizes() {
  CacheSizes sizes{};
  sizes.level1 = cache_bytes(1, _SC_LEVEL1_DCACHE_SIZE, 32 * kKiB);
  sizes.level2 = cache_bytes(2, _SC_LEVEL2_CACHE_SIZE, 512 * kKiB);
  sizes.level3 = cache_bytes(3, _SC_LEVEL3_CACHE_SIZE, 32 * kKiB * kKiB);
  const int processors = read_cache_entry(3).processors;
  sizes.processors_per_level3 =
      processors > 0 ? processors : static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  return sizes;
}

}  // namespace limits

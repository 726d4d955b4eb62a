#include "cache_sizes.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

namespace limits {

namespace {

constexpr std::size_t kKiB = 1024;

/// A cache as the kernel lists it.
struct Listed {
  std::size_t bytes = 0;
  int sharing = 0;
};

std::string line_of(const std::string& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  return line;
}

/// The bytes of "1024K" or "32M".
std::size_t bytes_of(const std::string& text) {
  std::istringstream in{text};
  std::size_t number = 0;
  char unit = ' ';
  in >> number >> unit;
  if (unit == 'K') return number * kKiB;
  if (unit == 'M') return number * kKiB * kKiB;
  return number;
}

/// How many processors a list such as "0-3,8-11" names.
int count_of(const std::string& list) {
  std::istringstream in{list};
  std::string part;
  int count = 0;
  while (std::getline(in, part, ',')) {
    std::istringstream range{part};
    int first = 0;
    int last = 0;
    char dash = ' ';
    if (!(range >> first)) continue;
    count += range >> dash >> last ? last - first + 1 : 1;
  }
  return count;
}

Listed listed_cache(int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    if (line_of(folder + "level") != std::to_string(level)) continue;
    if (line_of(folder + "type") == "Instruction") continue;
    return {bytes_of(line_of(folder + "size")), count_of(line_of(folder + "shared_cpu_list"))};
  }
  return {};
}

std::size_t bytes_of_level(int level, int name, std::size_t usual) {
  if (const Listed listed = listed_cache(level); listed.bytes > 0) return listed.bytes;
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : usual;
}

}  // namespace

CacheSizes read_cache_sizes() {
  CacheSizes sizes{};
  sizes.level1 = bytes_of_level(1, _SC_LEVEL1_DCACHE_SIZE, 32 * kKiB);
  sizes.level2 = bytes_of_level(2, _SC_LEVEL2_CACHE_SIZE, 512 * kKiB);
  sizes.level3 = bytes_of_level(3, _SC_LEVEL3_CACHE_SIZE, 32 * kKiB * kKiB);
  const int sharing = listed_cache(3).sharing;
  sizes.sharing_level3 =
      sharing > 0 ? sharing : static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  return sizes;
}

}  // namespace limits

// The sizes of the data caches.
#pragma once

#include <cstddef>

namespace limits {

/// Sizes of a core's data caches in bytes, and the number of logical processors that share its L3 cache.
struct CacheSizes {
  std::size_t level1;
  std::size_t level2;
  std::size_t level3;
  int processors_per_level3;
};

/// Returns the cache sizes of the first processor: those that the kernel reports in /sys if available, else
/// those of sysconf() if available, else typical values. The kernel is preferred because under some
/// hypervisors sysconf() returns a multiple of the size of the L3 cache.
CacheSizes read_cache_sizes();

}  // namespace limits

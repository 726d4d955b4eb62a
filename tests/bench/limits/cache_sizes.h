// The sizes of the data caches.
#pragma once

#include <cstddef>

namespace limits {

/// Bytes of the data caches that one core sees, and how many processors share the last one.
struct CacheSizes {
  std::size_t level1;
  std::size_t level2;
  std::size_t level3;
  int sharing_level3;
};

/// Of this machine's first processor: what the kernel says in /sys, else sysconf(), else common sizes.
/// The kernel comes first because under some hypervisors sysconf() gives a multiple of the last cache.
CacheSizes read_cache_sizes();

}  // namespace limits

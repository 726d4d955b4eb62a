// A limit on the address space of this process.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

namespace tessera::test {

/// While it exists, this process can use only `bytes` bytes of address space more than now.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(rlim_t bytes) {
    rlim_t pages = 0;
    REQUIRE(std::ifstream{"/proc/self/statm"} >> pages);
    REQUIRE(getrlimit(RLIMIT_AS, &previous_) == 0);
    const rlimit limit{pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + bytes, previous_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
  }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;
  ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &previous_); }

 private:
  rlimit previous_{};
};

}  // namespace tessera::test

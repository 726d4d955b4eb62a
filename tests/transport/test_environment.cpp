#include "transport/environment.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <optional>
#include <string>

#include <ifaddrs.h>
#include <mpi.h>
#include <net/if.h>

namespace {

/// Whether this host has an IPv4 address that other hosts can reach.
bool has_ipv4() {
  ifaddrs* all = nullptr;
  REQUIRE(getifaddrs(&all) == 0);
  bool found = false;
  for (const ifaddrs* entry = all; entry != nullptr; entry = entry->ifa_next)
    found = found || (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_INET &&
                      std::string{entry->ifa_name} != "lo");
  freeifaddrs(all);
  return found;
}

/// Value of an integer parameter of Open MPI; nullopt if the MPI library does not have it.
std::optional<int> parameter(const char* name) {
  int index = 0;
  if (MPI_T_cvar_get_index(name, &index) != MPI_SUCCESS) return std::nullopt;
  MPI_T_cvar_handle handle = nullptr;
  int count = 0;
  int value = 0;
  REQUIRE(MPI_T_cvar_handle_alloc(index, nullptr, &handle, &count) == MPI_SUCCESS);
  REQUIRE(MPI_T_cvar_read(handle, &value) == MPI_SUCCESS);
  MPI_T_cvar_handle_free(&handle);
  return value;
}

}  // namespace

TEST_CASE("ranks use IPv4 alone where there is IPv4, unless the user chooses interfaces") {
  int provided = 0;
  REQUIRE(MPI_T_init_thread(MPI_THREAD_SINGLE, &provided) == MPI_SUCCESS);
  const std::optional<int> disabled_family = parameter("btl_tcp_disable_family");
  MPI_T_finalize();
  const bool chosen = std::getenv("OMPI_MCA_btl_tcp_if_include") != nullptr ||
                      std::getenv("OMPI_MCA_btl_tcp_if_exclude") != nullptr;
  if (!disabled_family || chosen || !has_ipv4()) return;
  CHECK(*disabled_family == 6);
}

#include "transport/environment.h"
#include "transport/network_interfaces.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <optional>

#include <mpi.h>

namespace {

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
  if (!disabled_family || chosen || !tessera::transport::has_usable_ipv4()) return;
  CHECK(*disabled_family == 6);
}

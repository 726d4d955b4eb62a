#include "supervisor/host_pool.h"

#include "base/error.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cstdlib>

using tessera::supervisor::rank_count;

TEST_CASE("the number of ranks is taken from the request, the hostfile or Slurm, in this order") {
  const tessera::test::TemporaryFolder folder;
  const std::string hosts = folder.write("hosts", "a slots=4\nb slots=3\n");
  unsetenv("SLURM_NTASKS");
  CHECK(rank_count(5, hosts) == 5);
  CHECK(rank_count(0, hosts) == 7);
  CHECK(rank_count(0, "") == 1);
  setenv("SLURM_NTASKS", "12", 1);
  CHECK(rank_count(0, "") == 12);
  CHECK(rank_count(0, hosts) == 7);
  setenv("SLURM_NTASKS", "0", 1);
  CHECK(rank_count(0, "") == 1);
  unsetenv("SLURM_NTASKS");
}

TEST_CASE("the number of ranks must be given if the hostfile omits the slots of a host") {
  const tessera::test::TemporaryFolder folder;
  const std::string hosts = folder.write("hosts", "a slots=4\nb\n");
  CHECK(rank_count(3, hosts) == 3);
  try {
    rank_count(0, hosts);
    FAIL("no error");
  } catch (const tessera::base::Error& e) {
    CHECK(e.code() == tessera::base::ExitCode::usage);
  }
}

#include "diagnosis/slurm_checks.h"
#include "fakes.h"

#include <catch2/catch.hpp>

using namespace tessera::diagnosis;
using tessera::test::EnvironmentVariable;
using tessera::test::TemporaryFolder;
using tessera::test::write_program;

TEST_CASE("a missing Slurm is not a problem") {
  const TemporaryFolder folder;
  const EnvironmentVariable path{"PATH", folder.path()};
  const Checks checks = slurm_checks();
  REQUIRE(checks.size() == 1);
  CHECK(checks.front().state == State::absent);
}

TEST_CASE("a Slurm controller that does not respond causes a warning") {
  const TemporaryFolder folder;
  const EnvironmentVariable path{"PATH", folder.path()};
  const std::string sbatch = write_program(folder, "sbatch", "echo 'slurm 22.05.8'");
  {
    const Checks checks = slurm_checks();
    REQUIRE(checks.size() == 2);
    CHECK(checks[0].found == sbatch + ", slurm 22.05.8");
    CHECK(checks[1].state == State::warning);
    CHECK(checks[1].found == "`scontrol` is not in PATH");
  }
  write_program(folder, "scontrol", "[ \"$1\" = ping ] && echo 'Slurmctld(primary) at head is UP'");
  CHECK(slurm_checks()[1].state == State::good);
  CHECK(slurm_checks()[1].found == "Slurmctld(primary) at head is UP");
  write_program(folder, "scontrol", "echo 'Slurmctld(primary) at head is DOWN'; exit 1");
  CHECK(slurm_checks()[1].state == State::warning);
  CHECK(slurm_checks()[1].found == "Slurmctld(primary) at head is DOWN");
  CHECK_FALSE(slurm_checks()[1].advice.empty());
  write_program(folder, "scontrol", "exec /bin/sleep 100");
  CHECK(slurm_checks()[1].found == "does not respond within 5 s");
}

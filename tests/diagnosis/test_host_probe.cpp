#include "base/escape.h"
#include "diagnosis/host_probe.h"
#include "fakes.h"
#include "host/command.h"
#include "host/remote_shell.h"

#include <catch2/catch.hpp>

#include <ctime>

using namespace tessera::diagnosis;
using namespace tessera::host;
using tessera::base::shell_line;
using tessera::host::run_command;
using tessera::test::TemporaryFolder;
using tessera::test::write_program;

TEST_CASE("properties are found among other output of the login shell") {
  const auto properties = parse_properties(
      "Welcome! tessera-doctor time=1\nnone=none\n\ntessera-doctor time=1700000000.25\r\n"
      "tessera-doctor program=yes\ntessera-doctor version=tessera 0.1.0\r\n"
      "tessera-doctor launcher=mpirun (Open MPI) 4.1.4\ntessera-doctor daemon=/usr/bin/orted\n"
      "tessera-doctor marker=a = b\ntessera-doctor cores=16\ntessera-doctor shm=1000 500\n"
      "tessera-doctor end=yes\n");
  REQUIRE(properties);
  CHECK(properties->time == 1700000000.25);
  CHECK(properties->has_program);
  CHECK(properties->version == "tessera 0.1.0");
  CHECK(properties->launcher_mpi == "Open MPI 4.1.4");
  CHECK(properties->daemon == "/usr/bin/orted");
  CHECK(properties->marker == "a = b");
  CHECK(properties->cores == 16);
  CHECK(properties->shared_memory == 1024000.0);
  CHECK(properties->shared_memory_free == 512000.0);
}

TEST_CASE("incomplete output is rejected") {
  CHECK_FALSE(parse_properties(""));
  CHECK_FALSE(parse_properties("tessera-doctor time=1700000000.25\ntessera-doctor program=yes\n"));
}

TEST_CASE("the probe can be run directly or through a shell") {
  const TemporaryFolder folder;
  const std::string tessera = write_program(folder, "tes sera", "echo 'tessera 9.9.9'; echo more");
  const std::string mpirun = write_program(folder, "mpi'run", "echo 'mpirun (Open MPI) 4.1.4'");
  const std::string marker = folder.write("mark er", "content of the marker\n");
  const auto probe = probe_command(tessera, mpirun, "sh", marker);
  CHECK(shell_line(probe).find('\n') == std::string::npos);
  for (const auto& command : {probe, {"sh", "-c", shell_line(probe)}}) {
    const auto properties = parse_properties(run_command(command, 20.0).out);
    REQUIRE(properties);
    CHECK(std::abs(properties->time - static_cast<double>(std::time(nullptr))) < 20.0);
    CHECK(properties->has_program);
    CHECK(properties->version == "tessera 9.9.9");
    CHECK(properties->launcher_mpi == "Open MPI 4.1.4");
    CHECK(properties->daemon.ends_with("/sh"));
    CHECK(properties->marker == "content of the marker");
    CHECK(properties->cores > 0);
  }
}

TEST_CASE("properties of missing programs and files are empty") {
  const auto properties = parse_properties(
      run_command(probe_command("/none/tessera", "/none/mpirun", "none-such", "/none/m"), 20.0).out);
  REQUIRE(properties);
  CHECK_FALSE(properties->has_program);
  CHECK(properties->version.empty());
  CHECK(properties->launcher_mpi.empty());
  CHECK(properties->daemon.empty());
  CHECK(properties->marker.empty());
}

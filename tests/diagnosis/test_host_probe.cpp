#include "diagnosis/host_probe.h"
#include "fakes.h"
#include "host/command.h"
#include "host/remote_shell.h"

#include <catch2/catch.hpp>

#include <ctime>

using namespace tessera::diagnosis;
using namespace tessera::host;
using tessera::host::run_command;
using tessera::host::shell_quote;
using tessera::test::TemporaryFolder;
using tessera::test::write_program;

TEST_CASE("answers are read among what a login prints") {
  const auto answers = read_answers(
      "Welcome! tessera-doctor time=1\nnone=none\n\ntessera-doctor time=1700000000.25\r\n"
      "tessera-doctor program=yes\ntessera-doctor version=tessera 0.1.0\r\n"
      "tessera-doctor launcher=mpirun (Open MPI) 4.1.4\ntessera-doctor daemon=/usr/bin/orted\n"
      "tessera-doctor marker=a = b\ntessera-doctor cores=16\ntessera-doctor shm=1000 500\n"
      "tessera-doctor end=yes\n");
  REQUIRE(answers);
  CHECK(answers->time == 1700000000.25);
  CHECK(answers->has_program);
  CHECK(answers->version == "tessera 0.1.0");
  CHECK(answers->launcher_mpi == "Open MPI 4.1.4");
  CHECK(answers->daemon == "/usr/bin/orted");
  CHECK(answers->marker == "a = b");
  CHECK(answers->cores == 16);
  CHECK(answers->shared_memory == 1024000.0);
  CHECK(answers->shared_memory_free == 512000.0);
}

TEST_CASE("answers that break off are none") {
  CHECK_FALSE(read_answers(""));
  CHECK_FALSE(read_answers("tessera-doctor time=1700000000.25\ntessera-doctor program=yes\n"));
}

TEST_CASE("a host answers, also through the shell of a login") {
  const TemporaryFolder folder;
  const std::string tessera = write_program(folder, "tes sera", "echo 'tessera 9.9.9'; echo more");
  const std::string mpirun = write_program(folder, "mpi'run", "echo 'mpirun (Open MPI) 4.1.4'");
  const std::string marker = folder.write("mark er", "it is I\n");
  const auto probe = probe_command(tessera, mpirun, "sh", marker);
  CHECK(shell_quote(probe).find('\n') == std::string::npos);
  for (const auto& command : {probe, {"sh", "-c", shell_quote(probe)}}) {
    const auto answers = read_answers(run_command(command, 20.0).out);
    REQUIRE(answers);
    CHECK(std::abs(answers->time - static_cast<double>(std::time(nullptr))) < 20.0);
    CHECK(answers->has_program);
    CHECK(answers->version == "tessera 9.9.9");
    CHECK(answers->launcher_mpi == "Open MPI 4.1.4");
    CHECK(answers->daemon.ends_with("/sh"));
    CHECK(answers->marker == "it is I");
    CHECK(answers->cores > 0);
  }
}

TEST_CASE("a host without any of it says so") {
  const auto answers = read_answers(
      run_command(probe_command("/none/tessera", "/none/mpirun", "none-such", "/none/m"), 20.0).out);
  REQUIRE(answers);
  CHECK_FALSE(answers->has_program);
  CHECK(answers->version.empty());
  CHECK(answers->launcher_mpi.empty());
  CHECK(answers->daemon.empty());
  CHECK(answers->marker.empty());
}

#include "diagnosis/launcher_version.h"
#include "diagnosis/mpi_checks.h"
#include "fakes.h"

#include <catch2/catch.hpp>

using namespace tessera::diagnosis;
using tessera::test::EnvironmentVariable;
using tessera::test::TemporaryFolder;
using tessera::test::write_program;

namespace {

MpiSetup setup_of(const std::string& launcher) {
  return {"Open MPI 4.1.4", launcher, "/opt/tessera", {"/opt/tessera", "doctor", "--as-rank"}, 2};
}

/// Returns the check called `name`; fails the test if there is none.
Check check_named(const Checks& checks, const std::string& name) {
  for (const Check& c : checks) {
    if (c.name == name) return c;
  }
  FAIL("no check " << name);
  return {};
}

}  // namespace

TEST_CASE("the version of a launcher is parsed from its output") {
  CHECK(launcher_version("mpirun (Open MPI) 4.1.4\n\nReport bugs to …\n") == "Open MPI 4.1.4");
  CHECK(launcher_version("mpirun (Open MPI) 5.0.1rc2 extra") == "Open MPI 5.0.1rc2");
  CHECK(launcher_version("mpiexec (OpenRTE) 4.1.4\n") == "Open MPI 4.1.4");
  CHECK(launcher_version("HYDRA build details:\n    Version: 4.0.2\n") == "MPICH 4.0.2");
  CHECK(launcher_version("").empty());
  CHECK(mpi_family_of("MPICH 4.0.2") == MpiFamily::mpich);
  CHECK(mpi_family_of("Intel(R) MPI Library for Linux* OS, Version 2021.6 Build 20220227") ==
        MpiFamily::mpich);
  CHECK(mpi_family_of("Open MPI 4.1.4") == MpiFamily::open_mpi);
  CHECK(mpi_family_of("mpirun of the site, 3.2") == MpiFamily::unknown);
}

TEST_CASE("bindings are parsed from the report of Open MPI 4") {
  const std::string separate_cores =
      "[vm:1] MCW rank 0 bound to socket 0[core 0[hwt 0]]: [B/.]\n"
      "[vm:1] MCW rank 1 bound to socket 0[core 1[hwt 0]]: [./B]\n";
  CHECK(binding_check(separate_cores, 2).state == State::good);
  CHECK(binding_check(separate_cores, 2).found == "2 ranks, each bound to its own cores");
  CHECK(binding_check(separate_cores, 4).state == State::warning);
  CHECK(binding_check(separate_cores, 4).found == "2 of 4 ranks are not bound to a core");
  const std::string same_core =
      "[vm:1] MCW rank 0 bound to socket 0[core 0[hwt 0-1]]: [BB/..]\n"
      "[vm:1] MCW rank 1 bound to socket 0[core 0[hwt 0-1]]: [BB/..]\n";
  CHECK(binding_check(same_core, 2).state == State::warning);
  CHECK(binding_check(same_core, 2).found == "2 ranks, some bound to the same core");
  const std::string whole_socket =
      "[vm:1] MCW rank 0 bound to socket 0[core 0[hwt 0]], socket 0[core 1[hwt 0]]: [B/B][./.]\n"
      "[vm:1] MCW rank 1 bound to socket 0[core 0[hwt 0]], socket 0[core 1[hwt 0]]: [B/B][./.]\n";
  CHECK(binding_check(whole_socket, 2).state == State::good);
  CHECK(binding_check(whole_socket, 2).found == "2 ranks, bound to groups of cores");
  CHECK(binding_check("[vm:1] MCW rank 0 is not bound (or bound to all available processors)\n", 2).state ==
        State::warning);
  CHECK(binding_check("", 1).state == State::good);
}

TEST_CASE("bindings are parsed from the report of Open MPI 5") {
  const std::string separate_cores =
      "[vm:00013] Rank 0 bound to package[0][core:0]\n[vm:00013] Rank 1 bound to package[0][core:1]\n";
  CHECK(binding_check(separate_cores, 2).state == State::good);
  CHECK(binding_check(separate_cores, 2).found == "2 ranks, each bound to its own cores");
  CHECK(binding_check(separate_cores, 4).found == "2 of 4 ranks are not bound to a core");
  const std::string same_core =
      "[vm:00094] Rank 0 bound to package[0][core:0]\n[vm:00094] Rank 1 bound to package[0][core:0]\n";
  CHECK(binding_check(same_core, 2).state == State::warning);
  CHECK(binding_check(same_core, 2).found == "2 ranks, some bound to the same core");
  const std::string whole_package =
      "[vm:00100] Rank 0 bound to package[0][core:0-1]\n[vm:00100] Rank 1 bound to package[0][core:0-1]\n";
  CHECK(binding_check(whole_package, 2).state == State::good);
  CHECK(binding_check(whole_package, 2).found == "2 ranks, bound to groups of cores");
  CHECK(binding_check("[vm:00071] Rank 1 is not bound (or bound to all available processors)\n", 2).state ==
        State::warning);
}

TEST_CASE("a missing launcher is bad") {
  const Checks checks = mpi_checks(setup_of("no-such-mpirun"));
  const Check launcher = check_named(checks, "launcher");
  CHECK(launcher.state == State::bad);
  CHECK(launcher.found == "`no-such-mpirun` is not in PATH");
  CHECK_FALSE(launcher.advice.empty());
}

TEST_CASE("a launcher of another MPI library is bad and shown with its path") {
  const TemporaryFolder folder;
  const EnvironmentVariable root{"OMPI_ALLOW_RUN_AS_ROOT", "1"};
  const EnvironmentVariable confirmed{"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"};
  const std::string mpirun = write_program(folder, "mpirun", "echo 'mpirun (Open MPI) 5.0.1'");
  const Check launcher = check_named(mpi_checks(setup_of(mpirun)), "launcher");
  CHECK(launcher.state == State::bad);
  CHECK(launcher.found == mpirun + ", Open MPI 5.0.1");
  CHECK(launcher.advice.find("tessera runs with Open MPI 4.1.4") == 0);
}

TEST_CASE("ranks of this program are started as a test") {
  const TemporaryFolder folder;
  const EnvironmentVariable root{"OMPI_ALLOW_RUN_AS_ROOT", "1"};
  const EnvironmentVariable confirmed{"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"};
  const std::string arguments_file = folder.file("arguments_file");
  const std::string working_launcher =
      write_program(folder, "good",
                    "[ \"$1\" != --version ] || exec echo 'mpirun (Open MPI) 4.1.4'\n"
                    "echo \"$@\" > " +
                        arguments_file);
  const Checks checks = mpi_checks(setup_of(working_launcher));
  CHECK(check_named(checks, "start").state == State::good);
  CHECK(tessera::test::bytes_of(arguments_file) ==
        "--oversubscribe --report-bindings -n 2 /opt/tessera doctor --as-rank\n");
  const std::string failing_launcher =
      write_program(folder, "bad",
                    "[ \"$1\" != --version ] || exec echo 'mpirun (Open MPI) 4.1.4'\n"
                    "echo '-----' >&2; echo 'There are no slots.' >&2; exit 1");
  const Check start = check_named(mpi_checks(setup_of(failing_launcher)), "start");
  CHECK(start.state == State::bad);
  CHECK(start.found == "There are no slots");
  CHECK(start.advice.ends_with("try it by hand: " + failing_launcher +
                               " --oversubscribe --report-bindings -n 2 /opt/tessera doctor --as-rank"));
  const Check on_all_hosts = launch_checks(setup_of(working_launcher), "hosts", 3).front();
  CHECK(on_all_hosts.state == State::good);
  CHECK(tessera::test::bytes_of(arguments_file) ==
        "--hostfile hosts --oversubscribe --map-by ppr:1:node -n 3 /opt/tessera doctor --as-rank\n");
}

TEST_CASE("a message of the launcher about ranks that start is a warning") {
  const TemporaryFolder folder;
  const EnvironmentVariable root{"OMPI_ALLOW_RUN_AS_ROOT", "1"};
  const EnvironmentVariable confirmed{"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"};
  const EnvironmentVariable setting{"OMPI_MCA_pml", "odd"};
  const std::string launcher =
      write_program(folder, "noisy",
                    "[ \"$1\" != --version ] || exec echo 'mpirun (Open MPI) 4.1.4'\n"
                    "echo '[vm:1] MCW rank 0 bound to socket 0[core 0[hwt 0]]: [B/.]' >&2\n"
                    "echo '[vm:1] keyval parser: error 2 reading file /home/a/.openmpi/mca-params.conf' >&2");
  const Check start = check_named(mpi_checks(setup_of(launcher)), "start");
  CHECK(start.state == State::warning);
  CHECK(start.found ==
        "starts 2 ranks here, which exchange messages, with this message: [vm:1] keyval parser: error 2 "
        "reading "
        "file /home/a/.openmpi/mca-params.conf");
  CHECK(start.advice.starts_with("try it without these settings: "));
  CHECK(start.advice.find("OMPI_MCA_pml=odd") != std::string::npos);
}

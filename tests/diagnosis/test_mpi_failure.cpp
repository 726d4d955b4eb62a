#include "diagnosis/mpi_failure.h"
#include "fakes.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera::diagnosis;
using tessera::test::EnvironmentVariable;
using tessera::test::TemporaryFolder;

namespace {

const std::string rule(74, '-');

}  // namespace

TEST_CASE("the first message of mpirun is summarised with its details") {
  CHECK(launcher_message("[vm:1] MCW rank 0 bound to socket 0[core 0[hwt 0]]: [B/.]\n" + rule +
                         "\nA requested component was not found, or was unable to be opened.  This\n"
                         "means that this component is either not installed or is unable to be\n"
                         "used on your system.\n\nHost:      vm\nFramework: pml\nComponent: foo\n" +
                         rule + "\n" + rule + "\nIt looks like MPI_INIT failed for some reason.\n" + rule +
                         "\n") ==
        "A requested component was not found, or was unable to be opened (Host: vm; Framework: pml; "
        "Component: "
        "foo)");
  CHECK(launcher_message(rule +
                         "\nA call to mkdir was unable to create the desired directory:\n\n"
                         "  Directory: /ro/ompi.vm.1\n  Error:     Permission denied\n\n"
                         "Please check to ensure you have adequate permissions.\n" +
                         rule + "\n") ==
        "A call to mkdir was unable to create the desired directory (Directory: /ro/ompi.vm.1; Error: "
        "Permission "
        "denied)");
  CHECK(launcher_message(
            "[vm:1] PMIX ERROR: OUT-OF-RESOURCE in file a.c at line 208\n[vm:1] PMIX ERROR: ERROR\n") ==
        "[vm:1] PMIX ERROR: OUT-OF-RESOURCE in file a.c at line 208");
}

TEST_CASE("a message that gives a reason takes precedence over others") {
  const std::string general = rule + "\nIt looks like orte_init failed for some reason.\n" + rule + "\n";
  const std::string reason =
      rule +
      "\nNo network interfaces were found for out-of-band communications. We require\nat least one.\n" +
      rule + "\n";
  const std::string line = "[vm:1] PMIX ERROR: OUT-OF-RESOURCE in file a.c at line 208\n";
  CHECK(launcher_message(line + general + reason) ==
        "No network interfaces were found for out-of-band communications");
  CHECK(launcher_message(general + line) == "[vm:1] PMIX ERROR: OUT-OF-RESOURCE in file a.c at line 208");
  CHECK(launcher_message(general) == "It looks like orte_init failed for some reason");
}

TEST_CASE("an error of this program takes precedence over the message of mpirun") {
  CHECK(launcher_message(rule + "\nPrimary job terminated normally.\n" + rule +
                         "\nerror: no such thing\n  = hint\n") == "no such thing");
}

TEST_CASE("a report of bindings is not a message") {
  CHECK(launcher_message("").empty());
  CHECK(launcher_message("[vm:1] MCW rank 0 is not bound (or bound to all available processors)\n" + rule +
                         "\n")
            .empty());
}

TEST_CASE("the settings that affect MPI are the user's variables and parameter file") {
  const TemporaryFolder home;
  const EnvironmentVariable own_home{"HOME", home.path()};
  const EnvironmentVariable setting{"OMPI_MCA_pml", "foo"};
  const EnvironmentVariable prefix{"OPAL_PREFIX", "/nowhere"};
  CHECK(mpi_settings().find("OMPI_MCA_pml=foo") != std::string::npos);
  CHECK(mpi_settings().find("OPAL_PREFIX=/nowhere") != std::string::npos);
  CHECK(mpi_settings().find("mca-params.conf") == std::string::npos);
  std::filesystem::create_directory(home.file(".openmpi"));
  home.write(".openmpi/mca-params.conf", "pml = foo\n");
  CHECK(mpi_settings().ends_with(home.file(".openmpi/mca-params.conf")));
}

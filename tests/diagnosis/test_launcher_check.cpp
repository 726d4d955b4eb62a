#include "diagnosis/launcher_check.h"

#include "base/error.h"
#include "fakes.h"

#include <catch2/catch.hpp>

using namespace tessera::diagnosis;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::test::EnvironmentVariable;
using tessera::test::TemporaryFolder;
using tessera::test::write_program;

namespace {

/// Returns the message of the error if the launcher is rejected; empty if it is accepted.
std::string error_for(const std::string& launcher, const std::string& own_mpi) {
  try {
    check_launcher(launcher, {}, own_mpi);
  } catch (const Error& e) {
    CHECK(e.code() == ExitCode::unavailable);
    return e.message();
  }
  return {};
}

}  // namespace

TEST_CASE("a launcher must belong to the MPI library that this program is built with") {
  const EnvironmentVariable launcher_name{"TESSERA_MPIEXEC", "mpirun"};
  const TemporaryFolder folder;
  const std::string open_mpi = write_program(folder, "mpirun", "echo 'mpirun (Open MPI) 4.1.4'");
  const std::string mpich =
      write_program(folder, "mpiexec", "echo 'HYDRA build details:'; echo 'Version: 4.0.2'");
  const std::string other = write_program(folder, "run", "echo 'a launcher of the site'");
  CHECK(check_launcher(open_mpi, {}, "Open MPI 4.1.4") == MpiFamily::open_mpi);
  CHECK(check_launcher(mpich, {}, "MPICH 4.0.2") == MpiFamily::mpich);
  CHECK(check_launcher(other, {}, "Open MPI 4.1.4") == MpiFamily::unknown);
  CHECK(check_launcher(mpich, {}, "some MPI") == MpiFamily::mpich);
  CHECK(error_for(mpich, "Open MPI 4.1.4").find("another MPI (MPICH 4.0.2)") != std::string::npos);
  CHECK(error_for(open_mpi, "MPICH 4.0.2").find("another MPI (Open MPI 4.1.4)") != std::string::npos);
}

TEST_CASE("a missing launcher is rejected") {
  CHECK(error_for("/no/such/mpirun", "Open MPI 4.1.4").starts_with("cannot start `/no/such/mpirun`"));
}

#include "transport/environment.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <map>
#include <string>

using tessera::transport::foreign_launcher;

namespace {

constexpr std::array variables{"PMI_SIZE", "MV2_COMM_WORLD_SIZE", "MPI_LOCALNRANKS", "OMPI_COMM_WORLD_SIZE",
                               "SLURM_STEP_NUM_TASKS"};

/// Removes the variables of all launchers from the environment during the lifetime of this object.
class CleanEnvironment {
 public:
  CleanEnvironment() {
    for (const char* name : variables) {
      if (const char* value = std::getenv(name)) saved_[name] = value;
      ::unsetenv(name);
    }
  }
  ~CleanEnvironment() {
    for (const char* name : variables) ::unsetenv(name);
    for (const auto& [name, value] : saved_) ::setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  std::map<std::string, std::string> saved_;
};

}  // namespace

TEST_CASE("no launcher is detected if its variables are not set") {
  const CleanEnvironment clean;
  CHECK_FALSE(foreign_launcher(1));
  CHECK_FALSE(foreign_launcher(4));
}

TEST_CASE("each launcher is detected by its variable") {
  for (const char* name : variables) {
    const CleanEnvironment clean;
    ::setenv(name, "3", 1);
    const auto found = foreign_launcher(1);
    REQUIRE(found);
    CHECK(found->processes == 3);
    CHECK_FALSE(found->name.empty());
    CHECK_FALSE(foreign_launcher(3));  // MPI_COMM_WORLD contains all 3 processes
  }
  const CleanEnvironment clean;
  ::setenv("PMI_SIZE", "2", 1);
  CHECK(foreign_launcher(1)->name.find("MPICH") != std::string::npos);
}

TEST_CASE("a count of one process and an invalid number are ignored") {
  for (const char* value : {"1", "0", "-4", "", "two", "3x", "99999999999999999999"}) {
    const CleanEnvironment clean;
    ::setenv("OMPI_COMM_WORLD_SIZE", value, 1);
    CHECK_FALSE(foreign_launcher(1));
  }
}

TEST_CASE("a single process under mpirun is accepted within a larger Slurm step") {
  const CleanEnvironment clean;
  ::setenv("SLURM_STEP_NUM_TASKS", "2", 1);
  ::setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
  CHECK_FALSE(foreign_launcher(1));
}

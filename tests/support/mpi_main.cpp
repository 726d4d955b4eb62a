// Runs Catch2 tests in the same order on all ranks, and fails if a test fails on any rank. Rank 0 always
// prints Catch2's report; the other ranks print theirs only if a test failed there.
#define CATCH_CONFIG_RUNNER
#include "support/world.h"

#include "transport/environment.h"

#include <catch2/catch.hpp>

#include <optional>
#include <sstream>
#include <vector>

namespace {
std::optional<tessera::transport::Communicator> test_world;
}

const tessera::transport::Communicator& world() { return *test_world; }

int main(int argc, char** argv) {
  tessera::transport::Environment mpi{argc, argv};
  test_world.emplace(mpi.world());
  Catch::Session session;
  // Ranks that run the tests in different orders would deadlock, and Catch2 3 may shuffle the tests. These
  // options come first, so that options on the command line override them.
  std::vector<const char*> arguments{argv, argv + argc};
  arguments.insert(arguments.begin() + 1, {"--order", "decl", "--rng-seed", "1"});
  if (const int problem = session.applyCommandLine(static_cast<int>(arguments.size()), arguments.data());
      problem != 0) {
    return problem;
  }
  std::ostringstream report;
  std::streambuf* original = nullptr;
  if (!world().is_root()) original = Catch::cout().rdbuf(report.rdbuf());
  std::int64_t failed = session.run();
  if (original != nullptr) {
    Catch::cout().rdbuf(original);
    if (failed != 0) std::fprintf(stderr, "rank %d:\n%s\n", world().rank(), report.str().c_str());
  }
  world().allreduce_max(std::span<std::int64_t>{&failed, 1});
  test_world.reset();
  return failed == 0 ? 0 : 1;
}

#include "batch/rollback.h"

#include <catch2/catch.hpp>

#include <string>

using tessera::batch::Rollback;
namespace base = tessera::base;

TEST_CASE("changes that are not kept are undone in reverse order, even if an action fails") {
  std::string undone;
  {
    Rollback rollback;
    rollback.add([&] { undone += "kept "; });
    rollback.keep();
    rollback.add([&] { undone += "first "; });
    rollback.add([] { throw base::Error(base::ExitCode::io_error, "the disk is full"); });
    rollback.add([&] { undone += "second "; });
    CHECK(undone.empty());
  }
  CHECK(undone == "second first ");
}

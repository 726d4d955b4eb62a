#include "diagnosis/shared_memory_size.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

// Open MPI uses about 4 MB per rank.
constexpr double low_bytes = 48e6;

}  // namespace

Check shared_memory_size_check(const std::string& group, double size, double free) {
  Check check{group,
              "/dev/shm",
              State::good,
              fmt::format("{}, {} free", base::format_bytes(size), base::format_bytes(free)),
              {}};
  if (free < low_bytes) {
    check.state = State::warning;
    check.advice =
        "Open MPI sends messages between the ranks of a node through it, and needs about 4 MB per rank: "
        "enlarge it (mount -o remount,size=50% /dev/shm; docker run --shm-size 1g), or delete files left "
        "behind there";
  }
  return check;
}

}  // namespace tessera::diagnosis

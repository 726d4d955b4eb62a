#include "diagnosis/shared_memory_size.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

// Containers get 64 MB unless they ask for more, which holds the fields of small jobs alone.
constexpr double little = 256e6;

}  // namespace

Check shared_memory_size_check(const std::string& group, double size, double free) {
  Check check{group,
              "/dev/shm",
              State::good,
              fmt::format("{}, {} free", base::format_bytes(size), base::format_bytes(free)),
              {}};
  if (free < little) {
    check.state = State::warning;
    check.advice =
        "it holds the fields of ranks that share a node; where they do not fit, slower messages take its "
        "place: "
        "enlarge it (mount -o remount,size=50% /dev/shm; docker run --shm-size 8g), or remove what is left "
        "there";
  }
  return check;
}

}  // namespace tessera::diagnosis

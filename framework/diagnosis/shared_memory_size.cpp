#include "diagnosis/shared_memory_size.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

// Containers have 64 MB by default, which is enough only for the fields of small jobs.
constexpr double low_bytes = 256e6;

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
        "it holds the fields of the ranks on a node; if they do not fit, the ranks use messages, which are "
        "slower: enlarge it (mount -o remount,size=50% /dev/shm; docker run --shm-size 8g), or delete files "
        "left behind there";
  }
  return check;
}

}  // namespace tessera::diagnosis

#include "supervisor/rank_count.h"

#include "base/error.h"
#include "host/hostfile.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace tessera::supervisor {

int rank_count(int asked, const std::string& hostfile) {
  if (asked > 0) return asked;
  if (!hostfile.empty()) {
    int slots = 0;
    bool known = true;
    for (const host::HostEntry& h : host::read_hostfile(hostfile)) {
      slots += h.slots;
      known = known && h.slots_given;
    }
    if (known && slots > 0) return slots;
    throw base::Error(base::ExitCode::usage,
                      fmt::format("the hostfile `{}` does not say how many ranks to start", hostfile),
                      "give their number: -n 8; or each host's slots in the file: slots=4");
  }
  const char* tasks = std::getenv("SLURM_NTASKS");
  return tasks == nullptr ? 1 : std::max(1, std::atoi(tasks));
}

}  // namespace tessera::supervisor

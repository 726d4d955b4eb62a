#include "supervisor/host_selection.h"

#include "base/error.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tessera::supervisor {

void check_slots(const std::vector<host::HostEntry>& entries, const std::string& hostfile, int ranks,
                 bool begun) {
  if (std::none_of(entries.begin(), entries.end(), [](const auto& h) { return h.slots > 0; })) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("the hostfile `{}` gives no slots", hostfile),
                      "write one line per host, such as `node-a slots=16`");
  }
  int slots = 0;
  bool known = true;
  for (const host::HostEntry& h : entries) {
    slots += h.slots;
    known = known && h.slots_given;
  }
  if (known && slots < ranks && !begun) {
    throw base::Error(
        base::ExitCode::usage,
        fmt::format("the hostfile `{}` has {} slots, too few for {} ranks", hostfile, slots, ranks),
        "ask for fewer ranks, or give more hosts or slots");
  }
}

HostSelection select_hosts(const std::vector<ExaminedHost>& examined, int ranks, bool begun) {
  std::vector<PoolHost> hosts;
  std::string left_out;
  bool known = true;
  for (const ExaminedHost& e : examined) {
    hosts.push_back(e.host);
    known = known && e.host.entry.slots_given;
    if (!e.problem.empty()) left_out += fmt::format("\n  host {}: {}", e.host.entry.name, e.problem);
  }
  HostPool pool{std::move(hosts)};
  const int usable = pool.allot(ranks).ranks;
  // Without the slots of all hosts nobody knows whether the others suffice.
  const bool enough = usable > 0 && (begun || (known && usable >= ranks));
  if (!left_out.empty() && !enough) {
    throw base::Error(base::ExitCode::unavailable,
                      "the run cannot be started on all of its hosts:" + left_out);
  }
  return {std::move(pool), std::move(left_out)};
}

}  // namespace tessera::supervisor

#include "host_selection.h"

#include "base/error.h"
#include "base/hostfile.h"
#include "diagnosis/host_checks.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include <fmt/format.h>

namespace tessera::app {

namespace {

/// The first thing that is wrong with each host, by its group.
std::map<std::string, diagnosis::Check> problems_of(const std::vector<base::HostEntry>& hosts,
                                                    const diagnosis::Reference& reference) {
  std::map<std::string, diagnosis::Check> problems;
  for (diagnosis::Check& c : diagnosis::all_host_checks(hosts, reference)) {
    if (c.state == diagnosis::State::bad) problems.emplace(c.group, std::move(c));
  }
  return problems;
}

}  // namespace

supervisor::HostPool select_hosts(const std::string& hostfile, const std::string& launcher,
                                  const std::string& run_directory, int ranks, bool begun,
                                  const std::function<void(const std::string&)>& tell) {
  const std::vector<base::HostEntry> entries = base::read_hostfile(hostfile);
  if (std::none_of(entries.begin(), entries.end(), [](const auto& h) { return h.slots > 0; })) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("the hostfile `{}` gives no slots", hostfile),
                      "write a line for each host, as `node-a slots=16`");
  }
  const bool known = std::all_of(entries.begin(), entries.end(), [](const auto& h) { return h.slots_given; });
  int slots = 0;
  for (const base::HostEntry& h : entries) slots += h.slots;
  if (known && slots < ranks && !begun) {
    throw base::Error(
        base::ExitCode::usage,
        fmt::format("the hostfile `{}` has {} slots, too few for {} ranks", hostfile, slots, ranks),
        "ask for fewer ranks, or give more hosts or slots");
  }
  const diagnosis::Reference reference{std::filesystem::read_symlink("/proc/self/exe").string(),
                                       std::string("tessera ") + TESSERA_VERSION, launcher, run_directory};
  const auto problems = problems_of(entries, reference);
  std::vector<supervisor::PoolHost> hosts;
  std::string report;
  for (const base::HostEntry& h : entries) {
    const auto problem = problems.find(diagnosis::group_of(h));
    const bool bad = problem != problems.end();
    const bool silent = bad && problem->second.name == "login";
    hosts.push_back({h, diagnosis::address_of(h.name).local, silent, bad && !silent});
    if (!bad) continue;
    const diagnosis::Check& c = problem->second;
    report += fmt::format("\n  host {}: {}: {}", h.name, c.name, c.found);
    if (!c.advice.empty()) report += "\n    = " + c.advice;
  }
  supervisor::HostPool pool{std::move(hosts)};
  const int left = pool.allot(ranks).ranks;
  if (!report.empty() && (left == 0 || (left < ranks && !begun) || (!known && !begun))) {
    throw base::Error(base::ExitCode::unavailable, "the run cannot be started on all of its hosts:" + report);
  }
  if (!report.empty()) tell("hosts are left out:" + report);
  return pool;
}

}  // namespace tessera::app

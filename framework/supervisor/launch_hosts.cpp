#include "supervisor/launch_hosts.h"

#include "base/error.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>

namespace tessera::supervisor {

namespace {

constexpr double probe_seconds = 10.0;

}  // namespace

LaunchHosts::LaunchHosts(HostPool pool, std::string directory)
    : pool_{std::move(pool)}, directory_{std::move(directory)} {}

std::vector<std::string> LaunchHosts::probe() { return pool_.probe(mark_of(directory_), probe_seconds); }

void LaunchHosts::allot(int ranks, LaunchPlan& plan, rundir::AttemptRecord& record) const {
  record.ranks = plan.ranks = ranks;
  if (pool_.empty()) return;
  const HostPool::Allotment share = pool_.allot(ranks);
  record.ranks = plan.ranks = share.ranks;
  for (const host::HostEntry& h : share.hosts) record.hosts.push_back(h.name);
  plan.hostfile = fmt::format("{}/logs/hosts-{}", directory_, record.number);
  std::error_code ec;
  std::filesystem::create_directories(directory_ + "/logs", ec);
  std::ofstream file{plan.hostfile, std::ios::trunc};
  file << (plan.kind == LaunchPlan::Kind::hydra ? share.hydra_hostfile() : share.hostfile());
  file.close();
  if (!file) {
    throw base::Error(base::ExitCode::io_error, fmt::format("cannot write `{}`", plan.hostfile),
                      "is the file system full, or read-only?");
  }
}

std::vector<std::string> LaunchHosts::lost_of(const std::vector<std::string>& names) const {
  std::vector<std::string> lost;
  for (const PoolHost& h : pool_.hosts()) {
    if (h.out && std::find(names.begin(), names.end(), h.entry.name) != names.end())
      lost.push_back(h.entry.name);
  }
  return lost;
}

}  // namespace tessera::supervisor

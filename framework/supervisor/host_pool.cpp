#include "supervisor/host_pool.h"

#include "base/error.h"
#include "base/escape.h"
#include "base/text.h"
#include "host/command.h"
#include "host/output_file.h"
#include "host/remote_shell.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

namespace tessera::supervisor {

namespace {

constexpr int connect_timeout = 3;  // seconds

/// Runs `command` on a host, for at most `timeout` seconds. Returns why this failed; an empty string on
/// success.
std::string probe_host(const host::HostEntry& host, const std::vector<std::string>& command, double timeout) {
  const host::CommandResult result =
      host::run_command(host::remote_command(host.login(), command, connect_timeout), timeout);
  if (result.ok()) return {};
  if (result.timed_out) return "no answer within " + base::format_duration(timeout);
  const std::string message = host::error_message_in(result.err);
  return message.empty() ? fmt::format("the remote shell exited with code {}", result.exit_code) : message;
}

/// Escapes `text` so that an extended regular expression matches it literally.
std::string escape_regex(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view{".[]{}()*+?^$|\\"}.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// The total number of slots; nullopt if the number of slots of any host is unknown.
std::optional<int> total_slots(const std::vector<host::HostEntry>& hosts) {
  int slots = 0;
  for (const host::HostEntry& h : hosts) {
    if (!h.slots_given) return std::nullopt;
    slots += h.slots;
  }
  return slots;
}

}  // namespace

std::string HostPool::Allocation::hostfile() const {
  std::string text;
  for (const host::HostEntry& h : hosts) {
    text += h.name;
    if (!h.user.empty()) text += " username=" + h.user;
    if (h.slots_given) text += fmt::format(" slots={}", h.slots);
    if (h.max_slots) text += fmt::format(" max_slots={}", std::max(*h.max_slots, h.slots));
    text += '\n';
  }
  return text;
}

std::string HostPool::Allocation::hydra_hostfile() const {
  std::string text;
  for (const host::HostEntry& h : hosts) {
    text += h.name;
    if (h.slots_given) text += fmt::format(":{}", h.slots);
    if (!h.user.empty()) text += " user=" + h.user;
    text += '\n';
  }
  return text;
}

HostPool::Allocation HostPool::allocate(int ranks) const {
  Allocation allocation;
  const bool slots_known =
      std::all_of(hosts_.begin(), hosts_.end(), [](const PoolHost& h) { return h.entry.slots_given; });
  int slots = 0;
  for (const PoolHost& h : hosts_) {
    if (h.unresponsive || h.unusable || h.entry.slots < 1 || (slots_known && slots >= ranks)) continue;
    allocation.hosts.push_back(h.entry);
    slots += h.entry.slots;
  }
  allocation.ranks = allocation.hosts.empty() ? 0 : slots_known ? std::min(ranks, slots) : ranks;
  return allocation;
}

std::vector<std::string> HostPool::probe(const std::vector<std::string>& arguments, double seconds) {
  const std::vector<std::string> command = fence_command(arguments);
  std::vector<std::string> problems(hosts_.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t n = 0; n < hosts_.size(); ++n) {
      if (hosts_[n].local) continue;
      threads.emplace_back([this, &command, &problems, n, seconds] {
        try {
          problems[n] = probe_host(hosts_[n].entry, command, seconds);
        } catch (const std::exception& e) {
          problems[n] = e.what();
        }
      });
    }
  }
  std::vector<std::string> messages;
  for (std::size_t n = 0; n < hosts_.size(); ++n) {
    PoolHost& host = hosts_[n];
    const bool unresponsive = !problems[n].empty();
    if (unresponsive == host.unresponsive) continue;
    host.unresponsive = unresponsive;
    messages.push_back(unresponsive ? fmt::format("host {} does not respond ({}) and is left out",
                                                  host.entry.name, problems[n])
                                    : fmt::format("host {} responds again", host.entry.name));
  }
  return messages;
}

std::vector<std::string> HostPool::lost_hosts_among(const std::vector<std::string>& names) const {
  std::vector<std::string> lost;
  for (const PoolHost& h : hosts_) {
    if (h.unresponsive && std::find(names.begin(), names.end(), h.entry.name) != names.end())
      lost.push_back(h.entry.name);
  }
  return lost;
}

std::vector<std::string> fence_command(const std::vector<std::string>& arguments) {
  std::string pattern;
  for (const std::string& word : arguments) pattern += (pattern.empty() ? "" : " ") + escape_regex(word);
  // Put the first character in brackets, so that the pattern does not match the command line of pkill itself.
  pattern = fmt::format("[{}]{}", pattern.substr(0, 1), pattern.substr(1));
  const std::string quoted = base::shell_word(pattern);
  return {"sh", "-c",
          fmt::format(
              "pkill -KILL -f -- {0}; n=0; while [ $n -lt 30 ] && pgrep -f -- {0} > /dev/null; do sleep 0.1; "
              "n=$((n + 1)); done; true",
              quoted)};
}

void check_slots(const std::vector<host::HostEntry>& entries, const std::string& hostfile, int ranks,
                 bool run_has_begun) {
  if (std::none_of(entries.begin(), entries.end(), [](const auto& h) { return h.slots > 0; })) {
    throw base::Error(base::ExitCode::bad_data, fmt::format("the hostfile `{}` has no slots", hostfile),
                      "write one line per host, such as `node-a slots=16`");
  }
  const std::optional<int> slots = total_slots(entries);
  if (slots && *slots < ranks && !run_has_begun) {
    throw base::Error(
        base::ExitCode::usage,
        fmt::format("the hostfile `{}` has {} slots, too few for {} ranks", hostfile, *slots, ranks),
        "use fewer ranks, or add hosts or slots");
  }
}

HostSelection select_hosts(const std::vector<ExaminedHost>& examined, int ranks, bool run_has_begun) {
  std::vector<PoolHost> hosts;
  std::string unusable_hosts;
  bool slots_known = true;
  for (const ExaminedHost& e : examined) {
    hosts.push_back(e.host);
    slots_known = slots_known && e.host.entry.slots_given;
    if (!e.problem.empty()) unusable_hosts += fmt::format("\n  host {}: {}", e.host.entry.name, e.problem);
  }
  HostPool pool{std::move(hosts)};
  const int usable = pool.allocate(ranks).ranks;
  // If the number of slots of any host is unknown, the hosts without problems may have too few slots.
  const bool enough = usable > 0 && (run_has_begun || (slots_known && usable >= ranks));
  if (!unusable_hosts.empty() && !enough) {
    throw base::Error(base::ExitCode::unavailable,
                      "the run cannot be started on all of its hosts:" + unusable_hosts);
  }
  return {std::move(pool), std::move(unusable_hosts)};
}

void assign_hosts(const HostPool& pool, int ranks, LaunchPlan& plan, rundir::AttemptRecord& record) {
  record.ranks = plan.ranks = ranks;
  if (pool.empty()) return;
  const HostPool::Allocation allocation = pool.allocate(ranks);
  record.ranks = plan.ranks = allocation.ranks;
  for (const host::HostEntry& h : allocation.hosts) record.hosts.push_back(h.name);
  plan.hostfile = fmt::format("{}/logs/hosts-{}", plan.directory, record.number);
  std::error_code ec;
  std::filesystem::create_directories(plan.directory + "/logs", ec);
  host::write_whole_file(plan.hostfile, plan.kind == LaunchPlan::Kind::hydra ? allocation.hydra_hostfile()
                                                                             : allocation.hostfile());
}

int rank_count(int requested, const std::string& hostfile) {
  if (requested > 0) return requested;
  if (!hostfile.empty()) {
    const std::optional<int> slots = total_slots(host::read_hostfile(hostfile));
    if (slots && *slots > 0) return *slots;
    throw base::Error(base::ExitCode::usage,
                      fmt::format("the hostfile `{}` does not determine the number of ranks", hostfile),
                      "give the number of ranks (-n 8), or the slots of each host in the hostfile (slots=4)");
  }
  const char* tasks = std::getenv("SLURM_NTASKS");
  return tasks == nullptr ? 1 : std::max(1, std::atoi(tasks));
}

}  // namespace tessera::supervisor

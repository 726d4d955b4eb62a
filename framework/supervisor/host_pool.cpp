#include "supervisor/host_pool.h"

#include "base/text.h"
#include "host/command.h"
#include "host/remote_shell.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace tessera::supervisor {

namespace {

constexpr int connect_seconds = 3;

/// Why a host does not respond; empty if it does.
std::string problem_of(const host::HostEntry& host, const std::vector<std::string>& command, double seconds) {
  const host::CommandResult result =
      host::run_command(host::remote_command(host.login(), command, connect_seconds), seconds);
  if (result.ok()) return {};
  if (result.timed_out) return "no answer within " + base::format_duration(seconds);
  const std::string complaint = host::complaint_in(result.err);
  return complaint.empty() ? fmt::format("the remote shell ended with code {}", result.exit_code) : complaint;
}

/// Escapes a text for an extended regular expression.
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view{".[]{}()*+?^$|\\"}.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string HostPool::Allotment::hostfile() const {
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

std::string HostPool::Allotment::hydra_hostfile() const {
  std::string text;
  for (const host::HostEntry& h : hosts) {
    text += h.name;
    if (h.slots_given) text += fmt::format(":{}", h.slots);
    if (!h.user.empty()) text += " user=" + h.user;
    text += '\n';
  }
  return text;
}

HostPool::Allotment HostPool::allot(int ranks) const {
  Allotment share;
  const bool known =
      std::all_of(hosts_.begin(), hosts_.end(), [](const PoolHost& h) { return h.entry.slots_given; });
  int slots = 0;
  for (const PoolHost& h : hosts_) {
    if (h.out || h.unfit || h.entry.slots < 1 || (known && slots >= ranks)) continue;
    share.hosts.push_back(h.entry);
    slots += h.entry.slots;
  }
  share.ranks = share.hosts.empty() ? 0 : known ? std::min(ranks, slots) : ranks;
  return share;
}

std::vector<std::string> HostPool::probe(const std::vector<std::string>& mark, double seconds) {
  const std::vector<std::string> command = fence_command(mark);
  std::vector<std::string> problems(hosts_.size());
  {
    std::vector<std::jthread> askers;
    for (std::size_t n = 0; n < hosts_.size(); ++n) {
      if (hosts_[n].local) continue;
      askers.emplace_back([this, &command, &problems, n, seconds] {
        try {
          problems[n] = problem_of(hosts_[n].entry, command, seconds);
        } catch (const std::exception& e) {
          problems[n] = e.what();
        }
      });
    }
  }
  std::vector<std::string> news;
  for (std::size_t n = 0; n < hosts_.size(); ++n) {
    PoolHost& host = hosts_[n];
    const bool out = !problems[n].empty();
    if (out == host.out) continue;
    host.out = out;
    news.push_back(
        out ? fmt::format("host {} does not answer ({}) and is left out", host.entry.name, problems[n])
            : fmt::format("host {} answers again", host.entry.name));
  }
  return news;
}

std::vector<std::string> fence_command(const std::vector<std::string>& mark) {
  std::string pattern;
  for (const std::string& word : mark) pattern += (pattern.empty() ? "" : " ") + literal(word);
  // With its first character in brackets, the pattern does not match this command itself.
  pattern = fmt::format("[{}]{}", pattern.substr(0, 1), pattern.substr(1));
  const std::string quoted = host::shell_quoted(pattern);
  return {"sh", "-c",
          fmt::format(
              "pkill -KILL -f -- {0}; n=0; while [ $n -lt 30 ] && pgrep -f -- {0} > /dev/null; do sleep 0.1; "
              "n=$((n + 1)); done; true",
              quoted)};
}

}  // namespace tessera::supervisor

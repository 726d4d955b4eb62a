#include "diagnosis/host_checks.h"

#include "base/error.h"
#include "base/text.h"
#include "diagnosis/guarded.h"
#include "diagnosis/host_probe.h"
#include "diagnosis/launcher_version.h"
#include "diagnosis/scratch_folder.h"
#include "diagnosis/shared_memory_size.h"
#include "host/command.h"
#include "host/remote_shell.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tessera::diagnosis {

namespace {

constexpr int connect_timeout_seconds = 5;
constexpr double lookup_seconds = 15.0;   // time limit for resolving a name
constexpr double max_clock_offset = 1.0;  // seconds between two clocks

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string text_of(const sockaddr* address, socklen_t length) {
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text.data();
}

bool is_local_address(const std::string& address) {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner{raw, &freeifaddrs};
  for (const ifaddrs* entry = raw; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (text_of(entry->ifa_addr, length) == address) return true;
  }
  return false;
}

std::string login_advice(const std::string& login, const std::string& output) {
  const auto has = [&](const char* text) { return output.find(text) != std::string::npos; };
  if (has("Permission denied") || has("Too many authentication failures"))
    return fmt::format("set up login without a password: ssh-keygen, then ssh-copy-id {}", login);
  if (has("Host key verification failed") || has("REMOTE HOST IDENTIFICATION HAS CHANGED")) {
    return fmt::format("check the host's key, then accept it: ssh {}", login);
  }
  if (has("Could not resolve hostname") || has("Name or service not known"))
    return "correct the name in the hostfile, or add it to /etc/hosts, DNS or ~/.ssh/config";
  if (has("Connection refused")) return "start an ssh server there: systemctl start ssh";
  if (has("timed out") || has("No route to host") || has("unreachable"))
    return "check that the host is up and that no firewall blocks the connection";
  return fmt::format("try it by hand: {} {} true", host::remote_command(login, {"true"}).front(), login);
}

/// Queries the properties of a host. Sets `check` to the outcome, and `begin` and `end` to the times at which
/// the query began and ended by the clock of this host. Returns nullopt if there was no answer.
std::optional<HostProperties> query_host(const host::HostEntry& host, const Address& address,
                                         const std::vector<std::string>& probe, Check& check, double& begin,
                                         double& end) {
  const std::vector<std::string> command =
      address.local ? probe : host::remote_command(host.login(), probe, connect_timeout_seconds);
  begin = now();
  const host::CommandResult result = host::run_command(command, host_seconds);
  end = now();
  const std::optional<HostProperties> properties = parse_properties(result.out);
  if (properties) {
    check.found = address.local ? "this host: ranks start without a remote shell"
                                : fmt::format("{} to {} in {}", command.front(), host.login(),
                                              base::format_duration(end - begin));
    return properties;
  }
  check.state = State::bad;
  const std::string message = host::error_message_in(result.err);
  if (!result.found) {
    check.found = fmt::format("`{}` is not in PATH", base::printable(command.front(), 200));
    check.advice =
        "install it (openssh-client), or set OMPI_MCA_plm_rsh_agent (PRTE_MCA_plm_ssh_agent for Open MPI 5) "
        "to another remote shell";
  } else if (result.timed_out) {
    check.found = "no answer within " + base::format_duration(host_seconds);
    check.advice =
        fmt::format("find out what blocks it, for example a shell start-up file on that host: {} {} true",
                    command.front(), host.login());
  } else {
    check.found = message.empty() ? fmt::format("no answer; the remote shell exited with code {}, signal {}",
                                                result.exit_code, result.signal)
                                  : message;
    check.advice = login_advice(host.login(), result.err);
  }
  return std::nullopt;
}

Check program_check(const std::string& group, const HostProperties& properties, const Reference& reference) {
  Check check{group, "tessera", State::good, properties.version, {}};
  if (properties.has_program && properties.version == reference.version) return check;
  check.state = State::bad;
  if (!properties.has_program) {
    check.found = fmt::format("{} was not found on that host", reference.program);
    check.advice = "install Tessera under the same path, or on a file system that all hosts share";
  } else if (properties.version.empty()) {
    check.found = fmt::format("{} does not start there", reference.program);
    if (!properties.problem.empty()) check.found += ": " + properties.problem;
    check.advice =
        "a library is missing, or it was built for another processor (-DTESSERA_NATIVE=OFF builds for all); "
        "on that host: ldd " +
        reference.program;
  } else {
    check.found = fmt::format("{} there, {} here", properties.version, reference.version);
    check.advice = "install the same version on all hosts";
  }
  return check;
}

Check launcher_check(const std::string& group, const HostProperties& properties, const Reference& reference,
                     const std::string& local_mpi, bool needs_daemon) {
  Check check{group, "mpirun", State::good, properties.launcher_mpi, {}};
  if (properties.launcher_mpi != local_mpi) {
    check.state = State::bad;
    check.found = properties.launcher_mpi.empty()
                      ? fmt::format("{} is not in PATH on that host", reference.launcher)
                      : fmt::format("{} there, {} here", properties.launcher_mpi, local_mpi);
    check.advice = "install the same Open MPI on all hosts, in the PATH of non-interactive shells";
  } else if (needs_daemon && properties.daemon.empty()) {
    check.state = State::bad;
    check.found += ", but its daemon is not in PATH there";
    check.advice = "set PATH at the top of ~/.bashrc there, or call mpirun by its absolute path";
  }
  return check;
}

Check folder_check(const std::string& group, const HostProperties& properties, const std::string& marker,
                   const std::string& folder) {
  Check check{group, "run directory", State::good, "the same folder", {}};
  if (properties.marker == marker) return check;
  check.state = State::bad;
  check.found =
      fmt::format("{} is a different folder there, or does not exist", base::printable(folder, 300));
  check.advice = "use a --run-dir on a file system that all hosts share, under the same path";
  return check;
}

Check clock_check(const std::string& group, double remote_time, double begin, double end) {
  const double offset = remote_time - (begin + end) / 2.0;
  const double uncertainty = (end - begin) / 2.0;
  Check check{
      group,
      "clock",
      State::good,
      fmt::format("{:+.0f} ms relative to this host, accurate to {:.0f} ms", offset * 1e3, uncertainty * 1e3),
      {}};
  if (std::abs(offset) > uncertainty + max_clock_offset) {
    check.state = State::warning;
    check.advice =
        "times in logs and ages of checkpoints will be wrong: synchronise the clocks with NTP (chrony)";
  }
  return check;
}

Check host_slots_check(const std::string& group, const host::HostEntry& host, int cores) {
  Check check{group, "slots", State::good, {}, {}};
  const std::string available = fmt::format("{} core{}", cores, cores == 1 ? "" : "s");
  if (!host.slots_given) {
    check.found = fmt::format("not given: mpirun uses one per core, {}", available);
    return check;
  }
  check.found = fmt::format("{} slot{}, {}", host.slots, host.slots == 1 ? "" : "s", available);
  if (host.slots > cores) {
    check.state = State::warning;
    check.advice = fmt::format("more than one rank per core gains nothing: slots={}", cores);
  }
  return check;
}

/// Name of the daemon that mpirun starts on other hosts; empty if neither is in PATH.
std::string daemon_name() {
  for (const char* name : {"orted", "prted"}) {
    if (!host::find_program(name).empty()) return name;
  }
  return {};
}

}  // namespace

Address address_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  Address address;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &raw) != 0) return address;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{raw, &freeaddrinfo};
  for (const addrinfo* entry = raw; entry != nullptr; entry = entry->ai_next) {
    const std::string text = text_of(entry->ai_addr, entry->ai_addrlen);
    if (address.text.empty()) address.text = text;
    address.local = address.local || is_local_address(text);
  }
  return address;
}

Checks host_checks(const host::HostEntry& host, const Reference& reference) {
  const std::string group = group_of(host);
  const Address address = address_of(host.name);
  std::unique_ptr<ScratchFolder> scratch;
  std::string marker;
  const std::string folder =
      reference.run_directory.empty() ? std::string{} : nearest_folder(reference.run_directory);
  if (!folder.empty()) {
    try {
      scratch = std::make_unique<ScratchFolder>(folder);
      marker = fmt::format("{} {} {}", host.name, getpid(),
                           std::chrono::steady_clock::now().time_since_epoch().count());
      std::ofstream{scratch->file("marker")} << marker << '\n';
    } catch (const base::Error&) {  // file_system_checks() reports this error
      scratch.reset();
    }
  }

  Checks checks;
  Check name{group, "name", State::good, address.text, {}};
  Check login{group, "login", State::good, {}, {}};
  const std::string daemon = daemon_name();
  double begin = 0.0;
  double end = 0.0;
  const auto properties = query_host(host, address,
                                     probe_command(reference.program, reference.launcher, daemon,
                                                   scratch ? scratch->file("marker") : "/dev/null"),
                                     login, begin, end);
  if (address.text.empty()) {
    // It may be an alias in the ssh configuration, which mpirun can use as well.
    name.state = State::warning;
    name.found = properties ? "resolved only by the remote shell" : "cannot be resolved";
    if (properties) name.advice = "add it to /etc/hosts or DNS";
  }
  checks.push_back(std::move(name));
  checks.push_back(std::move(login));
  if (!properties) return checks;

  // If mpirun is called by its path, the daemon need not be in PATH on other hosts.
  const bool needs_daemon =
      !daemon.empty() && !address.local && reference.launcher.find('/') == std::string::npos;
  const std::string local_mpi =
      launcher_version(host::run_command({reference.launcher, "--version"}, 10.0).out);
  checks.push_back(program_check(group, *properties, reference));
  checks.push_back(launcher_check(group, *properties, reference, local_mpi, needs_daemon));
  if (scratch) checks.push_back(folder_check(group, *properties, marker, reference.run_directory));
  if (!address.local) checks.push_back(clock_check(group, properties->time, begin, end));
  if (properties->shared_memory > 0.0) {
    checks.push_back(
        shared_memory_size_check(group, properties->shared_memory, properties->shared_memory_free));
  } else {
    checks.push_back(
        {group, "/dev/shm", State::warning, "does not exist",
         "ranks on that host will exchange messages instead, which is slower: mount a tmpfs there"});
  }
  if (properties->cores > 0) checks.push_back(host_slots_check(group, host, properties->cores));
  return checks;
}

std::string group_of(const host::HostEntry& host) { return "host " + host.name; }

Checks all_host_checks(const std::vector<host::HostEntry>& hosts, const Reference& reference) {
  std::vector<Task> tasks;
  for (const host::HostEntry& host : hosts) {
    tasks.push_back({group_of(host), "login", host_seconds + lookup_seconds,
                     [&host, &reference] { return host_checks(host, reference); },
                     "find out what blocks it: the lookup of the host name, or the run directory"});
  }
  return run_guarded(tasks);
}

Check slots_check(const std::vector<host::HostEntry>& hosts, int ranks) {
  const int slots = std::accumulate(hosts.begin(), hosts.end(), 0,
                                    [](int sum, const host::HostEntry& h) { return sum + h.slots; });
  const bool all_given =
      std::all_of(hosts.begin(), hosts.end(), [](const host::HostEntry& h) { return h.slots_given; });
  Check check{"hostfile",
              "slots",
              State::good,
              fmt::format("{}{} slots on {} host{}", all_given ? "" : "at least ", slots, hosts.size(),
                          hosts.size() == 1 ? "" : "s"),
              {}};
  if (ranks > 0) check.found += fmt::format("; {} rank{}", ranks, ranks == 1 ? "" : "s");
  if (ranks > slots && all_given) {
    check.state = State::bad;
    check.advice =
        fmt::format("at most {} ranks can be started: add hosts or slots, or use fewer ranks", slots);
  }
  return check;
}

}  // namespace tessera::diagnosis

#include "rundir/fault.h"

#include "base/text.h"

#include <array>
#include <csignal>
#include <utility>

#include <fmt/format.h>

namespace tessera::rundir {

namespace {

using host::BoardPhase;

constexpr std::array<std::pair<int, const char*>, 16> signal_names{{{SIGHUP, "SIGHUP"},
                                                                    {SIGINT, "SIGINT"},
                                                                    {SIGQUIT, "SIGQUIT"},
                                                                    {SIGILL, "SIGILL"},
                                                                    {SIGTRAP, "SIGTRAP"},
                                                                    {SIGABRT, "SIGABRT"},
                                                                    {SIGBUS, "SIGBUS"},
                                                                    {SIGFPE, "SIGFPE"},
                                                                    {SIGKILL, "SIGKILL"},
                                                                    {SIGUSR1, "SIGUSR1"},
                                                                    {SIGSEGV, "SIGSEGV"},
                                                                    {SIGUSR2, "SIGUSR2"},
                                                                    {SIGPIPE, "SIGPIPE"},
                                                                    {SIGTERM, "SIGTERM"},
                                                                    {SIGXCPU, "SIGXCPU"},
                                                                    {SIGSYS, "SIGSYS"}}};

/// " (SIGKILL)", " (exit code 1)", or an empty string.
std::string cause_of(const Fault& f) {
  if (f.signal != 0) return " (" + signal_name(f.signal) + ")";
  return f.exit_code ? fmt::format(" (exit code {})", *f.exit_code) : "";
}

std::string culprit_of(const Fault& f, const std::string& host) {
  return f.rank < 0 ? "a rank" : fmt::format("rank {} on {}", f.rank, host);
}

/// " in compute, step 200"; without a step if the phase precedes the first one.
std::string place_of(const Fault& f) {
  if (f.phase == BoardPhase::absent) return f.step > 0 ? fmt::format(" after step {}", f.step) : "";
  if (f.phase == BoardPhase::start || f.phase == BoardPhase::restart || f.phase == BoardPhase::finished) {
    return fmt::format(" in {}", host::name_of(f.phase));
  }
  return fmt::format(" in {}, step {}", host::name_of(f.phase), f.step);
}

}  // namespace

const char* name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::death:
      return "death";
    case FaultKind::hang:
      return "hang";
    case FaultKind::exit:
      return "exit";
    case FaultKind::launcher:
      return "launcher";
    case FaultKind::supervisor:
      break;
  }
  return "supervisor";
}

std::string signal_name(int signal) {
  for (const auto& [number, name] : signal_names) {
    if (number == signal) return name;
  }
  return fmt::format("signal {}", signal);
}

std::string describe(const Fault& f, const std::string& host) {
  const std::string when = fmt::format(", {} after the start", base::format_duration(f.detected_seconds));
  switch (f.kind) {
    case FaultKind::death:
      return culprit_of(f, host) + " died" + cause_of(f) + place_of(f) + when;
    case FaultKind::hang:
      if (f.phase == BoardPhase::absent) {
        return (f.rank < 0 ? "no rank has" : fmt::format("rank {} has not", f.rank)) +
               fmt::format(" begun within {}", base::format_duration(f.detected_seconds));
      }
      return culprit_of(f, host) + " hangs" + place_of(f) +
             fmt::format(" ({}): no heartbeat for {}", f.stopped ? "stopped by a signal" : "not stopped",
                         base::format_duration(f.silent_seconds));
    case FaultKind::exit:
      return "the run failed" + cause_of(f) + place_of(f) + when;
    case FaultKind::supervisor:
      return "the supervisor ended unexpectedly" + place_of(f);
    case FaultKind::launcher:
      break;
  }
  return (f.signal != 0 ? "mpirun was killed" : "mpirun failed") + cause_of(f) + place_of(f) + when;
}

}  // namespace tessera::rundir

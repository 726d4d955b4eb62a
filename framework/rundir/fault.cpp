#include "rundir/fault.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <fmt/format.h>

namespace tessera::rundir {

namespace {

using host::BoardPhase;

constexpr std::array signals{SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,
                             SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGTERM, SIGXCPU, SIGSYS};
constexpr std::array<const char*, signals.size()> signal_names{
    "SIGHUP",  "SIGINT",  "SIGQUIT", "SIGILL",  "SIGTRAP", "SIGABRT", "SIGBUS",  "SIGFPE",
    "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGTERM", "SIGXCPU", "SIGSYS"};
/// In the order of FaultKind.
constexpr std::array kind_names{"death", "hang", "exit", "launcher", "supervisor"};

/// Describes the signal or exit code, such as " (SIGKILL)" or " (exit code 1)"; empty if both are unknown.
std::string cause_of(const Fault& f) {
  if (f.signal != 0)
    return " (" + signal_name(f.signal) + (f.out_of_memory ? ", probably out of memory)" : ")");
  return f.exit_code ? fmt::format(" (exit code {})", *f.exit_code) : "";
}

std::string culprit_of(const Fault& f, const std::string& host) {
  return f.rank < 0 ? "a rank" : fmt::format("rank {} on {}", f.rank, host);
}

/// Describes the phase and the step, such as " in compute, step 200". Omits the step if the phase does not
/// belong to one, and the phase if it is unknown.
std::string place_of(const Fault& f) {
  if (f.phase == BoardPhase::absent) return f.step > 0 ? fmt::format(" after step {}", f.step) : "";
  if (f.phase == BoardPhase::start || f.phase == BoardPhase::restart || f.phase == BoardPhase::finished) {
    return fmt::format(" in {}", host::name_of(f.phase));
  }
  return fmt::format(" in {}, step {}", host::name_of(f.phase), f.step);
}

}  // namespace

const char* name_of(FaultKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

FaultKind fault_kind_named(const std::string& name) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), name);
  return found == kind_names.end() ? FaultKind::exit : static_cast<FaultKind>(found - kind_names.begin());
}

std::string signal_name(int signal) {
  const auto found = std::find(signals.begin(), signals.end(), signal);
  if (found == signals.end()) return fmt::format("signal {}", signal);
  return signal_names[static_cast<std::size_t>(found - signals.begin())];
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
  if (f.exit_code == 0) return "mpirun ended with exit code 0, but the run is not done" + place_of(f) + when;
  return (f.signal != 0 ? "mpirun was killed" : "mpirun failed") + cause_of(f) + place_of(f) + when;
}

}  // namespace tessera::rundir

#include "supervisor/stop_signals.h"

#include "host/interrupts.h"

#include <cstddef>

namespace tessera::supervisor {

namespace {

// Global, since a handler has no other way to report.
volatile std::sig_atomic_t stop_flag = 0;
volatile std::sig_atomic_t checkpoint_flag = 0;
host::Interrupts interrupts_so_far;

void handle(int signal) {
  if (signal == SIGUSR2) {
    checkpoint_flag = 1;
    return;
  }
  if (signal == SIGINT) interrupts_so_far.add();
  stop_flag = 1;
}

}  // namespace

StopSignals::StopSignals() {
  struct sigaction now {};
  sigaction(SIGTERM, nullptr, &now);
  if (now.sa_handler != handle) {  // flags of an outer object remain set
    stop_flag = 0;
    checkpoint_flag = 0;
    interrupts_so_far.clear();
  }
  for (std::size_t n = 0; n < signals.size(); ++n) {
    struct sigaction action {};
    const int s = signals[n];
    // If SIGCHLD is ignored, as some programs that start others leave it, children cannot be waited for.
    action.sa_handler = s == SIGHUP || s == SIGPIPE ? SIG_IGN : s == SIGCHLD ? SIG_DFL : handle;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(s, &action, &before_[n]);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t n = 0; n < signals.size(); ++n) sigaction(signals[n], &before_[n], nullptr);
}

bool StopSignals::stop_asked() { return stop_flag != 0; }

int StopSignals::interrupts() { return interrupts_so_far.count(); }

bool StopSignals::take_checkpoint_asked() {
  const bool asked = checkpoint_flag != 0;
  checkpoint_flag = 0;
  return asked;
}

}  // namespace tessera::supervisor

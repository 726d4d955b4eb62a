#include "host/stop_signals.h"

#include <ctime>

#include <unistd.h>

namespace tessera::host {

namespace {

constexpr long long repeat_window_milliseconds = 200;

// A signal handler can only set flags.
volatile std::sig_atomic_t stop_flag = 0;
volatile std::sig_atomic_t checkpoint_flag = 0;
volatile std::sig_atomic_t interrupts_allowed = 0;
Interrupts interrupts_so_far;

void handle(int signal) {
  if (signal == SIGUSR2) {
    checkpoint_flag = 1;
    return;
  }
  if (signal == SIGINT) {
    interrupts_so_far.add();
    if (interrupts_so_far.count() > interrupts_allowed) _exit(130);
  }
  stop_flag = 1;
}

void install(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

bool test_and_clear(volatile std::sig_atomic_t& flag) {
  const bool was_set = flag != 0;
  flag = 0;
  return was_set;
}

}  // namespace

void Interrupts::add() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // async-signal-safe according to POSIX
  const long long milliseconds = static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
  if (count_ > 0 && milliseconds - last_milliseconds_ < repeat_window_milliseconds) return;
  last_milliseconds_ = milliseconds;
  if (count_ < 100) count_ = count_ + 1;
}

void Interrupts::clear() { count_ = 0; }

StopSignals::StopSignals(Role role) : role_{role}, signal_count_{role == Role::rank ? 6 : signals.size()} {
  struct sigaction current {};
  sigaction(SIGTERM, nullptr, &current);
  if (role == Role::rank || current.sa_handler != handle) {  // a nested object keeps the flags
    stop_flag = 0;
    checkpoint_flag = 0;
    interrupts_so_far.clear();
  }
  interrupts_allowed = role == Role::rank ? 1 : 1000;
  for (std::size_t n = 0; n < signal_count_; ++n) {
    const int s = signals[n];
    sigaction(s, nullptr, &previous_[n]);
    const bool stays_ignored =
        s == SIGHUP && (role == Role::supervisor || previous_[n].sa_handler == SIG_IGN);
    // If SIGCHLD is ignored, which a process can inherit from its parent, it cannot wait for its children.
    install(s, stays_ignored || s == SIGPIPE ? SIG_IGN : s == SIGCHLD ? SIG_DFL : handle);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t n = 0; n < signal_count_; ++n) {
    const int s = signals[n];
    const bool is_nested = role_ == Role::supervisor && previous_[n].sa_handler == handle;
    if ((s == SIGUSR1 || s == SIGUSR2) && !is_nested) {
      install(s, SIG_IGN);  // the default action would kill a process that is already stopping as requested
    } else if (role_ == Role::supervisor || s == SIGHUP) {
      sigaction(s, &previous_[n], nullptr);
    } else if (s != SIGPIPE) {
      install(s, SIG_DFL);
    }
  }
}

bool StopSignals::stop_requested() { return stop_flag != 0; }
int StopSignals::interrupts() { return interrupts_so_far.count(); }
bool StopSignals::consume_stop_request() { return test_and_clear(stop_flag); }
bool StopSignals::consume_checkpoint_request() { return test_and_clear(checkpoint_flag); }

}  // namespace tessera::host

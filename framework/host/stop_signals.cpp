#include "host/stop_signals.h"

#include <ctime>

#include <unistd.h>

namespace tessera::host {

namespace {

constexpr long long repeat_window = 200;  // milliseconds

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

void install(int signal, void (*handler)(int), struct sigaction* previous = nullptr) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, previous);
}

bool test_and_clear(volatile std::sig_atomic_t& flag) {
  const bool was_set = flag != 0;
  flag = 0;
  return was_set;
}

}  // namespace

void Interrupts::add() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // POSIX: may be called in a signal handler
  const long long milliseconds = static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
  if (count_ > 0 && milliseconds - last_milliseconds_ < repeat_window) return;
  last_milliseconds_ = milliseconds;
  if (count_ < 100) count_ = count_ + 1;
}

void Interrupts::clear() { count_ = 0; }

StopSignals::StopSignals(Role role) : role_{role}, count_{role == Role::rank ? 4 : signals.size()} {
  struct sigaction current {};
  sigaction(SIGTERM, nullptr, &current);
  if (role == Role::rank || current.sa_handler != handle) {  // a nested object keeps the flags
    stop_flag = 0;
    checkpoint_flag = 0;
    interrupts_so_far.clear();
  }
  interrupts_allowed = role == Role::rank ? 1 : 1000;
  for (std::size_t n = 0; n < count_; ++n) {
    const int s = signals[n];
    // While SIGCHLD is ignored, as some parent programs leave it, a process cannot wait for its children.
    install(s, s == SIGHUP || s == SIGPIPE ? SIG_IGN : s == SIGCHLD ? SIG_DFL : handle, &previous_[n]);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t n = 0; n < count_; ++n) {
    const int s = signals[n];
    const bool is_nested = role_ == Role::supervisor && previous_[n].sa_handler == handle;
    if ((s == SIGUSR1 || s == SIGUSR2) && !is_nested) {
      install(s, SIG_IGN);  // the default action would kill a process that is already ending as requested
    } else if (role_ == Role::supervisor) {
      sigaction(s, &previous_[n], nullptr);
    } else {
      install(s, SIG_DFL);
    }
  }
}

bool StopSignals::stop_requested() { return stop_flag != 0; }
int StopSignals::interrupts() { return interrupts_so_far.count(); }
bool StopSignals::consume_stop_request() { return test_and_clear(stop_flag); }
bool StopSignals::consume_checkpoint_request() { return test_and_clear(checkpoint_flag); }

}  // namespace tessera::host

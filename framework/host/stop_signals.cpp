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

void install(int signal, void (*handler)(int), struct sigaction* before = nullptr) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, before);
}

bool test_and_clear(volatile std::sig_atomic_t& flag) {
  const bool asked = flag != 0;
  flag = 0;
  return asked;
}

}  // namespace

void Interrupts::add() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // POSIX: may be called in a signal handler
  const long long milliseconds = static_cast<long long>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
  if (count_ > 0 && milliseconds - last_ < repeat_window) return;
  last_ = milliseconds;
  if (count_ < 100) count_ = count_ + 1;
}

void Interrupts::clear() { count_ = 0; }

StopSignals::StopSignals(Of of) : of_{of}, count_{of == Of::rank ? 4 : signals.size()} {
  struct sigaction now {};
  sigaction(SIGTERM, nullptr, &now);
  if (of == Of::rank || now.sa_handler != handle) {  // keeps the flags of an outer object
    stop_flag = 0;
    checkpoint_flag = 0;
    interrupts_so_far.clear();
  }
  interrupts_allowed = of == Of::rank ? 1 : 1000;
  for (std::size_t n = 0; n < count_; ++n) {
    const int s = signals[n];
    // Children cannot be waited for while SIGCHLD is ignored, as some parent programs leave it.
    install(s, s == SIGHUP || s == SIGPIPE ? SIG_IGN : s == SIGCHLD ? SIG_DFL : handle, &before_[n]);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t n = 0; n < count_; ++n) {
    const int s = signals[n];
    const bool is_nested = of_ == Of::supervisor && before_[n].sa_handler == handle;
    if ((s == SIGUSR1 || s == SIGUSR2) && !is_nested) {
      install(s, SIG_IGN);  // the default would kill a process that is ending normally as requested
    } else if (of_ == Of::supervisor) {
      sigaction(s, &before_[n], nullptr);
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

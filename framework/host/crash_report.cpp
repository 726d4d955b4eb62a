#include "host/crash_report.h"

#include "base/contract.h"
#include "base/exit_code.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace tessera::host {

namespace {

constexpr std::array fatal_signals{SIGSEGV, SIGBUS, SIGILL, SIGFPE};

std::atomic<const CrashContext*> current{nullptr};
std::atomic<int> own_rank{0};
std::array<struct sigaction, fatal_signals.size()> previous{};

/// A line to write to stderr. Uses only operations that are safe in a signal handler.
class Line {
 public:
  Line& operator<<(const char* text) {
    const std::size_t n = std::min(std::strlen(text), sizeof text_ - length_);
    std::memcpy(text_ + length_, text, n);
    length_ += n;
    return *this;
  }
  Line& operator<<(std::int64_t number) {
    char digits[24];
    char* first = digits + sizeof digits;
    *--first = '\0';
    auto rest = number < 0 ? -static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    do {
      *--first = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (number < 0) *--first = '-';
    return *this << first;
  }
  void write() const { static_cast<void>(!::write(STDERR_FILENO, text_, length_)); }

 private:
  char text_[1024];
  std::size_t length_ = 0;
};

const char* description_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV (invalid memory access)";
    case SIGBUS:
      return "SIGBUS (invalid memory access)";
    case SIGILL:
      return "SIGILL (illegal instruction)";
    default:
      return "SIGFPE (arithmetic trap)";
  }
}

const char* advice_on(int signal) {
  switch (signal) {
    case SIGILL:
      return "it was built for another processor, or has a bug: build it on this machine";
    case SIGFPE:
      return "it has a bug, such as a division of integers by 0";
    default:
      return "it has a bug. A debug build locates the access: in C++, with TESSERA_CHECKED=1; in C, with -g "
             "-fsanitize=address; in Fortran, with -g -fcheck=bounds";
  }
}

void restore_handler(int signal) {
  const auto* found = std::find(fatal_signals.begin(), fatal_signals.end(), signal);
  sigaction(signal, &previous[static_cast<std::size_t>(found - fatal_signals.begin())], nullptr);
}

void report(int signal) {
  const CrashContext* context = current.exchange(nullptr);
  if (context != nullptr) {
    Line line;
    line << "error: ";
    if (own_rank.load() != CrashReport::no_rank) line << "rank " << own_rank.load() << " ";
    line << "received " << description_of(signal) << " in " << context->call << " of " << context->callee;
    if (context->lower != context->upper) {
      line << ", step " << context->step << ", cells ";
      for (std::size_t a = 0; a < static_cast<std::size_t>(context->dimensions); ++a)
        line << (a > 0 ? "x[" : "[") << context->lower[a] << "," << context->upper[a] << ")";
    }
    line << "\n  = " << advice_on(signal) << "\n";
    line.write();
  }
  // After the return, the faulting instruction is executed again, this time with the previous handler. The
  // handler of the MPI library prints a backtrace.
  restore_handler(signal);
}

}  // namespace

CrashReport::CrashReport(int rank) {
  own_rank = rank;
  struct sigaction action {};
  action.sa_handler = report;
  sigemptyset(&action.sa_mask);
  for (std::size_t n = 0; n < fatal_signals.size(); ++n) {
    sigaction(fatal_signals[n], &action, &previous[n]);
    // report() would restore itself, and the faulting instruction would be repeated without end.
    base::expects(previous[n].sa_handler != report, "there is one crash report at a time");
  }
}

CrashReport::~CrashReport() {
  for (const int signal : fatal_signals) restore_handler(signal);
  current = nullptr;
}

void CrashReport::watch_exit() {
  static_cast<void>(std::atexit([] {
    const CrashContext* context = current.exchange(nullptr);
    if (context == nullptr) return;
    std::fflush(nullptr);  // the plugin may have printed the reason
    Line line;
    line << "error: " << context->callee << " ended the process in " << context->call
         << "\n  = a plugin function must return, with TESSERA_FAILED on error, instead of ending the "
            "process\n";
    line.write();
    _exit(static_cast<int>(base::ExitCode::internal));
  }));
}

void CrashReport::set(const CrashContext* context) { current.store(context, std::memory_order_relaxed); }

}  // namespace tessera::host

#include "host/child.h"

#include "base/error.h"
#include "base/stopwatch.h"
#include "host/descriptor.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tessera::host {

namespace {

using base::Error;
using base::ExitCode;

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text{*entry};
    bool replaced = false;
    for (const auto& variable : added) replaced = replaced || text.starts_with(variable.first + "=");
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Runs in the child: makes only calls that are safe between fork and exec.
[[noreturn]] void become(char* const* command, char* const* environment, bool output_to_error, pid_t parent,
                         int report) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // the parent died before prctl()
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &usual, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Reading from the terminal would stop a process outside its foreground group.
  const int null_input = ::open("/dev/null", O_RDONLY);
  if (null_input > STDIN_FILENO) {
    dup2(null_input, STDIN_FILENO);
    ::close(null_input);
  }
  if (output_to_error) dup2(STDERR_FILENO, STDOUT_FILENO);
  execvpe(command[0], command, environment);
  const int problem = errno;
  const ssize_t written = ::write(report, &problem, sizeof problem);
  _exit(written < 0 ? 126 : 127);
}

}  // namespace

Child::Child(const Setup& setup) {
  std::vector<std::string> command = setup.command;
  std::vector<std::string> environment = environment_with(setup.environment);
  const std::vector<char*> command_pointers = pointers_to(command);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(ExitCode::os_error, fmt::format("cannot create a pipe: {}", std::strerror(errno)));
  }
  const Descriptor report{ends[0]};
  Descriptor written{ends[1]};
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    become(command_pointers.data(), environment_pointers.data(), setup.output_to_error, parent, ends[1]);
  }
  const int fork_problem = errno;
  written.close();
  if (pid_ < 0)
    throw Error(ExitCode::os_error, fmt::format("cannot start a process: {}", std::strerror(fork_problem)));
  setpgid(pid_, pid_);  // in parent and child, whichever is first
  int problem = 0;
  ssize_t got = 0;
  do {
    got = ::read(report.number(), &problem, sizeof problem);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof problem)) return;  // exec succeeded and closed the pipe
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  throw Error(ExitCode::unavailable, fmt::format("cannot start `{}`: {}", command[0], std::strerror(problem)),
              "is it installed and in PATH? set TESSERA_MPIEXEC to use another mpirun");
}

Child::~Child() {
  kill_group();
  wait(5.0);
}

std::optional<ChildEnd> Child::poll() {
  if (end_) return end_;
  siginfo_t info{};
  int result = 0;
  do {
    result = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  } while (result != 0 && errno == EINTR);
  if (result == 0 && info.si_pid == 0) return std::nullopt;
  if (result != 0) {  // it was reaped elsewhere
    end_ = ChildEnd{255, 0};
    return end_;
  }
  // Until the child is reaped, its pid and group id cannot be reused.
  static_cast<void>(::kill(-pid_, SIGKILL));
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  end_ = WIFSIGNALED(status) ? ChildEnd{0, WTERMSIG(status)} : ChildEnd{WEXITSTATUS(status), 0};
  return end_;
}

std::optional<ChildEnd> Child::wait(double seconds) {
  const base::Stopwatch watch;
  while (!poll() && watch.seconds() < seconds) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  return poll();
}

void Child::send(int signal) const {
  if (!end_) static_cast<void>(::kill(pid_, signal));
}

void Child::kill_group() const {
  if (end_) return;
  static_cast<void>(::kill(-pid_, SIGKILL));
  static_cast<void>(::kill(pid_, SIGKILL));
}

}  // namespace tessera::host

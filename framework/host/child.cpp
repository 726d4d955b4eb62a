#include "host/child.h"

#include "base/descriptor.h"
#include "base/error.h"
#include "base/stopwatch.h"

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

/// Returns the environment of this process with the variables `added` set, as "NAME=value" strings.
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

/// Returns a null-terminated array of pointers, as exec expects.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Makes descriptor `to` a duplicate of `from` that stays open across exec, even if the two are the same.
void redirect(int from, int to) {
  if (from == to) {
    fcntl(to, F_SETFD, 0);
  } else {
    dup2(from, to);
  }
}

/// Executes the command in the child. Makes only calls that are safe between fork and exec. If exec fails,
/// writes its errno to the descriptor `report_fd`.
[[noreturn]] void exec_command(char* const* command, char* const* environment, const Child::Setup& setup,
                               pid_t parent, int report_fd) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // the parent died before prctl()
  struct sigaction default_action {};
  default_action.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &default_action, nullptr);
  sigaction(SIGXFSZ, &default_action, nullptr);
  sigset_t empty_mask;
  sigemptyset(&empty_mask);
  sigprocmask(SIG_SETMASK, &empty_mask, nullptr);
  // A process outside the foreground process group is stopped if it reads from the terminal.
  const int null_input = ::open("/dev/null", O_RDONLY);
  if (null_input > STDIN_FILENO) {
    dup2(null_input, STDIN_FILENO);
    ::close(null_input);
  }
  if (setup.output_fd >= 0) redirect(setup.output_fd, STDOUT_FILENO);
  if (setup.error_fd >= 0) redirect(setup.error_fd, STDERR_FILENO);
  if (setup.output_to_error) redirect(STDERR_FILENO, STDOUT_FILENO);
  execvpe(command[0], command, environment);
  const int exec_errno = errno;
  const ssize_t written = ::write(report_fd, &exec_errno, sizeof exec_errno);
  _exit(written < 0 ? 126 : 127);
}

/// Stops ignoring SIGCHLD, which a process can inherit from its parent: if it is ignored, waitpid() returns
/// no exit status.
void stop_ignoring_sigchld() {
  struct sigaction action {};
  if (sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
    static_cast<void>(std::signal(SIGCHLD, SIG_DFL));
}

/// Waits until the child `pid` has executed `program`, which closes its end of the pipe. If exec has failed,
/// reaps the child and throws the error that it has reported.
void wait_for_exec(pid_t pid, const std::string& program, int pipe) {
  int exec_errno = 0;
  ssize_t bytes_read = 0;
  do {
    bytes_read = ::read(pipe, &exec_errno, sizeof exec_errno);
  } while (bytes_read < 0 && errno == EINTR);
  if (bytes_read != static_cast<ssize_t>(sizeof exec_errno)) return;
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  const bool is_unavailable = exec_errno == ENOENT || exec_errno == EACCES || exec_errno == ENOTDIR;
  throw Error(is_unavailable ? ExitCode::unavailable : ExitCode::os_error,
              fmt::format("cannot start `{}`: {}", program, std::strerror(exec_errno)),
              "is it installed and in PATH? set TESSERA_MPIEXEC to use another mpirun");
}

/// Starts a process that executes the command. Returns its pid; throws as the constructor of Child does.
pid_t start_process(const Child::Setup& setup) {
  std::vector<std::string> command = setup.command;
  std::vector<std::string> environment = environment_with(setup.environment);
  const std::vector<char*> command_pointers = pointers_to(command);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  std::array<int, 2> pipe_fds{};
  if (pipe2(pipe_fds.data(), O_CLOEXEC) != 0) {
    throw Error(ExitCode::os_error, fmt::format("cannot create a pipe: {}", std::strerror(errno)));
  }
  const base::Descriptor read_end{pipe_fds[0]};
  base::Descriptor write_end{pipe_fds[1]};
  stop_ignoring_sigchld();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0)
    exec_command(command_pointers.data(), environment_pointers.data(), setup, parent, write_end.number());
  const int fork_errno = errno;
  write_end.close();
  if (pid < 0)
    throw Error(ExitCode::os_error, fmt::format("cannot start a process: {}", std::strerror(fork_errno)));
  setpgid(pid, pid);  // both parent and child call it, since either may run first
  wait_for_exec(pid, command[0], read_end.number());
  return pid;
}

}  // namespace

Child::Child(const Setup& setup) : pid_{start_process(setup)} {}

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

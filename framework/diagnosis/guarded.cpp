#include "diagnosis/guarded.h"

#include "base/error.h"
#include "base/escape.h"
#include "base/stopwatch.h"
#include "base/text.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

namespace tessera::diagnosis {

namespace {

constexpr std::size_t max_concurrent_tasks = 32;

nlohmann::json json_of(const Check& c) {
  return {c.group, c.name, static_cast<int>(c.state), c.found, c.advice};
}

Check check_of(const nlohmann::json& j) {
  return {j.at(0), j.at(1), static_cast<State>(j.at(2).get<int>()), j.at(3), j.at(4)};
}

Check failed_task(const Task& task, const std::string& found) {
  return {task.group, task.name, State::bad, found, task.advice};
}

/// Runs a task in the child process, discards all output of plugins and libraries, and writes the checks to
/// the pipe.
[[noreturn]] void run_child(const Task& task, int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null_device = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null_device, fd);
  Checks checks;
  try {
    checks = task.run();
  } catch (const base::Error& e) {
    checks = {failed_check(task.group, task.name, e)};
  } catch (const std::exception& e) {
    checks = {failed_task(task, e.what())};
  }
  nlohmann::json out = nlohmann::json::array();
  for (const Check& c : checks) out.push_back(json_of(c));
  const std::string text = base::json_text(out, -1);
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(pipe, text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR) ::_exit(1);
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  ::_exit(0);
}

/// Starts a process that runs a task and writes the checks to the pipe. Returns its pid; -1 on failure.
pid_t start_process(const Task& task, int pipe) {
  const pid_t pid = ::fork();
  if (pid == 0) run_child(task, pipe);
  return pid;
}

/// The process that runs a task.
class TaskProcess {
 public:
  explicit TaskProcess(const Task& task) : task_{&task} {
    std::array<int, 2> pipe_ends{};
    if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
      throw base::Error(base::ExitCode::os_error,
                        fmt::format("cannot create a pipe: {}", std::strerror(errno)));
    }
    pid_ = start_process(task, pipe_ends[1]);
    const int error_number = errno;
    ::close(pipe_ends[1]);
    pipe_ = pipe_ends[0];
    if (pid_ < 0) {
      ::close(pipe_);
      throw base::Error(base::ExitCode::os_error,
                        fmt::format("cannot start a process: {}", std::strerror(error_number)));
    }
  }
  TaskProcess(const TaskProcess&) = delete;
  TaskProcess& operator=(const TaskProcess&) = delete;
  ~TaskProcess() {
    if (!done_) ::kill(pid_, SIGKILL);
    ::close(pipe_);
  }

  int pipe() const { return pipe_; }
  bool done() const { return done_; }
  const Checks& checks() const { return checks_; }

  /// Reads from the pipe if `readable`. Otherwise kills the task if it has exceeded its time limit.
  void poll(bool readable) {
    if (readable && !read()) {
      int status = 0;
      while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
      done_ = true;
      collect_checks(status);
    } else if (watch_.seconds() > task_->seconds) {
      ::kill(pid_, SIGKILL);
      // A process that is blocked in an unresponsive file system cannot be killed: it is left behind.
      for (int n = 0; n < 50 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++n) ::poll(nullptr, 0, 2);
      done_ = true;
      checks_ = {failed_task(*task_, "no answer within " + base::format_duration(task_->seconds))};
    }
  }

 private:
  /// Reads from the pipe once. Returns false at end of file or on an error.
  bool read() {
    std::array<char, 65536> bytes{};
    const ssize_t received = ::read(pipe_, bytes.data(), bytes.size());
    if (received > 0) text_.append(bytes.data(), static_cast<std::size_t>(received));
    return received > 0 || (received < 0 && errno == EINTR);
  }

  void collect_checks(int status) {
    const auto parsed = nlohmann::json::parse(text_, nullptr, false);
    if (parsed.is_array()) {
      for (const nlohmann::json& check : parsed) checks_.push_back(check_of(check));
    } else if (WIFSIGNALED(status)) {
      checks_ = {failed_task(
          *task_, fmt::format("killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))))};
    } else {
      checks_ = {failed_task(*task_, fmt::format("exited with code {}", WEXITSTATUS(status)))};
    }
  }

  const Task* task_;
  base::Stopwatch watch_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string text_;
  bool done_ = false;
  Checks checks_;
};

}  // namespace

Checks run_guarded(const std::vector<Task>& tasks) {
  std::vector<std::unique_ptr<TaskProcess>> processes;  // one per task that has been started
  std::size_t ended_count = 0;
  while (ended_count < tasks.size()) {
    while (processes.size() < tasks.size() && processes.size() - ended_count < max_concurrent_tasks)
      processes.push_back(std::make_unique<TaskProcess>(tasks[processes.size()]));
    std::vector<pollfd> poll_fds;
    std::vector<TaskProcess*> running;
    for (const auto& process : processes) {
      if (process->done()) continue;
      poll_fds.push_back({process->pipe(), POLLIN, 0});
      running.push_back(process.get());
    }
    ::poll(poll_fds.data(), poll_fds.size(), 50);
    for (std::size_t n = 0; n < running.size(); ++n) {
      running[n]->poll(poll_fds[n].revents != 0);
      if (running[n]->done()) ++ended_count;
    }
  }
  Checks all;
  for (const auto& process : processes)
    all.insert(all.end(), process->checks().begin(), process->checks().end());
  return all;
}

}  // namespace tessera::diagnosis

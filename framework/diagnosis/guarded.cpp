#include "diagnosis/guarded.h"

#include "base/error.h"
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

constexpr std::size_t max_concurrent = 32;

nlohmann::json json_of(const Check& c) {
  return {c.group, c.name, static_cast<int>(c.state), c.found, c.advice};
}

Check check_of(const nlohmann::json& j) {
  return {j.at(0), j.at(1), static_cast<State>(j.at(2).get<int>()), j.at(3), j.at(4)};
}

Check failed(const Task& task, const std::string& found) {
  return {task.group, task.name, State::bad, found, task.advice};
}

/// Runs in the child: sends the checks through the pipe, and silences all output of plugins and libraries.
[[noreturn]] void run_child(const Task& task, int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  Checks checks;
  try {
    checks = task.run();
  } catch (const base::Error& e) {
    checks = {bad_check(task.group, task.name, e)};
  } catch (const std::exception& e) {
    checks = {failed(task, e.what())};
  }
  nlohmann::json out = nlohmann::json::array();
  for (const Check& c : checks) out.push_back(json_of(c));
  const std::string text = out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(pipe, text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR) ::_exit(1);
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  ::_exit(0);
}

/// A running task.
class Job {
 public:
  explicit Job(const Task& task) : task_{&task} {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw base::Error(base::ExitCode::os_error,
                        fmt::format("cannot create a pipe: {}", std::strerror(errno)));
    }
    pid_ = ::fork();
    if (pid_ == 0) run_child(task, ends[1]);
    const int problem = errno;
    ::close(ends[1]);
    pipe_ = ends[0];
    if (pid_ < 0) {
      ::close(pipe_);
      throw base::Error(base::ExitCode::os_error,
                        fmt::format("cannot start a process: {}", std::strerror(problem)));
    }
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (!done_) ::kill(pid_, SIGKILL);
    ::close(pipe_);
  }

  int pipe() const { return pipe_; }
  bool done() const { return done_; }
  const Checks& checks() const { return checks_; }

  /// Reads pending data; kills the task if it has exceeded its time limit.
  void poll(bool readable) {
    if (readable && !read()) {
      int status = 0;
      while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
      done_ = true;
      conclude(status);
    } else if (watch_.seconds() > task_->seconds) {
      ::kill(pid_, SIGKILL);
      // A process that is blocked in an unresponsive file system cannot even be killed: it is left behind.
      for (int n = 0; n < 50 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++n) ::poll(nullptr, 0, 2);
      done_ = true;
      checks_ = {failed(*task_, "no answer within " + base::format_duration(task_->seconds))};
    }
  }

 private:
  /// Returns false at end of file.
  bool read() {
    std::array<char, 65536> bytes{};
    const ssize_t got = ::read(pipe_, bytes.data(), bytes.size());
    if (got > 0) text_.append(bytes.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  }

  void conclude(int status) {
    const auto parsed = nlohmann::json::parse(text_, nullptr, false);
    if (parsed.is_array()) {
      for (const nlohmann::json& one : parsed) checks_.push_back(check_of(one));
    } else if (WIFSIGNALED(status)) {
      checks_ = {failed(
          *task_, fmt::format("killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))))};
    } else {
      checks_ = {failed(*task_, fmt::format("exited with code {}", WEXITSTATUS(status)))};
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
  std::vector<std::unique_ptr<Job>> jobs;  // started so far
  std::size_t ended = 0;
  while (ended < tasks.size()) {
    while (jobs.size() < tasks.size() && jobs.size() - ended < max_concurrent)
      jobs.push_back(std::make_unique<Job>(tasks[jobs.size()]));
    std::vector<pollfd> waits;
    std::vector<Job*> waiting;
    for (const auto& job : jobs) {
      if (job->done()) continue;
      waits.push_back({job->pipe(), POLLIN, 0});
      waiting.push_back(job.get());
    }
    ::poll(waits.data(), waits.size(), 50);
    for (std::size_t n = 0; n < waiting.size(); ++n) {
      waiting[n]->poll(waits[n].revents != 0);
      if (waiting[n]->done()) ++ended;
    }
  }
  Checks all;
  for (const auto& job : jobs) all.insert(all.end(), job->checks().begin(), job->checks().end());
  return all;
}

}  // namespace tessera::diagnosis

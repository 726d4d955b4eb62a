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

constexpr std::size_t most_at_once = 32;

nlohmann::json json_of(const Check& c) {
  return {c.group, c.name, static_cast<int>(c.state), c.found, c.advice};
}

Check check_of(const nlohmann::json& j) {
  return {j.at(0), j.at(1), static_cast<State>(j.at(2).get<int>()), j.at(3), j.at(4)};
}

Check failed(const Task& task, const std::string& found) {
  return {task.group, task.name, State::bad, found, task.advice};
}

/// The child's part. Prints nothing, whatever a plugin or a library may have to say: it tells by the pipe.
[[noreturn]] void work(const Task& task, int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(nowhere, fd);
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
    const ssize_t put = ::write(pipe, text.data() + at, text.size() - at);
    if (put < 0 && errno != EINTR) ::_exit(1);
    if (put > 0) at += static_cast<std::size_t>(put);
  }
  ::_exit(0);
}

/// A task at work.
class Job {
 public:
  explicit Job(const Task& task) : task_{&task} {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw base::Error(base::ExitCode::os_error,
                        fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    pid_ = ::fork();
    if (pid_ == 0) work(task, ends[1]);
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

  /// Reads what has come; ends the task when its time is over.
  void look(bool readable) {
    if (readable && !read()) {
      int status = 0;
      while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
      done_ = true;
      conclude(status);
    } else if (watch_.seconds() > task_->seconds) {
      ::kill(pid_, SIGKILL);
      // A process that waits for a file system that does not answer cannot even be killed: it is left behind.
      for (int n = 0; n < 50 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++n) ::poll(nullptr, 0, 2);
      done_ = true;
      checks_ = {failed(*task_, "no answer within " + base::format_duration(task_->seconds))};
    }
  }

 private:
  /// False at the end.
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
          *task_, fmt::format("ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))))};
    } else {
      checks_ = {failed(*task_, fmt::format("ended with code {}", WEXITSTATUS(status)))};
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
  std::vector<std::unique_ptr<Job>> jobs;  // those started so far
  std::size_t ended = 0;
  while (ended < tasks.size()) {
    while (jobs.size() < tasks.size() && jobs.size() - ended < most_at_once)
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
      waiting[n]->look(waits[n].revents != 0);
      if (waiting[n]->done()) ++ended;
    }
  }
  Checks all;
  for (const auto& job : jobs) all.insert(all.end(), job->checks().begin(), job->checks().end());
  return all;
}

}  // namespace tessera::diagnosis

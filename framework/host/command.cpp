#include "host/command.h"

#include "base/error.h"
#include "base/stopwatch.h"
#include "host/descriptor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tessera::host {

namespace {

constexpr std::size_t max_output_bytes = std::size_t{1} << 20;
/// How long to keep reading after the program has ended, in seconds: its children may keep the pipes open.
constexpr double seconds_after_end = 0.2;

struct Pipe {
  Descriptor read;
  Descriptor write;

  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw base::Error(base::ExitCode::os_error,
                        fmt::format("cannot create a pipe: {}", std::strerror(errno)));
    }
    read = Descriptor{ends[0]};
    write = Descriptor{ends[1]};
  }
};

struct SpawnSetup {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnSetup(int out, int err) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

/// Appends the output that is available; closes the descriptor at end of file.
void read_available(Descriptor& from, std::string& into) {
  std::array<char, 65536> bytes{};
  const ssize_t got = ::read(from.number(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    from.close();
    return;
  }
  const std::size_t space = max_output_bytes - std::min(max_output_bytes, into.size());
  into.append(bytes.data(), std::min(space, static_cast<std::size_t>(got)));
}

bool has_ended(pid_t pid, CommandResult& result) {
  int status = 0;
  const pid_t got = waitpid(pid, &status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return false;
  if (got < 0) return true;  // it was reaped elsewhere
  if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
  } else {
    result.exit_code = WEXITSTATUS(status);
  }
  return true;
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& command, double seconds) {
  CommandResult result;
  Pipe out;
  Pipe err;
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t pid = -1;
  const SpawnSetup setup{out.write.number(), err.write.number()};
  const int problem =
      posix_spawnp(&pid, pointers[0], &setup.actions, &setup.attributes, pointers.data(), environ);
  out.write.close();
  err.write.close();
  if (problem == ENOENT || problem == EACCES || problem == ENOTDIR) {
    result.found = false;
    result.exit_code = 127;
    return result;
  }
  if (problem != 0) {
    throw base::Error(base::ExitCode::os_error,
                      fmt::format("cannot start `{}`: {}", command[0], std::strerror(problem)));
  }

  const base::Stopwatch watch;
  bool ended = false;
  double ended_at = 0.0;
  while (!ended || ((out.read.open() || err.read.open()) && watch.seconds() - ended_at < seconds_after_end)) {
    std::array<pollfd, 2> ends{pollfd{out.read.number(), POLLIN, 0}, pollfd{err.read.number(), POLLIN, 0}};
    ::poll(ends.data(), ends.size(), out.read.open() || err.read.open() ? 20 : 2);
    if (out.read.open() && ends[0].revents != 0) read_available(out.read, result.out);
    if (err.read.open() && ends[1].revents != 0) read_available(err.read, result.err);
    if (!ended && has_ended(pid, result)) {
      ended = true;
      ended_at = watch.seconds();
    }
    if (!ended && watch.seconds() > seconds) {
      result.timed_out = true;
      // Not reaped yet, so neither its pid nor its group id can have been reused.
      static_cast<void>(::kill(-pid, SIGKILL));
      static_cast<void>(::kill(pid, SIGKILL));
      while (!has_ended(pid, result)) ::poll(nullptr, 0, 2);
      break;
    }
  }
  return result;
}

std::string find_program(const std::string& name) {
  const auto executable = [](const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) return executable(name) ? name : std::string{};
  const char* path = std::getenv("PATH");
  std::istringstream folders{path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path};
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    if (executable(folder + "/" + name)) return folder + "/" + name;
  }
  return {};
}

}  // namespace tessera::host

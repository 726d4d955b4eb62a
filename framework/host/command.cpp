#include "host/command.h"

#include "base/descriptor.h"
#include "base/error.h"
#include "base/stopwatch.h"
#include "host/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::host {

namespace {

constexpr std::size_t max_output_bytes = std::size_t{1} << 20;
/// How long to continue reading after the program has ended, in seconds. This time is limited because
/// children of the program may keep the pipes open.
constexpr double seconds_after_end = 0.2;
/// How long a program may take to end after SIGTERM, in seconds.
constexpr double seconds_after_term = 3.0;
/// How long a program may take to end after SIGKILL, in seconds.
constexpr double seconds_after_kill = 5.0;

struct Pipe {
  base::Descriptor read;
  base::Descriptor write;

  Pipe() {
    std::array<int, 2> fds{};
    if (pipe2(fds.data(), O_CLOEXEC) != 0) {
      throw base::Error(base::ExitCode::os_error,
                        fmt::format("cannot create a pipe: {}", std::strerror(errno)));
    }
    read = base::Descriptor{fds[0]};
    write = base::Descriptor{fds[1]};
  }
};

/// Appends the output that is available; closes the descriptor at end of file.
void read_available(base::Descriptor& from, std::string& output) {
  std::array<char, 65536> bytes{};
  const ssize_t bytes_read = ::read(from.number(), bytes.data(), bytes.size());
  if (bytes_read < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (bytes_read <= 0) {
    from.close();
    return;
  }
  const std::size_t space = max_output_bytes - std::min(max_output_bytes, output.size());
  output.append(bytes.data(), std::min(space, static_cast<std::size_t>(bytes_read)));
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& command, double seconds,
                          const std::function<bool()>& stop) {
  CommandResult result;
  Pipe out;
  Pipe err;
  std::optional<Child> child;
  try {
    child.emplace(Child::Setup{command, {}, false, out.write.number(), err.write.number()});
  } catch (const base::Error& e) {
    if (e.code() != base::ExitCode::unavailable) throw;
    result.found = false;
    result.exit_code = 127;
    return result;
  }
  out.write.close();
  err.write.close();

  const base::Stopwatch watch;
  std::optional<double> ended_at;
  double kill_at = 0.0;
  while (!ended_at ||
         ((out.read.is_open() || err.read.is_open()) && watch.seconds() - *ended_at < seconds_after_end)) {
    std::array<pollfd, 2> poll_fds{pollfd{out.read.number(), POLLIN, 0},
                                   pollfd{err.read.number(), POLLIN, 0}};
    ::poll(poll_fds.data(), poll_fds.size(), out.read.is_open() || err.read.is_open() ? 20 : 2);
    if (out.read.is_open() && poll_fds[0].revents != 0) read_available(out.read, result.out);
    if (err.read.is_open() && poll_fds[1].revents != 0) read_available(err.read, result.err);
    const double now = watch.seconds();
    if (!ended_at && child->poll()) ended_at = now;
    if (ended_at) continue;
    if (!result.timed_out && !result.stopped) {
      result.stopped = stop && stop();
      result.timed_out = !result.stopped && now > seconds;
      if (!result.timed_out && !result.stopped) continue;
      if (stop) child->send(SIGTERM);
      kill_at = stop ? now + seconds_after_term : now;
    }
    if (now < kill_at) continue;
    child->kill_group();
    child->wait(seconds_after_kill);
    break;
  }
  if (const std::optional<ChildEnd> end = child->poll()) {
    result.exit_code = end->exit_code;
    result.signal = end->signal;
  }
  return result;
}

std::string find_program(const std::string& name) {
  const auto is_executable = [](const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) return is_executable(name) ? name : std::string{};
  const char* path = std::getenv("PATH");
  std::istringstream folders{path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path};
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    if (is_executable(folder + "/" + name)) return folder + "/" + name;
  }
  return {};
}

}  // namespace tessera::host

#include "host/process.h"

#include "base/error.h"

#include "base/stopwatch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tessera::host {

namespace {

namespace fs = std::filesystem;

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream{path, std::ios::binary}.rdbuf();
  return out.str();
}

template <class Number>
bool parse_number(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [parsed_end, ec] = std::from_chars(text.data(), end, number);
  return ec == std::errc{} && parsed_end == end && !text.empty();
}

base::Descriptor open_pidfd([[maybe_unused]] pid_t pid) {
#ifdef SYS_pidfd_open
  return base::Descriptor{static_cast<int>(syscall(SYS_pidfd_open, pid, 0))};
#else
  return {};
#endif
}

/// Splits `text` into its NUL-terminated parts.
std::vector<std::string> split_at_nul(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// The live processes, except this one, for which `matches` returns true. Its argument is the process's
/// folder in /proc.
std::vector<Process> processes_where(const std::function<bool(const std::string& folder)>& matches) {
  std::vector<Process> found;
  std::error_code ec;
  for (fs::directory_iterator entry{"/proc", ec}, end; !ec && entry != end; entry.increment(ec)) {
    pid_t pid = 0;
    if (!parse_number(entry->path().filename().string(), pid) || pid == getpid()) continue;
    if (!matches(entry->path().string())) continue;
    if (auto process = Process::find(pid)) found.push_back(std::move(*process));
  }
  return found;
}

}  // namespace

std::optional<ProcessInfo> process_info(pid_t pid) {
  const std::string text = content_of("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');  // the name may contain parentheses
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream words{text.substr(name_end + 1)};
  const std::vector<std::string> fields{std::istream_iterator<std::string>{words}, {}};
  ProcessInfo info;
  // fields[0] is the state, which is field 3 in proc(5).
  if (fields.size() < 20 || !parse_number(fields[19], info.start)) return std::nullopt;
  info.state = fields[0][0];
  if (fields.size() > 49) static_cast<void>(parse_number(fields[49], info.wait_status));
  return info;
}

FileActivity file_activity_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  FileActivity activity;
  std::istringstream lines{content_of(folder + "/io")};
  std::uint64_t bytes = 0;
  for (std::string key; lines >> key >> bytes;) {
    if (key == "rchar:" || key == "wchar:") activity.bytes += bytes;
  }
  std::error_code ec;
  for (fs::directory_iterator entry{folder + "/task", ec}, end; !ec && entry != end; entry.increment(ec)) {
    const std::string text = content_of((entry->path() / "stat").string());
    const std::size_t name_end = text.rfind(')');
    activity.is_blocked =
        activity.is_blocked || (name_end != std::string::npos && text.compare(name_end, 3, ") D") == 0);
  }
  return activity;
}

std::optional<Process> Process::find(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  base::Descriptor descriptor = open_pidfd(pid);
  const auto info = process_info(pid);
  if (!info || info->ended()) return std::nullopt;
  return Process{pid, info->start, std::move(descriptor)};
}

bool Process::alive() const {
  if (descriptor_.is_open()) {
    pollfd poll_fd{descriptor_.number(), POLLIN, 0};
    return ::poll(&poll_fd, 1, 0) <= 0;
  }
  const auto info = process_info(pid_);
  return info && info->start == start_ && !info->ended();
}

bool Process::stopped() const {
  const auto info = process_info(pid_);
  return info && info->start == start_ && info->stopped();
}

int Process::wait_status() const {
  const auto info = process_info(pid_);
  return info && info->start == start_ && info->ended() ? info->wait_status : 0;
}

void Process::send(int signal) const {
#ifdef SYS_pidfd_send_signal
  if (descriptor_.is_open()) {
    static_cast<void>(syscall(SYS_pidfd_send_signal, descriptor_.number(), signal, nullptr, 0));
    return;
  }
#endif
  if (alive()) static_cast<void>(::kill(pid_, signal));
}

std::vector<Process> processes_with_variable(const std::string& assignment) {
  return processes_where([&](const std::string& folder) {
    const std::string text = content_of(folder + "/environ");
    if (text.find(assignment) == std::string::npos) return false;
    const std::vector<std::string> parts = split_at_nul(text);
    return std::find(parts.begin(), parts.end(), assignment) != parts.end();
  });
}

std::vector<Process> processes_with_arguments(const std::vector<std::string>& arguments) {
  return processes_where([&](const std::string& folder) {
    const std::vector<std::string> words = split_at_nul(content_of(folder + "/cmdline"));
    return std::search(words.begin(), words.end(), arguments.begin(), arguments.end()) != words.end();
  });
}

bool kill_and_wait(const std::vector<Process>& processes, double seconds) {
  for (const Process& p : processes) p.send(SIGKILL);
  const base::Stopwatch watch;
  const auto has_ended = [](const Process& p) { return !p.alive(); };
  while (!std::all_of(processes.begin(), processes.end(), has_ended)) {
    if (watch.seconds() > seconds) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

std::string program_path() {
  std::error_code ec;
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (ec) {
    throw base::Error(base::ExitCode::os_error, "cannot determine the path of this program: " + ec.message(),
                      "mount /proc");
  }
  return path.string();
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace tessera::host

#include "supervisor/supervision.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

namespace tessera::supervisor {

namespace {

using base::BoardPhase;
using base::Error;
using base::ExitCode;
using nlohmann::json;

/// A file that is larger was not written by a supervisor.
constexpr std::size_t largest = std::size_t{256} << 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_{number} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

double number_in(const json& j, const char* key) {
  const auto found = j.find(key);
  return found != j.end() && found->is_number() ? found->get<double>() : 0.0;
}

std::int64_t integer_in(const json& j, const char* key, std::int64_t otherwise = 0) {
  const auto found = j.find(key);
  return found != j.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

int small_in(const json& j, const char* key, int otherwise) {
  const std::int64_t value = integer_in(j, key, otherwise);
  const bool fits = value >= -1 && value <= std::numeric_limits<int>::max() - 1;
  return fits ? static_cast<int>(value) : otherwise;
}

std::string text_in(const json& j, const char* key, const char* otherwise = "") {
  const auto found = j.find(key);
  return found != j.end() && found->is_string() ? found->get<std::string>() : std::string{otherwise};
}

std::vector<std::string> texts_in(const json& j, const char* key) {
  std::vector<std::string> texts;
  const auto found = j.find(key);
  if (found == j.end() || !found->is_array()) return texts;
  for (const json& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

FaultKind kind_in(const std::string& name) {
  for (const FaultKind kind :
       {FaultKind::death, FaultKind::hang, FaultKind::launcher, FaultKind::supervisor}) {
    if (name == name_of(kind)) return kind;
  }
  return FaultKind::exit;
}

json json_of(const Fault& f) {
  return {{"kind", name_of(f.kind)},
          {"rank", f.rank < 0 ? json(nullptr) : json(f.rank)},
          {"pid", f.pid == 0 ? json(nullptr) : json(f.pid)},
          {"phase", base::name_of(f.phase)},
          {"step", f.step},
          {"signal", f.signal == 0 ? json(nullptr) : json(f.signal)},
          {"exit_code", f.exit_code ? json(*f.exit_code) : json(nullptr)},
          {"stopped", f.stopped},
          {"silent_seconds", f.silent_seconds},
          {"detected_seconds", f.detected_seconds},
          {"message", f.message}};
}

Fault fault_in(const json& j) {
  Fault f;
  f.kind = kind_in(text_in(j, "kind"));
  f.rank = small_in(j, "rank", -1);
  f.pid = integer_in(j, "pid");
  f.phase = base::phase_named(text_in(j, "phase")).value_or(BoardPhase::absent);
  f.step = integer_in(j, "step");
  f.signal = small_in(j, "signal", 0);
  if (j.contains("exit_code") && j["exit_code"].is_number_integer())
    f.exit_code = small_in(j, "exit_code", 0);
  f.stopped = j.contains("stopped") && j["stopped"].is_boolean() && j["stopped"].get<bool>();
  f.silent_seconds = number_in(j, "silent_seconds");
  f.detected_seconds = number_in(j, "detected_seconds");
  f.message = text_in(j, "message");
  return f;
}

json json_of(const AttemptRecord& a) {
  return {{"number", a.number},
          {"ranks", a.ranks},
          {"started", a.started},
          {"seconds", a.seconds},
          {"from_step", a.from_step},
          {"last_step", a.last_step},
          {"outcome", a.outcome},
          {"fault", a.fault ? json_of(*a.fault) : json(nullptr)},
          {"recovery_seconds", a.recovery_seconds ? json(*a.recovery_seconds) : json(nullptr)},
          {"pids", a.pids},
          {"hosts", a.hosts},
          {"lost_hosts", a.lost_hosts}};
}

AttemptRecord attempt_in(const json& j) {
  AttemptRecord a;
  a.number = small_in(j, "number", 1);
  a.ranks = small_in(j, "ranks", 1);
  a.started = text_in(j, "started");
  a.seconds = number_in(j, "seconds");
  a.from_step = integer_in(j, "from_step");
  a.last_step = integer_in(j, "last_step");
  a.outcome = text_in(j, "outcome", "running");
  if (j.contains("fault") && j["fault"].is_object()) a.fault = fault_in(j["fault"]);
  if (j.contains("recovery_seconds") && j["recovery_seconds"].is_number()) {
    a.recovery_seconds = number_in(j, "recovery_seconds");
  }
  if (j.contains("pids") && j["pids"].is_array()) {
    for (const json& pid : j["pids"]) {
      if (pid.is_number_integer()) a.pids.push_back(pid.get<std::int64_t>());
    }
  }
  a.hosts = texts_in(j, "hosts");
  a.lost_hosts = texts_in(j, "lost_hosts");
  return a;
}

[[noreturn]] void cannot_write(const std::string& path, int problem) {
  throw Error(ExitCode::io_error, fmt::format("cannot write `{}`: {}", path, std::strerror(problem)),
              problem == ENOSPC || problem == EDQUOT ? "free some space" : "");
}

void write_all(const Descriptor& file, const std::string& text, const std::string& path) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(file.number(), text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) cannot_write(path, written < 0 ? errno : ENOSPC);
    done += static_cast<std::size_t>(written);
  }
}

std::string read_all(const Descriptor& file, const std::string& path) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Error(ExitCode::no_input, fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > largest) throw Error(ExitCode::bad_data, fmt::format("`{}` is far too large", path));
  }
}

}  // namespace

std::optional<Supervision> Supervision::read(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw Error(ExitCode::no_input, fmt::format("cannot open `{}`: {}", path, std::strerror(errno)));
  }
  const nlohmann::json j = nlohmann::json::parse(read_all(file, path), nullptr, false);
  if (!j.is_object()) {
    throw Error(ExitCode::bad_data, fmt::format("`{}` is damaged: it holds no JSON object", path),
                "checkpoints do not depend on it; without it the story of the run begins anew");
  }
  Supervision s;
  s.status = text_in(j, "status", "running");
  s.pid = integer_in(j, "pid");
  s.host = text_in(j, "host");
  s.started = text_in(j, "started");
  s.ranks = small_in(j, "ranks", 1);
  s.lost_seconds = number_in(j, "lost_seconds");
  s.useful_seconds = number_in(j, "useful_seconds");
  if (j.contains("attempts") && j["attempts"].is_array()) {
    for (const nlohmann::json& a : j["attempts"]) {
      if (a.is_object()) s.attempts.push_back(attempt_in(a));
    }
  }
  return s;
}

std::string Supervision::json() const {
  nlohmann::json out{{"status", status},
                     {"pid", pid},
                     {"host", host},
                     {"started", started},
                     {"ranks", ranks},
                     {"attempts", nlohmann::json::array()},
                     {"lost_seconds", lost_seconds},
                     {"useful_seconds", useful_seconds}};
  for (const AttemptRecord& a : attempts) out["attempts"].push_back(json_of(a));
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Supervision::write(const std::string& path, bool durable) const {
  const std::string temporary = path + ".tmp";
  Descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666)};
  if (file.number() < 0) cannot_write(temporary, errno);
  write_all(file, json() + "\n", temporary);
  if (durable && fsync(file.number()) != 0) cannot_write(temporary, errno);
  if (!file.close()) cannot_write(temporary, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) cannot_write(path, errno);
  if (!durable) return;
  const std::size_t slash = path.find_last_of('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  const Descriptor parent{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  // Some file systems cannot do this for folders; then the rename is as durable as it gets.
  if (parent.number() >= 0) static_cast<void>(fsync(parent.number()));
}

int Supervision::faults() const {
  return static_cast<int>(std::count_if(attempts.begin(), attempts.end(),
                                        [](const AttemptRecord& a) { return a.fault.has_value(); }));
}

int Supervision::next_number() const {
  int next = 1;
  for (const AttemptRecord& a : attempts) next = std::max(next, a.number + 1);
  return next;
}

std::string time_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &parts);
  return {text.data(), length};
}

}  // namespace tessera::supervisor

#include "rundir/supervision.h"

#include "base/error.h"
#include "host/durable_file.h"
#include "host/output_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::rundir {

namespace {

using base::Error;
using base::ExitCode;
using host::BoardPhase;
using nlohmann::json;

/// No supervisor writes a larger file.
constexpr std::uint64_t max_bytes = std::uint64_t{256} << 20;

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
          {"phase", host::name_of(f.phase)},
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
  f.phase = host::phase_named(text_in(j, "phase")).value_or(BoardPhase::absent);
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

}  // namespace

std::optional<Supervision> Supervision::read(const std::string& path) {
  std::string bytes;
  try {
    bytes = host::read_small_file(path, max_bytes);
  } catch (const host::SystemError& e) {
    if (e.number() == ENOENT || e.number() == ENOTDIR) return std::nullopt;
    throw;
  }
  const nlohmann::json j = nlohmann::json::parse(bytes, nullptr, false);
  if (!j.is_object()) {
    throw Error(
        ExitCode::bad_data, fmt::format("`{}` is damaged: it holds no JSON object", path),
        "checkpoints do not depend on it; without it the run loses its history of attempts and faults");
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
  host::write_whole_file(path, json() + "\n", durable ? host::Durability::on_disk : host::Durability::cached);
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

}  // namespace tessera::rundir

#include "rundir/supervision.h"

#include "base/error.h"
#include "base/escape.h"
#include "host/durable_file.h"
#include "host/output_file.h"
#include "rundir/json_reader.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tessera::rundir {

namespace {

using base::Error;
using base::ExitCode;
using nlohmann::json;

/// No supervisor writes a larger file.
constexpr std::uint64_t max_bytes = std::uint64_t{256} << 20;

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
  const JsonReader in{j};
  Fault f;
  std::string kind;
  std::string phase;
  in.read("kind", kind);
  in.read("phase", phase);
  f.kind = fault_kind_named(kind);
  f.phase = host::phase_named(phase).value_or(host::BoardPhase::absent);
  in.read("rank", f.rank);
  in.read("pid", f.pid);
  in.read("step", f.step);
  in.read("signal", f.signal);
  in.read("exit_code", f.exit_code);
  in.read("stopped", f.stopped);
  in.read("silent_seconds", f.silent_seconds);
  in.read("detected_seconds", f.detected_seconds);
  in.read("message", f.message);
  return f;
}

json json_of(const AttemptRecord& a) {
  return {{"number", a.number},
          {"ranks", a.ranks},
          {"started", a.start_time},
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
  const JsonReader in{j};
  AttemptRecord a;
  in.read("number", a.number);
  in.read("ranks", a.ranks);
  in.read("started", a.start_time);
  in.read("seconds", a.seconds);
  in.read("from_step", a.from_step);
  in.read("last_step", a.last_step);
  in.read("outcome", a.outcome);
  if (j.contains("fault") && j["fault"].is_object()) a.fault = fault_in(j["fault"]);
  in.read("recovery_seconds", a.recovery_seconds);
  in.read("pids", a.pids);
  in.read("hosts", a.hosts);
  in.read("lost_hosts", a.lost_hosts);
  return a;
}

}  // namespace

std::optional<Supervision> Supervision::read(const std::string& path) {
  std::string bytes;
  try {
    bytes = host::read_small_file(path, max_bytes);
  } catch (const host::SystemError& e) {
    if (e.error_number() == ENOENT || e.error_number() == ENOTDIR) return std::nullopt;
    throw;
  }
  const nlohmann::json j = nlohmann::json::parse(bytes, nullptr, false);
  const bool is_changed = seal_of(bytes) == Seal::broken;
  if (!j.is_object() || is_changed) {
    throw Error(
        ExitCode::bad_data,
        fmt::format("`{}` is damaged: {}", path,
                    is_changed ? "its checksum does not match its content" : "it is not a JSON object"),
        "checkpoints do not depend on it; if it is removed, only the history of attempts and faults is lost");
  }
  Supervision s;
  const JsonReader in{j};
  in.read("status", s.status);
  in.read("pid", s.pid);
  in.read("host", s.host);
  in.read("started", s.start_time);
  in.read("ranks", s.ranks);
  in.read("lost_seconds", s.lost_seconds);
  in.read("useful_seconds", s.useful_seconds);
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
                     {"started", start_time},
                     {"ranks", ranks},
                     {"attempts", nlohmann::json::array()},
                     {"lost_seconds", lost_seconds},
                     {"useful_seconds", useful_seconds}};
  for (const AttemptRecord& a : attempts) out["attempts"].push_back(json_of(a));
  return base::json_text(out);
}

void Supervision::write(const std::string& path) const {
  host::write_whole_file(path, sealed(json() + "\n"), host::Durability::on_disk);
}

int Supervision::fault_count() const {
  return static_cast<int>(std::count_if(attempts.begin(), attempts.end(),
                                        [](const AttemptRecord& a) { return a.fault.has_value(); }));
}

int Supervision::next_attempt_number() const {
  int next = 1;
  for (const AttemptRecord& a : attempts) next = std::max(next, a.number + 1);
  return next;
}

std::string current_time_text() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S%z}", fmt::localtime(std::time(nullptr)));
}

}  // namespace tessera::rundir

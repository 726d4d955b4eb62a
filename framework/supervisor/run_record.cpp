#include "supervisor/run_record.h"

#include <fstream>

#include <nlohmann/json.hpp>

namespace tessera::supervisor {

std::optional<RunRecord> RunRecord::read(const std::string& run_directory) {
  std::ifstream file{run_directory + "/run.json", std::ios::binary};
  if (!file) return std::nullopt;
  const nlohmann::json j = nlohmann::json::parse(file, nullptr, false);
  if (!j.is_object()) return std::nullopt;
  RunRecord record;
  if (const auto status = j.find("status"); status != j.end() && status->is_string()) {
    record.status = status->get<std::string>();
  }
  if (const auto loop = j.find("loop"); loop != j.end() && loop->is_object()) {
    const auto steps = loop->find("steps");
    if (steps != loop->end() && steps->is_number_integer()) record.steps = steps->get<std::int64_t>();
  }
  return record;
}

std::optional<ProgressRecord> ProgressRecord::read(const std::string& run_directory) {
  std::ifstream file{run_directory + "/progress.json", std::ios::binary};
  if (!file) return std::nullopt;
  const nlohmann::json j = nlohmann::json::parse(file, nullptr, false);
  if (!j.is_object()) return std::nullopt;
  const auto integer = [&](const char* key) {
    const auto found = j.find(key);
    return found != j.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  ProgressRecord record;
  record.attempt = static_cast<int>(integer("attempt"));
  record.from_step = integer("from_step");
  record.step = integer("step");
  if (const auto phase = j.find("phase"); phase != j.end() && phase->is_string()) {
    record.phase = base::phase_named(phase->get<std::string>()).value_or(record.phase);
  }
  if (const auto written = j.find("written"); written != j.end() && written->is_string()) {
    record.written = written->get<std::string>();
  }
  return record;
}

}  // namespace tessera::supervisor

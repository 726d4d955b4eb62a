#include "rundir/progress_record.h"

#include "base/error.h"
#include "host/durable_file.h"
#include "host/output_file.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::rundir {

namespace {

using nlohmann::json;

constexpr std::uint64_t max_bytes = 65536;
constexpr const char* time_format = "%Y-%m-%dT%H:%M:%SZ";

std::optional<std::int64_t> count_in(const json& j, const char* key) {
  const auto found = j.find(key);
  if (found == j.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() &&
      found->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  const auto value = found->get<std::int64_t>();
  return value >= 0 ? std::optional{value} : std::nullopt;
}

std::optional<double> number_in(const json& j, const char* key) {
  const auto found = j.find(key);
  if (found == j.end() || !found->is_number()) return std::nullopt;
  const auto value = found->get<double>();
  return std::isfinite(value) ? std::optional{value} : std::nullopt;
}

/// nullopt if negative.
std::optional<double> amount_in(const json& j, const char* key) {
  const auto value = number_in(j, key);
  return value && *value >= 0.0 ? value : std::nullopt;
}

std::string text_in(const json& j, const char* key) {
  const auto found = j.find(key);
  return found != j.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

template <class T>
json value_or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);  // JSON has no NaN: dump() writes null
}

}  // namespace

std::optional<ProgressRecord> ProgressRecord::read(const std::string& run_directory) {
  json j;
  try {
    j = json::parse(host::read_small_file(path_in(run_directory), max_bytes), nullptr, false);
  } catch (const base::Error&) {
    return std::nullopt;
  }
  if (!j.is_object()) return std::nullopt;
  const auto step = count_in(j, "step");
  if (!step) return std::nullopt;
  ProgressRecord record;
  record.attempt = count_in(j, "attempt").value_or(record.attempt);
  record.ranks = count_in(j, "ranks").value_or(record.ranks);
  record.phase = host::phase_named(text_in(j, "phase")).value_or(record.phase);
  record.from_step = count_in(j, "from_step").value_or(record.from_step);
  record.step = *step;
  record.steps_expected = count_in(j, "steps_expected");
  record.time = number_in(j, "time_s");
  record.end_time = number_in(j, "end_time_s");
  record.fraction_done = amount_in(j, "fraction_done");
  if (record.fraction_done) record.fraction_done = std::min(1.0, *record.fraction_done);
  record.unit = text_in(j, "unit");
  record.rate_per_second = amount_in(j, "rate_per_s");
  record.eta_seconds = amount_in(j, "eta_s");
  record.written = text_in(j, "written");
  return record;
}

bool ProgressRecord::write(const std::string& run_directory) const {
  nlohmann::ordered_json out;
  out["attempt"] = attempt;
  out["ranks"] = ranks;
  out["phase"] = host::name_of(phase);
  out["from_step"] = from_step;
  out["step"] = step;
  out["steps_expected"] = value_or_null(steps_expected);
  out["time_s"] = value_or_null(time);
  out["end_time_s"] = value_or_null(end_time);
  out["fraction_done"] = value_or_null(fraction_done);
  out["unit"] = unit;
  out["rate_per_s"] = value_or_null(rate_per_second);
  out["eta_s"] = value_or_null(eta_seconds);
  out["written"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  try {
    host::write_whole_file(path_in(run_directory),
                           out.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

double ProgressRecord::age_seconds() const {
  std::tm parts{};
  if (strptime(written.c_str(), time_format, &parts) == nullptr)
    return std::numeric_limits<double>::infinity();
  return std::max(0.0, std::difftime(std::time(nullptr), timegm(&parts)));
}

}  // namespace tessera::rundir

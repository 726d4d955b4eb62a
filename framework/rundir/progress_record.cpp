#include "rundir/progress_record.h"

#include "base/error.h"
#include "base/escape.h"
#include "host/output_file.h"
#include "rundir/json_reader.h"

#include <algorithm>
#include <ctime>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tessera::rundir {

namespace {

using nlohmann::json;

constexpr const char* time_format = "%Y-%m-%dT%H:%M:%SZ";

template <class T>
json value_or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);  // dump() writes null for NaN, which JSON cannot represent
}

}  // namespace

std::optional<ProgressRecord> ProgressRecord::read(const std::string& run_directory) {
  const auto j = read_json_object(path_in(run_directory), 65536);
  if (!j) return std::nullopt;
  const JsonReader in{*j};
  ProgressRecord record;
  record.step = -1;
  in.read("step", record.step);
  if (record.step < 0) return std::nullopt;
  std::string phase;
  in.read("phase", phase);
  record.phase = host::phase_named(phase).value_or(record.phase);
  in.read("attempt", record.attempt);
  in.read("ranks", record.ranks);
  in.read("from_step", record.from_step);
  in.read("steps_expected", record.steps_expected);
  in.read("time_s", record.time);
  in.read("end_time_s", record.end_time);
  in.read("fraction_done", record.fraction_done);
  in.read("unit", record.unit);
  in.read("rate_per_s", record.rate_per_second);
  in.read("eta_s", record.eta_seconds);
  in.read("written", record.write_time);
  for (auto* value : {&record.fraction_done, &record.rate_per_second, &record.eta_seconds}) {
    if (*value && **value < 0.0) value->reset();
  }
  if (record.fraction_done) record.fraction_done = std::min(1.0, *record.fraction_done);
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
    host::write_whole_file(path_in(run_directory), sealed(base::json_text(out, 1) + "\n"));
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

double ProgressRecord::age_seconds() const {
  std::tm parts{};
  if (strptime(write_time.c_str(), time_format, &parts) == nullptr)
    return std::numeric_limits<double>::infinity();
  return std::max(0.0, std::difftime(std::time(nullptr), timegm(&parts)));
}

}  // namespace tessera::rundir

#include "rundir/batch_record.h"

#include "base/error.h"
#include "host/durable_file.h"
#include "host/output_file.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

namespace tessera::rundir {

namespace {

using nlohmann::json;

constexpr std::uint64_t max_bytes = std::uint64_t{1} << 20;

std::string text_in(const json& j, const char* key) {
  const auto found = j.find(key);
  return found != j.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::int64_t count_in(const json& j, const char* key, std::int64_t otherwise, std::int64_t most) {
  const auto found = j.find(key);
  if (found == j.end() || !found->is_number_integer()) return otherwise;
  const auto value = found->get<std::int64_t>();
  return value >= 0 && value <= most ? value : otherwise;
}

bool all_digits(const std::string& text) {
  return !text.empty() && text.size() <= 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_job_id(const std::string& text) {
  const std::size_t bar = text.find('_');
  return all_digits(text.substr(0, bar)) && (bar == std::string::npos || all_digits(text.substr(bar + 1)));
}

std::optional<BatchRecord> BatchRecord::read(const std::string& run_directory) {
  nlohmann::json j;
  try {
    j = nlohmann::json::parse(host::read_small_file(path_in(run_directory), max_bytes), nullptr, false);
  } catch (const base::Error&) {
    return std::nullopt;
  }
  if (!j.is_object()) return std::nullopt;
  constexpr std::int64_t max_count = std::numeric_limits<int>::max();
  BatchRecord record;
  record.job_id = text_in(j, "job_id");
  if (!is_job_id(record.job_id)) return std::nullopt;
  record.cluster = text_in(j, "cluster");
  record.script = text_in(j, "script");
  record.nodes = static_cast<int>(count_in(j, "nodes", 1, max_count));
  record.tasks_per_node = static_cast<int>(count_in(j, "tasks_per_node", 1, max_count));
  record.limit = count_in(j, "limit_seconds", 0, std::numeric_limits<std::int64_t>::max());
  record.partition = text_in(j, "partition");
  record.submitted = text_in(j, "submitted");
  return record;
}

std::string BatchRecord::json() const {
  const nlohmann::json out{{"job_id", job_id},
                           {"cluster", cluster},
                           {"script", script},
                           {"nodes", nodes},
                           {"tasks_per_node", tasks_per_node},
                           {"limit_seconds", limit},
                           {"partition", partition},
                           {"submitted", submitted}};
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

void BatchRecord::write(const std::string& run_directory) const {
  host::write_whole_file(path_in(run_directory), json() + "\n");
}

}  // namespace tessera::rundir

#include "rundir/batch_record.h"

#include "base/escape.h"
#include "host/output_file.h"
#include "rundir/json_reader.h"

#include <algorithm>

namespace tessera::rundir {

namespace {

bool all_digits(const std::string& text) {
  return !text.empty() && text.size() <= 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_job_id(const std::string& text) {
  const std::size_t underscore = text.find('_');
  return all_digits(text.substr(0, underscore)) &&
         (underscore == std::string::npos || all_digits(text.substr(underscore + 1)));
}

std::optional<BatchRecord> BatchRecord::read(const std::string& run_directory) {
  const auto j = read_json_object(path_in(run_directory), std::uint64_t{1} << 20);
  if (!j) return std::nullopt;
  const JsonReader in{*j};
  BatchRecord record;
  in.read("job_id", record.job_id);
  if (!is_job_id(record.job_id)) return std::nullopt;
  in.read("cluster", record.cluster);
  in.read("script", record.script);
  in.read("nodes", record.nodes);
  in.read("tasks_per_node", record.tasks_per_node);
  in.read("limit_seconds", record.limit);
  in.read("partition", record.partition);
  in.read("submitted", record.submit_time);
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
                           {"submitted", submit_time}};
  return base::json_text(out);
}

void BatchRecord::write(const std::string& run_directory) const {
  host::write_whole_file(path_in(run_directory), sealed(json() + "\n"));
}

}  // namespace tessera::rundir

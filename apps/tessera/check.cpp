#include "commands.h"

#include "base/error.h"
#include "base/text.h"
#include "driver/attempt.h"
#include "job/memory.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

int check(const JobRequest& request, bool json) {
  CheckOutcome outcome;
  try {
    LoadedJob loaded = load_job(request, std::numeric_limits<double>::infinity(), &outcome);
    loaded.solver.configure(loaded.job);
    if (json) {
      std::puts(nlohmann::json{{"job", request.path}, {"ok", true}, {"problems", nlohmann::json::array()}}
                    .dump(2)
                    .c_str());
      return 0;
    }
    const grid::ChunkLayout layout = driver::layout_of(loaded.job, loaded.solver.schema());
    fmt::print("{} is fine: solver {} {}, {} cells in {} chunk{}, {} of fields.\n", request.path,
               loaded.solver.schema().name, loaded.solver.schema().version,
               base::format_count(static_cast<double>(loaded.job.geometry.domain().volume())),
               layout.chunk_count(), layout.chunk_count() == 1 ? "" : "s",
               base::format_bytes(job::bytes_needed(loaded.job, loaded.solver.schema())));
    return 0;
  } catch (const base::Error& e) {
    if (!json) throw;
    auto problems = nlohmann::json::parse(outcome.problems, nullptr, false);
    if (problems.empty() || problems.is_discarded()) {
      problems = nlohmann::json::array({{{"message", e.message()}, {"file", request.path}}});
    }
    std::puts(nlohmann::json{{"job", request.path}, {"ok", false}, {"problems", problems}}
                  .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  .c_str());
    return static_cast<int>(e.code());
  }
}

}  // namespace tessera::app

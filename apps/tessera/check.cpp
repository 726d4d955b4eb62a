#include "commands.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/text.h"
#include "grid/job/identity.h"
#include "grid/job/memory.h"
#include "grid/work/grid_kind.h"
#include "run/job_request.h"

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

int check(const run::JobRequest& request, bool json) {
  std::string found = "[]";
  try {
    const grid::LoadedJob loaded = grid::load(run::check_job(grid::GridKind{}, request, {}, &found));
    if (json) {
      std::puts(nlohmann::json{{"job", request.path}, {"ok", true}, {"problems", nlohmann::json::array()}}
                    .dump(2)
                    .c_str());
      return 0;
    }
    const grid::ChunkLayout layout = grid::chunk_layout_of(loaded.spec, loaded.solver.schema());
    fmt::print("{} is fine: solver {} {}, {} cells in {} chunk{}, {} of fields.\n", request.path,
               loaded.solver.schema().name, loaded.solver.schema().version,
               base::format_count(static_cast<double>(loaded.spec.geometry.domain().volume())),
               layout.chunk_count(), layout.chunk_count() == 1 ? "" : "s",
               base::format_bytes(grid::bytes_needed(loaded.spec, loaded.solver.schema())));
    return 0;
  } catch (const base::Error& e) {
    if (!json) throw;
    auto problems = nlohmann::json::parse(found, nullptr, false);
    if (problems.empty() || problems.is_discarded()) {
      problems = nlohmann::json::array({{{"message", e.message()}, {"file", request.path}}});
    }
    std::puts(nlohmann::json{{"job", request.path}, {"ok", false}, {"problems", problems}}
                  .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                  .c_str());
    return static_cast<int>(e.code());
  }
}

struct Options {
  run::JobRequest job;
  bool json = false;
};

}  // namespace

void add_check(CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App& command =
      line.add("check", "check a job and start nothing", [options](const Invocation& invocation) {
        options->job.colour = invocation.console.colour_error;
        return check(options->job, options->json);
      });
  command.footer("Example:\n  tessera check job.toml && sbatch job.sh");
  add_job(command, options->job);
  command.add_flag("--json", options->json, "print the problems as JSON");
  line.add_colour(command);
}

}  // namespace tessera::app

#include "command_line.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "grid/job/identity.h"
#include "grid/kind/grid_kind.h"
#include "run/job_request.h"

#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

struct Options {
  run::JobRequest job;
  bool json = false;
};

int check(Options& options, const Invocation& invocation) {
  run::JobRequest& request = options.job;
  request.colour = invocation.console.colour_error;
  std::string problems_json = "[]";
  try {
    const grid::LoadedJob loaded = grid::load(run::check_job(grid::GridKind{}, request, {}, &problems_json));
    if (options.json) {
      print_json({{"job", request.path}, {"ok", true}, {"problems", nlohmann::json::array()}});
      return 0;
    }
    const solver::SolverSchema& schema = loaded.solver.schema();
    const std::int64_t chunks = grid::chunk_layout_of(loaded.spec, schema).chunk_count();
    base::print("{} is fine: solver {} {}, {} cells in {} chunk{}, {} of fields.\n", request.path,
                schema.name, schema.version,
                base::format_count(static_cast<double>(loaded.spec.geometry.domain().volume())), chunks,
                chunks == 1 ? "" : "s", base::format_bytes(grid::bytes_needed(loaded.spec, schema)));
    return 0;
  } catch (const base::Error& e) {
    if (!options.json) throw;
    auto problems = nlohmann::json::parse(problems_json, nullptr, false);
    if (problems.empty() || problems.is_discarded()) {
      problems = nlohmann::json::array({{{"message", e.message()}, {"file", request.path}}});
    }
    print_json({{"job", request.path}, {"ok", false}, {"problems", problems}});
    return static_cast<int>(e.code());
  }
}

}  // namespace

void add_check(CommandLine& line) {
  const auto [command, options] = line.add("check", "check a job and start nothing", check);
  command.footer("Example:\n  tessera check job.toml && sbatch job.sh");
  add_job(command, options.job);
  command.add_flag("--json", options.json, "print the problems as JSON");
  line.add_colour(command);
}

}  // namespace tessera::app

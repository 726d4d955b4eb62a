#include "command_line.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "grid/job/identity.h"
#include "grid/kind/grid_kind.h"
#include "host/cgroup.h"
#include "run/job_request.h"

#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

struct Options {
  run::JobRequest job;
  bool json = false;
};

/// Prints warnings on standard error. `bytes`: memory that all fields need.
void warn(const work::CheckedJob& job, double bytes) {
  if (!job.warning.empty()) base::print(stderr, "warning: {}\n", job.warning);
  const double available = host::available_memory();
  if (bytes <= available) return;
  base::print(stderr,
              "warning: the fields need {}, but only {} is available to a run on this host alone\n"
              "  = run it on more nodes, or raise the memory limit\n",
              base::format_bytes(bytes), base::format_bytes(available));
}

int check(Options& options, const Invocation& invocation) {
  run::JobRequest& request = options.job;
  request.colour = invocation.console.colour_error;
  std::string problems_json = "[]";
  try {
    const work::CheckedJob checked = run::check_job(grid::GridKind{}, request, {}, &problems_json);
    const grid::LoadedJob loaded = grid::load(checked);
    warn(checked, grid::total_field_bytes(loaded.spec, loaded.solver.schema()));
    if (options.json) {
      print_json({{"job", request.path}, {"ok", true}, {"problems", nlohmann::json::array()}});
      return 0;
    }
    const solver::SolverSchema& schema = loaded.solver.schema();
    const std::int64_t chunks = grid::chunk_layout_of(loaded.spec, schema).chunk_count();
    base::print("{} is valid: solver {} {}, {} cells in {} chunk{}, {} of field data.\n", request.path,
                schema.name, schema.version,
                base::format_count(static_cast<double>(loaded.spec.geometry.domain().volume())), chunks,
                chunks == 1 ? "" : "s", base::format_bytes(grid::total_field_bytes(loaded.spec, schema)));
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

void add_check(CommandLine& command_line) {
  const auto [command, options] = command_line.add("check", "check a job without running it", check);
  command.footer("Example:\n  tessera check job.toml && sbatch job.sh");
  add_job_arguments(command, options.job);
  command.add_flag("--json", options.json, "print the problems as JSON");
  command_line.add_colour_option(command);
}

}  // namespace tessera::app

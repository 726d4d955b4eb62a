#include "command_line.h"
#include "memory_warning.h"
#include "shared_options.h"

#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "grid/kind/grid_kind.h"
#include "grid/loop/plan_summary.h"
#include "run/job_request.h"

#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

struct Options {
  run::JobRequest job;
  bool json = false;
};

void print(const work::Remark& remark) {
  if (remark.advice.empty())
    return base::print(stderr, "note: {}\n", base::printable(remark.text, base::unlimited));
  base::print(stderr, "warning: {}\n  = {}\n", base::printable(remark.text, base::unlimited),
              base::printable(remark.advice));
}

int check(Options& options, const Invocation& invocation) {
  run::JobRequest& request = options.job;
  request.colour = invocation.console.colour_error;
  std::string problems_json = "[]";
  try {
    const work::CheckedJob checked = run::check_job(grid::GridKind{}, request, {}, &problems_json);
    const grid::LoadedJob loaded = grid::load(checked);
    for (const work::Remark& remark : checked.remarks) print(remark);
    const loop::PlanSummary plan = loop::summarize_plan(loaded.spec, loaded.solver.schema(), 1);
    warn_of_memory(loaded, plan.largest_memory);
    if (options.json) {
      print_json({{"job", request.path}, {"ok", true}, {"problems", nlohmann::json::array()}});
      return 0;
    }
    const solver::SolverSchema& schema = loaded.solver.schema();
    base::print("{} is valid: solver {} {}, {} cells in {} chunk{}, {} of memory on one rank.\n",
                request.path, schema.name, schema.version,
                base::format_count(static_cast<double>(loaded.spec.geometry.domain().volume())), plan.chunks,
                plan.chunks == 1 ? "" : "s", base::format_bytes(plan.largest_memory.total()));
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

#include "grid/kind/grid_kind.h"

#include "base/error.h"
#include "grid/job/check.h"
#include "grid/job/configure.h"
#include "grid/job/identity.h"
#include "grid/job/spec_codec.h"
#include "grid/kind/grid_work.h"
#include "plugin/library.h"
#include "transport/agreement.h"

#include <utility>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

/// Converts the error of a plugin that cannot be loaded into a problem with `solver` in [job].
job::Problem solver_problem(const job::Document& document, const base::Error& error) {
  job::Problem problem = document.problem_at(document.root().find("job")->find("solver")->place);
  problem.key = "job.solver";
  problem.message = error.message();
  if (const auto hint_start = problem.message.find("\n  = "); hint_start != std::string::npos) {
    problem.note = problem.message.substr(hint_start + 5);
    problem.message.resize(hint_start);
  }
  return problem;
}

solver::Solver load_solver(const job::Document& document, const std::vector<std::string>& folders) {
  const auto path = plugin::SearchPath::standard(folders);
  return solver::Solver{plugin::find_library(*document.solver_name(), document.folder(), path)};
}

}  // namespace

LoadedJob load(const work::CheckedJob& checked) {
  solver::Solver solver{checked.plugin_file};
  JobSpec spec = decode_spec(checked.spec);
  configure(solver, spec);
  return {std::move(solver), std::move(spec)};
}

std::optional<work::CheckedJob> GridKind::check(const job::Document& document,
                                                const work::CheckOptions& options,
                                                job::Diagnostics& problems) const {
  if (!document.readable()) return std::nullopt;
  if (!document.solver_name()) {
    check_without_solver(document, problems);
    return std::nullopt;
  }
  std::optional<solver::Solver> solver;
  try {
    solver.emplace(load_solver(document, options.plugin_folders));
  } catch (const base::Error& e) {
    check_without_solver(document, problems);
    const bool is_only_problem = problems.empty();
    problems.add(solver_problem(document, e));
    if (is_only_problem) throw;
    return std::nullopt;
  }
  const auto data_sets = std::make_shared<input::DataSets>();
  auto spec = grid::check(document, solver->schema(), problems,
                          {options.memory_limit, data_sets.get(), options.resumes});
  if (!spec || !problems.empty()) return std::nullopt;
  configure(*solver, *spec);  // the solver may also reject the job
  const solver::SolverSchema& schema = solver->schema();
  work::CheckedJob checked;
  checked.header = *spec;
  checked.identity = {schema.name, schema.version, identity_of(*spec, schema)};
  checked.plugin_file = solver->file();
  checked.savable = !schema.one_step;  // a one-step solver may have state that is not in its fields
  checked.spec = encode(*spec);
  checked.cache = data_sets;
  return checked;
}

std::unique_ptr<work::Work> GridKind::make(const work::CheckedJob& checked,
                                           const work::Context& context) const {
  std::optional<LoadedJob> job;
  input::DataSets data_sets;
  if (checked.cache) data_sets = *std::static_pointer_cast<const input::DataSets>(checked.cache);
  transport::collectively(context.comm, [&] { job.emplace(load(checked)); });
  return std::make_unique<GridWork>(context, std::move(job->solver), std::move(job->spec),
                                    std::move(data_sets));
}

}  // namespace tessera::grid

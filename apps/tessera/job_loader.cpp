#include "job_loader.h"

#include "base/error.h"
#include "console.h"
#include "job/check.h"
#include "job/document.h"

#include <optional>

namespace tessera::app {

namespace {

/// A plugin that cannot be loaded, as a problem of [job] solver.
job::Problem solver_problem(const job::Document& document, const base::Error& error) {
  job::Problem problem = document.problem_at(document.root().find("job")->find("solver")->place);
  problem.key = "job.solver";
  problem.message = error.message();
  if (const auto hint = problem.message.find("\n  = "); hint != std::string::npos) {
    problem.note = problem.message.substr(hint + 5);
    problem.message.resize(hint);
  }
  return problem;
}

plugin::Solver load_solver(const job::Document& document, const JobRequest& request) {
  const auto path = plugin::SearchPath::standard(request.plugin_folders);
  return plugin::Solver{plugin::find_library(*document.solver_name(), document.folder(), path)};
}

LoadedJob load(const job::Document& document, job::Diagnostics& problems, const JobRequest& request,
               double memory_limit, CheckOutcome* outcome) {
  const auto refuse = [&](base::ExitCode code) {
    if (outcome != nullptr) outcome->problems = problems.json();
    return base::Error::report(code, problems.render("Nothing was started.", request.colour));
  };
  if (!document.readable()) throw refuse(base::ExitCode::bad_job);
  if (!document.solver_name()) {
    job::check_without_solver(document, problems);
    throw refuse(base::ExitCode::bad_job);
  }
  std::optional<plugin::Solver> solver;
  try {
    solver.emplace(load_solver(document, request));
  } catch (const base::Error& e) {
    job::check_without_solver(document, problems);
    const bool alone = problems.empty();
    problems.add(solver_problem(document, e));
    throw refuse(alone ? e.code() : base::ExitCode::bad_job);
  }
  auto spec = job::check(document, solver->schema(), problems, memory_limit);
  if (!spec || !problems.empty()) throw refuse(base::ExitCode::bad_job);
  return {std::move(*solver), std::move(*spec)};
}

}  // namespace

LoadedJob load_job(const JobRequest& request, double memory_limit, CheckOutcome* outcome) {
  job::Diagnostics problems;
  const job::Document document = job::Document::read(request.path, request.overrides, problems);
  return load(document, problems, request, memory_limit, outcome);
}

LoadedJob load_checked_job(const JobRequest& request, const std::string& text) {
  job::Diagnostics problems;
  const job::Document document{request.path, text, {}, problems};
  return load(document, problems, request, std::numeric_limits<double>::infinity(), nullptr);
}

}  // namespace tessera::app

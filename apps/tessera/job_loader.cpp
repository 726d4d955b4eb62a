#include "job_loader.h"

#include "base/error.h"
#include "job/check.h"
#include "job/document.h"

#include <optional>

namespace tessera::app {

namespace {

base::Error bad_job(const job::Diagnostics& problems, const std::string& closing, bool colour) {
  return base::Error::report(base::ExitCode::bad_job, problems.render(closing, colour));
}

plugin::Solver load_solver(const job::Document& document, const JobRequest& request) {
  const auto path = plugin::SearchPath::standard(request.plugin_folders);
  return plugin::Solver{plugin::find_library(*document.solver_name(), document.folder(), path)};
}

LoadedJob load(const job::Document& document, job::Diagnostics& problems, const JobRequest& request,
               double memory_limit, CheckOutcome* outcome, const std::string& closing) {
  const auto refuse = [&](const std::string& also) {
    if (outcome != nullptr) outcome->problems = problems.json();
    base::Error error = bad_job(problems, closing, request.colour);
    return also.empty() ? error : base::Error::report(error.code(), also + "\n" + error.text());
  };
  if (!document.readable()) throw refuse({});
  if (!document.solver_name()) {
    job::check_without_solver(document, problems);
    throw refuse({});
  }
  std::optional<plugin::Solver> solver;
  try {
    solver.emplace(load_solver(document, request));
  } catch (const base::Error& e) {
    if (job::check_without_solver(document, problems) && problems.empty()) throw;
    throw refuse(e.text());
  }
  auto spec = job::check(document, solver->schema(), problems, memory_limit);
  if (!spec || !problems.empty()) throw refuse({});
  return {std::move(*solver), std::move(*spec)};
}

}  // namespace

LoadedJob load_job(const JobRequest& request, double memory_limit, CheckOutcome* outcome, const std::string& closing) {
  job::Diagnostics problems;
  const job::Document document = job::Document::read(request.path, request.overrides, problems);
  return load(document, problems, request, memory_limit, outcome, closing);
}

LoadedJob load_checked_job(const JobRequest& request, const std::string& text) {
  job::Diagnostics problems;
  const job::Document document{request.path, text, {}, problems};
  return load(document, problems, request, std::numeric_limits<double>::infinity(), nullptr, "Nothing was started.");
}

}  // namespace tessera::app

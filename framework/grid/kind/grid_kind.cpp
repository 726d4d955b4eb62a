#include "grid/kind/grid_kind.h"

#include "base/error.h"
#include "grid/job/check.h"
#include "grid/job/configure.h"
#include "grid/job/identity.h"
#include "grid/job/spec_codec.h"
#include "grid/kind/grid_work.h"
#include "grid/loop/time_steps.h"
#include "plugin/library.h"
#include "transport/agreement.h"

#include <array>
#include <filesystem>
#include <span>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

/// Converts `error`, the reason why the solver cannot be loaded, to a problem at the key `solver` in [job].
job::Problem solver_problem(const job::Document& document, const base::Error& error) {
  job::Problem problem = document.problem_at(document.root().find("job")->find("solver")->location);
  problem.key = "job.solver";
  problem.message = error.message();
  if (const auto hint_start = problem.message.find("\n  = "); hint_start != std::string::npos) {
    problem.note = problem.message.substr(hint_start + 5);
    problem.message.resize(hint_start);
  }
  return problem;
}

/// The path, size and time of change of each file that the job reads; a file that is missing has size -1.
std::string describe_files(const JobSpec& spec) {
  std::string text;
  for (const InitialValue& value : spec.initial) {
    const auto* source = std::get_if<input::GridSource>(&value.value);
    if (source == nullptr) continue;
    std::error_code ec;
    const auto bytes = std::filesystem::file_size(source->path, ec);
    const auto time = std::filesystem::last_write_time(source->path, ec).time_since_epoch().count();
    text += fmt::format("{} of {}: {} bytes, time {}\n", source->dataset, source->path,
                        ec ? -1 : static_cast<std::int64_t>(bytes), static_cast<std::int64_t>(time));
  }
  return text;
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
  if (!document.is_valid_toml()) return std::nullopt;
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
  checked.savable = !schema.one_step;  // a one-step solver may keep state outside its fields
  checked.spec = encode(*spec);
  checked.data_files = describe_files(*spec);
  checked.warning = solver->warning();
  checked.cache = data_sets;
  return checked;
}

std::string GridKind::data_identity(const work::CheckedJob& checked) const {
  const JobSpec spec = decode_spec(checked.spec);
  input::DataSets own_cache;
  const auto shared_cache =
      std::static_pointer_cast<input::DataSets>(std::const_pointer_cast<void>(checked.cache));
  input::DataSets& data_sets = shared_cache ? *shared_cache : own_cache;
  const auto dimensions = static_cast<std::size_t>(spec.geometry.dimensions);
  std::array<double, 3> lower{};
  std::array<double, 3> upper{};
  for (int a = 0; a < spec.geometry.dimensions; ++a) {
    lower[static_cast<std::size_t>(a)] = spec.geometry.centre(a, 0);
    upper[static_cast<std::size_t>(a)] = spec.geometry.centre(a, spec.geometry.cells[a] - 1);
  }
  std::string text;
  for (const InitialValue& value : spec.initial) {
    const auto* source = std::get_if<input::GridSource>(&value.value);
    if (source == nullptr) continue;
    const auto data = data_sets.get(*source, spec.geometry.dimensions);
    text += fmt::format(
        "data of field {}[{}]: {}\n", value.field, value.component,
        data->crop(std::span{lower.data(), dimensions}, std::span{upper.data(), dimensions}).fingerprint());
  }
  return text;
}

bool GridKind::is_complete(const work::CheckedJob& checked, std::int64_t step,
                           std::optional<double> time) const {
  const JobSpec spec = decode_spec(checked.spec);
  return loop::TimeSteps{spec.time, false}.finished(step, time.value_or(0.0));
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
